"""A child process that may print, crash or hang, and what the parent sees of it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from assistant.child import Child, ChildError

LONG = 120.0  # seconds; only a hang that was meant to be killed would take as long


@pytest.fixture(autouse=True)
def handlers_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.fixture
def child() -> Iterator[Child]:
    opened = Child("child_handlers", "obey")
    yield opened
    opened.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    "request_",
    [
        None,
        3.5,
        {"text": ["Überraschung", "会議\n\x00"]},
        "caf\udce9.txt",  # a file name in bytes that are no text
        "long " * 200_000,  # more than a pipe holds
    ],
    ids=["nothing", "number", "text", "file name", "long text"],
)
def test_an_answer_and_its_bytes_come_back_as_they_are(request_: object) -> None:
    child = Child("child_handlers", "echo")
    try:
        answer, data = child.call(request_, LONG)
    finally:
        child.close()
    assert answer == request_
    assert data == str(request_).encode("utf-8", "backslashreplace")


def test_many_bytes_come_back_beside_the_answer(child: Child) -> None:
    assert child.call(["zeros", 3_000_000], LONG) == (1, bytes(3_000_000))
    assert child.call(["zeros", 0], LONG) == (1, b"")


def test_one_process_answers_every_call(child: Child) -> None:
    assert child.call(["pid"], LONG) == child.call(["pid"], LONG)


def test_printing_does_not_disturb_the_answers(child: Child) -> None:
    pid, _ = child.call(["pid"], LONG)
    assert child.call(["print"], LONG) == (pid, b"")
    assert child.call(["pid"], LONG) == (pid, b"")


@pytest.mark.parametrize("action", ["raise", "die"])
def test_a_crash_is_an_error_and_the_next_call_works(child: Child, action: str) -> None:
    before, _ = child.call(["pid"], LONG)
    with pytest.raises(ChildError) as error:
        child.call([action], LONG)
    assert not error.value.timed_out
    after, _ = child.call(["pid"], LONG)
    assert after != before


def test_a_hang_is_killed_when_its_time_is_up_and_the_next_call_works(
    child: Child, tmp_path: Path
) -> None:
    before, _ = child.call(["pid"], LONG)
    with pytest.raises(ChildError) as error:
        child.call(["hang", str(tmp_path / "in")], 0.5)
    assert error.value.timed_out
    assert not psutil.pid_exists(before)
    after, _ = child.call(["pid"], LONG)
    assert after != before


def test_close_ends_a_call_that_another_thread_waits_for(child: Child, tmp_path: Path) -> None:
    errors: list[ChildError] = []

    def call() -> None:
        try:
            child.call(["hang", str(tmp_path / "in")], LONG)
        except ChildError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    wait_until((tmp_path / "in").exists)
    child.close()
    thread.join(LONG)
    assert [error.timed_out for error in errors] == [False]


def test_close_ends_the_process(child: Child) -> None:
    pid, _ = child.call(["pid"], LONG)
    child.close()
    assert not psutil.pid_exists(pid)
    child.close()  # and again does nothing


def test_closing_before_the_first_call_starts_nothing() -> None:
    before = psutil.Process().children()
    Child("child_handlers", "obey").close()
    assert psutil.Process().children() == before


def test_a_death_between_two_calls_goes_unnoticed(child: Child) -> None:
    pid, _ = child.call(["pid"], LONG)
    process = psutil.Process(pid)
    process.kill()
    wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE)
    after, _ = child.call(["pid"], LONG)
    assert after != pid


def test_a_module_that_is_not_there_is_an_error_and_no_hang() -> None:
    child = Child("no_such_module", "handle")
    with pytest.raises(ChildError) as error:
        child.call(None, LONG)
    assert not error.value.timed_out


def test_the_child_imports_nothing_from_the_folder_that_the_person_is_in(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    child.call(["pid"], LONG)


def test_calls_of_several_threads_get_their_own_answers() -> None:
    child = Child("child_handlers", "echo")
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = child.call(number, LONG)[0]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    child.close()
    assert answers == {n: n for n in range(8)}


def test_a_child_ends_by_itself_when_its_parent_was_killed_in_the_middle(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = (
        "import assistant.child as c\n"
        "child = c.Child('child_handlers', 'obey')\n"
        f"child.call(['hang', {str(started)!r}], 2)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
    while not started.exists():
        time.sleep(0.01)
    (orphan,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    orphan.wait(60)
