"""The child process that reads documents, with a bound on its memory.

Everything that a broken or hostile file can do, it does here: raise, hang, crash, eat memory.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import stat
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse import FILE_LIMIT, reading, sandbox
from assistant.parse.file import File


def handle(request: Any) -> tuple[Any, bytes]:
    """Request: {path, root, seconds, ocr} or {archive, article, seconds, ocr}. Answer: {reading,
    sha256, held}: the reading as a dictionary, the bytes of memory that this process holds.

    Request: {archive, start, count}. Answer: {names, problem}.
    """
    _enter_sandbox()
    if "count" in request:
        return _articles(Path(request["archive"]), request["start"], request["count"]), b""
    sandbox.allow_memory(sandbox.OCR_MEMORY_LIMIT if request["ocr"] else sandbox.MEMORY_LIMIT)
    if "article" in request:
        found, digest = _article(Path(request["archive"]), request["article"])
    else:
        deadline = time.monotonic() + float(request["seconds"])
        found, digest = _read(
            Path(request["path"]), request["root"], deadline, bool(request["ocr"])
        )
    answer = {"reading": dataclasses.asdict(found), "sha256": digest}
    return answer | {"held": sandbox.memory_held()}, b""


def _really_in(path: Path, descriptor: int, root: str) -> bool:
    """Whether what was opened stands in `root`: a link may have taken its place since the scan."""
    opened = Path(f"/proc/self/fd/{descriptor}")
    place = opened if opened.exists() else path
    return place.resolve().is_relative_to(Path(root).resolve())


@cache
def _enter_sandbox() -> None:
    sandbox.enter()


def _read(path: Path, root: str, deadline: float, ocr: bool) -> tuple[Reading, str]:
    try:
        data = _bytes(path, root)
    except OSError as error:
        return Reading(
            status=Status.UNREADABLE,
            reason=f"It could not be opened: {error.strerror or error}.",
            remedy="Check that you may read the file and that its disk is connected.",
        ), ""
    except MemoryError:
        return reading.TOO_LARGE, ""
    if data is None:
        return Reading(
            status=Status.TOO_LARGE,
            reason=f"It is larger than {FILE_LIMIT // 1024**2} MB.",
            remedy="Split it into smaller files.",
        ), ""
    found = reading.read(File(path.name, data, deadline, ocr=ocr))
    return found, hashlib.sha256(data).hexdigest()


def _bytes(path: Path, root: str) -> bytes | None:
    """All of an ordinary file; None when it is too large. A pipe in its place is not waited for."""
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(0, "it is not an ordinary file")
        if root and not _really_in(path, descriptor, root):
            raise OSError(0, "it is a link that leads out of the folder")
        if facts.st_size > FILE_LIMIT:
            return None
        data = file.read(FILE_LIMIT + 1)  # it may grow while it is read
        return data if len(data) <= FILE_LIMIT else None


_listing: tuple[Path, int, Iterator[str]] | None = None


def _articles(archive: Path, start: int, count: int) -> dict[str, object]:
    """Names from number `start` on. The list is kept open between one request and the next."""
    global _listing  # noqa: PLW0603 - this process serves one parent, one list at a time
    from assistant.parse.bundles import zim

    try:
        if _listing is None or _listing[:2] != (archive, start):
            names = (entry.path for entry in zim.entries(archive))
            _listing = (archive, start, itertools.islice(names, start, None))
        found = list(itertools.islice(_listing[2], count))
    except zim.ZimDamaged as error:
        return {"names": [], "problem": str(error)}
    _listing = (archive, start + count, _listing[2])
    return {"names": found, "problem": ""}


def _article(archive: Path, name: str) -> tuple[Reading, str]:
    from assistant.parse.bundles import zim

    found = reading.guarded(lambda: zim.read(archive, name))
    text = "\0".join([found.title, *(f"{s.label}\0{s.text}" for s in found.sections)])
    return found, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
