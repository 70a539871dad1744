"""Bytes to sections: one reader a format family, run in a child process with limits.

A reader is a function from a `File` to a `Reading`; it may raise anything. Which reader a file
gets is decided by its content (`sniff`, `kinds`). This module is the parent's side: a file that
hangs or crashes its reader costs that file alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.child import Child, ChildError
from assistant.domain import Reading, Section, Status
from assistant.errors import DamagedArchive, Interrupted
from assistant.parse import extras

ARTICLES = 5_000  # names asked for at once
READ_SECONDS = 60.0
OCR_SECONDS_A_PAGE = 30.0
TIRED = 600 * 1024 * 1024  # bytes that a reading process may hold before it is replaced
FILE_LIMIT = 200 * 1024 * 1024  # bytes


class Parser:
    """Reads files in a child process, which starts on the first file.

    `ocr`: whether the extra that recognises words in pictures is installed.
    """

    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self._child = Child("assistant.parse.worker", "handle")
        self._seconds = seconds
        self._closed = False
        self._served = 0  # files, by the present process
        self.ocr = extras.ocr()
        self.tools = "libreoffice" if extras.office() else ""
        """What is installed beside the readers; files may become readable when it changes."""

    def read(self, path: Path, root: Path | None = None) -> tuple[Reading, str]:
        """What the file says, or why it says nothing, and the SHA-256 of the bytes that were read.

        Never raises for a bad file. The hash is '' where the file was not read to its end.

        Args:
            root: a folder that the file must really stand in, wherever links lead meanwhile.

        Raises:
            Interrupted: `close` was called meanwhile.
        """
        return self._ask(_request(path, root, ocr=False), self._seconds)

    def recognise(self, path: Path, pages: int, root: Path | None = None) -> tuple[Reading, str]:
        """As `read`, and the words in its pictures too. Takes seconds for each of the `pages`."""
        seconds = self._seconds + OCR_SECONDS_A_PAGE * pages
        return self._ask(_request(path, root, ocr=True), seconds)

    def articles(self, archive: Path) -> Iterator[str]:
        """The names of the articles in a Kiwix archive.

        Raises:
            DamagedArchive: it cannot be listed.
        """
        start = 0
        while True:
            request = {"archive": os.fspath(archive), "start": start, "count": ARTICLES}
            try:
                answer, _ = self._child.call(request, self._seconds)
            except ChildError as error:
                raise DamagedArchive(
                    f"{archive.name} cannot be listed.", "Copy or download it again."
                ) from error
            if answer["problem"]:
                raise DamagedArchive(answer["problem"], "Nothing was forgotten.")
            yield from answer["names"]
            start += ARTICLES
            if len(answer["names"]) < ARTICLES:
                return

    def read_article(self, archive: Path, name: str) -> tuple[Reading, str]:
        """One article of a Kiwix archive, as `read` gives a file."""
        request = {"archive": os.fspath(archive), "article": name}
        return self._ask(request | {"ocr": False}, self._seconds)

    def _ask(self, request: dict[str, object], seconds: float) -> tuple[Reading, str]:
        answer: Any = None
        lost: ChildError | None = None
        try:
            # the reader ends by itself before its time is up and returns what it has
            answer, _ = self._child.call(request | {"seconds": seconds}, seconds * 1.25)
        except ChildError as error:
            if self._closed:
                raise Interrupted from error
            lost = error
        used, self._served = self._served > 0, self._served + 1
        if answer is None or answer["held"] > TIRED:
            self._child.close()  # the next file gets a new process, with all its memory
            self._served = 0
        if used and _may_be_the_process(answer, lost):
            self._child.close()
            self._served = 0
            return self._ask(request, seconds)
        if answer is None:
            return _lost(timed_out=lost is not None and lost.timed_out), ""
        sections = tuple(Section(**section) for section in answer["reading"].pop("sections"))
        status = Status(answer["reading"].pop("status"))
        properties = tuple((key, value) for key, value in answer["reading"].pop("properties"))
        reading = Reading(
            **answer["reading"], sections=sections, status=status, properties=properties
        )
        return reading, str(answer["sha256"])

    def close(self) -> None:
        """End the process, also in the middle of a file."""
        self._closed = True
        self._child.close()


def _request(path: Path, root: Path | None, *, ocr: bool) -> dict[str, object]:
    return {"path": os.fspath(path), "root": os.fspath(root) if root else "", "ocr": ocr}


def _may_be_the_process(answer: Any, lost: ChildError | None) -> bool:
    """A crash, or too little memory, may be owed to the files before; too little time is not."""
    if lost is not None:
        return not lost.timed_out
    return Status(answer["reading"]["status"]) is Status.TOO_LARGE


def _lost(*, timed_out: bool) -> Reading:
    if timed_out:
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
