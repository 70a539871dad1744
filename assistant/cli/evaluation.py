"""`assistant eval`: questions with known answers, measured on the person's own library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.indexing import progress
from assistant.cli.shared import (
    JSON,
    library,
    load_settings,
    save_report,
    say_json,
    say_page,
    talk,
)
from assistant.errors import AssistantError, Interrupted, LibraryError

if TYPE_CHECKING:
    from assistant.evaluate import Result, Run
    from assistant.evaluate.questions import Case
    from assistant.service import Assistant

LINES_SHOWN = 20  # of questions that went wrong; a report has them all
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("eval")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--split", metavar="NAME", default="", help="Only the questions of this split.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Only the first N of them.")
@click.option(
    "--model",
    metavar="NAME",
    default="none",
    show_default=True,
    help="Judge what this writing model adds, too.",
)
@click.option(
    "-k",
    "depth",
    default=10,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many passages the search is judged by.",
)
@JSON
@click.option("--report", type=_FILE, metavar="FILE", help="Save every question as Markdown.")
@click.option(
    "--compare",
    "old",
    type=_FILE,
    metavar="OLD.json",
    help="Set beside a run that was saved with --json.",
)
@click.pass_obj
def evaluate(  # noqa: PLR0913, PLR0917 - one for each flag
    home: Path | None,
    questions: Path,
    split: str,
    limit: int | None,
    model: str,
    depth: int,
    as_json: bool,
    report: Path | None,
    old: Path | None,
) -> None:
    """Measure how well the library answers QUESTIONS, a file with known answers.

    One JSON object a line, such as {"question": "Who keeps the keys?", "answers": ["Amina"],
    "documents": ["keys.md"]}, or {"question": "...", "answerable": false} for one that the
    documents do not answer. Ctrl-C stops it and shows what was measured so far. Examples:

    \b
      assistant eval questions.jsonl
      assistant eval questions.jsonl --json > before.json
      assistant eval questions.jsonl --compare before.json --report report.md
    """
    from assistant.evaluate import pages, saved
    from assistant.evaluate import questions as file

    cases = file.load(questions.expanduser(), split, limit)
    before = saved.load(old.expanduser(), cases) if old else None
    with _existing_library(home, model) as assistant:
        run, problem = _measure(assistant, cases, questions, split, depth)
    if run.results:
        comparison = saved.compare(before, run) if before else None
        if as_json:
            say_json(saved.as_json(run, comparison))
        else:
            say_page(pages.page(run, comparison, LINES_SHOWN))
        if report:
            talk(f"Saved: {save_report(report, pages.page(run, comparison))}.")
    if problem is not None:
        raise problem


@contextmanager
def _existing_library(home: Path | None, model: str) -> Iterator[Assistant]:
    """Open, with its models whole. A new library is not made: its figures would be of nothing.

    Raises:
        LibraryError: there is none.
        WeightsError, EngineError: the writing model cannot be used.
    """
    settings = load_settings(home)
    if not settings.database.is_file():
        raise LibraryError(
            f"There is no library in {settings.home}, so there is nothing to measure.",
            "Make one first: assistant index FOLDER",
        )
    with library(home, model=model) as assistant:
        assistant.engine()
        yield assistant


def _measure(
    assistant: Assistant, cases: list[Case], file: Path, split: str, depth: int
) -> tuple[Run, AssistantError | None]:
    """The run, and what ended it early."""
    from assistant import evaluate

    shelf = evaluate.shelf(assistant, cases)
    if assistant.is_busy():
        talk("Another assistant is indexing this library: these figures are of a part of it.")
    elif assistant.waiting_for_meaning():
        talk("Some passages can be found only by their words so far. To finish: assistant index")
    results: list[Result] = []
    problem: AssistantError | None = None
    about = evaluate.about(assistant, file, split, cases, depth)
    try:
        with asking(len(cases)) as show:
            for result in evaluate.run(assistant, cases, shelf, depth):
                results.append(result)
                show(len(results), result.question)
    except KeyboardInterrupt:
        asked = f"{len(results):,} of {len(cases):,} questions were asked."
        problem = Interrupted("Stopped.", asked)
    except AssistantError as error:
        problem = error
    return evaluate.Run(about, len(cases), results), problem


@contextmanager
def asking(total: int) -> Iterator[Callable[[int, str], None]]:
    """A function to tell how many are done, and which question was the last."""
    from assistant.domain import Phase, Progress
    from assistant.ingest.pace import Pace

    pace = Pace()
    pace.at(0)
    with progress() as bars:

        def show(done: int, question: str) -> None:
            bars(Progress(Phase.ASK, done, total, question, rate=pace.at(done)))

        yield show
