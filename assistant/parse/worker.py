"""The child process that reads documents, with a bound on its memory.

Everything that a broken or hostile file can do, it does here: raise, hang, crash, eat memory.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse import reader_of
from assistant.text import clean, shorten

TITLE_LIMIT = 200  # characters: a title is repeated in each passage
MEMORY_LIMIT = 2 * 1024**3  # bytes of address space

_bounded = False


def handle(request: Any) -> tuple[Any, bytes]:
    """Request: a path. Answer: a `Reading` as a dictionary."""
    _bound_memory()
    return dataclasses.asdict(_read(Path(request))), b""


def _read(path: Path) -> Reading:
    from assistant.parse.archive import TooLarge

    reader = reader_of(path)
    assert reader is not None, "the parent lists unsupported files itself"
    try:
        reading = reader(path)
        # a title may come from a file name in bytes that are no text, or hold escape codes
        reading = dataclasses.replace(reading, title=shorten(clean(reading.title), TITLE_LIMIT))
    except (MemoryError, TooLarge, RecursionError):
        return Reading(
            status=Status.TOO_LARGE,
            reason="Reading it would need too much memory.",
            remedy="Split it into smaller files.",
        )
    except OSError as error:
        return Reading(
            status=Status.UNREADABLE,
            reason=f"It could not be opened: {error.strerror or error}.",
            remedy="Check that you may read the file and that its disk is connected.",
        )
    except Exception:  # whatever a parser throws at a broken file, the file is the reason
        return Reading(
            status=Status.DAMAGED,
            reason="Its contents do not fit its type; it may be damaged or only half copied.",
            remedy="Open it in the program that made it and save it again.",
        )
    if reading.status is Status.READY and not any(s.text.strip() for s in reading.sections):
        return dataclasses.replace(
            reading,
            sections=(),
            status=Status.NO_TEXT,
            reason="It holds no text.",
            remedy="Nothing to do, unless it should have words in it.",
        )
    return reading


def _bound_memory() -> None:
    global _bounded  # noqa: PLW0603 - a limit of this process, set once
    if not _bounded:
        with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    _bounded = True
