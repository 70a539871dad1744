"""From a folder to passages: what changes is read, what is gone is forgotten, nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from assistant import config
from assistant.config import Settings
from assistant.domain import (
    Event,
    Facts,
    Phase,
    Progress,
    Question,
    Reading,
    Section,
    Skipped,
    Status,
    Synced,
)
from assistant.errors import (
    DamagedArchive,
    Interrupted,
    LibraryBusy,
    NotAFolder,
    UsageError,
)
from assistant.files import facts_of
from assistant.parse import Parser
from assistant.service import Assistant
from tests.fakes import HashEmbedder
from tests.test_kills import contents


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
    (folder / "film.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(50))
    (folder / "empty.txt").write_bytes(b"")
    events = sync(counting, folder)
    statuses = {e.path: e.status for e in events if isinstance(e, Skipped)}
    assert statuses == {
        "broken.pdf": Status.DAMAGED,
        "film.mp4": Status.UNSUPPORTED,
        "empty.txt": Status.NO_TEXT,
    }
    assert all(e.reason and e.remedy for e in events if isinstance(e, Skipped))
    counts = counting.status().counts
    assert counts == {
        Status.READY: 3,
        Status.NO_TEXT: 1,
        Status.DAMAGED: 1,
        Status.UNSUPPORTED: 1,
    }
    assert synced(events).added == 3


def test_a_file_that_may_not_be_opened_is_listed_and_tried_again_next_time(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated, because root may open anything."""

    def refuse(path: Path) -> Facts:
        if path.name == "keys.md":
            raise PermissionError(13, "Permission denied")
        return facts_of(path)

    monkeypatch.setattr("assistant.files.facts_of", refuse)
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


# --- every file is accounted for -----------------------------------------------------------


def on_disk(folder: Path) -> int:
    """Everything in a folder that is no folder."""
    return sum(len(names) for _, _, names in os.walk(folder)) + sum(
        (Path(place) / name).is_symlink() for place, names, _ in os.walk(folder) for name in names
    )


def test_the_counts_add_up_to_the_files_on_disk_also_in_the_middle_of_a_run(
    counting: Assistant, folder: Path
) -> None:
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "objects" / "a").write_bytes(b"x")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "loop").symlink_to(folder)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "copy of keys.md").write_bytes((folder / "keys.md").read_bytes())
    stop = threading.Event()
    for event in counting.sync((counting.source_for(folder),), stop):
        if isinstance(event, Progress) and event.done == 1:
            assert counting.status().files == on_disk(folder)
            stop.set()
    assert counting.status().counts[Status.WAITING] > 0
    sync(counting, folder)
    counts = counting.status().counts
    assert sum(counts.values()) == on_disk(folder) == 8
    assert counts == {
        Status.READY: 3,
        Status.DUPLICATE: 1,
        Status.IGNORED: 3,
        Status.NO_TEXT: 1,
    }


def test_a_duplicate_names_its_original_and_takes_its_place_when_that_goes(
    counting: Assistant, folder: Path
) -> None:
    (folder / "other keys.md").write_bytes((folder / "keys.md").read_bytes())
    sync(counting, folder)
    (copy,) = counting.files(Status.DUPLICATE)
    assert (copy.path, copy.reason) == ("other keys.md", "It is the same as keys.md.")
    assert paths(counting, "spare key blue door").count("other keys.md") == 0
    (folder / "keys.md").unlink()
    sync(counting, folder)
    assert not list(counting.files(Status.DUPLICATE))
    assert paths(counting, "spare key blue door")[0] == "other keys.md"


def test_a_duplicate_in_another_source_is_promoted_by_the_next_run(
    counting: Assistant, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "keys.md").write_bytes((folder / "keys.md").read_bytes())
    sync(counting, folder)
    sync(counting, other)
    assert [d.source for d in counting.files(Status.DUPLICATE)] == ["other"]
    counting.remove_source(str(folder))
    assert [d.status for d in counting.files()] == [Status.WAITING]
    sync(counting, other)
    assert paths(counting, "spare key")[0] == "keys.md"


def test_a_moved_file_keeps_its_passages_and_vectors(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    before = contents(counting.settings.home)
    (folder / "attic").mkdir()
    (folder / "keys.md").rename(folder / "attic" / "keys.md")
    (folder / "minutes" / "März 2024.txt").rename(folder / "Protokoll.txt")
    embedded: list[str] = []
    counting._embedder.many = counting._embedder.few = embedded.extend  # type: ignore[union-attr]
    report = synced(sync(counting, folder))
    assert (report.moved, report.added, report.removed, report.unchanged) == (2, 0, 0, 1)
    assert embedded == []
    after = contents(counting.settings.home)
    assert after["vectors"] == before["vectors"]
    moved = {d.path: d.title for d in counting.files()}
    assert moved == {
        "attic/keys.md": "Keys",
        "Protokoll.txt": "Protokoll",
        "会議.html": "Opening hours",
    }


def test_words_of_the_new_name_find_a_moved_file(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    (folder / "minutes" / "März 2024.txt").rename(folder / "Zebra.txt")
    sync(counting, folder)
    assert paths(counting, "zebra")[0] == "Zebra.txt"


def test_what_is_ignored_now_is_forgotten_and_comes_back(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    (folder / ".assistantignore").write_text("keys.md\n", encoding="utf-8")
    sync(counting, folder)
    assert "keys.md" not in paths(counting, "spare key blue door")
    (folder / ".assistantignore").unlink()
    sync(counting, folder)
    assert paths(counting, "spare key blue door")[0] == "keys.md"


def test_a_folder_that_may_not_be_listed_forgets_nothing(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated, because root may list anything."""
    sync(counting, folder)
    scandir = os.scandir

    def refuse(place: Path) -> object:
        if Path(place).name == "minutes":
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr("os.scandir", refuse)
    report = synced(sync(counting, folder))
    assert report.removed == 0
    assert [d.path for d in counting.files(Status.UNREADABLE)] == ["minutes/"]
    monkeypatch.undo()
    sync(counting, folder)
    assert not list(counting.files(Status.UNREADABLE))
    assert len(list(counting.files(Status.READY))) == 3


# --- answers know nothing that is not there any more -----------------------------------------


def test_a_file_that_was_deleted_or_edited_is_not_cited_before_the_next_run(
    counting: Assistant, folder: Path
) -> None:
    sync(counting, folder)
    (folder / "keys.md").unlink()
    assert "keys.md" not in paths(counting, "spare key blue door")
    minutes = folder / "minutes" / "März 2024.txt"
    facts = minutes.stat()
    minutes.write_text(minutes.read_text("utf-8").replace("forty", "fifty"), encoding="utf-8")
    os.utime(minutes, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    assert minutes.stat().st_size == facts.st_size
    assert minutes.name not in str(paths(counting, "folding chairs"))
    assert synced(sync(counting, folder)).changed == 1
    assert "fifty" in counting.search(Question("folding chairs"))[0].text


def test_a_file_that_changes_while_it_is_read_is_read_again(
    counting: Assistant, folder: Path
) -> None:
    keys = folder / "keys.md"
    for event in counting.sync((counting.source_for(folder),)):
        if isinstance(event, Progress) and event.detail == "keys.md":
            keys.write_text("# Keys\n\nThe key is in the cellar.\n", encoding="utf-8")
    keys.write_text("# Keys\n\nThe key is in the attic.\n", encoding="utf-8")
    assert "keys.md" not in paths(counting, "key cellar")
    assert synced(sync(counting, folder)).changed == 1
    assert "attic" in counting.search(Question("key"))[0].text


def test_a_clock_that_jumps_and_odd_dates_change_nothing(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(folder / "keys.md", (-1_000_000, -1_000_000))
    os.utime(folder / "会議.html", (2**33, 2**33))
    sync(counting, folder)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert synced(sync(counting, folder)).unchanged == 3
    (folder / "new.txt").write_text("Ladders are in the shed.", encoding="utf-8")
    os.utime(folder / "new.txt", (0, 0))
    assert synced(sync(counting, folder)).added == 1
    assert paths(counting, "ladders")[0] == "new.txt"


# --- the program changes ----------------------------------------------------------------------


def test_old_readings_are_made_again_without_taking_the_library_away(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(counting, folder)
    assert counting.rebuild_due() is None
    monkeypatch.setattr("assistant.ingest.plan.READER_VERSION", "next")
    due = counting.rebuild_due()
    assert due is not None
    assert (due.files, due.passages) == (3, counting.status().passages)
    assert synced(list(counting.sync(rebuild=False))).unchanged == 3
    for event in counting.sync():
        if isinstance(event, Progress):
            status = counting.status()
            assert status.embedded == status.passages > 0
    assert counting.rebuild_due() is None


def test_a_new_search_model_is_used_as_its_vectors_come_and_then_alone(
    settings: Settings, folder: Path
) -> None:
    with closing(Assistant(settings, embedder=HashEmbedder())) as opened:
        sync(opened, folder)
    other = HashEmbedder()
    other.identity = "another"
    with closing(Assistant(settings, embedder=other)) as opened:
        due = opened.rebuild_due()
        assert due is not None
        assert (due.files, due.passages) == (0, opened.status().passages)
        assert paths(opened, "spare key")[0] == "keys.md"  # by its words
        list(opened.sync(rebuild=False))
        assert opened.status().embedded == 0
        list(opened.sync())
        assert opened.status().embedded == opened.status().passages
        assert opened.rebuild_due() is None
    with sqlite3.connect(settings.database) as database:
        assert database.execute("SELECT DISTINCT embedder FROM vectors").fetchall() == [
            ("another",)
        ]


# --- watching ----------------------------------------------------------------------------------


def test_changes_are_noticed_while_the_caller_is_at_work(counting: Assistant, folder: Path) -> None:
    sync(counting, folder)
    stop = threading.Event()
    changes = counting.watch(stop)
    threading.Timer(0.5, (folder / "new.txt").write_text, ["Ladders are in the shed."]).start()
    assert [s.folder for s in next(changes)] == [folder]
    (folder / "keys.md").unlink()  # before the next one is asked for
    assert [s.folder for s in next(changes)] == [folder]
    stop.set()
    assert list(changes) == []


# --- Kiwix archives ------------------------------------------------------------------------------


def write_zim(path: Path, pages: dict[str, str]) -> None:
    writer = pytest.importorskip("libzim.writer", reason="the zim extra is not installed")

    class Page(writer.Item):  # type: ignore[misc]
        def __init__(self, title: str, words: str) -> None:
            super().__init__()
            self._title, self._words = title, words

        def get_path(self) -> str:
            return f"A/{self._title}"

        def get_title(self) -> str:
            return self._title

        def get_mimetype(self) -> str:
            return "text/html"

        def get_contentprovider(self) -> object:
            return writer.StringProvider(
                f"<html><body><h1>{self._title}</h1><p>{self._words}</p></body></html>"
            )

        def get_hints(self) -> dict[object, object]:
            return {writer.Hint.FRONT_ARTICLE: True}

    with writer.Creator(path).config_indexing(False, "eng") as creator:
        for title, words in pages.items():
            creator.add_item(Page(title, words))
        creator.set_mainpath(f"A/{next(iter(pages))}")


def test_a_kiwix_archive_is_a_source_of_many_documents(counting: Assistant, tmp_path: Path) -> None:
    archive = tmp_path / "wiki.zim"
    write_zim(archive, {"Ladder": "A ladder has rungs.", "Kettle": "A kettle boils water."})
    report = synced(sync(counting, archive))
    assert (report.added, report.skipped) == (2, 0)
    assert {d.title for d in counting.files()} == {"Ladder", "Kettle"}
    assert "rungs" in counting.search(Question("ladder"))[0].text
    assert synced(sync(counting, archive)).unchanged == 2
    archive.unlink()
    assert counting.search(Question("ladder")) == ()
    write_zim(archive, {"Ladder": "A ladder has rungs.", "Drill": "A drill makes holes."})
    report = synced(sync(counting, archive))
    assert (report.added, report.changed, report.removed) == (1, 1, 1)
    assert "holes" in counting.search(Question("drill"))[0].text


def test_a_damaged_archive_says_so_and_forgets_nothing(counting: Assistant, tmp_path: Path) -> None:
    archive = tmp_path / "wiki.zim"
    write_zim(archive, {"Ladder": "A ladder has rungs."})
    sync(counting, archive)
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(DamagedArchive, match="damaged"):
        sync(counting, archive)
    assert counting.status().files == 1


def test_a_damaged_archive_does_not_stop_the_other_sources(
    counting: Assistant, folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("libzim", reason="the zim extra is not installed")
    archive = tmp_path / "wiki.zim"
    archive.write_bytes(b"ZIM\x04 nothing more")
    chosen = (counting.source_for(archive), counting.source_for(folder))
    with pytest.raises(DamagedArchive):
        list(counting.sync(chosen))
    assert paths(counting, "spare key")[0] == "keys.md"


# --- scans -------------------------------------------------------------------------------------


def test_scans_come_last_and_are_read_once(counting: Assistant, folder: Path) -> None:
    pytest.importorskip("rapidocr", reason="the ocr extra is not installed")
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (900, 160), "white")
    ImageDraw.Draw(picture).text((30, 40), "The boiler code is 5521", fill="black", font_size=60)
    picture.save(folder / "a photo.png")
    (folder / "b same photo.png").write_bytes((folder / "a photo.png").read_bytes())
    phases = [e.phase for e in sync(counting, folder) if isinstance(e, Progress)]
    assert phases.index(Phase.RECOGNISE) > phases.index(Phase.EMBED)
    assert phases[-1] is Phase.EMBED
    found = paths(counting, "boiler code")
    assert found[0] == "a photo.png"
    assert "b same photo.png" not in found
    counts = counting.status().counts
    assert (counts[Status.READY], counts[Status.DUPLICATE]) == (4, 1)
    again = [e.phase for e in sync(counting, folder) if isinstance(e, Progress)]
    assert Phase.RECOGNISE not in again


def test_without_the_extra_a_scan_says_what_to_install_and_is_read_once_it_is_there(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rapidocr", reason="the ocr extra is not installed")
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (900, 160), "white")
    ImageDraw.Draw(picture).text((30, 40), "The boiler code is 5521", fill="black", font_size=60)
    picture.save(folder / "photo.png")
    monkeypatch.setattr("assistant.parse.extras.ocr", lambda: False)
    (skipped,) = (e for e in sync(counting, folder) if isinstance(e, Skipped))
    assert skipped.status is Status.NO_TEXT
    assert "[ocr]" in skipped.remedy
    monkeypatch.undo()
    sync(counting, folder)
    assert paths(counting, "boiler code")[0] == "photo.png"


def test_closing_in_the_middle_of_a_file_ends_at_once_and_blames_no_file(
    counting: Assistant, folder: Path
) -> None:
    from assistant.child import Child

    (folder / "hang.txt").write_text("Hello.", encoding="utf-8")
    events = counting.sync((counting.source_for(folder),))
    while not (isinstance(event := next(events), Progress) and event.detail == "hang.txt"):
        pass
    assert counting._parser is not None
    counting._parser._child = Child("tests.child_handlers", "read_or_worse")
    threading.Timer(1.0, counting.end_helpers).start()
    with pytest.raises(Interrupted):
        next(events)
    assert [d.path for d in counting.files(Status.WAITING)][:1] == ["hang.txt"]


def test_a_disk_that_is_pulled_out_in_the_middle_of_a_run_forgets_nothing(
    counting: Assistant, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(counting, folder)
    source = counting.source_for(folder)
    monkeypatch.setattr("assistant.ingest.plan.READER_VERSION", "next")
    events = counting.sync((source,))
    while not (isinstance(event := next(events), Progress) and event.phase is Phase.READ):
        pass
    folder.rename(tmp_path / "pulled out")
    with pytest.raises(NotAFolder, match="not there any more"):
        list(events)
    assert counting.status().documents == 3


def test_rules_that_ignore_everything_are_obeyed(counting: Assistant, tmp_path: Path) -> None:
    place = tmp_path / "place"
    (place / "private").mkdir(parents=True)
    (place / "private" / "s.txt").write_text("The safe is at 4711.", encoding="utf-8")
    sync(counting, place)
    (place / ".assistantignore").write_text("private/\n", encoding="utf-8")
    sync(counting, place)
    assert counting.status().documents == 0


def test_a_new_ending_may_mean_another_reader(counting: Assistant, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "p.txt").write_text("Name,Phone\nAmina,5521\nOle,1177\n", encoding="utf-8")
    sync(counting, place)
    (place / "p.txt").rename(place / "p.csv")
    sync(counting, place)
    assert "Name: Amina; Phone: 5521." in counting.search(Question("Amina"))[0].text


def test_names_that_look_like_each_others_codes_are_two_files(
    counting: Assistant, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for name, words in (
        (b"a\xff.txt", "one apple"),
        (b"a\\udcff.txt", "two pears"),
        (b"a\\x5cudcff.txt", "three plums"),
    ):
        Path(os.fsdecode(os.fsencode(place) + b"/" + name)).write_text(words, encoding="utf-8")
    assert synced(sync(counting, place)).added == 3
    for document in counting.files():
        assert document.file.is_file()
    for fruit in ("apple", "pears", "plums"):
        assert fruit in counting.search(Question(fruit))[0].text
    assert synced(sync(counting, place)).unchanged == 3


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_a_link_that_takes_a_files_place_after_the_scan_is_not_followed(
    counting: Assistant, folder: Path, tmp_path: Path, swapped: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("The password is swordfish.", encoding="utf-8")
    (folder / "zoo").mkdir()
    (folder / "zoo" / "secret.txt").write_text("Nothing here.", encoding="utf-8")
    for event in counting.sync((counting.source_for(folder),)):
        if isinstance(event, Progress) and event.detail == "zoo/secret.txt":
            (folder / "zoo" / "secret.txt").unlink()
            if swapped == "file":
                (folder / "zoo" / "secret.txt").symlink_to(outside / "secret.txt")
            else:
                (folder / "zoo").rmdir()
                (folder / "zoo").symlink_to(outside)
    assert not any("swordfish" in p.text for p in counting.search(Question("swordfish password")))
    (refused,) = counting.files(Status.UNREADABLE)
    assert "leads out of the folder" in refused.reason


def test_recognising_that_fails_costs_no_words_that_were_read_before(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a PDF of words and scans, and for a recogniser that dies."""
    partly = Reading(
        "Rota",
        "application/pdf",
        (Section("p. 1", "Amina opens the hall on Mondays.", 1),),
        Status.PARTLY,
        "Page 2 is a picture without text.",
        "Install OCR.",
        scanned=1,
    )
    dead = Reading(status=Status.DAMAGED, reason="It made its reader crash.", remedy="Save it.")
    read = Parser.read

    def odd(parser: Parser, path: Path, root: Path | None = None) -> tuple[Reading, str]:
        return (partly, "sha") if path.name == "keys.md" else read(parser, path, root)

    monkeypatch.setattr(Parser, "read", odd)
    monkeypatch.setattr(Parser, "recognise", lambda *_: (dead, ""))
    monkeypatch.setattr("assistant.parse.extras.ocr", lambda: True)
    sync(counting, folder)
    assert "Amina opens" in counting.search(Question("Who opens the hall on Mondays?"))[0].text
    phases = [e.phase for e in sync(counting, folder) if isinstance(e, Progress)]
    assert Phase.RECOGNISE not in phases  # not tried again and again


def test_a_library_that_is_made_anew_believes_no_old_vectors(
    settings: Settings, tmp_path: Path
) -> None:
    """Ids of passages begin at 1 again; the index file of the old library is still there."""
    old, new = tmp_path / "old", tmp_path / "new"
    for place, words in ((old, "The ladder is in the shed."), (new, "Budgets of the year.")):
        place.mkdir()
        (place / "a.txt").write_text(words, encoding="utf-8")
        with closing(Assistant(settings, embedder=HashEmbedder())) as opened:
            list(opened.sync((opened.source_for(place),)))
            (found,) = opened.search(Question("ladder shed" if place == old else "budgets year"))
            assert found.similarity is not None
            assert found.similarity > 0.5
        for file in settings.home.glob("library.db*"):
            file.unlink()


# --- stopping, folders with odd names -------------------------------------------------------------


def test_a_huge_text_is_stopped_while_it_is_split(counting: Assistant, folder: Path) -> None:
    (folder / "a huge.txt").write_text("All the words of a year. " * 100_000)
    stop = threading.Event()
    for event in counting.sync((counting.source_for(folder),), stop):
        if isinstance(event, Progress) and event.detail == "a huge.txt":
            stop.set()  # it is read and split from here on
    assert counting.status().counts == {Status.WAITING: 4}
    sync(counting, folder)
    assert Status.WAITING not in counting.status().counts


def test_a_folder_whose_name_is_no_text(counting: Assistant, tmp_path: Path) -> None:
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        place.mkdir()
    except OSError:
        pytest.skip("this disk allows no such names")
    (place / "a.txt").write_text("The ladder is in the shed.")
    assert synced(sync(counting, place)).added == 1
    assert [p.document.file for p in counting.search(Question("ladder"))] == [place / "a.txt"]
    assert counting.find_source(str(place)).folder == place
    assert "\\udce9" in counting.sources()[0].name


def test_what_cannot_be_listed_is_told_of(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    listed = os.scandir

    def refuse(place: Path) -> object:
        if Path(place).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(place)

    monkeypatch.setattr("assistant.files.os.scandir", refuse)
    skipped = [e for e in sync(counting, folder) if isinstance(e, Skipped)]
    assert [e.path for e in skipped] == ["closed/"]


def test_new_files_come_before_what_an_older_version_read(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(counting, folder)
    (folder / "zebra.txt").write_text("Zebras.")
    monkeypatch.setattr("assistant.ingest.plan.READER_VERSION", "next")
    read = [
        e.detail
        for e in sync(counting, folder)
        if isinstance(e, Progress) and e.phase is Phase.READ and e.detail
    ]
    assert read[0] == "zebra.txt"
    assert len(read) == 4


def test_files_on_a_disk_that_is_not_connected_make_no_rebuild_due(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(counting, folder)
    monkeypatch.setattr("assistant.ingest.plan.READER_VERSION", "next")
    assert counting.rebuild_due() is not None
    folder.rename(folder.with_name("elsewhere"))
    assert counting.rebuild_due() is None


def test_the_library_in_a_watched_folder_does_not_wake_its_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.watch._TICK", 300)
    settings = config.load(folder / "library", {})
    with closing(Assistant(settings, embedder=HashEmbedder())) as inside:
        sync(inside, folder)
        stop = threading.Event()
        changes = inside.watch(stop)
        assert [s.folder for s in next(changes)] == [folder]  # the watch has begun
        (settings.home / "scratch").write_text("x")
        threading.Timer(1.5, stop.set).start()
        assert list(changes) == []


def test_a_folder_that_another_one_replaced_is_looked_at(
    counting: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.watch._TICK", 300)
    sync(counting, folder)
    stop = threading.Event()
    changes = counting.watch(stop)
    next(changes)
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    next(changes)
    (folder / "new.txt").write_text("New.")
    assert [s.folder for s in next(changes)] == [folder]
    stop.set()
