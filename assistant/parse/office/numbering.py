"""The numbers and bullets of lists and headings, counted as the word processor counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

LEVELS = 9
BULLET = "-"
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """`style`: 1, a, A, i or I; '' for no number, `BULLET` for a bullet. `pattern`: "%1.%2"."""

    style: str = ""
    pattern: str = ""
    start: int = 1


@dataclass(slots=True)
class Counter:
    """The numbers that one list has come to."""

    levels: dict[int, Level]
    _now: dict[int, int] = field(default_factory=dict)

    def next(self, level: int) -> str:
        """The mark of the next item at `level` (0 is outermost): "-", "2.1" or ''."""
        form = self.levels.get(level, Level())
        self._now = {n: value for n, value in self._now.items() if n <= level}
        self._now[level] = self._now.get(level, form.start - 1) + 1
        if form.style in ("", BULLET):
            return form.style
        return _PLACE.sub(lambda place: self._number(int(place[1]) - 1), form.pattern).strip()

    def restart(self, level: int, start: int) -> None:
        """The next item at `level` has the number `start`."""
        self._now[level] = start - 1

    def _number(self, level: int) -> str:
        form = self.levels.get(level, Level())
        return written(self._now.get(level, form.start), form.style)


def with_start(levels: dict[int, Level], level: int, start: int) -> dict[int, Level]:
    return levels | {level: replace(levels.get(level, Level()), start=start)}


def written(number: int, style: str) -> str:
    """
    >>> written(4, "i"), written(28, "A"), written(7, "1")
    ('iv', 'AB', '7')
    """
    if style in ("a", "A") and number > 0:
        # a to z, then aa, ab: as a spreadsheet counts its columns
        letters = ""
        while number > 0:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("a") + letter) + letters
        return letters if style == "a" else letters.upper()
    if style in ("i", "I") and 0 < number < 4000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (number // value)
            number %= value
        return roman if style == "i" else roman.upper()
    return str(number) if style else ""
