"""The old binary formats, with LibreOffice kept in hand and without it."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from assistant.domain import Status
from assistant.parse import extras
from assistant.parse.file import File
from assistant.parse.office import legacy
from assistant.parse.reading import read
from tests.conftest import SHARED

DOCUMENTS = SHARED / "documents"
needs_shared = pytest.mark.skipif(
    not DOCUMENTS.is_dir(), reason="the shared collection of files is not here"
)
needs_libreoffice = pytest.mark.skipif(
    extras.office() is None, reason="LibreOffice is not installed here"
)
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def named(stream: str) -> bytes:
    """A broken OLE file in which the name of a stream can still be seen."""
    return OLE + bytes(1024) + stream.encode("utf-16-le") + bytes(512)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if LibreOffice were not installed."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(extras, "_OFFICE_PLACES", ())


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Puts a program of our own in the place of LibreOffice; returns where it may leave marks."""
    if sys.platform == "win32":
        pytest.skip("a script is no program on Windows")

    def call(script: str) -> Path:
        program = tmp_path / "soffice"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(extras, "office", lambda: str(program))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        (tmp_path / "temporary").mkdir()
        return tmp_path

    return call


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize(
    ("name", "stream", "kind", "instead_of"),
    [
        ("letter.doc", "WordDocument", "Word documents", "DOCX"),
        ("talk.ppt", "PowerPoint Document", "presentations", "PPTX"),
    ],
)
def test_without_libreoffice_it_says_what_is_missing(
    name: str, stream: str, kind: str, instead_of: str
) -> None:
    reading = read(File(name, named(stream)))
    assert reading.status is Status.UNSUPPORTED
    assert reading.reason == f"Old {kind} need LibreOffice, which is not installed."
    assert instead_of in reading.remedy
    assert reading.title == Path(name).stem


class Ole:
    """An OLE file of these streams."""

    def __init__(self, **streams: bytes) -> None:
        self._streams = {name.replace("_", " "): data for name, data in streams.items()}

    def openstream(self, name: str) -> Any:
        return io.BytesIO(self._streams[name])


@pytest.mark.parametrize("locked", [True, False])
def test_the_flag_of_a_text_with_a_password_is_seen(locked: bool) -> None:
    flags = (0x0100 if locked else 0x1000).to_bytes(2, "little")
    assert legacy._text_is_locked(Ole(WordDocument=bytes(10) + flags + bytes(20))) is locked


@pytest.mark.parametrize("mark", ["dfc4d1f3", "5fc091e3"])
def test_the_mark_of_a_presentation_with_a_password_is_seen(mark: str) -> None:
    user = bytes(12) + bytes.fromhex(mark) + bytes(20)
    assert legacy._slides_are_locked(Ole(Current_User=user)) is (mark == "dfc4d1f3")


@needs_shared
@pytest.mark.usefixtures("without")
@pytest.mark.parametrize(
    "name", ["doc/tika__testWORD_protected_passtika.doc", "doc/tika__testWORD_protected_drm.doc"]
)
def test_a_file_with_a_password_is_locked_before_libreoffice_is_asked(name: str) -> None:
    file = DOCUMENTS / name
    assert read(File(file.name, file.read_bytes())).status is Status.LOCKED


def test_a_program_that_hangs_is_killed_with_all_that_it_started(
    instead: Callable[[str], Path],
) -> None:
    folder = instead("sleep 600 &\necho $! > started\nwait")
    reading = read(File("a.doc", named("WordDocument"), deadline=time.monotonic() + 2))
    assert reading.status is Status.TOO_LARGE
    assert "too long" in reading.reason
    started = int((folder / "started").read_text())
    for _ in range(100):
        if not _runs(started):
            break
        time.sleep(0.05)
    assert not _runs(started)
    assert list((folder / "temporary").iterdir()) == []


def _runs(process: int) -> bool:
    with_status = psutil.pid_exists(process) and psutil.Process(process).status()
    return bool(with_status) and with_status != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "kill -9 $$"])
def test_a_program_that_makes_nothing_of_a_file_leaves_it_damaged(
    instead: Callable[[str], Path], script: str
) -> None:
    folder = instead(script)
    assert read(File("a.ppt", named("PowerPoint Document"))).status is Status.DAMAGED
    assert list((folder / "temporary").iterdir()) == []


def test_a_fresh_profile_forbids_macros_and_a_name_is_no_option(
    instead: Callable[[str], Path],
) -> None:
    folder = instead(
        'for a in "$@"; do case "$a" in *UserInstallation=file://*) '
        'cp "${a#*=file://}/user/registrymodifications.xcu" profile;; esac; done; '
        'printf "%s\\n" "$@" > arguments'
    )
    read(File("--terminate; rm -r x.doc", named("WordDocument")))
    profile = (folder / "profile").read_text(encoding="utf-8")
    assert 'oor:name="DisableMacrosExecution" oor:op="fuse"><value>true<' in profile
    arguments = (folder / "arguments").read_text(encoding="utf-8")
    assert "--headless" in arguments
    assert "terminate" not in arguments


@needs_shared
@needs_libreoffice
def test_a_real_old_text_is_read() -> None:
    file = DOCUMENTS / "doc" / "docling__legacy_sample.doc"
    reading = read(File(file.name, file.read_bytes()))
    assert reading.status is Status.READY
    assert reading.media_type == "application/msword"
    assert ("Let’s eat", "Berries; Food: Blueberry") in [
        (s.label, part[:24]) for s in reading.sections for part in s.text.split("\n\n")
    ]
    assert not list(Path(tempfile.gettempdir()).glob("assistant-*/document.doc"))


@needs_shared
@needs_libreoffice
def test_a_real_old_presentation_is_read() -> None:
    file = DOCUMENTS / "ppt" / "docling__legacy_sample.ppt"
    reading = read(File(file.name, file.read_bytes()))
    assert reading.status is Status.READY
    assert reading.sections[1].label == "slide 2: Second slide title"
    assert "Notes: Some notes on the second slide." in reading.sections[1].text


@needs_libreoffice
def test_bytes_that_are_no_document_are_damaged_or_without_text() -> None:
    reading = read(File("a.doc", named("WordDocument") + os.urandom(2000)))
    assert reading.status in (Status.DAMAGED, Status.NO_TEXT, Status.READY)
