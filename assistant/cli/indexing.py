"""Index runs with their progress on the screen."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.shared import plain_data, say_json, talk
from assistant.errors import Interrupted

if TYPE_CHECKING:
    from assistant.domain import Event, Source
    from assistant.service import Assistant


LINES_SHOWN = 20  # of files that were not read; `assistant status --files` shows all
BUSY_SECONDS = 5.0  # until we try again while another program indexes
LONG = 60.0  # seconds: a rebuild that takes longer is asked about first


def run_index(
    assistant: Assistant,
    sources: tuple[Source, ...] | None,
    as_json: bool,
    rebuild: bool = True,
) -> None:
    from assistant.domain import Progress, Skipped, Synced
    from assistant.plain import skipped_line, synced_line

    results = []
    skipped = 0
    try:
        with progress() as show:
            for event in assistant.sync(sources, rebuild=rebuild):
                if isinstance(event, Progress):
                    show(event)
                    continue
                if as_json:
                    results.append({"event": type(event).__name__.lower(), **plain_data(event)})
                elif isinstance(event, Skipped):
                    skipped += 1
                    if skipped <= LINES_SHOWN:
                        talk(skipped_line(event))
                elif isinstance(event, Synced):
                    talk(synced_line(event))
    except KeyboardInterrupt:
        raise Interrupted(
            "Stopped.", "What was done is kept; run the same command again to go on."
        ) from None
    finally:
        if as_json:  # also when a source was missing: the others were read
            say_json(results)
    if as_json:
        return
    if skipped > LINES_SHOWN:
        talk(f"And {skipped - LINES_SHOWN:,} more files. To see all: assistant status --files")
    status = assistant.status()
    talk(f"The library holds {status.documents:,} documents, {status.passages:,} passages.")


def may_rebuild(assistant: Assistant, yes: bool) -> bool:
    """Ask before long work that a new version makes necessary; where nobody can answer, do it."""
    from assistant.plain import rebuild_words

    due = assistant.rebuild_due()
    if due is None or yes:
        return True
    talk(rebuild_words(due))
    if due.seconds < LONG or not sys.stdin.isatty():
        return True
    return click.confirm("Do it now?", default=True, err=True)


def watch(assistant: Assistant, rebuild: bool) -> None:
    """Bring sources up to date whenever something changes in them, until Ctrl-C."""
    talk("Watching for changes. Ctrl-C ends it.")
    stop = threading.Event()
    try:
        for sources in assistant.watch(stop):
            _follow(assistant, sources, rebuild)
    except KeyboardInterrupt:
        raise Interrupted("Stopped watching.") from None
    finally:
        stop.set()


def _follow(assistant: Assistant, sources: tuple[Source, ...], rebuild: bool) -> None:
    """One run, told of only where it found something; another program's run is waited for."""
    from assistant.domain import Skipped, Synced
    from assistant.errors import LibraryBusy, NotAFolder
    from assistant.plain import skipped_line, synced_line

    while True:
        try:
            for event in assistant.sync(sources, rebuild=rebuild):
                if isinstance(event, Skipped):
                    talk(skipped_line(event))
                elif isinstance(event, Synced) and event.has_changes:
                    talk(synced_line(event))
        except LibraryBusy:
            time.sleep(BUSY_SECONDS)
            continue
        except NotAFolder as error:
            talk(str(error))
        return


def first_index(assistant: Assistant) -> None:
    """A new library begins with the bundled documents; later calls find nothing to do."""
    from assistant.errors import LibraryBusy

    if assistant.needs_first_index():
        talk("Reading the documents that come with the program. This is done once.")
        with suppress(LibraryBusy):  # another window does it already
            run_index(assistant, None, as_json=False)
    if waiting := assistant.waiting_for_meaning():
        busy = "Another assistant is at work on that now." if assistant.is_busy() else ""
        talk(
            f"{waiting:,} passages can be found only by their words so far. "
            f"{busy or 'To finish: assistant index'}"
        )


@contextmanager
def progress() -> Iterator[Callable[[Event], None]]:
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
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} {task.fields[left]}"),
        TextColumn("{task.fields[detail]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Any) -> None:
            from assistant.plain import duration
            from assistant.text import clean, shorten

            if event.phase not in tasks:
                title = event.phase.capitalize()
                tasks[event.phase] = bars.add_task(title, total=None, rate="", left="", detail="")
            bars.update(
                tasks[event.phase],
                completed=event.done,
                total=event.total or None,
                rate=f"{event.rate:,.0f}/s" if event.rate >= 1 else "",
                left=f"{duration(event.seconds_left)} left" if event.seconds_left else "",
                detail=shorten(clean(event.detail), 40) or f"{event.passages:,} passages",
            )

        yield show
