"""A section's text to chunks: spans at natural breaks that fill the embedder's window.

Promise: every chunk is ``text[start:end]`` of its section; chunks come in order and together leave
out nothing but white space; neighbours may share whole sentences, rows or items at their seam. With
its context above it a chunk has at most `WINDOW` word pieces, so that the model reads all of it
(a context that fills more than half of the window is the exception). Rows, items and sentences
that fit the window are never cut; a heading, or a line such as "You need:", stays with what
follows where both fit.

Time grows with the length of the text,
whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from assistant.domain import Chunk
from assistant.text import sentences

Count = Callable[[Sequence[str]], list[int]]

WINDOW = 256  # word pieces that all-MiniLM-L6-v2 reads; it silently drops the rest
SPECIAL = 2  # of them the model's own marks at both ends
# A "word" of over 100 letters (codes, Thai) is one piece; people and models must still read it.
MOST_CHARACTERS = 2_000
OVERLAP = 0.3  # of the window; benchmarks/chunking.py measures what it gains and costs
FULL = 0.7  # of the window: from there on a chunk may end early, at a better break
STRETCH = 50_000  # characters worked on at a time, so that a huge text needs little memory

# How good a break is. A wall is no choice: the chunk ends there.
_TIED, _WORD, _CLAUSE, _SENTENCE, _ITEM, _PARAGRAPH, _WALL = range(7)

# White space as the tokenizer sees it: it drops other control characters and so joins words.
_SPACE = "[ \t\r\n\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_MARK = re.compile("(?<=[,;|/&=.\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_BLANK_LINE = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_ITEM_START = re.compile(r"\s*(?:[-*•‣▪]|\(?(?:\d{1,3}|[a-z])[.)])\s")
# "| a | b |", cells between tabs, or "Form: Co-op; Owners: Members." (parse/outline.py)
_ROW = re.compile(r"\s*\||[^\n]*\S(?: \| |\t)\s*\S|[^:;.!?\n]{1,60}: [^;\n]*; [^:;.!?\n]{1,60}: ")
_LONG_LINE = 120  # characters: no one's line breaks at a margin, so its end is a paragraph's
_HEADING = 80  # characters at most

# How a sentence, row or item that is larger than the window is cut, gentlest first: at every such
# place, or at every eighth. All are where the tokenizer ends a word too, so that the pieces of the
# parts add up.
_CUTS = (
    (_ITEM, re.compile(r"\n"), 1),
    (_SENTENCE, re.compile(rf"(?<=[.!?;]){_SPACE}+|(?<=[。！？；])"), 1),
    (_CLAUSE, re.compile(rf"(?<=[,:)|—–]){_SPACE}+|(?<=[，、：）])"), 1),
    (_WORD, re.compile(rf"{_SPACE}+"), 8),
    (_WORD, re.compile(rf"{_SPACE}+"), 1),
    (_WORD, _MARK, 8),
    (_WORD, _MARK, 1),
)


class _Unit(NamedTuple):
    """A span that stays whole, how good the break before it is, and its word pieces."""

    start: int
    end: int
    level: int
    pieces: int = 0


def split(text: str, context: str = "", count: Count | None = None) -> Iterator[Chunk]:
    """The chunks of `text`, made as they are asked for: a huge text takes minutes.

    Args:
        context: what is embedded above each, its title and heading.
        count: how many word pieces texts have for the embedder (`Embedder.count`); None where
            there is none, and they are estimated.
    """
    count = count or estimate
    heading = count([context])[0] if context else 0
    budget = WINDOW - SPECIAL - min(heading, WINDOW // 2)
    for start, end in _stretches(text):
        units = _fitting(text, _units(text, start, end), budget, count)
        for a, b in _pack(units, budget):
            yield Chunk(a, b, text[a:b])


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(start + STRETCH, len(text))
        if end < len(text):
            breaks = (text.rfind(mark, start + STRETCH // 2, end) for mark in ("\n\n", "\n", " "))
            end = next((place for place in breaks if place > 0), end)
        yield start, end
        start = end


# --- what stays whole -----------------------------------------------------------------------------


def _units(text: str, start: int, end: int) -> list[_Unit]:
    units: list[_Unit] = []
    tied = False
    for block in _blocks(text, start, end):
        spans = list(_trimmed(text, block) if block.whole else _sentences(text, block))
        for number, (first, last) in enumerate(spans):
            level = _SENTENCE if number else _TIED if tied else block.level
            units.append(_Unit(first, last, level))
        if spans:
            alone = len(spans) == 1 and not block.whole
            tied = _leads_in(text[slice(*spans[-1])], alone)
    return units


class _Block(NamedTuple):
    """A list item or table row, `whole`, or prose."""

    start: int
    end: int
    whole: bool
    level: int


def _blocks(text: str, start: int, end: int) -> Iterator[_Block]:
    begin = start
    for gap in _BLANK_LINE.finditer(text, start, end):
        yield from _blocks_of_paragraph(text, begin, gap.start())
        begin = gap.end()
    yield from _blocks_of_paragraph(text, begin, end)


def _blocks_of_paragraph(text: str, start: int, end: int) -> Iterator[_Block]:
    level, begin, whole = _PARAGRAPH, start, False
    place = start
    while place < end:
        stop = text.find("\n", place, end) + 1 or end
        is_row = _ROW.match(text, place, stop) is not None
        is_item = _ITEM_START.match(text, place, stop) is not None
        if (is_row or is_item) and begin < place:
            yield _Block(begin, place, whole, level)
            level, begin = _ITEM, place
        whole = whole or is_row or is_item
        if is_row or (stop - place > _LONG_LINE and not whole):
            yield _Block(begin, stop, whole, level)
            level, begin, whole = _ITEM if is_row else _PARAGRAPH, stop, False
        place = stop
    if begin < end:
        yield _Block(begin, end, whole, level)


def _sentences(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    for first, last in sentences(text[block.start : block.end]):
        yield block.start + first, block.start + last


def _trimmed(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    words = text[block.start : block.end]
    if bare := words.strip():
        first = block.start + len(words) - len(words.lstrip())
        yield first, first + len(bare)


def _leads_in(words: str, alone: bool) -> bool:
    """Whether `words` announce what follows: "You need:", or, `alone` on its line, a heading."""
    if words.endswith((":", "：")):
        return True
    return (
        alone and len(words) <= _HEADING and "\n" not in words and words[-1] not in ".!?;,。！？…"
    )


# --- what is larger than the window ---------------------------------------------------------------


def _fitting(text: str, units: Iterable[_Unit], budget: int, count: Count) -> list[_Unit]:
    """The units with their word pieces; those that are too large, in parts."""

    def counted(found: Sequence[_Unit]) -> Iterator[_Unit]:
        pieces = count([text[u.start : u.end] for u in found])
        return (_Unit(*u[:3], n) for u, n in zip(found, pieces, strict=True))

    def too_large(unit: _Unit) -> bool:
        return unit.pieces > budget or unit.end - unit.start > MOST_CHARACTERS

    known = list(counted(list(units)))
    cuts = iter(_CUTS)
    while any(map(too_large, known)):
        cut = next(cuts, None)
        parts = [
            _cut(text, u, *cut) if cut else _equal_parts(u, budget) for u in known if too_large(u)
        ]
        recounted = counted([part for group in parts for part in group])
        groups = iter(parts)
        known = [
            part
            for unit in known
            for part in ([next(recounted) for _ in next(groups)] if too_large(unit) else [unit])
        ]
    return known


def _cut(text: str, unit: _Unit, level: int, pattern: re.Pattern[str], step: int) -> list[_Unit]:
    parts: list[_Unit] = []
    begin = unit.start
    places = [m.end() for m in pattern.finditer(text, unit.start, unit.end)][step - 1 :: step]
    for place in [*places, unit.end]:
        block = _Block(begin, place, True, level)
        parts += [_Unit(*span, level if parts else unit.level) for span in _trimmed(text, block)]
        begin = place
    return parts


def _equal_parts(unit: _Unit, budget: int) -> list[_Unit]:
    """Walls between the parts: inside a word, what two count together is not their sum."""
    length = unit.end - unit.start
    parts = max(-(-unit.pieces // budget), -(-length // MOST_CHARACTERS))
    places = [unit.start + length * n // parts for n in range(parts + 1)]
    levels = [unit.level] + [_WALL] * (parts - 1)
    return [_Unit(*part) for part in zip(places, places[1:], levels, strict=False)]


# --- filling the window ---------------------------------------------------------------------------


def _pack(units: list[_Unit], budget: int) -> Iterator[tuple[int, int]]:
    shelf = _Shelf(units, budget)
    first = end = 0
    while end < len(units):
        end = shelf.best_end(first, end)
        yield units[first].start, units[end - 1].end
        first = shelf.next_start(first, end)


class _Shelf:
    """Units in a row; a chunk is `units[first:end]`."""

    def __init__(self, units: list[_Unit], budget: int) -> None:
        self._units = units
        self._budget = budget
        self._shared = int(OVERLAP * budget)
        self._before = [0, *accumulate(u.pieces for u in units)]
        self._ends = [u.end for u in units]
        self._walls = [n for n, u in enumerate(units) if u.level == _WALL] + [len(units)]

    def best_end(self, first: int, after: int) -> int:
        """Where the chunk from `first` ends, beyond `after`: the best break, then the fullest."""
        most = self._furthest(first)
        rest = self._size(first, len(self._units))
        if most == len(self._units):
            return most
        aim, least = self._budget, int(FULL * self._budget)
        if rest + self._shared <= 2 * self._budget:  # two chunks of one size, not a tiny last one
            aim = (rest + self._shared) // 2
            least = max(rest + self._shared - self._budget, aim // 2)
        ends = [e for e in range(most, after, -1) if e == most or self._size(first, e) >= least]
        best = max(ends, key=lambda e: (self._units[e].level, -abs(self._size(first, e) - aim)))
        if self._units[best].level != _TIED:
            return best
        earlier = (e for e in range(best, max(first, after), -1) if self._units[e].level > _TIED)
        return next(earlier, best)

    def next_start(self, first: int, end: int) -> int:
        """Where the chunk after `units[first:end]` starts: at `end`, or a few sentences before."""
        if end == len(self._units):
            return end
        following = self._units[end]
        room = min(self._shared, self._budget - following.pieces)
        start = best = end
        while start - 1 > first and self._units[start].level != _WALL:
            start -= 1
            length = following.end - self._units[start].start
            if self._size(start, end) > room or length > MOST_CHARACTERS:
                break
            if self._units[start].level >= _SENTENCE:
                best = start
        return best

    def _furthest(self, first: int) -> int:
        pieces = bisect_right(self._before, self._before[first] + self._budget) - 1
        characters = bisect_right(self._ends, self._units[first].start + MOST_CHARACTERS)
        wall = self._walls[bisect_right(self._walls, first)]
        return max(min(pieces, characters, wall), first + 1)

    def _size(self, first: int, end: int) -> int:
        return self._before[end] - self._before[first]


# --- counting -------------------------------------------------------------------------------------


def estimate(texts: Sequence[str]) -> list[int]:
    """About as many word pieces as English texts have, where no tokenizer is at hand."""
    return [_estimate(text) for text in texts]


def _estimate(text: str) -> int:
    plain = len(text.encode("ascii", "ignore"))
    return max(len(text.split()) * 7 // 5, plain // 4 + len(text) - plain)
