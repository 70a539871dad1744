"""Bytes to sections: one reader a format family, run in a child process with limits.

A reader is a function from a path to a `Reading`; it may raise anything. This module knows
which reader a file gets, and that a file which hangs or crashes its reader costs that file alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.child import Child, ChildError
from assistant.domain import Reading, Section, Status

READ_SECONDS = 60.0
FILE_LIMIT = 200 * 1024 * 1024  # bytes
_READERS = {
    ".md": "markdown.read",
    ".markdown": "markdown.read",
    ".txt": "plain.read",
    ".text": "plain.read",
    ".html": "html.read",
    ".htm": "html.read",
    ".xhtml": "html.read",
    ".pdf": "pdf.read",
    ".docx": "office.read_docx",
    ".odt": "office.read_odt",
    ".epub": "epub.read",
}
KINDS = "Markdown, plain text, HTML, PDF, DOCX, ODT and EPUB"


def is_supported(path: Path) -> bool:
    return path.suffix.lower() in _READERS


def reader_of(path: Path) -> Callable[[Path], Reading] | None:
    """The function that reads files of this type; imports its library only now."""
    import importlib

    name = _READERS.get(path.suffix.lower())
    if name is None:
        return None
    module, function = name.split(".")
    reader: Callable[[Path], Reading] = getattr(
        importlib.import_module(f"assistant.parse.{module}"), function
    )
    return reader


class Parser:
    """Reads files in a child process, which starts on the first file."""

    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self._child = Child("assistant.parse.worker", "handle")
        self._seconds = seconds

    def read(self, path: Path) -> Reading:
        """What the file says, or why it says nothing. Never raises for a bad file."""
        if not is_supported(path):
            return Reading(
                status=Status.UNSUPPORTED,
                reason=f"Files of the type {path.suffix or 'without an ending'} are not read yet.",
                remedy=f"Save it as one of these: {KINDS}.",
            )
        if path.stat().st_size > FILE_LIMIT:
            return Reading(
                status=Status.TOO_LARGE,
                reason=f"It is larger than {FILE_LIMIT // 1024**2} MB.",
                remedy="Split it into smaller files.",
            )
        try:
            answer, _ = self._child.call(str(path), self._seconds)
        except ChildError as error:
            return _lost(error)
        sections = tuple(Section(**section) for section in answer.pop("sections"))
        status = Status(answer.pop("status"))
        return Reading(**answer, sections=sections, status=status)

    def close(self) -> None:
        self._child.close()


def _lost(error: ChildError) -> Reading:
    if error.timed_out:
        return Reading(
            status=Status.TOO_LARGE,
            reason="Reading it took too long.",
            remedy="Split it into smaller files, or save it again as plain text.",
        )
    return Reading(
        status=Status.DAMAGED,
        reason="It made its reader crash; it is probably damaged.",
        remedy="Open it in the program that made it and save it again.",
    )
