"""Kiwix archives: which articles they list, how one is read, what is said of a broken one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from assistant.domain import Status
from assistant.parse import extras
from assistant.parse.bundles import zim

pytestmark = pytest.mark.skipif(not extras.zim(), reason="the extra zim is not installed")

HOME = "<html><head><title>no</title></head><body><h1>Hall</h1><h2>Keys</h2><p>Ask Amina.</body>"


def made(path: Path, *items: tuple[str, str, str, str, bool]) -> Path:
    """An archive of (path, title, content, media type, whether it is an article)."""
    from libzim.writer import Creator, Hint, Item, StringProvider

    class Entry(Item):  # type: ignore[misc]
        def __init__(self, facts: tuple[str, str, str, str, bool]) -> None:
            super().__init__()
            self._path, self._title, self._content, self._type, self._article = facts

        def get_path(self) -> str:
            return self._path

        def get_title(self) -> str:
            return self._title

        def get_mimetype(self) -> str:
            return self._type

        def get_contentprovider(self) -> Any:
            return StringProvider(self._content)

        def get_hints(self) -> Any:
            return {Hint.FRONT_ARTICLE: self._article}

    with Creator(path).config_indexing(False, "eng") as creator:
        for item in items:
            creator.add_item(Entry(item))
        creator.add_redirection("old", "Old name", items[0][0], {Hint.FRONT_ARTICLE: True})
        creator.add_metadata("Title", "A test")
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return made(
        tmp_path / "hall.zim",
        ("hall", "The hall", HOME, "text/html", True),
        ("garden", "The garden", "<p>Open in May.</p>", "text/html;charset=utf-8", True),
        ("frame", "Frame", "<p>no</p>", "text/html", False),
        ("style.css", "", "p{}", "text/css", False),
    )


def test_articles_are_listed_and_nothing_else(archive: Path) -> None:
    found = list(zim.entries(archive))
    assert sorted((entry.path, entry.title) for entry in found) == [
        ("garden", "The garden"),
        ("hall", "The hall"),
    ]
    assert {entry.path: entry.size for entry in found}["hall"] == len(HOME)


def test_articles_are_listed_one_at_a_time(archive: Path) -> None:
    assert next(iter(zim.entries(archive))).title in ("The garden", "The hall")


def test_an_article_is_read_as_a_web_page(archive: Path) -> None:
    reading = zim.read(archive, "hall")
    assert (reading.title, reading.media_type) == ("The hall", "text/html")
    assert [(s.label, s.text) for s in reading.sections] == [("Hall > Keys", "Ask Amina.")]


def test_a_very_long_article_is_refused(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zim, "_ARTICLE_LIMIT", 10)
    assert zim.read(archive, "hall").status is Status.TOO_LARGE


def test_an_archive_has_a_lasting_identity(archive: Path) -> None:
    assert zim.identity(archive) == zim.identity(archive)
    assert len(zim.identity(archive)) == 36


def test_an_archive_that_was_replaced_is_opened_anew(archive: Path) -> None:
    before = zim.identity(archive)
    archive.unlink()
    made(archive, ("new", "New", "<p>" + "New. " * 50, "text/html", True))
    assert zim.identity(archive) != before


@pytest.mark.parametrize("kept", [0, 3, 80, 500, -5])
def test_a_half_copied_archive_is_called_so(archive: Path, tmp_path: Path, kept: int) -> None:
    broken = tmp_path / "broken.zim"
    broken.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(zim.ZimDamaged, match=r"broken\.zim is damaged"):
        list(zim.entries(broken))


def test_an_archive_with_a_hole_is_read_or_called_damaged(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    broken = tmp_path / "broken.zim"
    for place in range(0, len(data), 40):
        broken.write_bytes(data[:place] + bytes(40) + data[place + 40 :])
        with suppress(zim.ZimDamaged):
            for entry in zim.entries(broken):
                zim.read(broken, entry.path)


def test_an_article_or_archive_that_is_not_there_is_named(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(zim.ZimDamaged, match="no article nowhere"):
        zim.read(archive, "nowhere")
    with pytest.raises(zim.ZimDamaged, match="cannot be opened"):
        zim.identity(tmp_path / "none.zim")
