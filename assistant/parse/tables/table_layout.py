"""Where tables stand on a sheet, and which of their rows names the columns. Pure functions on rows.

Everything is judged by the words in the cells: a heading is text where the rows below it hold
numbers, dates or other texts; a single text above is a title and below is a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.text import one_line

_SAMPLE = 20  # rows that tell how a table is built
_HEADING_LENGTH = 200
_NAME_LENGTH = 80  # headings of a table of texts only
_TABLES_WIDE = 20  # side by side; more gaps than that are no gaps between tables
_WIDEST = 1 << 30  # columns: more than any sheet has

_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_PERIOD = re.compile(r"(?:19|20)\d\d(?:[-/](?:\d\d)?\d\d)*")  # a year, a season, a date

Cells = dict[int, str]  # column -> words, filled cells only


@dataclass(frozen=True, slots=True)
class Row:
    """`number` as the program shows it, from 1. `merged`: a cell reaches over several columns and
    stands in each of them."""

    number: int
    cells: Cells
    merged: bool = False


# --- where tables stand ------------------------------------------------------------------


def within(rows: list[Row], columns: range) -> list[Row]:
    """The rows, with only those columns."""
    parts = (
        Row(r.number, {c: v for c, v in r.cells.items() if c in columns}, r.merged) for r in rows
    )
    return [part for part in parts if part.cells]


def between_gaps(rows: list[Row]) -> list[list[Row]]:
    blocks = [rows[:1]]
    for above, row in pairwise(rows):
        if row.number > above.number + 1:
            blocks.append([])
        blocks[-1].append(row)
    return blocks


def side_by_side(region: list[Row]) -> list[range]:
    """The columns of each table in the region; together they are all columns."""
    used = sorted(set().union(*(row.cells for row in region)))
    starts = [0] + [right for left, right in pairwise(used) if right > left + 1]
    starts = starts[:1] if len(starts) > _TABLES_WIDE else starts
    ranges = [range(a, b) for a, b in pairwise([*starts, _WIDEST])]
    whole = ranges[:1]
    for columns in ranges[1:]:
        left, right = within(region, whole[-1]), within(region, columns)
        if _are_two(left, right):
            whole.append(columns)
        else:  # an empty column inside one table
            whole[-1] = range(whole[-1].start, columns.stop)
    return whole


def _are_two(left: list[Row], right: list[Row]) -> bool:
    """Whether these are two tables, not one with an empty column: each has its own headings, and
    they differ in their rows or repeat each other's headings."""
    at_left, at_right = heading_at(left), heading_at(right)
    if at_left is None or at_right is None:
        return False
    same_words = set(left[at_left].cells.values()) & set(right[at_right].cells.values())
    return bool(same_words) or [r.number for r in left] != [r.number for r in right]


def overlap(a: range, b: range) -> bool:
    return a.start < b.stop and b.start < a.stop


# --- which row is the heading ------------------------------------------------------------


def heading_at(rows: list[Row]) -> int | None:
    """The place of the heading: the first row as wide as the rest, if its cells are names."""
    for place, row in enumerate(rows[:_SAMPLE]):
        body = rows[place + 1 : place + 1 + _SAMPLE]
        used = set().union(*(r.cells for r in body))
        if len(row.cells) > 1 and len(row.cells.keys() & used) * 10 >= len(used) * 6:
            return place if body and _names(row, body) else None
    return None


def column_names(rows: list[Row], at: int) -> tuple[Cells, int]:
    """The column headings of a table whose heading begins at `at`, and the place of its last row.

    Under a merged heading ("Spring" over two columns) stands a second one ("Price", "Places").
    """
    top = rows[at].cells
    last = at
    if rows[at].merged and _goes_on(top, rows[at + 1 :]):
        last = at + 1
    columns = {**top, **rows[last].cells}
    names = {c: dict.fromkeys(filter(None, (top.get(c), rows[last].cells.get(c)))) for c in columns}
    return {c: one_line(" ".join(parts)).rstrip(" :") for c, parts in names.items()}, last


def _goes_on(top: Cells, rows: list[Row]) -> bool:
    """Whether the first of `rows` is a second heading under the merged heading `top`."""
    if heading_at(rows) != 0:
        return False
    below = rows[0].cells
    spread = {c for c in top if top[c] in (top.get(c - 1), top.get(c + 1))}
    parts_it = any(below.get(c) != below.get(c + 1) for c in spread if c + 1 in spread)
    fits = all(below.get(c, top[c]) == top[c] for c in top.keys() - spread)
    return parts_it and (fits or has_values(rows[1:]))


def may_name(row: Row) -> bool:
    """Whether a row that stands alone may name the columns of what follows after a gap."""
    cells = row.cells.values()
    return len(cells) > 1 and all(len(c) <= _NAME_LENGTH and not _is_value(c) for c in cells)


def _names(row: Row, body: list[Row]) -> bool:
    """Whether `row` names the columns of `body`."""
    cells = list(row.cells.values())
    if any(len(cell) > _HEADING_LENGTH for cell in cells) or _is_form([row, *body]):
        return False
    values = [column for column, cell in row.cells.items() if _is_value(cell)]
    if values:
        return len(values) < len(cells) + (0 not in row.cells) and all(
            _PERIOD.fullmatch(row.cells[c]) and not _periods(body, c) for c in values
        )
    if has_values(body):
        return True
    differ = row.merged or len(set(cells)) == len(cells)
    return differ and all(len(cell) <= _NAME_LENGTH for cell in cells)


def _periods(body: list[Row], column: int) -> bool:
    return any(_PERIOD.fullmatch(row.cells.get(column, "")) for row in body)


def _is_form(rows: list[Row]) -> bool:
    """Whether the first cells are questions with answers beside them: "Name:", "Phone:"."""
    asked = sum(next(iter(row.cells.values())).endswith(":") for row in rows)
    return asked * 2 > len(rows)


def has_values(rows: list[Row]) -> bool:
    return any(_is_value(cell) for row in rows[:_SAMPLE] for cell in row.cells.values())


def _is_value(cell: str) -> bool:
    """A number, an amount, a date, a yes or no, an address: not a name of anything."""
    if cell.upper() in ("TRUE", "FALSE") or "://" in cell:
        return True
    if "@" in cell:
        return " " not in cell
    return not _LETTER.search(cell[:_HEADING_LENGTH]) and bool(_DIGIT.search(cell))
