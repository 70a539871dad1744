"""Tells of changes in the sources' folders. The only room that uses watchfiles."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from assistant.domain import Source

# Network drives and some sticks tell of no changes: look at everything now and then.
LOOK_AGAIN = 600.0  # seconds
_SETTLED = 200  # milliseconds without a change
_TICK = 5_000  # milliseconds


def changes(
    list_sources: Callable[[], Sequence[Source]], home: Path, stop: threading.Event
) -> Iterator[tuple[Source, ...]]:
    """The sources with a change in them, each time there is one, until `stop` is set.

    All of them when a watch has begun, so that nothing is lost between the caller's last look and
    the first notice: at the start, when a source was added, removed, connected or replaced, and
    after ten quiet minutes. What changes while the caller is at work is told of when it asks again.

    Args:
        home: the library's own folder, where every run changes something.
    """
    while not stop.is_set():
        sources = tuple(list_sources())
        folders = _folders(sources)
        began = time.monotonic()
        is_new = True
        for found in _watched(list(folders), stop):
            if is_new:
                is_new = False
                yield sources
                continue
            changed = [path for path in found if not path.is_relative_to(home)]
            if touched := [s for s in sources if any(p.is_relative_to(s.folder) for p in changed)]:
                yield tuple(touched)
            if _folders(list_sources()) != folders or time.monotonic() - began > LOOK_AGAIN:
                break


def _folders(sources: Sequence[Source]) -> dict[Path, tuple[int, int]]:
    """The folders that are there, and which ones they are: another may take the place of one."""
    found = {}
    for source in sources:
        with suppress(OSError):
            facts = os.stat(source.folder)  # noqa: PTH116
            found[source.folder] = (facts.st_dev, facts.st_ino)
    return found


def _watched(folders: Sequence[Path], stop: threading.Event) -> Iterator[list[Path]]:
    """The paths that changed, or none at each tick; one tick of ten minutes where none can be."""
    import watchfiles

    while not folders and not stop.wait(_TICK / 1000):
        yield []
    try:
        for found in watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=5_000,
            step=_SETTLED,
            stop_event=stop,
            rust_timeout=_TICK,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            yield [Path(path) for _, path in found]
    except OSError:  # the system allows no more watches, or a folder went just now
        if not stop.wait(LOOK_AGAIN):
            yield []
