"""Collects blocks of text under headings and turns them into sections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain import Reading, Section, Status
from assistant.text import clean, one_line, shorten

# A section longer than this is cut at a paragraph, so that no later step is slow on one.
SECTION_LIMIT = 20_000
HEADING_LIMIT = 300  # characters: a longer "heading" is a paragraph in the wrong style
NAME_LIMIT = 100  # characters: a column heading that is longer is not repeated in each row
SHORT_NAME = 60


class Outline:
    """Feed it headings and blocks in reading order; ask for `sections` at the end."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self._path: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._headings: list[str] = []
        self._sections: list[tuple[tuple[str, ...], str]] = []
        self.first_heading = ""

    def heading(self, level: int, title: str) -> None:
        """A heading of `level` 1 (highest) to 6."""
        title = one_line(clean(title))
        if len(title) > HEADING_LIMIT:
            self.add(title)
            return
        if not title:
            return
        self._flush()
        self._headings.append(title)
        self._path = [(n, t) for n, t in self._path if n < level] + [(level, title)]
        self.first_heading = self.first_heading or title

    def add(self, block: str) -> None:
        # cleaned here, after entities were resolved: &#27; is an escape code too
        block = clean(block).strip("\n").rstrip()
        if block.strip():
            self._blocks.append(block)

    def sections(self, title: str = "") -> tuple[Section, ...]:
        """The sections so far. A top heading that only repeats `title` is left out of labels."""
        self._flush()
        found = []
        if not self._sections and self._headings:  # nothing but headings: they are the text
            self._sections.append(((), "\n".join(self._headings)))
        for path, text in self._sections:
            parts = path[1:] if path and path[0] == title else path
            label = " > ".join(filter(None, (self._root, *parts)))
            found.extend(cut(Section(label, text)))
        return tuple(found)

    def _flush(self) -> None:
        if self._blocks:
            self._sections.append((tuple(t for _, t in self._path), "\n\n".join(self._blocks)))
            self._blocks = []


def cut_short(reading: Reading) -> Reading:
    """What was read by the deadline, of a file that goes on."""
    return replace(
        reading,
        status=Status.PARTLY,
        reason="Reading it took too long, so its end was left out.",
        remedy="Split it into smaller files.",
    )


def rows_as_text(rows: Sequence[Sequence[str]]) -> str:
    """A table with its column headings beside each cell, one row a paragraph.

    >>> rows_as_text([["Form", "Owners"], ["Co-op", "Members"]])
    'Form: Co-op; Owners: Members.'
    """
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        return "\n".join("; ".join(filter(None, map(str.strip, row))) for row in rows)
    head, *body = rows
    lines = []
    if any(len(cell) > NAME_LIMIT for cell in head):  # a page of text where a heading would stand
        lines = ["; ".join(filter(None, dict.fromkeys(map(str.strip, head))))]
        head = [shorten(cell, SHORT_NAME) for cell in head]
    elif idle := _idle_headings(head, body):
        lines = ["; ".join(idle)]
    return "\n\n".join([*lines, *(_row_as_text(head, row) for row in body)])


def _idle_headings(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Headings of columns with nothing in them, which no row would repeat."""
    filled = {n for row in body for n, cell in enumerate(row) if cell.strip()}
    return [cell.strip() for n, cell in enumerate(head) if cell.strip() and n not in filled]


def _row_as_text(head: Sequence[str], row: Sequence[str]) -> str:
    cells = []
    for number, cell in enumerate(row):
        name = head[number].strip() if number < len(head) else ""
        if cell.strip():
            cells.append(f"{name}: {cell.strip()}" if name else cell.strip())
    line = "; ".join(cells)
    return line if line.endswith((".", "!", "?")) else f"{line}."


def cut(section: Section) -> list[Section]:
    """`section`, in parts of at most `SECTION_LIMIT` characters when it is longer."""
    if len(section.text) <= SECTION_LIMIT:
        return [section]
    parts = []
    for number, text in enumerate(_pieces(section.text), start=1):
        label = f"{section.label} (part {number})".strip()
        parts.append(Section(label, text, section.page))
    return parts


def _pieces(text: str) -> list[str]:
    pieces = []
    start = 0
    while start < len(text):
        end = min(start + SECTION_LIMIT, len(text))
        if end < len(text):
            breaks = [m.end() for m in re.finditer(r"\n\s*\n", text[start:end])] or [
                m.end() for m in re.finditer(r"\s", text[start:end])
            ]
            end = start + (breaks[-1] if breaks else SECTION_LIMIT)
        if piece := text[start:end].strip():
            pieces.append(piece)
        start = end
    return pieces
