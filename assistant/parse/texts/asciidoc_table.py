"""The tables of AsciiDoc: cells on one line or one a line, spans, and values with commas."""

from __future__ import annotations

import csv
import re

_COLUMN_LIMIT = 100
_SPAN_LIMIT = 50
_REPEATED_LIMIT = 200
# what may stand before the | of a cell: how many columns it spans, where its words stand, its kind
_CELL = re.compile(
    r"(?:^|(?<=\s))(?:(\d{1,3})?(?:\.(\d{1,3}))?([+*]))?[<^>]?(?:\.[<^>])?[adehlmsv]?$"
)
_COLUMNS = re.compile(r"cols\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^,\]]*))")
_TIMES = re.compile(r"\s*(\d{1,3})\*")
_MARK = re.compile(r"(?<!\\)\|")

Cell = tuple[str, int, int]  # words, columns, rows


def rows(lines: list[str], separator: str, style: str) -> list[list[str]]:
    """The cells of a table, each under its column: what spans several is in all of them."""
    if separator == "," or re.search(r"format\s*=\s*[\"']?csv", style):
        return [row for row in csv.reader(lines) if row]
    if separator == ":" or re.search(r"format\s*=\s*[\"']?dsv", style):
        return [re.split(r"(?<!\\):", line) for line in lines if line.strip()]
    if separator == "!":
        lines = [line.replace("!", "|") for line in lines]
    by_line = _cells(lines)
    if not by_line:
        return []
    width = _columns(style)
    if not width:
        width = sum(columns for _, columns, _ in by_line[0])
        if len(by_line[0]) > 1 and all(len(row) > 1 for row in by_line[1:]):
            return _placed_by_line(by_line)
    return _placed([cell for row in by_line for cell in row], min(width, _COLUMN_LIMIT))


def _columns(style: str) -> int:
    """How many columns the style names; 0 when it names none."""
    if not (found := _COLUMNS.search(style)):
        return 0
    value = found[1] or found[2] or found[3] or ""
    if value.strip().isdecimal():  # a single number counts the columns
        return min(int(value[:5]), _COLUMN_LIMIT)
    times = [_TIMES.match(part) for part in re.split("[,;]", value)]
    return sum(int(found[1]) if found else 1 for found in times)


def _cells(lines: list[str]) -> list[list[Cell]]:
    """The cells that begin on each line; a line without one goes on with the last cell."""
    found: list[list[Cell]] = []
    for line in lines:
        before, *cells = _MARK.split(line)
        span = _CELL.search(before)
        if found and (words := before[: span.start() if span and cells else None].strip()):
            text, columns, down = found[-1][-1]
            found[-1][-1] = (f"{text}\n{words}", columns, down)
        row: list[Cell] = []
        for number, cell in enumerate(cells):
            following = _CELL.search(cell) if number + 1 < len(cells) else None
            words = cell[: following.start() if following else None].strip().replace("\\|", "|")
            row.extend(_times(words, span))
            span = following
        if row:
            found.append(row)
    return found


def _times(words: str, span: re.Match[str] | None) -> list[Cell]:
    if span is None or span[3] is None:
        return [(words, 1, 1)]
    across = min(max(int(span[1] or 1), 1), _SPAN_LIMIT)
    down = min(max(int(span[2] or 1), 1), _SPAN_LIMIT)
    if len(words) > _REPEATED_LIMIT:  # not again in each column
        return [(words, 1, 1), *[("", 1, 1)] * (across - 1)]
    return [(words, 1, 1)] * across if span[3] == "*" else [(words, across, down)]


def _placed_by_line(by_line: list[list[Cell]]) -> list[list[str]]:
    """Each line is a row: also where a last | too many would shift all that follow."""
    return [[words for words, columns, _ in row for _ in range(columns)] for row in by_line]


def _placed(cells: list[Cell], width: int) -> list[list[str]]:
    """Cells in reading order to rows of `width` columns."""
    found: list[list[str]] = []
    row: list[str] = []
    reaching: dict[int, tuple[int, str]] = {}  # column -> (rows still to come, words)
    for words, columns, down in cells:
        _carry(row, reaching, width)
        if len(row) >= width:
            found.append(row)
            row = []
            _carry(row, reaching, width)
        for _ in range(min(columns, max(width - len(row), 1))):
            if down > 1:
                reaching[len(row)] = (down - 1, words)
            row.append(words)
    _carry(row, reaching, width)
    return [*found, row] if row else found


def _carry(row: list[str], reaching: dict[int, tuple[int, str]], width: int) -> None:
    """Fill in the cells that reach down from the rows above."""
    while len(row) < width and reaching.get(len(row), (0, ""))[0] > 0:
        left, words = reaching[len(row)]
        reaching[len(row)] = (left - 1, words)
        row.append(words)
