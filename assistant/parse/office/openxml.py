"""What the zip-based Office formats (DOCX, PPTX) have in common: parts, relations, charts, tables.

Parts are read with the short names of `NAMES` ("w_p", "a_t"), whether the file is in the strict
or in the common form of the format. Nothing here follows a link out of the file.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from assistant.parse.archive import Archive
from assistant.parse.outline import rows_as_text
from assistant.text import clean, one_line

_COMMON = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
NAMES = {
    f"{_COMMON}wordprocessingml/2006/main": "w",
    f"{_STRICT}wordprocessingml/main": "w",
    f"{_COMMON}presentationml/2006/main": "p",
    f"{_STRICT}presentationml/main": "p",
    f"{_COMMON}drawingml/2006/main": "a",
    f"{_STRICT}drawingml/main": "a",
    f"{_COMMON}drawingml/2006/chart": "c",
    f"{_STRICT}drawingml/chart": "c",
    f"{_COMMON}drawingml/2006/diagram": "dgm",
    f"{_STRICT}drawingml/diagram": "dgm",
    f"{_COMMON}officeDocument/2006/relationships": "r",
    f"{_STRICT}officeDocument/relationships": "r",
    f"{_COMMON}officeDocument/2006/math": "m",
    f"{_STRICT}officeDocument/math": "m",
    f"{_COMMON}markup-compatibility/2006": "mc",
    "http://purl.org/dc/elements/1.1/": "dc",
}
# what some programs write although XML forbids it: control characters, plain or as a number
_FORBIDDEN = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*1?[0-8bcefBCEF]|x0*1[0-9a-fA-F]|0*(?:[0-8]|1[124-9]|2\d"
    rb"|3[01]));"
)
_SPAN_LIMIT = 100  # columns of a merged cell
_REPEATED_LIMIT = 5_000_000  # characters that merged cells of one table may repeat
# what a part that is absent or broken makes its readers raise
BROKEN = (
    LookupError,
    SyntaxError,
    ValueError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
_POINT_LIMIT = 5000  # points of a chart's series


class Package:
    """The parts of an open archive by name."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._core: tuple[Any] | None = None  # once it is read: title, author and the like

    def part(self, name: str) -> Any:
        """The root element of a part, with short names; raises when it is absent or no XML."""
        from defusedxml import ElementTree

        try:
            root = self._archive.xml(name)
        except ElementTree.ParseError:
            root = ElementTree.fromstring(_FORBIDDEN.sub(b"", self._archive.bytes(name)))
        for element in root.iter():
            element.tag = _short(element.tag)
            if any(key[0] == "{" for key in element.keys()):  # noqa: SIM118 - no dictionary
                element.attrib = {_short(key): value for key, value in element.items()}
        return root

    def part_or_none(self, name: str) -> Any:
        """As `part`, for what a document can do without."""
        try:
            return self.part(name) if name else None
        except BROKEN:
            return None

    def relations(self, name: str) -> Relations:
        """What a part refers to; '' stands for the package itself."""
        folder, file = posixpath.split(name)
        found = Relations()
        root = self.part_or_none(posixpath.join(folder, "_rels", f"{file}.rels"))
        for element in root if root is not None else ():
            if element.get("TargetMode") != "External":
                target = unquote(element.get("Target") or "").replace("\\", "/")
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                kind = (element.get("Type") or "").rsplit("/", 1)[-1]
                found.add(element.get("Id") or "", kind, path)
        return found

    def main(self, usual: str) -> str:
        """The name of the part that holds the document itself."""
        return self.relations("").first("officeDocument") or usual

    def title(self) -> str:
        return one_line(clean(self._told("dc_title")))

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Who wrote it, when and about what, as its program has noted it."""
        return (
            ("author", self._told("dc_creator")),
            ("date", self._told("created")),
            ("keywords", self._told("keywords")),
            ("keywords", self._told("dc_subject")),
        )

    def _told(self, name: str) -> str:
        if self._core is None:
            part = self.relations("").first("core-properties") or "docProps/core.xml"
            self._core = (self.part_or_none(part),)
        (core,) = self._core
        return (core.findtext(f".//{name}") or "") if core is not None else ""


class Relations:
    """The names of parts, by relation id and by kind ("footnotes")."""

    def __init__(self) -> None:
        self._by_id: dict[str, str] = {}
        self._by_kind: dict[str, list[str]] = {}

    def add(self, key: str, kind: str, name: str) -> None:
        self._by_id[key] = name
        self._by_kind.setdefault(kind, []).append(name)

    def target(self, key: str | None) -> str:
        return self._by_id.get(key or "", "")

    def all(self, kind: str) -> list[str]:
        return self._by_kind.get(kind, [])

    def first(self, kind: str) -> str:
        return (self.all(kind) or [""])[0]


class Grid:
    """The cells of a table, each in its column; a merged cell's words are in all its places."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._above: dict[int, str] = {}
        self._left = _REPEATED_LIMIT

    def row(self) -> None:
        self.rows.append([])

    def cell(self, words: str, columns: int = 1) -> None:
        """`columns`: how many it reaches over; the others follow as covered cells."""
        here = len(self.rows[-1])
        for column in range(here, here + min(columns, _SPAN_LIMIT)):
            self._above[column] = words
        self.rows[-1].append(words)

    def covered(self, columns: int = 1) -> None:
        """Places that a cell to the left or above reaches over."""
        for _ in range(min(columns, _SPAN_LIMIT)):
            words = self._above.get(len(self.rows[-1]), "")
            self._left -= len(words) + 10
            if self._left < 0:  # no honest table repeats so much
                return
            self.rows[-1].append(words)


def _short(name: str) -> str:
    space, _, local = name[1:].partition("}") if name[:1] == "{" else ("", "", name)
    prefix = NAMES.get(space, "")
    return f"{prefix}_{local}" if prefix else local


def whole(value: str | None, usual: int = 0) -> int:
    """A whole number from a file, which may write anything there."""
    return int(value) if value and re.fullmatch(r"-?\d{1,6}", value, re.ASCII) else usual


def chosen(alternatives: Any) -> Any:
    """Of several ways to show the same thing (mc_AlternateContent), the first."""
    choice = alternatives.find("mc_Choice")
    return choice if choice is not None else alternatives.find("mc_Fallback")


def diagram_words(package: Package, name: str) -> list[str]:
    """The words of a SmartArt drawing, one string for each of its paragraphs."""
    root = package.part_or_none(name)
    found = root.iter("a_p") if root is not None else ()
    return [words for p in found if (words := "".join(t.text or "" for t in p.iter("a_t")).strip())]


def chart_words(package: Package, name: str) -> list[str]:
    """A chart as blocks of text: its titles, then its figures as a table."""
    root = package.part_or_none(name)
    if root is None:
        return []
    titles = (one_line("".join(t.text or "" for t in e.iter("a_t"))) for e in root.iter("c_title"))
    return [*filter(None, titles), rows_as_text(_chart_rows(root))]


def _chart_rows(root: Any) -> list[list[str]]:
    head = [""]
    labels: dict[int, str] = {}
    columns: list[dict[int, str]] = []
    for series in root.iter("c_ser"):
        head.append(one_line(" ".join(v.text or "" for v in series.findall("c_tx//c_v"))))
        for axis in ("c_cat", "c_xVal"):
            labels = labels | _points(series.find(axis))
        columns.append(_points(series.find("c_val")) or _points(series.find("c_yVal")))
        if len(head) > _SPAN_LIMIT:
            break
    places = sorted(set(labels).union(*columns))
    rows = [[labels.get(n, ""), *(column.get(n, "") for column in columns)] for n in places]
    return [head, *rows] if rows else []


def _points(axis: Any) -> dict[int, str]:
    if axis is None:
        return {}
    level = axis.find(".//c_lvl")
    found: dict[int, str] = {}
    for point in _some((axis if level is None else level).iter("c_pt")):
        # the first of a place: names of several levels repeat the places
        found.setdefault(whole(point.get("idx")), _figure(point.findtext("c_v") or ""))
    return found


def _some(elements: Iterator[Any]) -> Iterator[Any]:
    for _, element in zip(range(_POINT_LIMIT), elements, strict=False):
        yield element


def _figure(value: str) -> str:
    """A number as a person would write it: 4.3, not 4.2999999999999998."""
    if re.fullmatch(r"-?\d{1,15}\.\d{5,20}", value, re.ASCII):
        return f"{float(value):.10g}"
    return one_line(value)
