"""A Python child process that answers requests, one at a time, and can be killed.

Used for work that may hang, crash or hold the interpreter lock for seconds: reading untrusted
documents, importing torch. Requests and answers are length-prefixed JSON, with raw bytes
beside it where numbers travel. The child is a plain `python -c`, not multiprocessing, which
Textual's own file descriptors break.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_HEADER = struct.Struct("<II")  # length of the JSON, length of the bytes behind it
GRACE = 5.0  # seconds after the parent would have ended its child
Handler = Callable[[Any], tuple[Any, bytes]]


class ChildError(Exception):
    """The child died or ran out of time. `timed_out` says which."""

    def __init__(self, timed_out: bool) -> None:
        super().__init__("timed out" if timed_out else "died")
        self.timed_out = timed_out


class Child:
    """Runs `module.function` (a `Handler`); starts on the first call, and again after a death."""

    def __init__(self, module: str, function: str) -> None:
        self._target = (module, function)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def call(self, request: Any, timeout: float) -> tuple[Any, bytes]:
        """Send `request` (JSON), wait at most `timeout` seconds, return (JSON, bytes).

        Raises:
            ChildError: the child died or was killed because its time was up.
        """
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._reap()  # it died since the last request
            process = self._process or self._start()
            timed_out = threading.Event()

            def kill() -> None:
                timed_out.set()
                process.kill()

            timer = threading.Timer(timeout, kill)
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                _send(process.stdin, [timeout, request], b"")
                return _receive(process.stdout)
            except (OSError, EOFError) as error:
                self._reap()
                raise ChildError(timed_out.is_set()) from error
            except BaseException:  # Ctrl-C in the middle of an answer: the pipe is out of step
                self._reap()
                raise
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the process, also in the middle of a request; a call then raises ChildError."""
        process = self._process
        if process is not None:
            process.kill()  # before the lock, which that call may hold
        with self._lock:
            self._reap()

    def _start(self) -> subprocess.Popen[bytes]:
        module, function = self._target
        code = f"from {module} import {function} as f; from assistant.child import serve; serve(f)"
        environ = dict(os.environ)
        # the child must find this very package, wherever it was started from
        package_parent = str(Path(__file__).resolve().parent.parent)
        environ["PYTHONPATH"] = os.pathsep.join(
            [package_parent, *filter(None, [environ.get("PYTHONPATH")])]
        )
        self._process = subprocess.Popen(
            # -P: never import a module from the folder that the person happens to be in
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            # own group: Ctrl-C reaches the parent alone, which then decides
            start_new_session=True,
        )
        return self._process

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # a full pipe to a dead child breaks on close; it has nothing more to say
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def serve(handler: Handler) -> None:
    """The child's loop: answer until the parent closes the pipe."""
    requests = sys.stdin.buffer
    # libraries may print: keep the answer channel for ourselves and point stdout at stderr
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            (timeout, request), _ = _receive(requests)
        except EOFError:
            return
        _set_alarm(timeout + GRACE)
        _send(answers, *handler(request))
        _set_alarm(0)


def _set_alarm(seconds: float) -> None:
    """End this process after `seconds` whatever it does then; 0 for never. Not on Windows.

    The parent would do it, but the parent may have been killed itself.
    """
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _send(pipe: BinaryIO | Any, value: Any, data: bytes) -> None:
    text = json.dumps(value).encode()
    pipe.write(_HEADER.pack(len(text), len(data)) + text + data)
    pipe.flush()


def _receive(pipe: BinaryIO | Any) -> tuple[Any, bytes]:
    text_length, data_length = _HEADER.unpack(_exactly(pipe, _HEADER.size))
    return json.loads(_exactly(pipe, text_length)), _exactly(pipe, data_length)


def _exactly(pipe: BinaryIO | Any, count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return bytes(data)
