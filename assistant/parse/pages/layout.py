"""Lines of print that stand anywhere on a page, put into reading order."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_HYPHEN = re.compile(r"(?<=\w)[-\u2010]\n(?=[a-zà-öø-ÿ])")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print: where it stands, in pixels from the top left corner, and its words."""

    left: float
    top: float
    right: float
    bottom: float
    words: str

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def in_reading_order(lines: Sequence[Line]) -> str:
    """Paragraphs from lines that stand anywhere: columns in turn, rows left to right."""
    return "\n\n".join(
        _HYPHEN.sub("", paragraph) for block in _columns(list(lines)) for paragraph in _rows(block)
    )


def _columns(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """Blocks to read one after the other. A line across both columns, such as a heading, ends
    the columns above it."""
    split = _gutter(lines) if depth < 4 else None
    if split is None:
        return [lines] if lines else []
    blocks: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if line.left < split < line.right:
            blocks += [*_columns(left, depth + 1), *_columns(right, depth + 1)]
            left, right = [], []
            across.append(line)
            continue
        if across:
            blocks.append(across)
            across = []
        (left if line.right <= split else right).append(line)
    return [
        *blocks,
        *_columns(left, depth + 1),
        *_columns(right, depth + 1),
        *([across] * bool(across)),
    ]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where two columns of running text part; None on a page of one column, or a table."""
    if len(lines) < 8:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    height = statistics.median(line.height for line in lines)
    best: tuple[int, float] | None = None
    for edge in sorted({round(line.right) for line in lines}):
        place = edge + height / 4
        if not left + (right - left) / 5 < place < right - (right - left) / 5:
            continue
        across = sum(line.left < place < line.right for line in lines)
        sides = [[x for x in lines if x.right <= place], [x for x in lines if x.left >= place]]
        if across * 5 <= len(lines) and all(_is_prose(side, height) for side in sides):
            best = min(best or (across, place), (across, place))
    return best[1] if best else None


def _is_prose(side: Sequence[Line], height: float) -> bool:
    """Several long lines below one another, not the cells of a table's column."""
    if len(side) < 3:
        return False
    width = max(line.right for line in side) - min(line.left for line in side)
    return width > 10 * height and statistics.median(line.width for line in side) > width * 0.6


def _rows(block: Sequence[Line]) -> list[str]:
    """Paragraphs: lines on one height go side by side, a wide gap parts paragraphs."""
    rows: list[list[Line]] = []
    for line in sorted(block, key=lambda line: line.middle):
        if (
            rows
            and abs(line.middle - rows[-1][0].middle) < min(line.height, rows[-1][0].height) / 2
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    height = statistics.median(line.height for line in block)
    paragraphs: list[str] = []
    bottom = 0.0
    for row in rows:
        words = "  ".join(line.words for line in sorted(row, key=lambda line: line.left))
        if paragraphs and min(line.top for line in row) - bottom < height * 0.7:
            paragraphs[-1] += f"\n{words}"
        else:
            paragraphs.append(words)
        bottom = max(line.bottom for line in row)
    return paragraphs
