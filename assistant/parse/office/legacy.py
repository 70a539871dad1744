"""DOC, DOT, PPT, PPS: the old binary formats of Office, through LibreOffice when it is installed.

LibreOffice converts the file in a fresh folder with a fresh profile that forbids macros and the
network; what it wrote is read as OpenDocument. Files with a password are told apart before.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse import extras
from assistant.parse.archive import LOCKED
from assistant.parse.file import File
from assistant.parse.office import opendocument

_SECONDS = 120.0
_CURRENT_USER_LOCKED = 0xF3D1C4DF  # the mark of an encrypted presentation
_FIB_LOCKED = 0x0100  # the flag of an encrypted text
# Never run macros, never update links, never load what a document links to; a proxy that does
# not exist stops what would go to the network all the same.
_PROFILE = (
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Writer/Content/Update", "Link", "0"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)

_SLOW = Reading(
    status=Status.TOO_LARGE,
    reason="Reading it took too long.",
    remedy="Split it into smaller files, or save it as PDF.",
)


def read_text(file: File) -> Reading:
    words = ("Word documents", "DOCX", "application/msword")
    return _read(file, _text_is_locked, "odt", opendocument.read_text, words)


def read_slides(file: File) -> Reading:
    words = ("presentations", "PPTX", "application/vnd.ms-powerpoint")
    return _read(file, _slides_are_locked, "odp", opendocument.read_slides, words)


def _read(
    file: File,
    is_locked: Callable[[Any], bool],
    ending: str,
    reader: Callable[[File], Reading],
    words: tuple[str, str, str],
) -> Reading:
    kind, instead, media_type = words
    if _says(file, is_locked):
        return LOCKED
    program = extras.office()
    if program is None:
        return Reading(
            title=file.stem,
            status=Status.UNSUPPORTED,
            reason=f"Old {kind} need LibreOffice, which is not installed.",
            remedy=f"Install LibreOffice and index again, or save the file as {instead}.",
        )
    try:
        converted = _convert(program, file, ending)
    except subprocess.TimeoutExpired:
        return _SLOW
    reading = reader(File(f"{file.stem}.{ending}", converted, file.deadline, file.depth))
    return dataclasses.replace(reading, media_type=media_type)


# --- passwords -----------------------------------------------------------------------------


def _says(file: File, is_locked: Callable[[Any], bool]) -> bool:
    import olefile

    # a damaged container: LibreOffice may still make something of it
    with contextlib.suppress(Exception), olefile.OleFileIO(io.BytesIO(file.data)) as ole:
        if ole.exists("\tDRMContent") or ole.exists("EncryptedPackage"):
            return True
        return is_locked(ole)
    return False


def _text_is_locked(ole: Any) -> bool:
    flags = _number(ole, "WordDocument", 0x0A, 2)
    return bool(flags & _FIB_LOCKED)


def _slides_are_locked(ole: Any) -> bool:
    # the header of a record, the size of its contents, then the mark
    return _number(ole, "Current User", 12, 4) == _CURRENT_USER_LOCKED


def _number(ole: Any, stream: str, place: int, size: int) -> int:
    return int.from_bytes(ole.openstream(stream).read(place + size)[place:], "little")


# --- LibreOffice ---------------------------------------------------------------------------


def _convert(program: str, file: File, ending: str) -> bytes:
    """The file in another format. Raises when it takes too long or nothing comes of it."""
    seconds = min(file.deadline - time.monotonic(), _SECONDS)
    folder = Path(tempfile.mkdtemp(prefix="assistant-"))
    try:
        source = folder / f"document{'.doc' if ending == 'odt' else '.ppt'}"
        source.write_bytes(file.data)
        _write_profile(folder / "profile")
        _run(
            [
                program,
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                "--headless",
                "--norestore",
                "--nolockcheck",
                "--nodefault",
                "--convert-to",
                ending,
                "--outdir",
                str(folder / "out"),
                str(source),
            ],
            folder,
            seconds,
        )
        return (folder / "out" / f"document.{ending}").read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_profile(folder: Path) -> None:
    items = "".join(
        f'<item oor:path="/org.openoffice.{"" if path.startswith("Inet") else "Office."}{path}">'
        f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _PROFILE
    )
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        f"{items}</oor:items>",
        encoding="utf-8",
    )


def _run(command: list[str], folder: Path, seconds: float) -> None:
    """Run it to its end, or kill it and all that it started when its time is up."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a process group of its own
    )
    try:
        process.wait(max(seconds, 0.1))
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
    else:
        with contextlib.suppress(OSError):  # all of the group has ended
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
