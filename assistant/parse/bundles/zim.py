"""Kiwix archives (ZIM): millions of web pages in one file, each a document of its own.

Needs the extra "zim": libzim, which is under the GPL and therefore not in the base install.
Nothing is unpacked: articles are listed and read one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse.texts import plain
from assistant.parse.web import html

REMEDY = 'To read Kiwix archives, install the extra: pip install "small-assistant[zim]"'
_ARTICLE_LIMIT = 20 * 1024 * 1024  # bytes of one page
_LISTING = "listing/titleOrdered/v1"  # where an archive keeps the numbers of its articles
_LAST_ENTRIES = 20  # it stands among these
# what libzim throws at broken bytes
_TROUBLE = (RuntimeError, ValueError, LookupError, OverflowError, MemoryError, OSError)


class ZimDamaged(ValueError):
    """The archive, or the article, cannot be read. Its text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class ZimEntry:
    """An article. `path` is its name within the archive, which `read` takes."""

    path: str
    title: str
    size: int


def identity(path: Path) -> str:
    """A name that this edition of the archive alone has.

    Raises:
        ZimDamaged: it is no archive, or only half copied.
    """
    return str(_archive(path).uuid)


def entries(path: Path) -> Iterator[ZimEntry]:
    """The articles, one at a time; no redirects, pictures or scripts.

    Raises:
        ZimDamaged: it is no archive, or only half copied.
    """
    archive = _archive(path)
    try:
        for number in _article_numbers(archive):
            entry = archive._get_entry_by_id(number)
            if entry.is_redirect:
                continue
            item = entry.get_item()
            if _is_page(item.mimetype):
                yield ZimEntry(entry.path, entry.title, item.size)
    except _TROUBLE as error:
        raise _damaged(path) from error


def read(path: Path, entry_path: str) -> Reading:
    """One article, as a web page.

    Raises:
        ZimDamaged: the archive has no such article, or it cannot be unpacked.
    """
    archive = _archive(path)
    try:
        entry = archive.get_entry_by_path(entry_path)
        item = entry.get_item()
        if item.size > _ARTICLE_LIMIT:
            return Reading(
                entry.title,
                "text/html",
                status=Status.TOO_LARGE,
                reason="The article is too long to be read.",
                remedy="Nothing to do: the other articles are read.",
            )
        markup = plain.decode(bytes(item.content), declared=True)
        title = entry.title
    except KeyError as error:
        raise ZimDamaged(f"There is no article {entry_path} in {path.name}.") from error
    except _TROUBLE as error:
        raise _damaged(path) from error
    reading = html.read_markup(markup, title)
    return Reading(title or reading.title, reading.media_type, reading.sections)


def _archive(path: Path) -> Any:
    try:
        facts = path.stat()
    except OSError as error:
        raise ZimDamaged(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    return _opened(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=2)
def _opened(path: Path, _modified: int, _size: int) -> Any:
    """Kept open, for opening takes longer than reading an article; anew when the file changed."""
    from libzim.reader import Archive

    try:
        return Archive(path)
    except _TROUBLE as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> ZimDamaged:
    return ZimDamaged(f"{path.name} is damaged or only half copied. Copy or download it again.")


def _article_numbers(archive: Any) -> Iterator[int]:
    """The archive's own list of articles; all entries where it has none."""
    total = archive.all_entry_count
    for number in range(total - 1, max(total - _LAST_ENTRIES, 0) - 1, -1):
        entry = archive._get_entry_by_id(number)
        if entry.path.endswith(_LISTING) and not entry.is_redirect:
            content = entry.get_item().content
            for place in range(0, len(content) - 3, 4):
                yield int.from_bytes(content[place : place + 4], "little")
            return
    yield from range(total)


def _is_page(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")
