"""What the zip of a spreadsheet tells beside its cells: its title, its comments and text boxes, and
whether a sheet's cells are so far apart that laying it out would need too much memory.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from assistant.domain import Section
from assistant.parse.archive import Archive, TooLarge
from assistant.parse.office.odfstyles import odf_facts, short_names
from assistant.parse.office.openxml import Package, Relations, chart_words, diagram_words
from assistant.parse.outline import cut
from assistant.text import clean, one_line

# Cells between the first and the last row and column: what an old sheet could hold at most.
CELL_LIMIT = 1 << 24

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SHARED = ("xl/sharedStrings.xml", "xl/sharedStrings.bin", "xl/styles.xml", "xl/styles.bin")
_MANIFEST = "META-INF/manifest.xml"
# An element without a slash at its end holds a value. Lengths are bounded: no search is quadratic.
_XLSX_CELL = re.compile(
    rb'<(?:\w{1,20}:)?c\s[^<>]{0,300}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,300}+(?<!/)>'
)
_BEYOND_P = re.compile(rb'\br="(?:[A-Z]{2,3}|[Q-Z])\d')
_ODS_PART = re.compile(
    rb"<table:(table|table-row|table-cell|covered-table-cell)(\s[^<>]{0,2000}+)?>"
)
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d{1,9})"')


@dataclass(slots=True)
class Parts:
    """Of sheets, which are known by their names: `spread` are those whose cells are too far apart,
    `broken` those that do not come out of the zip."""

    media_type: str
    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    locked: bool = False
    spread: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    _notes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, archive: Archive) -> Parts:
        for shared in _SHARED:  # a directory that lies about their sizes ends here
            if archive.has(shared):
                archive.bytes(shared)
        if archive.has("content.xml"):
            return _opendocument(archive)
        if archive.has("xl/workbook.bin"):
            package = Package(archive)
            return cls(_XLSB, package.title(), package.facts())
        parts = cls(_XLSX)
        with suppress(Exception):  # without it the cells can still be read
            package = Package(archive)
            parts.title, parts.facts = package.title(), package.facts()
        for name, path, relations in _xlsx_sheets(archive):
            extent = parts._look_at(name, path, archive)
            with suppress(Exception):
                parts._notes[name] = list(_xlsx_notes(Package(archive), relations, not extent))
        return parts

    def _look_at(self, name: str, path: str, archive: Archive) -> int:
        try:
            extent = _xlsx_extent(archive.bytes(path)) if archive.has(path) else 0
        except (zipfile.BadZipFile, zlib.error, EOFError):
            self.broken.add(name)
            return 1
        if extent > CELL_LIMIT:
            self.spread.add(name)
        return extent

    def notes(self, sheet: str, label: str) -> list[Section]:
        """Comments and text boxes of a sheet, which is called `label`."""
        found = []
        for where, told in groupby(self._notes.get(sheet, ()), key=itemgetter(0)):
            words = "\n\n".join(filter(None, (clean(words).strip() for _, words in told)))
            if words:
                found.extend(cut(Section(f"{label}, {one_line(clean(where))}", words)))
        return found


# --- XLSX ----------------------------------------------------------------------------------


def _xlsx_sheets(archive: Archive) -> Iterator[tuple[str, str, Relations]]:
    """Each sheet's name, its part and what that refers to."""
    package = Package(archive)
    book = package.main("xl/workbook.xml")
    root = package.part_or_none(book)
    related = package.relations(book)
    for sheet in root.iter("sheet") if root is not None else ():
        path = related.target(sheet.get("r_id"))
        relations = package.relations(path)
        for person in related.all("person"):
            relations.add("", "person", person)
        yield sheet.get("name") or "", path, relations


def _xlsx_notes(package: Package, relations: Relations, figures: bool) -> Iterator[tuple[str, str]]:
    """(where, words) of each comment, text box and chart. `figures`: tell also what a chart shows;
    where the sheet has cells, they say it already."""
    threads = relations.all("threadedComment")
    for path in threads:
        people = _people(package, relations)
        for comment in package.part(path).iter("threadedComment"):
            yield _comment(comment, people.get(comment.get("personId") or "", ""), "text")
    for path in relations.all("comments"):
        root = package.part(path)
        authors = [author.text or "" for author in root.iter("author")]
        for comment in root.iter("comment"):
            number = comment.get("authorId") or ""
            author = (
                authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            )
            # of a thread, older programs get a copy with an explanation of why it is one
            if not (threads and author.startswith("tc=")):
                yield _comment(comment, author, "t")
    for path in relations.all("drawing"):
        drawn = package.relations(path)
        words = diagram_words(package, path)
        for part in drawn.all("diagramData"):
            words += diagram_words(package, part)
        yield "text box", "\n".join(words)
        for part in drawn.all("chart"):
            words = chart_words(package, part) if figures else diagram_words(package, part)
            yield "chart", "\n\n".join(words)


def _people(package: Package, relations: Relations) -> dict[str, str]:
    people = {}
    for path in relations.all("person"):
        root = package.part_or_none(path)
        for person in root.iter("person") if root is not None else ():
            people[person.get("id") or ""] = person.get("displayName") or ""
    return people


def _comment(comment: Any, author: str, tag: str) -> tuple[str, str]:
    words = "".join(t.text or "" for t in comment.iter(tag)).strip()
    # many programs write the author into the comment too, as its first line
    words = words.removeprefix(f"{author}:").strip() if author else words
    by = f"Comment by {author}" if author else "Comment"
    return f"cell {comment.get('ref') or '?'}", f"{by}: {words}" if words else ""


def _xlsx_extent(sheet: bytes) -> int:
    """Cells from the first to the last that hold something, empty ones between them included."""
    if not _BEYOND_P.search(sheet):  # 16 columns at most: never too many cells
        return 1 if _XLSX_CELL.search(sheet) else 0
    columns: set[bytes] = set()
    first, last = 1 << 30, 0
    for match in _XLSX_CELL.finditer(sheet):
        columns.add(match[1])
        row = int(match[2])
        first, last = min(first, row), max(last, row)
    if not columns:
        return 0
    numbers = [_column(letters) for letters in columns]
    return (last - first + 1) * (max(numbers) - min(numbers) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# --- OpenDocument --------------------------------------------------------------------------


def _opendocument(archive: Archive) -> Parts:
    parts = Parts(_ODS)
    if archive.has(_MANIFEST) and b"encryption-data" in archive.bytes(_MANIFEST):
        parts.locked = True
        return parts
    with suppress(Exception):
        if archive.has("meta.xml"):
            meta = short_names(archive.xml("meta.xml"))
            parts.title, parts.facts = meta.findtext(".//dc_title") or "", odf_facts(meta)
    if _ods_extent(archive.bytes("content.xml")) > CELL_LIMIT:
        raise TooLarge
    return parts


def _ods_extent(content: bytes) -> int:
    """As `_xlsx_extent`, of the largest table: a cell may be repeated a million times."""
    largest = row = rows = column = 0
    box = [1 << 30, 0, 1 << 30, 0]  # first and last row, first and last column in use
    for match in _ODS_PART.finditer(content):
        tag, attributes = match[1], match[2] or b""
        repeated = _REPEATED.search(attributes)
        count = int(repeated[1]) if repeated else 1
        if tag == b"table":
            row, rows, box = 0, 0, [1 << 30, 0, 1 << 30, 0]
        elif tag == b"table-row":
            row, rows, column = row + rows, count, 0
        else:
            if not attributes.endswith(b"/"):
                box = [
                    min(box[0], row),
                    max(box[1], row + rows),
                    min(box[2], column),
                    max(box[3], column + count),
                ]
                largest = max(largest, (box[1] - box[0]) * (box[3] - box[2]))
            column += count
    return largest
