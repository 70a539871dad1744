"""Rows of a sheet to sections: finds the tables on it, their headings, and says where rows stand.

A sheet is not one table: titles, notes and empty rows stand around several of them. `Tables` takes
rows in order and cuts them into blocks at empty rows, and at empty columns where tables stand side
by side. A row becomes a paragraph with its column headings; a label names the rows of a section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain import Section
from assistant.parse.outline import cut, rows_as_text
from assistant.parse.tables.table_layout import (
    Cells,
    Row,
    between_gaps,
    column_names,
    has_values,
    heading_at,
    may_name,
    overlap,
    side_by_side,
    within,
)

# Sections are gathered up to about this many characters, so that a label points to few rows.
SECTION_SIZE = 900
# More characters than this are of no use to a search on a small machine.
TEXT_LIMIT = 50_000_000
_REGION_CELLS = 200_000
_REGION_ROWS = 2000  # rows in memory at a time; a longer table keeps the layout of its first part
_NOTE_LENGTH = 60  # a text of this length alone in its row is a note, no cell of a table
_GAP = 3  # rows further on, a heading no longer holds


@dataclass(frozen=True, slots=True)
class Heading:
    """The column headings of a table and the last row that they were found to hold for."""

    cells: Cells
    columns: range
    row: int


class Tables:
    """Feed it the rows of a sheet in order; ask for `sections` at the end."""

    def __init__(self, name: str = "") -> None:
        self._paragraphs = _Paragraphs(name)
        self._region: list[Row] = []
        self._held = 0  # cells in it
        self._layout: list[range] = []  # of the region that goes on, when it is a long one
        self._headings: list[Heading] = []  # the tables seen last, each in its columns

    @property
    def size(self) -> int:
        """Characters so far."""
        return self._paragraphs.size

    def add(self, number: int, cells: Sequence[str], merged: bool = False) -> None:
        """A row as the program numbers it; see `Row`."""
        filled = {column: cell for column, cell in enumerate(cells) if cell}
        if not filled:
            self._end_region()
            return
        self._region.append(Row(number, filled, merged))
        self._held += len(filled)
        if len(self._region) >= _REGION_ROWS or self._held >= _REGION_CELLS:
            self._flush()

    def sections(self) -> list[Section]:
        self._end_region()
        return self._paragraphs.sections()

    def _end_region(self) -> None:
        self._flush()
        self._layout = []

    def _flush(self) -> None:
        """Write down the region so far; `_layout` stays for what may still come of it."""
        region, self._region, self._held = self._region, [], 0
        if not region:
            return
        goes_on = bool(self._layout)
        self._layout = self._layout or side_by_side(region)
        for columns in self._layout:
            rows = within(region, columns)
            for block in [rows] if goes_on else between_gaps(rows):
                self._block(block, columns, goes_on)

    def _block(self, rows: list[Row], columns: range, goes_on: bool) -> None:
        if not rows:
            return
        above = self._heading_above(rows, columns)
        at = None if goes_on else heading_at(rows)
        if at == 0 and above and not has_values(rows[1:]) and rows[0].cells != above.cells:
            # a table of texts that goes on after a gap: nothing says that this is a new heading
            at = None
        head = above.cells if above else {}
        last = -1 if above else len(rows)  # the last row that is no body
        if at is not None:
            head, last = column_names(rows, at)
        self._paragraphs.begin_block()
        if at is not None and (idle := _idle_names(head, rows[last + 1 :])):
            self._paragraphs.add(rows[at].number, "; ".join(idle))
        for place, row in enumerate(rows):
            if at is None or not at <= place <= last:
                self._paragraphs.add(row.number, _as_text(head if place > last else {}, row))
        if not head and len(rows) == 1 and may_name(rows[0]):
            head, _ = column_names(rows, 0)
        self._headings = [h for h in self._headings if not overlap(h.columns, columns)]
        if head:
            self._headings.append(Heading(head, columns, rows[-1].number))

    def _heading_above(self, rows: list[Row], columns: range) -> Heading | None:
        """The heading of the table just above, if the first row fits under it."""
        for heading in self._headings:
            near = rows[0].number - heading.row <= _GAP
            if near and overlap(heading.columns, columns):
                wide = len(rows[0].cells) > 1 and rows[0].cells.keys() <= heading.cells.keys()
                return heading if wide else None
        return None


class _Paragraphs:
    """Gathers paragraphs into sections of a few rows each."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sections: list[Section] = []
        self._texts: list[str] = []
        self._rows: list[int] = []
        self._length = 0
        self.size = 0

    def begin_block(self) -> None:
        if self._length > SECTION_SIZE / 2:
            self._flush()

    def add(self, row: int, text: str) -> None:
        if self._length + len(text) > SECTION_SIZE:
            self._flush()
        self._texts.append(text)
        self._rows.append(row)
        self._length += len(text)
        self.size += len(text)

    def sections(self) -> list[Section]:
        self._flush()
        return self._sections

    def _flush(self) -> None:
        if self._texts:
            first, last = min(self._rows), max(self._rows)
            where = f"row {first}" if first == last else f"rows {first} to {last}"
            label = f"{self._name}, {where}" if self._name else where
            self._sections.extend(cut(Section(label, "\n\n".join(self._texts))))
        self._texts, self._rows, self._length = [], [], 0


# --- a row as a paragraph ----------------------------------------------------------------


def _as_text(head: Cells, row: Row) -> str:
    cells = _merged_once(head, row) if row.merged else row.cells
    if len(cells) == 1 and (not head or len(next(iter(cells.values()))) > _NOTE_LENGTH):
        return next(iter(cells.values()))  # a title or a note
    names = [head.get(column, "") for column in cells]
    if any(names):
        return rows_as_text([names, list(cells.values())])
    return rows_as_text([_questions_with_answers(list(cells.values()))])


def _idle_names(head: Cells, body: Sequence[Row]) -> list[str]:
    """Headings of columns with nothing in them, which no row would repeat."""
    filled = {column for row in body for column in row.cells}
    return [name for column, name in head.items() if column not in filled]


def _merged_once(head: Cells, row: Row) -> Cells:
    """The cells; a merged one only once for each heading that it stands under."""
    return {
        column: cell
        for column, cell in row.cells.items()
        if (cell, head.get(column)) != (row.cells.get(column - 1), head.get(column - 1))
    }


def _questions_with_answers(cells: list[str]) -> list[str]:
    """ "Name:" and "Ali" in two cells become "Name: Ali"."""
    joined = cells[:1]
    for cell in cells[1:]:
        if joined[-1].endswith(":"):
            joined[-1] += f" {cell}"
        else:
            joined.append(cell)
    return joined
