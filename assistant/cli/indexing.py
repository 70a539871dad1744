"""Index runs with their progress on the screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from assistant.cli.shared import plain_data, say, talk
from assistant.errors import Interrupted

if TYPE_CHECKING:
    from assistant.domain import Event, Source
    from assistant.service import Assistant


def run_index(assistant: Assistant, sources: tuple[Source, ...] | None, as_json: bool) -> None:
    from assistant.domain import Progress
    from assistant.plain import index_lines

    results = []
    try:
        with progress() as show:
            for event in assistant.sync(sources):
                if isinstance(event, Progress):
                    show(event)
                    continue
                results.append({"event": type(event).__name__.lower(), **plain_data(event)})
                if not as_json:
                    for line in index_lines(event):
                        talk(line)
    except KeyboardInterrupt:
        raise Interrupted(
            "Stopped.", "What was done is kept; run the same command again to go on."
        ) from None
    if as_json:
        say(json.dumps(results, ensure_ascii=False))
    else:
        status = assistant.status()
        talk(f"The library holds {status.documents} documents, {status.passages} passages.")


def first_index(assistant: Assistant) -> None:
    """A new library begins with the bundled documents; later calls find nothing to do."""
    from assistant.errors import LibraryBusy

    if assistant.needs_first_index():
        talk("Reading the documents that come with the program. This is done once.")
        with suppress(LibraryBusy):  # another window does it already
            run_index(assistant, None, as_json=False)
    if waiting := assistant.waiting_for_meaning():
        talk(
            f"{waiting} passages can be found only by their words so far. "
            "To finish: assistant index"
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
