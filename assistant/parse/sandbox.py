"""What the process that reads documents gives up before it opens the first one.

Documents are untrusted, and so is what a hostile one may talk a parser into. Three fences, each
worth having where another is missing: limits of the system, a network namespace without any
interface (Linux), and an audit hook of Python's that refuses sockets, programs and writing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
from pathlib import Path

from assistant.parse import extras

MEMORY_LIMIT = 2 * 1024**3  # bytes of address space
OCR_MEMORY_LIMIT = 4 * 1024**3
WRITE_LIMIT = 1024**3  # bytes in one temporary file
_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of Linux
# events of Python's that change the disk, and how many of their arguments are paths
_ALTERING = {
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.setxattr": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def enter() -> None:
    """Once, at the start of the process. What a system does not offer is left out."""
    _limit()
    _leave_network()
    sys.dont_write_bytecode = True
    tempfile.gettempdir()  # it tries the folder by writing to it: before that is watched
    office = extras.office()
    sys.addaudithook(lambda event, arguments: _watch(event, arguments, office))


def allow_memory(limit: int) -> None:
    """Change the present limit; recognising words in pictures needs more than reading does."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, OCR_MEMORY_LIMIT))


def memory_held() -> int:
    """Bytes of memory that this process holds now.

    Not the peak that the system keeps: on Linux a new process inherits that of its parent, which
    may have a large model in memory.
    """
    import psutil

    return int(psutil.Process().memory_info().rss)


def _limit() -> None:
    allow_memory(MEMORY_LIMIT)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (WRITE_LIMIT, WRITE_LIMIT))


def _leave_network() -> None:
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        # the namespace of its own users is what lets an ordinary user do this
        if libc.unshare(_NEW_NETWORK) != 0:
            libc.unshare(_NEW_USERS | _NEW_NETWORK)


def _watch(event: str, arguments: tuple[object, ...], office: str | None) -> None:
    if event.startswith("socket."):
        raise PermissionError("a reader of documents has no network")
    if event in ("os.fork", "os.forkpty", "os.kill", "os.killpg"):
        raise PermissionError("a reader of documents is one process")
    if event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"):
        raise PermissionError("a reader of documents starts no program")
    if event == "subprocess.Popen" and str(arguments[0]) != office:
        raise PermissionError("a reader of documents starts no program but LibreOffice")
    if event == "open" and _writes(*arguments):
        raise PermissionError("a reader of documents writes nothing but temporary files")
    if event in ("os.remove", "os.rmdir"):  # may name a file within a folder that is open
        arguments = (_within(*arguments),)
    if event in _ALTERING and not all(map(_is_temporary, arguments[: _ALTERING[event]])):
        raise PermissionError("a reader of documents alters nothing but temporary files")


def _writes(path: object, mode: object, flags: object) -> bool:
    if not isinstance(path, (str, bytes)) or not (isinstance(flags, int) and flags & _WRITING):
        return False
    return Path(os.fsdecode(path)) != Path(os.devnull) and not _is_temporary(path)


def _within(path: object, folder: object) -> object:
    """`path`, which counts from the open `folder` unless that is -1."""
    if not isinstance(path, (str, bytes)) or not isinstance(folder, int) or folder < 0:
        return path
    try:
        place = os.readlink(f"/proc/self/fd/{folder}")  # noqa: PTH115
    except OSError:  # not Linux
        import fcntl

        place = os.fsdecode(fcntl.fcntl(folder, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))  # type: ignore[attr-defined]
    return os.path.join(place, os.fsdecode(path))  # noqa: PTH118


def _is_temporary(path: object) -> bool:
    if isinstance(path, int):  # a file that is open already
        return True
    place = Path(os.fsdecode(path)) if isinstance(path, (str, bytes, os.PathLike)) else Path()
    return place.resolve().is_relative_to(Path(tempfile.gettempdir()).resolve())
