"""Every file is accounted for, in words, in JSON and on paper, and on the way there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assistant.config import Settings
from assistant.domain import Progress, Question, Rebuild
from assistant.errors import LibraryGone
from assistant.ingest.pace import Pace
from assistant.plain import duration, progress_words, rebuild_words
from assistant.service import Assistant
from tests.conftest import Run
from tests.fakes import HashEmbedder


@pytest.fixture
def awkward(folder: Path) -> Path:
    """The three good documents among everything that a shared drive holds."""
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf")
    (folder / "private.txt").write_text("The safe is at 4711.")
    (folder / ".assistantignore").write_text("private*\n")
    (folder / "copy.md").write_bytes((folder / "keys.md").read_bytes())
    (folder / "empty.txt").touch()
    (folder / "film.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(50))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (folder / "<b>bold\nname.txt").write_text("A name with marks and a line end.")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(folder / "socket"))
    (folder / "loop").symlink_to(folder)
    return folder


FILES = 15  # as `find -not -type d` counts them


def test_status_adds_up_to_the_files_on_disk(run: Run, awkward: Path) -> None:
    found = subprocess.run(
        ["find", str(awkward), "-not", "-type", "d", "-print0"], check=True, capture_output=True
    )
    assert found.stdout.count(b"\0") == FILES
    indexed = run("index", str(awkward))
    assert indexed.returncode == 0
    assert "Not read: broken.pdf" in indexed.stderr
    status = json.loads(run("status", "--json").stdout)
    assert status["counts"] == {
        "ready": 4,
        "duplicate": 1,
        "ignored": 7,
        "no text": 1,
        "damaged": 1,
        "unsupported": 1,
    }
    assert status["files"] == sum(status["counts"].values()) == FILES
    assert {entry["path"] for entry in status["not_read"]} == {
        "broken.pdf",
        "empty.txt",
        "film.mp4",
    }


def test_every_file_is_listed_with_its_reason_and_what_to_do(run: Run, awkward: Path) -> None:
    run("index", str(awkward))
    listed = json.loads(run("status", "--files", "--json").stdout)["every_file"]
    assert sum(entry["files"] for entry in listed) == FILES
    for entry in listed:
        assert entry["status"] in ("ready", "partly") or (entry["reason"] and entry["remedy"])
    lines = run("status", "--files").stdout.splitlines()
    assert (
        "  keys.md: duplicate. It is the same as copy.md. Nothing to do: that one is read." in lines
    )
    assert any(line.startswith("  <b>bold name.txt: ready") for line in lines)


def test_the_report_card_is_a_page_that_loads_nothing(
    run: Run, awkward: Path, tmp_path: Path
) -> None:
    run("index", str(awkward))
    page = tmp_path / "card.html"
    assert run("status", "--report", str(page)).returncode == 0
    html = page.read_text("utf-8")
    assert "<b>bold" not in html
    assert "broken.pdf" in html
    assert "The same as another file (1)" in html

    class Tags(HTMLParser):
        used: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.used.add(tag)
            assert not {name for name, _ in attrs} & {"src", "href"}

    Tags().feed(html)
    assert not Tags.used & {"script", "link", "img", "iframe"}


def test_a_report_that_cannot_be_saved_is_said_so(run: Run, folder: Path, tmp_path: Path) -> None:
    run("index", str(folder))
    ended = run("status", "--report", str(tmp_path / "missing" / "card.html"))
    assert ended.returncode == 2
    assert "cannot be saved" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_many_files_that_cannot_be_read_do_not_fill_the_screen(run: Run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(60):
        (docs / f"{number}.txt").touch()
    ended = run("index", str(docs))
    assert ended.stderr.count("Not read:") == 20
    assert "And 40 more files" in ended.stderr
    assert "status --files" in run("status").stdout
    assert run("status", "--files").stdout.count("It is empty.") == 60


@pytest.mark.slow
def test_a_hundred_thousand_empty_files_are_accounted_for(run: Run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    for number in range(100_000):
        place = docs / str(number // 1000)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").touch()
    assert run("index", str(docs)).returncode == 0
    status = json.loads(run("status", "--json").stdout)
    assert status["counts"] == {"no text": 100_000}
    assert run("index", str(docs)).returncode == 0


def test_a_source_that_is_not_connected_is_named_and_not_cited(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    run("index", str(folder))
    folder.rename(tmp_path / "unplugged")
    assert "not connected" in run("status").stdout
    assert json.loads(run("search", "spare key", "--json").stdout) == []
    (tmp_path / "unplugged").rename(folder)
    assert json.loads(run("search", "spare key", "--json").stdout)[0]["path"] == "keys.md"


def test_status_says_when_another_process_is_indexing(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    import filelock

    run("index", str(folder))
    assert json.loads(run("status", "--json").stdout)["busy"] is False
    with filelock.FileLock(tmp_path / "home" / "index.lock"):
        assert json.loads(run("status", "--json").stdout)["busy"] is True
        assert "indexing it now" in run("status").stdout


def test_a_library_that_is_pulled_out_is_said_so(settings: Settings, folder: Path) -> None:
    opened = Assistant(settings, embedder=HashEmbedder())
    list(opened.sync((opened.source_for(folder),)))
    opened._store.close()  # a new thread or a new question opens it anew
    settings.home.rename(settings.home.with_name("pulled out"))
    with pytest.raises(LibraryGone, match="cannot be reached"):
        opened.search(Question("key"))
    settings.home.with_name("pulled out").rename(settings.home)
    assert opened.search(Question("spare key"))


def test_watching_reads_what_changes_until_ctrl_c(tmp_path: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "assistant", "--home", str(tmp_path / "home")]
    process = subprocess.Popen(
        [*command, "index", str(folder), "--watch"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )
    assert process.stderr is not None
    lines: list[str] = []
    try:
        for line in process.stderr:
            lines.append(line)
            if "Watching" in line:
                time.sleep(1)  # until it really watches
                (folder / "new.txt").write_text("Ladders are in the shed.")
            if "1 new" in line:
                break
    finally:
        process.send_signal(signal.SIGINT)
    lines.append(process.communicate(timeout=60)[1])
    assert process.returncode == 130, lines
    assert "1 new, 3 unchanged" in "".join(lines)
    assert "Traceback" not in "".join(lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (40, "40 seconds"),
        (89, "89 seconds"),
        (200, "3 minutes"),
        (9000, "2 hours"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_progress_says_how_far_how_fast_and_how_long() -> None:
    from assistant.domain import Phase

    event = Progress(Phase.READ, 12, 80, "a.txt", 40, 2.0)
    assert progress_words(event) == "Reading 12 of 80, 2 a second, 34 seconds left"
    assert progress_words(Progress(Phase.SCAN, 1000, 0)) == "Looking 1,000"


def test_a_rebuild_says_what_it_costs() -> None:
    words = rebuild_words(Rebuild(3, 1200, 300.0))
    assert "3 files" in words
    assert "1,200 passages" in words
    assert "5 minutes" in words


def test_the_pace_is_that_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("assistant.ingest.pace.time.monotonic", lambda: now[0])
    pace = Pace()
    rates = []
    for second in range(120):
        now[0] = 1000.0 + second
        done = second if second < 60 else 60 + (second - 60) * 10
        rates.append(pace.at(done))
    assert rates[0] == 0.0
    assert rates[50] == pytest.approx(1.0)
    assert rates[119] == pytest.approx(10.0)


def test_names_with_escape_codes_are_printed_without_them(run: Run, folder: Path) -> None:
    (folder / "red\x1b[31m\u202etxt.bin").write_bytes(b"\0\1\2\3" * 50)
    indexed = run("index", str(folder))
    status = run("status", "--files")
    assert "red" in status.stdout
    for text in (indexed.stderr, status.stdout):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_report_does_not_replace_a_link_or_a_device(run: Run, folder: Path) -> None:
    (folder / "real.html").write_text("old")
    (folder / "link.html").symlink_to(folder / "real.html")
    assert run("status", "--report", str(folder / "link.html")).returncode == 0
    assert (folder / "link.html").is_symlink()
    assert "Report card" in (folder / "real.html").read_text()
    assert run("status", "--report", os.devnull).returncode == 2
    assert not Path(os.devnull).is_file()


def test_an_empty_name_is_not_the_present_folder(run: Run) -> None:
    for command in (("index", ""), ("--home", "", "status")):
        ended = run(*command)
        assert ended.returncode == 2
        assert "empty" in ended.stderr


def test_json_of_what_was_read_is_printed_also_when_a_source_is_missing(
    run: Run, folder: Path
) -> None:
    other = folder.with_name("other")
    other.mkdir()
    (other / "a.txt").write_text("The ladder is in the shed.")
    assert run("index", str(folder), str(other)).returncode == 0
    folder.rename(folder.with_name("elsewhere"))
    (other / "b.txt").write_text("The rake is in the shed.")
    ended = run("index", "--json")
    assert ended.returncode == 2
    assert [e["added"] for e in json.loads(ended.stdout) if e["event"] == "synced"] == [1]
