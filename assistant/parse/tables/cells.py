"""The value of a spreadsheet cell as the words that a person sees."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from assistant.text import clean, one_line


def shown(value: Any) -> str:
    """The value of a cell as a person sees it.

    >>> shown(5.0), shown(0.1 + 0.2), shown(True), shown(datetime.datetime(2024, 3, 31))
    ('5', '0.3', 'TRUE', '2024-03-31')
    """
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        if value.microsecond >= 500_000 and value.year < datetime.MAXYEAR:
            value += datetime.timedelta(seconds=1)  # Excel's times are fractions, a little off
        return f"{value.date()} {_time(value.time())}".removesuffix(" 00:00")
    if isinstance(value, datetime.time):
        return _time(value)
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def tidy(text: str) -> str:
    """The words of a cell; its line ends stay, blank lines and rows of spaces go."""
    if text.isascii() and text.isprintable():
        return one_line(text)
    return "\n".join(filter(None, map(one_line, clean(text).split("\n"))))


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    words = f"{value:.15g}"  # Excel counts to 15 digits; the rest is noise
    return f"{Decimal(words):f}" if 1e-12 < abs(value) < 1e21 else words


def _time(value: datetime.time) -> str:
    return f"{value:%H:%M:%S}".removesuffix(":00") if value.second == 0 else f"{value:%H:%M:%S}"
