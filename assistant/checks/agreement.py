"""Whether the figures and names of a sentence are those of its source, each in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.checks.dates import Moment
from assistant.checks.fault import Fault, Kind
from assistant.checks.figures import Figure, Quantity, agree
from assistant.checks.names import RANKS, Name
from assistant.checks.places import replaced
from assistant.checks.reading import Reading
from assistant.checks.source import Source

_BOUND_WORDS = {"": "", ">": "more than ", ">=": "at least ", "<": "less than ", "<=": "at most "}
_LISTS = frozenset("and or nor , & /".split())


# --- figures ------------------------------------------------------------------------------


def of_figures(said: Reading, held: Source, nearest: Sequence[Reading]) -> Iterator[Fault]:
    instead = replaced(said, nearest, _figures, agree)
    for figure in _figures(said):
        agreeing = [f for f in held.figures if agree(figure, f)]
        other = instead.get(figure) or _counted(figure, agreeing, held)
        if not agreeing and not _in_parts(figure, held):
            yield _wrong(figure, held, nearest, other)
        elif other:
            yield _instead(figure, other)
        else:
            yield from _comparison(figure, agreeing, nearest)


def _figures(reading: Reading) -> tuple[Figure, ...]:
    return tuple(f for f in reading.figures if not (isinstance(f, Quantity) and f.implied))


def _in_parts(figure: Figure, held: Source) -> bool:
    """Whether a day of the source and a year elsewhere in it make up the date."""
    if isinstance(figure, Quantity) or figure.year is None or figure.month is None:
        return False
    day, year = replace(figure, year=None), Moment("", 0, 0, figure.year)
    days = [f for f in held.figures if agree(day, f)]
    years = [f for f in held.figures if agree(year, f)]
    return bool(years) and any(isinstance(f, Moment) and f.year is None for f in days)


def _wrong(figure: Figure, held: Source, nearest: Sequence[Reading], other: Figure | None) -> Fault:
    if isinstance(figure, Quantity):
        here = {f for r in nearest for f in r.figures}
        alike = [f for f in held.figures if isinstance(f, Quantity) and f.value == figure.value]
        alike.sort(key=lambda f: (f.implied, f.unit is None, f not in here))
        if alike:
            return _instead(figure, alike[0], Kind.UNIT)
    if other:
        return _instead(figure, other)
    if isinstance(figure, Moment):
        return Fault(Kind.DATE, figure.words, f"The sources do not say {figure.words}.")
    return Fault(Kind.NUMBER, figure.words, f"The sources do not give the number {figure.words}.")


def _instead(figure: Figure, other: Figure, kind: Kind | None = None) -> Fault:
    kind = kind or (Kind.DATE if isinstance(figure, Moment) else Kind.NUMBER)
    return Fault(kind, figure.words, f"The sources say {other.words}, not {figure.words}.")


def _counted(figure: Figure, agreeing: Sequence[Figure], held: Source) -> Figure | None:
    """Another number that the source gives of the same thing: 12 men and 5 women, not 5 men."""
    if not isinstance(figure, Quantity) or figure.unit or figure.ordinal or figure.value < 1:
        return None
    same = [f for f in agreeing if isinstance(f, Quantity)]
    if len(same) < len(agreeing) or any(not f.near or f.near & figure.near for f in same):
        return None
    counted = (f for f in held.figures if isinstance(f, Quantity) and f.counts)
    return next((f for f in counted if f.counts == figure.counts), None)


def _comparison(
    figure: Figure, agreeing: Sequence[Figure], nearest: Sequence[Reading]
) -> Iterator[Fault]:
    here = {f for r in nearest for f in r.figures}
    held = [f for f in agreeing if f in here] or agreeing
    bounds = {f.bound for f in held} or {figure.bound}
    if figure.bound not in bounds:
        ours, theirs = (_BOUND_WORDS[b] for b in (figure.bound, min(bounds)))
        reason = f"The sources say {theirs}{figure.words}, not {ours or 'just '}{figure.words}."
        yield Fault(Kind.COMPARISON, figure.words, reason)


# --- names --------------------------------------------------------------------------------


def of_names(said: Reading, held: Source, nearest: Sequence[Reading]) -> Iterator[Fault]:
    instead = replaced(said, nearest, _names, _same_name)
    for name in said.names:
        other = instead.get(name)
        if other and not (name.sure or other.sure or _proven(name, held) or _proven(other, held)):
            other = None  # two ordinary words at the beginning of a sentence
        if other:
            reason = f"The sources say {other.words}, not {name.words}."
            yield Fault(Kind.NAME, name.words, reason)
        elif name.sure and not _named(name, held):
            yield Fault(Kind.NAME, name.words, f"The sources do not name {name.words}.")
    yield from _exchanged(said, held)


def _names(reading: Reading) -> tuple[Name, ...]:
    return reading.names


def _same_name(name: Name, other: Name) -> bool:
    """Whether one is the other, a part of it, or its acronym."""
    return _within(name, other) or _within(other, name)


def _within(name: Name, other: Name) -> bool:
    initials = "".join(s[0] for s in other.stems) if name.acronyms else ""
    return all(s in other.stems or (s in name.acronyms and s in initials) for s in name.stems)


def _proven(name: Name, held: Source) -> bool:
    return set(name.stems) <= held.capitals


def _named(name: Name, held: Source) -> bool:
    known = held.stems | held.codes
    if all(s in known or (s in name.acronyms and s in held.initials) for s in _surely(name)):
        return True
    return len(name.stems) > 1 and "".join(s[0] for s in name.stems) in held.acronyms


def _surely(name: Name) -> tuple[str, ...]:
    """The words of a name that the source must have."""
    surely = name.stems[name.doubtful :]
    return tuple(s for s in surely if s not in RANKS) or surely


def _exchanged(said: Reading, held: Source) -> Iterator[Fault]:
    """Two names in an order that no sentence of the source has them in, around the same words."""
    names = [n for n in said.names if n.kind == "name"]
    for first, second in pairwise(names):
        between = _between(said, first, second)
        if not between:
            continue
        orders = [_in_order(r, first, second, between) for r in held.readings]
        if False in orders and True not in orders:
            reason = f"The sources have {first.words} and {second.words} the other way round."
            yield Fault(Kind.NAME, f"{first.words}, {second.words}", reason)


def _in_order(reading: Reading, first: Name, second: Name, between: tuple[str, ...]) -> bool | None:
    """Whether `first` comes first; False where the two are exchanged around the same words."""
    ones = [n for n in reading.names if _same_name(n, first)]
    others = [n for n in reading.names if _same_name(n, second)]
    if not ones or not others:
        return None
    if ones[0].end <= others[-1].start:
        return True
    exchanged = any(
        _same_name(a, second) and _same_name(b, first) and _between(reading, a, b) == between
        for a, b in pairwise(reading.names)
    )
    return False if exchanged else None


def _between(reading: Reading, first: Name, second: Name) -> tuple[str, ...]:
    """What is said between two names; nothing where they are only listed."""
    words = tuple(t.word for t in reading.tokens[first.end : second.start])
    return () if set(words) <= _LISTS else words
