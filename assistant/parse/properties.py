"""What documents tell of themselves, under the same keys whatever the format: author, date, topic.

A reader gives (key, value) pairs as its format has them; `tidy` makes them short, clean and alike.
They come from files that anybody may have made: their number and length are bounded.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from assistant.text import clean, one_line, shorten

Pair = tuple[str, str]

COUNT_LIMIT = 200  # pairs a document
VALUE_LIMIT = 300  # characters
_KEY = re.compile(r"[^\W\d_][\w ]{0,39}")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:.*")  # of a time, the day
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)\d*[Z+\-'\d]*")
_SEVERAL = {"keywords": re.compile("[,;]"), "author": re.compile(";")}
_SAME = {
    "authors": "author",
    "by": "author",
    "creator": "author",
    "writer": "author",
    "keyword": "keywords",
    "tag": "keywords",
    "tags": "keywords",
    "subject": "keywords",
    "subjects": "keywords",
    "license": "licence",
    "category": "topic",
    "categories": "topic",
    "topics": "topic",
    "source": "sources",
    "description": "summary",
    "abstract": "summary",
    "lang": "language",
    "last reviewed": "reviewed",
    "date reviewed": "reviewed",
    "review date": "reviewed",
}


def of_mapping(facts: Mapping[object, object]) -> tuple[Pair, ...]:
    """The plain values of front matter, a list item by item; what is nested deeper is left out."""
    return tuple(itertools.islice(_flat(facts), COUNT_LIMIT))


def _flat(facts: Mapping[object, object]) -> Iterator[Pair]:
    for key, value in facts.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(key, str) and (words := plain(item)):
                yield key, words


def plain(value: object) -> str:
    """A value of front matter as words; '' for what is nested, or a number of thousands of digits.

    A list may refer to itself a million times.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value.bit_length() > 64:
        return ""
    return str(value) if isinstance(value, (str, int, float, datetime.date)) else ""


def tidy(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Keys in lower case and alike, values on one line, none empty, none twice.

    >>> tidy([("Tags", "solar, roofs"), ("date", "2026-05-01T10:00:00Z"), ("Title", "Roofs")])
    (('keywords', 'solar'), ('keywords', 'roofs'), ('date', '2026-05-01'))
    """
    found = (pair for key, value in pairs for pair in _tidy(key, value))
    return tuple(itertools.islice(dict.fromkeys(found), COUNT_LIMIT))


def _tidy(key: str, value: str) -> Iterator[Pair]:
    key = one_line(re.sub(r"[_-]+", " ", clean(key))).lower()
    key = _SAME.get(key, key)
    if key == "title" or not _KEY.fullmatch(key):
        return
    several = _SEVERAL.get(key)
    for part in several.split(value) if several else [value]:
        words = shorten(clean(part), VALUE_LIMIT)
        if words := _MOMENT.sub(r"\1", words):
            yield key, words


def pdf_date(value: str) -> str:
    """The day of a date as PDF files write it; '' when it is none.

    >>> pdf_date("D:20260501103000+01'00'")
    '2026-05-01'
    """
    date = _PDF_DATE.fullmatch(value.strip())
    return "-".join(date.groups()) if date else ""
