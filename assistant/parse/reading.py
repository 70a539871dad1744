"""A file's bytes to a `Reading`: finds its kind, calls its reader, turns what it throws into words.

Runs in the child process. Readers of archives and e-mails come back here for what is inside.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable

from assistant.domain import Reading, Section, Status
from assistant.parse import properties, sniff
from assistant.parse.archive import TooLarge
from assistant.parse.file import File
from assistant.text import TITLE_LIMIT, clean, one_line, shorten

DAMAGED = Reading(
    status=Status.DAMAGED,
    reason="Its contents do not fit its type; it may be damaged or only half copied.",
    remedy="Open it in the program that made it and save it again.",
)
TOO_LARGE = Reading(
    status=Status.TOO_LARGE,
    reason="Reading it would need too much memory.",
    remedy="Split it into smaller files.",
)


def read(file: File) -> Reading:
    """What the file says, or why it says nothing. Raises nothing but what ends a process."""
    if not file.data.strip(b"\0 \t\r\n"):
        return Reading(
            title=file.stem,
            status=Status.NO_TEXT,
            reason="It is empty." if not file.data else "It holds nothing but white space.",
            remedy="Nothing to do, unless it should have words in it.",
        )
    return guarded(lambda: _read(file))


def _read(file: File) -> Reading:
    kind = sniff.kind_of(file)
    if kind.reader:
        return _reader(kind.reader)(file)
    return Reading(
        title=file.stem,
        status=Status.LOCKED if kind.locked else Status.UNSUPPORTED,
        reason=f"It is {kind.words}{'' if kind.locked else ', which is not read'}.",
        remedy=kind.remedy,
    )


def guarded(read: Callable[[], Reading]) -> Reading:
    """What `read` returns, in order; what it raises, as a status with a reason."""
    try:
        return _tidy(read())
    except (MemoryError, TooLarge, RecursionError):
        return TOO_LARGE
    except Exception:  # whatever a parser throws at a broken file, the file is the reason
        return DAMAGED


def _reader(name: str) -> Callable[[File], Reading]:
    module, _, function = name.rpartition(".")
    reader: Callable[[File], Reading] = getattr(
        importlib.import_module(f"assistant.parse.{module}"), function
    )
    return reader


def _tidy_section(section: Section) -> Section | None:
    """Without control characters, wherever they slipped through; None when nothing is left."""
    text, label = clean(section.text), one_line(clean(section.label))
    if not text.strip():
        return None
    return (
        section
        if (text, label) == (section.text, section.label)
        else dataclasses.replace(section, text=text, label=label)
    )


def _tidy(reading: Reading) -> Reading:
    # a title may come from a file name in bytes that are no text, or hold escape codes
    title = shorten(clean(reading.title), TITLE_LIMIT)
    sections = tuple(filter(None, map(_tidy_section, reading.sections)))
    facts = properties.tidy(reading.properties)
    reading = dataclasses.replace(reading, title=title, sections=sections, properties=facts)
    if reading.status.has_text and not any(s.text.strip() for s in reading.sections):
        return dataclasses.replace(
            reading,
            sections=(),
            status=Status.NO_TEXT,
            reason=reading.reason or "It holds no text.",
            remedy=reading.remedy or "Nothing to do, unless it should have words in it.",
        )
    return reading
