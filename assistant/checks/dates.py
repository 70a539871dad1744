"""Dates, parts of dates, weekdays and times of day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.checks.bounds import bound_at
from assistant.checks.numbers import number_at, unit_at
from assistant.checks.tokens import Token, raw_text, word_at

_MONTHS = "january february march april may june july august september october november december"
_MONTH = {word: number for number, word in enumerate(_MONTHS.split(), start=1)}
_SHORT_MONTH = {word[:3]: number for word, number in _MONTH.items()} | {"sept": 9}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_WEEKDAY = {
    form: number for number, word in enumerate(_WEEKDAYS) for form in (word, word + "s", word[:3])
} | {"tues": 1, "thurs": 3}
_NAMED_TIMES = {"noon": 720, "midday": 720, "midnight": 0}
_ERAS = {"bc": "BC", "bce": "BC", "ad": "AD", "ce": "AD"}
# Before a month whose name is an everyday word.
_BEFORE_MONTH = frozenset(
    """in of since by until till from to each every during early late mid last next and before
    after this or - between through""".split()
)
_YEARS = range(1000, 2101)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s?([ap]?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a part of one, a weekday or a time of day, in minutes since midnight."""

    words: str
    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    minutes: int | None = None
    era: str = ""
    decade: bool = False
    bound: str = ""  # never set: a bounded year is a number
    other: Moment | None = field(default=None, compare=False)  # 3/5/2024 read the other way round


def moment_at(tokens: Sequence[Token], start: int) -> Moment | None:
    """The date or time that begins at `start`."""
    token = tokens[start]
    if token.kind == "day":
        return _numeric(token, start)
    if token.kind == "time":
        return _clock(token, start)
    if token.word in _NAMED_TIMES:
        return Moment(token.raw, start, start + 1, minutes=_NAMED_TIMES[token.word])
    if token.word in _WEEKDAY and (len(token.word) > 5 or token.is_capital):
        return Moment(token.raw, start, start + 1, weekday=_WEEKDAY[token.word])
    return (
        _spoken(tokens, start)
        or _day_first(tokens, start)
        or _month_first(tokens, start)
        or _only_year(tokens, start)
    )


def _numeric(token: Token, start: int) -> Moment:
    parts = [int(p) for p in re.split("[-/]", token.raw)]
    if "-" in token.raw:
        year, month, day = parts
        return Moment(token.raw, start, start + 1, year, month, day)
    day, month, year = parts
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    other = Moment(token.raw, start, start + 1, year, day, month)
    return Moment(token.raw, start, start + 1, year, month, day, other=other)


def _clock(token: Token, start: int) -> Moment | None:
    found = _CLOCK.match(token.raw)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3].lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Moment(token.raw, start, start + 1, minutes=hour * 60 + minute)


def _spoken(tokens: Sequence[Token], start: int) -> Moment | None:
    """Ten pm, ten o'clock."""
    half = word_at(tokens, start + 1)
    hour = number_at(tokens, start) if half in ("am", "pm", "o'clock") else None
    if hour is None or hour[2] != start + 1 or hour[0].denominator != 1:
        return None
    words = raw_text(tokens, start, start + 2)
    minutes = int(hour[0]) % 12 * 60 + (720 if half == "pm" else 0)
    return Moment(words, start, start + 2, minutes=minutes)


def _day_first(tokens: Sequence[Token], start: int) -> Moment | None:
    """3 May 2024, 3rd of May."""
    day = _day(tokens, start)
    if day is None:
        return None
    number, end = day
    while word_at(tokens, end) in ("of", "-"):
        end += 1
    month = _month(tokens, end, beside_number=True)
    if month is None:
        return None
    year, after = _year(tokens, end + 1)
    return Moment(raw_text(tokens, start, after), start, after, year, month, number)


def _month_first(tokens: Sequence[Token], start: int) -> Moment | None:
    """May 3, 2024; May 2024; in May."""
    following = tokens[start + 1].kind if start + 1 < len(tokens) else ""
    month = _month(tokens, start, beside_number=following == "number")
    if month is None:
        return None
    end = start + 1 + (word_at(tokens, start + 1) == ".")
    day = _day(tokens, end)
    if day and (word_at(tokens, day[1]) not in ("%", "percent")):
        year, after = _year(tokens, day[1])
        return Moment(raw_text(tokens, start, after), start, after, year, month, day[0])
    year, after = _year(tokens, end)
    return Moment(raw_text(tokens, start, after), start, after, year, month)


def _day(tokens: Sequence[Token], start: int) -> tuple[int, int] | None:
    """The number of a day, and where it ends."""
    if start >= len(tokens) or (tokens[start].kind != "number" and tokens[start].kind != "word"):
        return None
    read = number_at(tokens, start)
    if read is None or read[0].denominator != 1 or not 1 <= read[0] <= 31:
        return None
    return int(read[0]), read[2]


def _month(tokens: Sequence[Token], at: int, beside_number: bool) -> int | None:
    if at >= len(tokens):
        return None
    word = tokens[at].word
    if word in ("may", "march"):
        named = beside_number or word_at(tokens, at - 1) in _BEFORE_MONTH
        return _MONTH[word] if named and tokens[at].is_capital else None
    return _MONTH.get(word) or (_SHORT_MONTH.get(word) if beside_number else None)


def _year(tokens: Sequence[Token], end: int) -> tuple[int | None, int]:
    """The year at `end`, and where it ends; None and `end` when there is none."""
    at = end + 1 if word_at(tokens, end) in (",", "of", ".") else end
    if at < len(tokens) and _is_year(tokens[at]):
        return int(tokens[at].raw), at + 1
    return None, end


def _is_year(token: Token) -> bool:
    whole = token.kind == "number" and token.raw.isdigit()
    return whole and len(token.raw) == 4 and int(token.raw) in _YEARS


def _only_year(tokens: Sequence[Token], start: int) -> Moment | None:
    """1998, the 1990s, 44 BC, AD 79, the 18 of 1914–18."""
    token = tokens[start]
    if token.kind != "number" or not token.raw.isdigit():
        return _after_era(tokens, start)
    if word_at(tokens, start + 1) in _ERAS and tokens[start + 1].raw.isupper():
        era = _ERAS[word_at(tokens, start + 1)]
        return Moment(raw_text(tokens, start, start + 2), start, start + 2, int(token.raw), era=era)
    end = start + 1
    if end < len(tokens) and tokens[end].raw == "s" and tokens[end].glued:
        return _decade(tokens, start)
    counted = unit_at(tokens, end)[0] or bound_at(tokens, start, end)[0]
    if _is_year(token) and not counted and word_at(tokens, end) != "million":
        return Moment(token.raw, start, end, int(token.raw))
    if len(token.raw) == 2 and start > 1 and word_at(tokens, start - 1) in ("-", "–", "—", "/"):
        first = tokens[start - 2]
        if _is_year(first) and token.glued and not unit_at(tokens, end)[0]:
            return Moment(token.raw, start, end, int(first.raw[:2] + token.raw))
    return None


def _decade(tokens: Sequence[Token], start: int) -> Moment | None:
    """The 1990s, the 90s."""
    token = tokens[start]
    short = len(token.raw) == 2 and token.raw[1] == "0" and word_at(tokens, start - 1) == "the"
    if not short and not _is_year(token):
        return None
    year = int(token.raw) + (1900 if short else 0)
    return Moment(token.raw + "s", start, start + 2, year, decade=True)


def _after_era(tokens: Sequence[Token], start: int) -> Moment | None:
    if tokens[start].raw not in ("AD", "CE") or start + 1 == len(tokens):
        return None
    year = tokens[start + 1]
    if year.kind != "number" or not year.raw.isdigit():
        return None
    return Moment(raw_text(tokens, start, start + 2), start, start + 2, int(year.raw), era="AD")
