"""From a folder to passages: what changes is read, what is gone is forgotten, nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assistant.config import Settings
from assistant.domain import Event, Progress, Question, Skipped, Status, Synced
from assistant.errors import LibraryBusy, NotAFolder, UsageError
from assistant.ingest import _sha256
from assistant.service import Assistant
from tests.fakes import HashEmbedder


def sync(assistant: Assistant, folder: Path) -> list[Event]:
    return list(assistant.sync((assistant.source_for(folder),)))


def synced(events: list[Event]) -> Synced:
    return next(e for e in events if isinstance(e, Synced))


def paths(assistant: Assistant, words: str) -> list[str]:
    return [p.document.path for p in assistant.search(Question(words))]


@pytest.fixture
def counting(settings: Settings) -> Assistant:
    """A library whose vectors come from the words alone: these tests count, they do not search."""
    return Assistant(settings, embedder=HashEmbedder())


def test_everything_is_read_and_found_by_words_in_any_script(
    counting: Assistant, folder: Path
) -> None:
    report = synced(sync(counting, folder))
    assert (report.added, report.skipped) == (3, 0)
    assert paths(counting, "folding chairs")[0] == "minutes/März 2024.txt"
    assert paths(counting, "Saturday")[0] == "会議.html"


def test_a_second_run_reads_nothing(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    events = sync(counting, folder)
    assert synced(events).unchanged == 3
    assert not [e for e in events if isinstance(e, Progress) and e.detail.endswith(".md")]


def test_a_new_date_alone_reads_nothing(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    os.utime(folder / "keys.md", (1, 1))
    assert synced(sync(counting, folder)).unchanged == 3


def test_a_changed_file_is_read_again_and_its_old_words_are_gone(
    counting: Assistant, folder: Path
) -> None:
    sync(counting, folder)
    (folder / "keys.md").write_text("# Keys\n\nThe key is in the cellar now.\n", encoding="utf-8")
    assert synced(sync(counting, folder)).changed == 1
    found = counting.search(Question("key kitchen cellar"))
    assert not any("kitchen" in p.text for p in found)
    assert any("cellar" in p.text for p in found)


def test_a_deleted_file_disappears_from_answers(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    (folder / "keys.md").unlink()
    assert synced(sync(counting, folder)).removed == 1
    assert "keys.md" not in paths(counting, "spare key blue door")


def test_a_removed_source_leaves_nothing_behind(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    counting.remove_source(str(folder))
    with sqlite3.connect(counting.settings.database) as database:
        for table in ("sources", "documents", "sections", "chunks", "vectors"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_unreadable_files_are_listed_with_a_reason_and_the_rest_goes_on(
    counting: Assistant, folder: Path
) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (folder / "table.xlsx").write_bytes(b"PK")
    (folder / "empty.txt").write_bytes(b"")
    events = sync(counting, folder)
    statuses = {e.path: e.status for e in events if isinstance(e, Skipped)}
    assert statuses == {
        "broken.pdf": Status.DAMAGED,
        "table.xlsx": Status.UNSUPPORTED,
        "empty.txt": Status.NO_TEXT,
    }
    assert all(e.reason and e.remedy for e in events if isinstance(e, Skipped))
    assert len(counting.status().not_ready) == 3
    assert synced(events).added == 3


def test_a_file_that_may_not_be_opened_is_listed_and_tried_again_next_time(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated, because root may open anything."""

    def refuse(path: Path) -> str:
        if path.name == "keys.md":
            raise PermissionError(13, "Permission denied")
        return _sha256(path)

    monkeypatch.setattr("assistant.ingest._sha256", refuse)
    (skipped,) = (e for e in sync(counting, folder) if isinstance(e, Skipped))
    assert skipped.status is Status.UNREADABLE
    assert "Permission denied" in skipped.reason
    monkeypatch.undo()
    assert synced(sync(counting, folder)).changed == 1
    assert paths(counting, "spare key")[0] == "keys.md"


def test_hidden_files_and_links_out_of_the_folder_are_left_alone(
    counting: Assistant, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The password is swordfish.", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret)
    (folder / ".hidden.txt").write_text("swordfish", encoding="utf-8")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    assert synced(sync(counting, folder)).added == 3
    assert not any("swordfish" in p.text for p in counting.search(Question("swordfish")))


def test_a_file_name_that_is_no_text_is_read_too(counting: Assistant, folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt"))
    odd.write_text("The coffee machine needs descaling.", encoding="utf-8")
    sync(counting, folder)
    assert paths(counting, "descaling")[0] == "caf\\udce9.txt"


def test_a_missing_folder_and_an_emptied_one_forget_nothing(
    counting: Assistant, folder: Path, tmp_path: Path
) -> None:
    sync(counting, folder)
    source = counting.source_for(folder)
    moved = folder.rename(tmp_path / "unplugged")
    with pytest.raises(NotAFolder, match="not there"):
        list(counting.sync((source,)))
    folder.mkdir()
    with pytest.raises(NotAFolder, match="is empty"):
        list(counting.sync((source,)))
    assert counting.status().documents == 3
    folder.rmdir()
    moved.rename(folder)
    assert synced(list(counting.sync((source,)))).unchanged == 3


def test_one_missing_source_does_not_stop_the_others(
    counting: Assistant, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("Ladders are in the shed.", encoding="utf-8")
    gone = tmp_path / "gone"
    gone.mkdir()
    chosen = tuple(map(counting.source_for, (gone, other)))
    gone.rmdir()
    with pytest.raises(NotAFolder):
        list(counting.sync(chosen))
    assert paths(counting, "ladders") == ["a.txt"]


def test_overlapping_folders_are_refused(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    with pytest.raises(UsageError, match="overlaps"):
        counting.source_for(folder / "minutes")
    with pytest.raises(UsageError, match="overlaps"):
        counting.source_for(folder.parent)


def test_stop_keeps_what_was_done_and_the_next_run_goes_on(
    counting: Assistant, folder: Path
) -> None:
    stop = threading.Event()
    for event in counting.sync((counting.source_for(folder),), stop):
        if isinstance(event, Progress) and event.done == 1:
            stop.set()
    kept = counting.status().documents
    assert 0 < kept < 3
    report = synced(sync(counting, folder))
    assert (report.added, report.unchanged) == (3 - kept, kept)


def test_a_second_indexer_is_told_to_wait(
    counting: Assistant, settings: Settings, folder: Path
) -> None:
    other = Assistant(settings, embedder=HashEmbedder())
    running = counting.sync((counting.source_for(folder),))
    next(running)
    with pytest.raises(LibraryBusy):
        list(other.sync((other.source_for(folder),)))
    assert synced(list(running)).added == 3


def test_the_bundled_documents_start_a_new_library_but_do_not_come_back_once_removed(
    counting: Assistant,
) -> None:
    assert counting.needs_first_index()
    assert [s.bundled for s in counting.due_sources()] == [True]
    counting.remove_source("bundled")
    assert counting.due_sources() == ()
    assert not counting.needs_first_index()


def contents(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a library holds, without ids."""
    with sqlite3.connect(home / "library.db") as database:
        return {
            "documents": database.execute(
                "SELECT path, title, sha256, status FROM documents ORDER BY path"
            ).fetchall(),
            "chunks": database.execute(
                "SELECT d.path, e.label, e.text, c.start, c.stop, c.hash FROM chunks c"
                " JOIN sections e ON e.id = c.section_id JOIN documents d ON d.id = e.document_id"
                " ORDER BY d.path, e.position, c.start"
            ).fetchall(),
            "vectors": database.execute("SELECT hash FROM vectors ORDER BY hash").fetchall(),
            "words": database.execute("SELECT count(*) FROM chunk_words").fetchall(),
            "check": database.execute("PRAGMA integrity_check").fetchall(),
        }


def test_killed_at_ten_moments_the_library_opens_and_completes(tmp_path: Path) -> None:
    """kill -9, with the real models; the end is the same as that of an undisturbed run."""
    corpus = tmp_path / "docs"
    corpus.mkdir()
    for number in range(24):
        text = "\n\n".join(
            f"## Part {part}\n\nShelf {number} holds box {part} with the tools for job {number}."
            for part in range(2)
        )
        (corpus / f"shelf {number}.md").write_text(f"# Shelf {number}\n\n{text}\n", "utf-8")

    def index(home: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "assistant", "--home", str(home), "index", str(corpus)],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    undisturbed = tmp_path / "undisturbed"
    began = time.monotonic()
    assert index(undisturbed).wait() == 0
    whole = time.monotonic() - began
    killed = tmp_path / "killed"
    kills = 0
    for moment in range(10):
        process = index(killed)
        time.sleep(whole * (0.05 + 0.08 * moment))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
        if (killed / "library.db").exists():
            opened = subprocess.run(
                [sys.executable, "-m", "assistant", "--home", str(killed), "status"],
                check=False,
                capture_output=True,
            )
            assert opened.returncode == 0, opened.stderr
    assert kills >= 3
    assert index(killed).wait() == 0
    assert contents(killed) == contents(undisturbed)
