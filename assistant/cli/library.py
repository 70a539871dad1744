"""`assistant index`, `status` and `sources`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.indexing import LINES_SHOWN, may_rebuild, run_index, watch
from assistant.cli.shared import (
    JSON,
    FolderPath,
    confirm,
    library,
    plain_data,
    save_report,
    say,
    say_json,
    talk,
)
from assistant.domain import Status
from assistant.errors import NotAFolder, UsageError
from assistant.text import one_line

if TYPE_CHECKING:
    from assistant.domain import LibraryStatus, Source
    from assistant.service import Assistant

NOT_READ = tuple(
    s for s in Status if s not in (Status.READY, Status.DUPLICATE, Status.IGNORED, Status.WAITING)
)


@click.command()
@click.argument("folders", nargs=-1, type=FolderPath())
@click.option("--bundled", is_flag=True, help="Add the documents that come with the program.")
@click.option("--watch", "keep_on", is_flag=True, help="Go on, and read what changes until Ctrl-C.")
@click.option("--yes", is_flag=True, help="Do not ask before long work.")
@JSON
@click.pass_obj
def index(
    home: Path | None,
    folders: Sequence[Path],
    bundled: bool,
    keep_on: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Read FOLDERS into the library, or bring all of it up to date.

    Only what has changed is read again. Ctrl-C stops it; what was done is kept. A Kiwix archive
    (a .zim file) can stand for a folder. Examples:

    \b
      assistant index ~/Documents/minutes
      assistant index
      assistant index --watch
    """
    if keep_on and as_json:
        raise UsageError("--watch has no end to print as JSON.", "Leave one of the two out.")
    with library(home) as assistant:
        sources: tuple[Source, ...] | None = None
        if folders or bundled:
            chosen = [assistant.add_bundled()] if bundled else []
            sources = (*chosen, *map(assistant.source_for, folders))
        rebuild = may_rebuild(assistant, yes)
        try:
            run_index(assistant, sources, as_json, rebuild)
        except NotAFolder as error:
            if not keep_on:
                raise
            talk(str(error))  # it may be connected later
        if keep_on:
            watch(assistant, rebuild)


@click.command()
@click.option("--files", "with_files", is_flag=True, help="List every file with its status.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save it as a web page to print.",
)
@JSON
@click.pass_obj
def status(home: Path | None, with_files: bool, report: Path | None, as_json: bool) -> None:
    """What the library holds, and which files could not be read and why.

    Every file in your folders has one status, and the numbers add up to what is on the disk.
    Examples:

    \b
      assistant status
      assistant status --files
      assistant status --report library.html
      assistant status --json
    """
    with library(home) as assistant:
        facts = assistant.status()
        if report is not None:
            _save_report(assistant, facts, report)
        elif as_json:
            _print_json(assistant, facts, with_files)
        else:
            _print_status(assistant, facts, with_files)


def _save_report(assistant: Assistant, facts: LibraryStatus, report: Path) -> None:
    from assistant.report import page

    saved = save_report(report, page(facts, assistant.files(), datetime.date.today()))
    talk(f"Saved: {saved}. Open it in a web browser to read or print it.")


def _print_json(assistant: Assistant, facts: LibraryStatus, with_files: bool) -> None:
    data = plain_data(facts) | {"documents": facts.documents, "files": facts.files}
    shown = assistant.files() if with_files else assistant.files(*NOT_READ)
    key = "every_file" if with_files else "not_read"
    data[key] = [{**plain_data(d), "file": str(d.file)} for d in shown]
    say_json(data)


def _print_status(assistant: Assistant, facts: LibraryStatus, with_files: bool) -> None:
    from assistant.plain import STATUS_WORDS, meaning_words

    say(f"Library: {facts.home} ({facts.size / 1024**2:,.1f} MB)")
    if facts.busy:
        say("An assistant is indexing it now.")
    say(f"Sources: {len(facts.sources)}")
    for source in facts.sources:
        say(f"  {_source_line(source)}{_gone(source)}")
    say(f"Files: {facts.files:,}")
    for kind, count in facts.counts.items():
        say(f"  {count:,} {STATUS_WORDS[kind]}")
    say(f"Passages: {facts.passages:,}. {meaning_words(facts)}")
    say(f"Writing model: {facts.model}")
    say(f"Search model: {facts.embedder or 'not installed; words are searched, not meaning'}")
    shown = assistant.files() if with_files else assistant.files(*NOT_READ)
    for number, document in enumerate(shown):
        if number == LINES_SHOWN and not with_files:
            say("There are more. To see every file: assistant status --files")
            break
        why = f". {document.reason} {document.remedy}" if document.reason else ""
        say(f"  {one_line(document.path)}: {document.status}{why}")


def _source_line(source: Source) -> str:
    from assistant.plain import counted

    return f"{source.id}. {source.name}: {counted(source.files, 'file')}, {source.folder}"


def _gone(source: Source) -> str:
    from assistant.files import is_there

    return "" if is_there(source.folder) else " (not connected: its documents are not used now)"


@click.group()
def sources() -> None:
    """List the folders in the library, or remove one.

    \b
    Example:
      assistant sources list
    """


@sources.command("list")
@JSON
@click.pass_obj
def sources_list(home: Path | None, as_json: bool) -> None:
    """List the folders in the library.

    \b
    Example:
      assistant sources list
    """
    with library(home) as assistant:
        found = assistant.sources()
    if as_json:
        say_json([plain_data(s) for s in found])
        return
    for source in found:
        say(_source_line(source))
    if not found:
        say("No folder is in the library yet. Add one: assistant index FOLDER")


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
    from assistant.plain import counted

    with library(home) as assistant:
        source = assistant.find_source(name)
        if not yes:
            files = counted(source.files, "file")
            confirm(f"Forget {source.name} ({files})? The files themselves stay.")
        assistant.remove_source(name)
    talk(f"Forgotten: {source.name}.")
