"""Numbers with their units, dates and times: what a sentence says of them, and what a source says.

A number agrees with one of the source that has the same value and, where that can be told, the
same role: the same unit, or the same thing counted. A date agrees with one that says as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assistant import text
from assistant.checks.bounds import bound_at
from assistant.checks.dates import Moment, moment_at
from assistant.checks.numbers import number_at, unit_at
from assistant.checks.tokens import Token, raw_text
from assistant.checks.units import SIGNS, STRICT, Unit, unit_of

_RANGE = frozenset("- – — to and or , x × / by".split())
_COUNTED = frozenset("a an each per every".split())
_PAIRS = frozenset("both pair couple twice double".split())
_NEAR = 3  # words on each side that tell what a number counts


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number from token `start` to `end`. `near`: stems of what stands around it.

    `counts`: the stem of the word right behind it. `implied`: "a week" for one week, which a
    sentence need not account for. `bound_words` are the tokens of "at least" and the like.
    """

    words: str
    start: int
    end: int
    value: Fraction
    unit: Unit | None = None
    ordinal: bool = False
    near: frozenset[str] = frozenset()
    counts: str = ""
    bound: str = ""
    bound_words: tuple[int, ...] = ()
    implied: bool = False

    @property
    def year(self) -> int | None:
        whole = self.value.denominator == 1 and not self.unit and not self.ordinal
        return int(self.value) if whole else None


Figure = Quantity | Moment


def figures(tokens: Sequence[Token]) -> tuple[Figure, ...]:
    """The numbers, dates and times of a sentence, in order."""
    found: list[Figure] = []
    at = 0
    while at < len(tokens):
        figure = moment_at(tokens, at) or _quantity(tokens, at)
        if figure:
            found.append(figure)
        at = figure.end if figure else at + 1
    shared = list(_in_ranges(found, tokens))
    taken = {at for f in shared for at in range(f.start, f.end)}
    return tuple(_placed(f, tokens, taken) if isinstance(f, Quantity) else f for f in shared)


# --- quantities ---------------------------------------------------------------------------


def _quantity(tokens: Sequence[Token], start: int) -> Quantity | None:
    sign = unit_of(tokens[start].raw, "") if tokens[start].raw in SIGNS else None
    first = start + 1 if sign else start
    if first == len(tokens):
        return None
    read = number_at(tokens, first)
    if read is None:
        return _implied(tokens, start)
    value, ordinal, end = read
    if sign and end < len(tokens) and tokens[end].glued and tokens[end].raw == "m":
        value, end = value * 1_000_000, end + 1
    unit, end = (sign, end) if sign or ordinal else unit_at(tokens, end)
    if tokens[first].word == "one" and end == first + 1 and not unit:
        return Quantity("one", start, end, value, implied=True)  # mostly no number
    return Quantity(raw_text(tokens, start, end), start, end, value, unit, ordinal)


def _implied(tokens: Sequence[Token], start: int) -> Quantity | None:
    word = tokens[start].word
    if word in _PAIRS:
        return Quantity(word, start, start + 1, Fraction(2), implied=True)
    if word == "first":
        return Quantity(word, start, start + 1, Fraction(1), ordinal=True, implied=True)
    if word in _COUNTED and start + 1 < len(tokens):
        following = tokens[start + 1]
        unit = unit_of("", following.word)
        if unit:
            words = raw_text(tokens, start, start + 2)
            return Quantity(words, start, start + 2, Fraction(1), unit, implied=True)
    return None


def _in_ranges(found: list[Figure], tokens: Sequence[Token]) -> Iterator[Figure]:
    """Gives the first numbers of "3 to 5 metres" and "3 and 4 May" what only the last one has."""
    following: Figure | None = None
    shared: list[Figure] = []
    for figure in reversed(found):
        near = following and [t.word for t in tokens[figure.end : following.start]]
        if isinstance(figure, Quantity) and not figure.unit and near and set(near) <= _RANGE:
            figure = _like(figure, following)  # noqa: PLW2901
        following = figure
        shared.append(figure)
    return reversed(shared)


def _like(figure: Quantity, following: Figure | None) -> Figure:
    if isinstance(following, Quantity):
        return replace(figure, unit=following.unit) if not figure.ordinal else figure
    if following and following.day and figure.value.denominator == 1 and figure.value < 32:
        return replace(
            following, words=figure.words, start=figure.start, end=figure.end, day=int(figure.value)
        )
    return figure


def _placed(figure: Quantity, tokens: Sequence[Token], taken: set[int]) -> Quantity:
    """`figure` with its bound and with what stands around it."""
    after = list(_around(tokens, range(figure.end, len(tokens)), taken))
    before = list(_around(tokens, range(figure.start - 1, -1, -1), taken))
    bound, bound_words = bound_at(tokens, figure.start, figure.end)
    return replace(
        figure,
        near=frozenset(after + before),
        counts=after[0] if after else "",
        bound=bound,
        bound_words=bound_words,
    )


def _around(tokens: Sequence[Token], places: range, taken: set[int]) -> Iterator[str]:
    found = 0
    for at in places:
        token = tokens[at]
        ends = token.kind == "mark" and token.raw not in "-'\"("
        if at in taken or ends or token.word in ("and", "or", "but") or found == _NEAR:
            return
        if token.kind in ("word", "code") and token.word not in text.STOPWORDS:
            found += 1
            yield text.stem(token.word)


# --- whether two agree --------------------------------------------------------------------


def agree(said: Figure, source: Figure) -> bool:
    """Whether the source's figure bears out the sentence's."""
    if isinstance(said, Quantity):
        return _quantities(said, source)
    if isinstance(source, Moment):
        return _moments(said, source) or (source.other is not None and _moments(said, source.other))
    if said.minutes is not None:
        return not said.minutes % 60 and source.value == said.minutes // 60 and not source.unit
    alone = said.month is None and said.weekday is None and not said.era and not said.decade
    return alone and source.year == said.year


def _quantities(said: Quantity, source: Figure) -> bool:
    if isinstance(source, Moment):
        return not source.decade and said.year is not None and said.year == source.year
    if said.ordinal != source.ordinal:
        return False
    if said.unit and source.unit:
        if said.unit.fits(source.unit):
            return said.value == source.value
        same = said.unit.dimension == source.unit.dimension
        return same and said.value * said.unit.size == source.value * source.unit.size
    if said.value != source.value or _strict(said) or _strict(source):
        return _is_half(said, source) or _is_half(source, said)
    if said.unit or source.unit:
        # one of them has no unit: only told apart where it counts something else
        bare, other = (source, said) if said.unit else (said, source)
        return not bare.counts or bare.counts in other.near or source.implied
    return True


def _strict(quantity: Quantity) -> bool:
    return quantity.unit is not None and quantity.unit.dimension in STRICT


def _is_half(part: Quantity, percent: Quantity) -> bool:
    """Half is 50 %."""
    if percent.unit is None or percent.unit.name != "percent" or part.unit or part.value >= 1:
        return False
    return part.value * 100 == percent.value


def _moments(said: Moment, source: Moment) -> bool:
    if (said.decade, said.era == "BC") != (source.decade, source.era == "BC"):
        return False
    parts = ("year", "month", "day", "weekday", "minutes")
    return all(getattr(said, p) in (None, getattr(source, p)) for p in parts)
