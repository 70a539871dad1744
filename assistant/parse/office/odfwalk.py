"""Walks through the body of an OpenDocument file: paragraphs, lists, tables, frames, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from assistant.parse.file import File
from assistant.parse.office.numbering import BULLET, Counter
from assistant.parse.office.odfstyles import Styles
from assistant.parse.office.openxml import Grid, whole
from assistant.parse.outline import HEADING_LIMIT, Outline, rows_as_text
from assistant.text import clean, one_line

_DEPTH_LIMIT = 60  # what is nested deeper is read as one flat run of words
# kept but not shown, or no words of the document
_UNSEEN = frozenset(
    """text_tracked-changes text_sequence-decls text_variable-decls text_user-field-decls
    office_forms office_scripts office_settings office_event-listeners svg_title svg_desc
    text_note-citation text_alphabetical-index-source text_table-of-content-source
    text_illustration-index-source text_table-index-source text_bibliography-source
    text_user-index-source text_object-index-source table_named-expressions table_shapes
    drawing_page-thumbnail presentation_notes text_page-number text_page-count text_script
    office_binary-data drawing_image-map text_hidden-text table_table-source
    drawing_glue-point""".split()
)
_ROWS = frozenset(
    "table_table-header-rows table_table-rows table_table-row-group table_table-columns".split()
)
_LATER = frozenset(
    "text_note office_annotation drawing_text-box table_table drawing_object".split()
)


class Walker:
    """Feeds an outline. `late`: time was up before the end."""

    def __init__(
        self, outline: Outline, styles: Styles, objects: Callable[[str], Any], file: File
    ) -> None:
        self.late = False
        self._outline = outline
        self._styles = styles
        self._objects = objects
        self._file = file
        self._later: list[Any] = []  # notes and frames of the paragraph we are in

    # --- blocks ---------------------------------------------------------------------------

    def blocks(self, parent: Iterable[Any], depth: int = 0) -> None:
        for element in parent:
            self.late = self.late or self._file.out_of_time
            if self.late:
                return
            self._block(element, depth)

    def _block(self, element: Any, depth: int) -> None:
        tag = element.tag
        if depth > _DEPTH_LIMIT:
            self._outline.add(_flat(element))
        elif tag == "text_h":
            self._heading(element, depth)
        elif tag == "text_p":
            self._paragraph(element, depth)
        elif tag == "text_list":
            self._list(element, depth)
        elif tag == "table_table":
            self._table(element, depth)
        elif tag == "office_annotation":
            self._outline.add(self._comment(element, depth))
        elif tag == "drawing_object":
            self._object(element)
        elif tag not in _UNSEEN and element.get("text_display") != "none":
            self.blocks(element, depth + 1)  # sections, frames, groups, shapes

    def _heading(self, element: Any, depth: int) -> None:
        level = min(max(whole(element.get("text_outline-level"), 1), 1), 10)
        words = self._words(element, depth)
        if len(words) > HEADING_LIMIT:
            self._outline.add(words)
        elif words:
            numbered = element.get("text_is-list-header") != "true"
            mark = self._styles.heading_mark(level) if numbered else ""
            self._outline.heading(level, f"{mark} {words}".strip())
        self._after(depth)

    def _paragraph(self, element: Any, depth: int) -> None:
        words = self._words(element, depth)
        title = self._styles.is_title(element.get("text_style-name", ""))
        if title and len(words) <= HEADING_LIMIT:
            self._outline.heading(1, words)
        else:
            self._outline.add(words)
        self._after(depth)

    def _after(self, depth: int) -> None:
        later, self._later = self._later, []
        for element in later:
            if element.tag == "text_note":
                bodies = element.findall("text_note-body")
                self._outline.add("\n".join(self.words_of_blocks(b, depth + 1) for b in bodies))
            else:
                self._block(element, depth + 1)

    def _comment(self, element: Any, depth: int) -> str:
        author = one_line(element.findtext("dc_creator") or "") or "someone"
        words = self.words_of_blocks(element, depth + 1)
        return f"Comment by {author}: {words}" if words else ""

    def _object(self, element: Any) -> None:
        """A chart or an equation: a document of its own within this one."""
        root = element.find("office_document")
        if root is None:
            name = (element.get("xlink_href") or "").removeprefix("./")
            root = self._objects(name) if name and ".." not in name else None
        if root is None:
            return
        for chart in root.iter("chart_chart"):
            for title in chart.findall("chart_title"):
                self._outline.add(one_line(_flat(title)))
            for table in chart.findall("table_table"):
                self._outline.add(rows_as_text(self.rows(table)))
        signs = [e.text or "" for e in root.iter() if e.tag in ("math_mi", "math_mn", "math_mo")]
        self._outline.add(" ".join(signs))

    # --- lists ----------------------------------------------------------------------------

    def _list(self, element: Any, depth: int) -> None:
        lines: list[str] = []
        for line in self._items(element, None, 0, depth):
            if isinstance(line, str):
                lines.append(line)
            else:  # a heading or a table ends the list before it
                self._outline.add("\n".join(lines))
                lines = []
                self._block(line, depth + 1)
        self._outline.add("\n".join(lines))
        self._after(depth)

    def _items(
        self, element: Any, counter: Counter | None, level: int, depth: int
    ) -> Iterator[str | Any]:
        """The lines of a list; what cannot be a line of it comes as the element itself."""
        if depth > _DEPTH_LIMIT:
            yield _flat(element)
            return
        name = element.get("text_style-name")
        if counter is None or name:
            goes_on = bool(
                element.get("text_continue-list")
                or element.get("text_continue-numbering") == "true"
                or level
            )
            counter = self._styles.list(name or "", goes_on)
        for item in element:
            if item.tag not in ("text_list-item", "text_list-header"):
                continue
            mark = ""
            if item.tag == "text_list-item" and any(e.tag == "text_p" for e in item):
                if (start := item.get("text_start-value")) is not None:
                    counter.restart(level, whole(start, 1))
                mark = counter.next(level) if level in counter.levels else BULLET
            for child in item:
                if child.tag == "text_p":
                    if words := self._words(child, depth + 1):
                        yield "  " * level + f"{mark} {words}".strip()
                        mark = ""
                elif child.tag == "text_list":
                    yield from self._items(child, counter, level + 1, depth + 1)
                elif child.tag != "text_number":
                    yield child

    # --- tables ---------------------------------------------------------------------------

    def _table(self, table: Any, depth: int) -> None:
        cells = [cell for row in _rows(table) for cell in row if cell.tag == "table_table-cell"]
        if len(cells) == 1:  # a frame around ordinary text
            self.blocks(cells[0], depth + 1)
            return
        outer, self._later = self._later, []
        self._outline.add(rows_as_text(self.rows(table, depth)))
        self._after(depth)
        self._later = outer

    def rows(self, table: Any, depth: int = 0) -> list[list[str]]:
        grid = Grid()
        for row in _rows(table):
            grid.row()
            for cell in row:
                if cell.tag not in ("table_table-cell", "table_covered-table-cell"):
                    continue
                self._cell(grid, cell, depth)
            words = grid.rows[-1]
            while words and not words[-1]:
                words.pop()
            self.late = self.late or self._file.out_of_time
            if self.late:
                break
        return grid.rows

    def _cell(self, grid: Grid, cell: Any, depth: int) -> None:
        times = max(whole(cell.get("table_number-columns-repeated"), 1), 1)
        if cell.tag == "table_covered-table-cell":
            grid.covered(times)
            return
        words = one_line(self.words_of_blocks(cell, depth + 1))
        grid.cell(words, max(whole(cell.get("table_number-columns-spanned"), 1), times))
        grid.covered(times - 1)  # a repeated cell says the same in each place

    # --- words ----------------------------------------------------------------------------

    def words_of_blocks(self, parent: Iterable[Any], depth: int = 0) -> str:
        """The paragraphs and lists in a cell, a note or a header, one a line."""
        outer = self._outline, self._later
        self._outline, self._later = _Lines(), []
        self.blocks(parent, depth + 1)
        sections = self._outline.sections()
        self._outline, self._later = outer
        return "\n".join(section.text.replace("\n\n", "\n") for section in sections)

    def _words(self, element: Any, depth: int) -> str:
        return clean("".join(self._pieces(element, depth))).strip()

    def _pieces(self, element: Any, depth: int) -> Iterator[str]:
        if depth > _DEPTH_LIMIT:
            yield _flat(element)
            return
        if self._styles.hides(element.get("text_style-name", "")):
            return
        yield element.text or ""
        for child in element:
            tag = child.tag
            if tag == "text_s":
                # the count comes from the file: bounded, it is only white space
                yield " " * min(max(whole(child.get("text_c"), 1), 1), 100)
            elif tag in ("text_tab", "text_line-break"):
                yield " " if tag == "text_tab" else "\n"
            elif tag in ("text_date", "text_time") and child.get("text_fixed") != "true":
                pass  # the day on which the file was last opened
            elif tag in _LATER:
                self._later.append(child)
            elif tag == "text_ruby-text":
                yield f" ({_flat(child)})"
            elif tag == "text_p":  # a shape's own words
                self._later.append(child)
            elif tag not in _UNSEEN:
                yield from self._pieces(child, depth + 1)
            yield child.tail or ""


class _Lines(Outline):
    """What stands where no heading can: headings are lines too."""

    def heading(self, level: int, title: str) -> None:
        self.add(title)


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, also those in groups."""
    waiting = list(table)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag == "table_table-row":
            yield element
        elif element.tag in _ROWS:
            waiting.extend(list(element)[::-1])


def _flat(element: Any) -> str:
    return "".join(element.itertext())
