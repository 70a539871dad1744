"""What tests/test_child.py runs in a child process: handlers that answer, print, crash and hang."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_READ_BEFORE: list[str] = []


def echo(request: Any) -> tuple[Any, bytes]:
    """The request, and its text as bytes beside it."""
    return request, str(request).encode("utf-8", "backslashreplace")


def obey(request: Any) -> tuple[Any, bytes]:
    """Do the one thing that `request` names."""
    action, *arguments = request
    if action == "raise":
        raise RuntimeError("on purpose")
    if action == "die":
        os._exit(3)
    if action == "hang":
        Path(arguments[0]).touch()  # tells the test that we are in the middle of the call
        time.sleep(600)
    if action == "print":
        print("print")
        sys.stderr.write("stderr\n")
        os.write(1, b"straight to file descriptor 1\n" * 1000)
        subprocess.run([sys.executable, "-c", "print('from a grandchild')"], check=True)
    if action == "zeros":
        return len(arguments), bytes(arguments[0])
    return os.getpid(), b""


def read_or_worse(request: Any) -> tuple[Any, bytes]:
    """The real reader, except for files that are called hang.txt, die.txt or second.txt.

    The last one kills a process that has read something before.
    """
    from assistant.parse import worker

    name = Path(request["path"]).stem
    if name == "hang":
        time.sleep(600)
    if name == "die":
        os._exit(3)
    if name == "second" and "second" in _READ_BEFORE:
        os._exit(3)
    _READ_BEFORE.append("second")
    return worker.handle(request)


def misbehave(request: Any) -> tuple[Any, bytes]:
    """Try a deed that a reader of documents never does; the answer is what it was told."""
    import socket

    from assistant.parse import sandbox

    sandbox.enter()
    deed, place = request
    try:
        if deed == "socket":
            socket.socket()
        elif deed == "remove":
            Path(place).unlink()
        elif deed == "rename":
            Path(place).rename(f"{place} else")
        elif deed == "fork":
            os.fork()
        elif deed == "program":
            subprocess.run(["touch", place], check=False)
        else:
            Path(place).write_text("written")
    except PermissionError as error:
        return str(error), b""
    return "nothing", b""
