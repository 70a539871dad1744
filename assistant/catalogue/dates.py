"""Dates in words: the spans of days that a question names, and days as people write them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

MONTHS = (
    "January February March April May June July August September October November December".split()
)
_FIRST, _LAST = datetime.date.min, datetime.date.max
_MONTH = "|".join(f"{name.lower()}|{name.lower()[:3]}" for name in MONTHS)
_ORDINAL = r"(?:st|nd|rd|th)?"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_SOME = (
    rf"(?P<number>a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d{{1,4}})\s+{_UNIT}"
)
_NUMBERS = dict(
    zip(
        "a an one two three four five six seven eight nine ten twelve".split(),
        (1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12),
        strict=True,
    )
)
_DAYS = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}
_POINTS = [
    re.compile(pattern)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})",
        rf"(?P<d>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})",
        rf"(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}}){_ORDINAL},?\s+(?P<y>\d{{4}})",
        rf"(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})",
        r"(?P<y>\d{4})-(?P<m>\d{2})",
        r"(?P<y>(?:19|20)\d\d)",
    )
]
_PASSED = re.compile(
    rf"(?:more\s+than|over|at\s+least|older\s+than|longer\s+than)\s+{_SOME}(?:\s+ago|\s+old)?"
)
_RECENT = [
    re.compile(pattern)
    for pattern in (
        rf"(?:(?:in|within|during|over|for)\s+)?(?:the\s+)?(?:last|past)\s+{_SOME}",
        rf"(?:in|for)\s+(?:over|more\s+than|at\s+least)\s+{_SOME}",
        rf"(?:for|within)\s+{_SOME}",
        rf"(?:less\s+than|fewer\s+than|newer\s+than|under)\s+{_SOME}(?:\s+ago|\s+old)?",
    )
]
_AGO = re.compile(rf"{_SOME}\s+ago")
_NAMED = re.compile(
    r"(?P<day>today|yesterday)|(?P<which>this|last|in the last|in the past|the last|the past)\s+"
    rf"{_UNIT}"
)


@dataclass(frozen=True, slots=True)
class Span:
    """All days from `first` to `last`, both included. `told` as a person would name it.

    `whole`: it was compared already ("since May"), and is not to be compared again.
    """

    first: datetime.date
    last: datetime.date
    told: str
    whole: bool = False

    def holds(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    def compared(self, how: str) -> Span:
        """The days "before", "after", "since", "until" or "in" this span."""
        if self.whole:
            return self
        day = datetime.timedelta(days=1)
        first, last = _FIRST, _LAST
        if how == "before":
            last = max(self.first, _FIRST + day) - day
        elif how == "after":
            first = min(self.last, _LAST - day) + day
        elif how == "since":
            first = self.first
        elif how == "until":
            last = self.last
        else:
            first, last, how = self.first, self.last, "in" if self.first != self.last else "on"
        return Span(first, last, f"{how} {self.told}", whole=True)


def in_words(day: datetime.date) -> str:
    """
    >>> in_words(datetime.date(2026, 11, 23))
    '23 November 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def span_of(value: str) -> Span | None:
    """The days that a value of the catalogue means; None when it is no date."""
    text = value.strip().lower()
    for point in _POINTS:
        if found := point.fullmatch(text):
            return _span(found.groupdict())
    return None


def spans(text: str, today: datetime.date) -> Iterator[tuple[int, int, Span]]:
    """Dates in a question in small letters: (start, end, days), longer readings first."""
    for reading in (_between, _relative, _points):
        yield from reading(text, today)


def _between(text: str, today: datetime.date) -> Iterator[tuple[int, int, Span]]:
    points = list(_points(text, today))
    for start, end, one in points:
        lead = re.search(r"(between|from)\s+(?:the\s+)?$", text[:start])
        for after, stop, other in points:
            joint = text[end:after] if after > end else ""
            if lead and re.fullmatch(r"\s+(?:and|to|until|till|up to)\s+(?:the\s+)?", joint):
                told = f"from {one.told} to {other.told}"
                yield lead.start(), stop, Span(one.first, other.last, told, whole=True)


def _relative(text: str, today: datetime.date) -> Iterator[tuple[int, int, Span]]:
    for found in _PASSED.finditer(text):
        day = _back(today, found["number"], found["unit"])
        yield found.start(), found.end(), Span(_FIRST, day, f"until {in_words(day)}", whole=True)
    for found in (match for recent in _RECENT for match in recent.finditer(text)):
        day = _back(today, found["number"], found["unit"])
        yield found.start(), found.end(), Span(day, _LAST, f"since {in_words(day)}", whole=True)
    for found in _AGO.finditer(text):
        day = _back(today, found["number"], found["unit"])
        yield found.start(), found.end(), Span(day, day, in_words(day))
    for found in _NAMED.finditer(text):
        yield found.start(), found.end(), _named(found, today)


def _named(found: re.Match[str], today: datetime.date) -> Span:
    if found["day"]:
        day = today - datetime.timedelta(days=found["day"] == "yesterday")
        return Span(day, day, in_words(day))
    if found["which"] not in ("this", "last"):
        day = _back(today, "1", found["unit"])
        return Span(day, _LAST, f"since {in_words(day)}", whole=True)
    before = found["which"] == "last"
    if found["unit"] == "year":
        return _year(today.year - before)
    if found["unit"] == "month":
        first = today.replace(day=1)
        first = (first - datetime.timedelta(days=1)).replace(day=1) if before else first
        return _month(first.year, first.month)
    days = 7 if found["unit"] == "week" else 1
    first = today - datetime.timedelta(days=today.weekday() * (days == 7) + days * before)
    last = first + datetime.timedelta(days=days - 1)
    return Span(first, last, f"from {in_words(first)} to {in_words(last)}", whole=True)


def _points(text: str, _today: datetime.date) -> Iterator[tuple[int, int, Span]]:
    for point in _POINTS:
        for found in re.finditer(rf"\b{point.pattern}\b", text):
            if span := _span(found.groupdict()):
                yield found.start(), found.end(), span


def _span(parts: dict[str, str | None]) -> Span | None:
    year, month, day = (parts.get(name) for name in "ymd")
    with suppress(ValueError, OverflowError):
        if not month:
            return _year(int(year or 0))
        number = int(month) if month.isdecimal() else _number(month)
        if not day:
            return _month(int(year or 0), number)
        date = datetime.date(int(year or 0), number, int(day))
        return Span(date, date, in_words(date))
    return None


def _number(month: str) -> int:
    return 1 + [name.lower()[:3] for name in MONTHS].index(month[:3])


def _year(year: int) -> Span:
    return Span(datetime.date(year, 1, 1), datetime.date(year, 12, 31), str(year))


def _month(year: int, month: int) -> Span:
    first = datetime.date(year, month, 1)
    after = datetime.date(year + month // 12, month % 12 + 1, 1)
    return Span(first, after - datetime.timedelta(days=1), f"{MONTHS[month - 1]} {year}")


def _back(today: datetime.date, number: str, unit: str) -> datetime.date:
    count = _NUMBERS.get(number) or int(number)
    days = datetime.timedelta(days=round(count * _DAYS[unit]))
    return max(today - days, _FIRST) if days < today - _FIRST else _FIRST
