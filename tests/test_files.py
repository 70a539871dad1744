"""What stands in a folder: every file once, with the reason when it is left alone."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from assistant import files
from assistant.domain import Document, Seen, Status, path_of
from assistant.errors import NotAFolder
from assistant.files import is_there, scan
from tests.conftest import without_rights


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "docs"
    place.mkdir()
    return place


def seen(root: Path, home: Path | None = None) -> dict[str, Seen]:
    found = list(files.scan(root, home or root / "no home"))
    names = [entry.path for entry in found]
    assert len(names) == len(set(names))
    return {entry.path: entry for entry in found}


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"This is {name}.", encoding="utf-8")


def ignored(root: Path, name: str) -> str:
    entry = seen(root)[name]
    assert entry.status is Status.IGNORED
    assert entry.remedy
    return entry.reason


def test_every_file_is_seen_once_in_a_stable_order(root: Path) -> None:
    write(root, "b.txt", "a.txt", "sub/deep/c.txt", "sub/a.txt")
    assert list(seen(root)) == ["a.txt", "b.txt", "sub/a.txt", "sub/deep/c.txt"]
    assert all(entry.status is Status.WAITING for entry in seen(root).values())


def test_a_hidden_folder_is_one_entry_that_counts_its_files(root: Path) -> None:
    write(root, ".git/config", ".git/objects/a", ".git/objects/b", "a.txt")
    assert seen(root)[".git/"].files == 3
    assert "hidden" in ignored(root, ".git/")
    assert set(seen(root)) == {".git/", "a.txt"}


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "~$minutes.docx", "film.mp4.part"])
def test_files_of_the_system_and_unfinished_ones_are_ignored(root: Path, name: str) -> None:
    write(root, name)
    assert ignored(root, name)


def test_the_parts_of_a_saved_web_page_are_not_documents(root: Path) -> None:
    write(root, "Page.html", "Page_files/a.js", "Page_files/b.css", "Other_files/c.txt")
    assert "web page" in ignored(root, "Page_files/")
    assert seen(root)["Other_files/c.txt"].status is Status.WAITING


def test_rules_follow_gitignore_and_the_nearest_have_the_last_word(root: Path) -> None:
    write(root, "a.log", "a.txt", "private/b.txt", "sub/keep.log", "sub/c.log", "sub/private/d.txt")
    (root / ".assistantignore").write_text("*.log\n/private/\n[\n# a comment\n", encoding="utf-8")
    (root / "sub" / ".assistantignore").write_text("!keep.log\n", encoding="utf-8")
    assert ".assistantignore" in ignored(root, "a.log")
    assert ignored(root, "private/")
    assert ignored(root, "sub/c.log")
    for name in ("a.txt", "sub/keep.log", "sub/private/d.txt"):
        assert seen(root)[name].status is Status.WAITING


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    write(root, "a.txt", "sub/b.txt")
    write(tmp_path, "secret.txt")
    (root / "inside.txt").symlink_to(root / "a.txt")
    (root / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (root / "nowhere.txt").symlink_to(root / "gone.txt")
    (root / "folder").symlink_to(root / "sub")
    (root / "loop").symlink_to(root)
    assert seen(root)["a.txt"].status is Status.WAITING
    for name in ("inside.txt", "outside.txt", "nowhere.txt", "folder", "loop"):
        assert "link" in ignored(root, name)


def test_pipes_sockets_and_devices_are_no_documents(root: Path) -> None:
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(root / "s"))
        for name in ("pipe.txt", "s"):
            assert "not a document" in ignored(root, name)


def test_names_that_are_no_text_lead_back_to_their_file(root: Path) -> None:
    raw = Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9\nnotes.txt"))
    raw.write_text("Hello.", encoding="utf-8")
    (name,) = seen(root)
    name.encode("utf-8")  # it can be stored and shown
    assert path_of(root, name) == raw


def test_the_library_itself_is_no_source(root: Path) -> None:
    write(root, "home/library.db", "a.txt")
    assert seen(root, root / "home")["home/"].status is Status.IGNORED


def test_a_very_deep_folder_is_walked(root: Path) -> None:
    place = root
    for _ in range(400):  # names are short: the whole path must fit the system's limit
        place = place / "d"
    place.mkdir(parents=True)
    (place / "a.txt").write_text("Deep.", encoding="utf-8")
    assert len(seen(root)) == 1


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotAFolder):
        list(files.scan(tmp_path / "gone", tmp_path))


def document(root: Path, name: str) -> Document:
    path = root / name
    return Document(
        "docs",
        root,
        name,
        "",
        "",
        files.facts_of(path),
        Status.READY,
        sha256=files.sha256(path),
    )


def test_a_document_is_current_while_its_bytes_are_the_same(root: Path) -> None:
    write(root, "a.txt")
    before = document(root, "a.txt")
    assert files.is_current(before)
    os.utime(root / "a.txt", (1, 1))
    assert files.is_current(before)
    write(root, "a.txt")
    assert files.is_current(before)


def test_an_edit_is_noticed_even_when_size_and_date_are_put_back(root: Path) -> None:
    write(root, "a.txt")
    before = document(root, "a.txt")
    (root / "a.txt").write_text("That is a.txt.", encoding="utf-8")
    os.utime(root / "a.txt", ns=(before.facts.mtime_ns, before.facts.mtime_ns))
    assert files.facts_of(root / "a.txt").size == before.facts.size
    assert not files.is_current(before)


def test_a_document_that_has_gone_is_not_current(root: Path) -> None:
    write(root, "a.txt")
    before = document(root, "a.txt")
    (root / "a.txt").unlink()
    assert not files.is_current(before)


def test_rules_saved_by_notepad_count_from_the_first_on(root: Path) -> None:
    write(root, "private/a.txt")
    (root / ".assistantignore").write_text("private/\n", encoding="utf-8-sig")
    assert ignored(root, "private/")


def test_a_pipe_in_the_place_of_the_rules_is_not_waited_for(root: Path) -> None:
    write(root, "a.txt")
    os.mkfifo(root / ".assistantignore")
    assert seen(root)["a.txt"].status is Status.WAITING


def test_a_link_does_not_lead_around_the_rules(root: Path) -> None:
    write(root, "private/s.txt", ".hidden.txt")
    (root / ".assistantignore").write_text("private/\n", encoding="utf-8")
    (root / "a.txt").symlink_to(root / "private" / "s.txt")
    (root / "b.txt").symlink_to(root / ".hidden.txt")
    assert not [e for e in seen(root).values() if e.status is Status.WAITING]


def test_rules_in_two_bytes_a_letter_count(tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("x")
    (tmp_path / ".assistantignore").write_bytes("private*\r\n".encode("utf-16"))
    found = {seen.path: seen.status for seen in scan(tmp_path, tmp_path / "home")}
    assert found["private.txt"] is Status.IGNORED


def test_a_folder_that_may_not_be_entered_is_not_there(tmp_path: Path) -> None:
    inside = tmp_path / "closed" / "inside"
    inside.mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    try:
        with without_rights():
            assert not is_there(inside)
    finally:
        (tmp_path / "closed").chmod(0o755)
