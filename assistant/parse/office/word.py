"""DOCX, DOCM, DOTX, DOTM: the words of a document in reading order, under their headings.

Tracked insertions are read and deletions are not, as if all changes were accepted. Footnotes,
comments and text boxes stand after the paragraph that they belong to; page headers and footers
come last. Macros and embedded files are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import Archive
from assistant.parse.file import File
from assistant.parse.office.openxml import (
    Grid,
    Package,
    chart_words,
    chosen,
    diagram_words,
    whole,
)
from assistant.parse.office.wordsigns import around, symbol
from assistant.parse.office.wordstyles import Look, Styles, value
from assistant.parse.outline import HEADING_LIMIT, Outline, rows_as_text
from assistant.text import clean, one_line

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DEPTH_LIMIT = 60  # what is nested deeper is read as one flat run of words
_MARGINS = (("header", "Page header"), ("footer", "Page footer"))
_NOTES = {"w_footnoteReference": "footnotes", "w_endnoteReference": "endnotes"}
_FIXED = {
    "w_tab": "\t",
    "w_ptab": "\t",
    "w_br": "\n",
    "w_cr": "\n",
    "w_noBreakHyphen": "-",
    "a_br": "\n",
}
# deleted words are no words; properties, codes and embedded files are not shown
_UNSEEN = frozenset(
    """w_del w_moveFrom w_pPr w_rPr w_tblPr w_trPr w_tcPr w_sectPr w_sdtPr w_instrText w_delText
    w_fldData a_bodyPr a_pPr a_rPr m_rPr m_fPr mc_Fallback""".split()
)
_INSIDE = ("w_sdt", "w_sdtContent", "w_ins", "w_moveTo", "w_customXml", "w_smartTag")


def read(file: File) -> Reading:
    with Archive(file.data) as archive:
        package = Package(archive)
        document = _Document(package, file)
        document.read_body()
        title = package.title() or document.outline.first_heading
        facts = package.facts()
        sections = document.outline.sections(title) + document.margins()
    if document.late:
        return Reading(
            title or file.stem,
            MEDIA_TYPE,
            sections,
            Status.PARTLY,
            "It is so long that only its beginning was read.",
            "Split it into smaller files.",
            properties=facts,
        )
    return Reading(title or file.stem, MEDIA_TYPE, sections, properties=facts)


class _Document:
    """Walks through the body once. `late`: time was up before its end."""

    def __init__(self, package: Package, file: File) -> None:
        self.outline = Outline()
        self.late = False
        self._file = file
        self._package = package
        self._name = package.main("word/document.xml")
        self._relations = package.relations(self._name)
        self._styles = Styles(
            package.part_or_none(self._relations.first("styles")),
            package.part_or_none(self._relations.first("numbering")),
        )
        self._notes: dict[str, dict[str, Any]] = {}
        self._items: list[str] = []  # the list that we are in
        self._later: list[Any] = []  # text boxes, notes and charts of the paragraph we are in

    def read_body(self) -> None:
        body = self._package.part(self._name).find("w_body")
        if body is not None:
            self._blocks(body, 0)
        self._add("")

    def margins(self) -> tuple[Section, ...]:
        """The headers and footers of the pages, each once."""
        seen: set[str] = set()
        found: list[Section] = []
        for kind, label in _MARGINS:
            outline = Outline(label)
            for name in self._relations.all(kind):
                root = self._package.part_or_none(name)
                words = self._words_of_blocks(root, 0) if root is not None else ""
                # a page number alone says nothing
                if words not in seen and any(c.isalpha() for c in words):
                    seen.add(words)
                    outline.add(words)
            found.extend(outline.sections())
        return tuple(found)

    # --- blocks ---------------------------------------------------------------------------

    def _blocks(self, parent: Any, depth: int) -> None:
        for element in parent:
            self.late = self.late or self._file.out_of_time
            if self.late:
                return
            if depth > _DEPTH_LIMIT:
                self._add(_flat(element))
            elif element.tag == "w_p":
                self._paragraph(element, depth)
            elif element.tag == "w_tbl":
                self._table(element, depth)
            elif element.tag in _INSIDE:
                self._blocks(element, depth + 1)
            elif element.tag == "mc_AlternateContent":
                self._blocks(chosen(element) or (), depth + 1)

    def _paragraph(self, element: Any, depth: int) -> None:
        look = self._styles.look(element.find("w_pPr"))
        words = self._words(element, look, depth)
        later, self._later = self._later, []
        line = self._numbered(look, words)
        if look.heading and len(words) <= HEADING_LIMIT:
            self._add("")
            self.outline.heading(look.heading, line)
        elif line != words:  # it has a mark
            self._items.append(line)
        elif line:
            self._add(line)
        for thing in later:
            self._thing(thing, depth + 1)

    def _add(self, block: str) -> None:
        """A block that is no item of a list; the items before it stay together."""
        items, self._items = self._items, []
        self.outline.add("\n".join(items))
        self.outline.add(block)

    def _numbered(self, look: Look, words: str) -> str:
        if not words:
            return ""
        mark = self._styles.mark(look)
        indent = "" if look.heading else "  " * look.level
        return f"{indent}{mark} {words}" if mark else words

    def _table(self, table: Any, depth: int) -> None:
        rows = list(_inside(table, "w_tr"))
        cells = [list(_inside(row, "w_tc")) for row in rows]
        if len(rows) == 1 and len(cells[0]) == 1:  # a frame around ordinary text
            self._blocks(cells[0][0], depth + 1)
            return
        outer, self._later = self._later, []
        self._add(rows_as_text(self._rows(table, depth)))
        later, self._later = self._later, outer
        for thing in later:
            self._thing(thing, depth + 1)

    def _rows(self, table: Any, depth: int) -> list[list[str]]:
        grid = Grid()
        for row in _inside(table, "w_tr"):
            if row.find("w_trPr/w_del") is not None:
                continue
            grid.row()
            for _ in range(min(whole(value(row, "w_trPr/w_gridBefore")), 50)):
                grid.cell("")
            for cell in _inside(row, "w_tc"):
                columns = max(whole(value(cell, "w_tcPr/w_gridSpan"), 1), 1)
                merged = cell.find("w_tcPr/w_vMerge")
                if merged is not None and merged.get("w_val", "continue") == "continue":
                    grid.covered(columns)
                else:
                    grid.cell(one_line(self._words_of_blocks(cell, depth + 1)), columns)
                    grid.covered(columns - 1)
        return grid.rows

    def _words_of_blocks(self, parent: Any, depth: int) -> str:
        """The paragraphs and tables in a cell, a header or a note, one a line."""
        if depth > _DEPTH_LIMIT:
            return _flat(parent)
        lines: list[str] = []
        for element in parent:
            if element.tag == "w_p":
                look = self._styles.look(element.find("w_pPr"))
                lines.append(self._numbered(look, self._words(element, look, depth)))
            elif element.tag == "w_tbl":
                rows = self._rows(element, depth + 1)
                lines.extend("; ".join(filter(None, row)) for row in rows)
            elif element.tag in _INSIDE:
                lines.append(self._words_of_blocks(element, depth + 1))
        return "\n".join(filter(None, lines))

    def _thing(self, element: Any, depth: int) -> None:
        """What a paragraph only points to, or what floats beside it."""
        if element.tag in _NOTES:
            note = self._note(_NOTES[element.tag], element.get("w_id"))
            if note is not None:
                self._add(self._words_of_blocks(note, depth))
        elif element.tag == "w_commentReference":
            comment = self._note("comments", element.get("w_id"))
            if comment is not None:
                author = one_line(comment.get("w_author") or "") or "someone"
                words = self._words_of_blocks(comment, depth)
                self._add(f"Comment by {author}: {words}" if words else "")
        elif element.tag == "c_chart":
            for block in chart_words(self._package, self._relations.target(element.get("r_id"))):
                self._add(block)
        elif element.tag == "dgm_relIds":
            name = self._relations.target(element.get("r_dm"))
            self._add("\n".join(diagram_words(self._package, name)))
        elif element.tag == "w_tbl":
            self._table(element, depth)
        else:
            self._blocks(element, depth)

    def _note(self, kind: str, key: str | None) -> Any:
        if kind not in self._notes:
            root = self._package.part_or_none(self._relations.first(kind))
            notes = root if root is not None else ()
            self._notes[kind] = {note.get("w_id", ""): note for note in notes}
        # each once: a note may be pointed to a million times
        return self._notes[kind].pop(key or "", None)

    # --- words ----------------------------------------------------------------------------

    def _words(self, paragraph: Any, look: Look, depth: int) -> str:
        return clean("".join(self._pieces(paragraph, look.hidden, depth))).strip()

    def _pieces(self, parent: Any, hidden: bool, depth: int) -> Iterator[str]:
        """The words of a paragraph, also inside fields, tags, links and tracked insertions."""
        if depth > _DEPTH_LIMIT:
            yield "" if hidden else _flat(parent)
            return
        for child in parent:
            tag = child.tag
            if tag in ("w_t", "a_t", "m_t"):
                yield "" if hidden else child.text or ""
            elif tag in _FIXED:
                yield _FIXED[tag]
            elif tag == "w_r":
                properties = child.find("w_rPr")
                unseen = self._styles.hides(properties) if properties is not None else None
                yield from self._pieces(child, hidden if unseen is None else unseen, depth + 1)
            elif (
                tag in ("w_txbxContent", "w_tbl", "c_chart", "dgm_relIds")
                or tag in _NOTES
                or tag == "w_commentReference"
            ):
                self._later.append(child)
            elif tag == "w_sym":
                yield "" if hidden else symbol(child)
            elif tag == "mc_AlternateContent":
                yield from self._pieces(chosen(child) or (), hidden, depth + 1)
            elif tag not in _UNSEEN:
                before, after = around(child)
                yield before
                yield from self._pieces(child, hidden, depth + 1)
                yield after


def _inside(parent: Any, tag: str) -> Iterator[Any]:
    """The rows of a table or cells of a row, also those in content controls and insertions."""
    waiting = list(parent)[::-1]
    while waiting:
        child = waiting.pop()
        if child.tag == tag:
            yield child
        elif child.tag in _INSIDE:
            waiting.extend(list(child)[::-1])


def _flat(element: Any) -> str:
    return " ".join(t.text or "" for t in element.iter("w_t"))
