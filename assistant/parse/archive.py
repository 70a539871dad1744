"""Zip files that are documents inside (DOCX, ODT, EPUB), opened with care."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from assistant.domain import Reading, Status

# More than this unpacked is not a document of words: refuse it before unpacking.
UNPACKED_LIMIT = 300 * 1024 * 1024

LOCKED = Reading(
    status=Status.LOCKED,
    reason="The document is locked with a password.",
    remedy="Open it with its password and save a copy without one.",
)


class TooLarge(Exception):
    """Unpacked, the file would be unreasonably large."""


class Archive:
    """A context manager over a zip file; it reads members by name and writes nothing."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        if sum(info.file_size for info in self._zip.infolist()) > UNPACKED_LIMIT:
            self._zip.close()
            raise TooLarge
        self._names = frozenset(self._zip.namelist())

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        return name in self._names

    def bytes(self, name: str) -> bytes:
        # the directory may lie about sizes: stop at the limit whatever it says
        with self._zip.open(name) as member:
            data = member.read(UNPACKED_LIMIT + 1)
        if len(data) > UNPACKED_LIMIT:
            raise TooLarge
        return data

    def xml(self, name: str) -> Any:
        """The root element. Entities and external references raise an error."""
        from defusedxml import ElementTree

        return ElementTree.fromstring(self.bytes(name))
