"""Records, as XML and JSON hold them: each one paragraph "name: value; name: value."

A record is a run of pairs (name, value); a value is a text or a record again, and a name may come
several times. `tell` walks such pairs and puts paragraphs into `Labelled`, which makes sections:
its labels are paths of names and say which records a section holds ("library > book 1 to 12").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from assistant.domain import Section
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.text import clean, one_line, shorten

Value: TypeAlias = "str | Record"
Record: TypeAlias = "tuple[tuple[str, Value], ...]"
Path: TypeAlias = tuple[str, ...]

LONG = 300  # characters: a longer value is a paragraph of its own
_PARAGRAPH_LIMIT = 1500  # a longer record is told in parts
_SECTION_GOAL = 4000  # of records: a label that names a thousand of them finds none
_LABEL_PARTS = 3
_LABEL_PART_LIMIT = 80
_NAMING = ("name", "title", "label", "id")
_MARKUP = re.compile(
    r"<(?:p|div|span|br|table|ul|ol|h[1-6]|a|b|i|em|strong|img|font)\b[^<>]{0,2000}>", re.IGNORECASE
)
_WORD_START = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])[_-]+(?=[^\W\d_])"
)
# what programs pack into texts: pictures and the like as long runs of letters and digits
_BLOB = re.compile(r"[A-Za-z0-9+/=%_-]{200,}+|(?:[A-Za-z0-9+/=]{60,}+\s++){2,}+[A-Za-z0-9+/=]*+")


def has_markup(text: str) -> bool:
    return bool(_MARKUP.search(text))


def without_markup(text: str) -> str:
    """Web pages stored as values, as feeds and exports do, as the words in them."""
    if not has_markup(text):
        return text
    from assistant.parse.web import html

    return html.plain_text(text)


def without_blobs(text: str) -> str:
    return _BLOB.sub("", text)


@lru_cache(4096)
def readable(name: str) -> str:
    """A name that a program made, in words that can be searched: "startDate" is "start Date"."""
    return one_line(_WORD_START.sub(" ", name))


class Labelled:
    """Blocks under paths of names; those of one path that follow one another are one section."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._groups: list[tuple[Path, list[tuple[int, str]]]] = []
        self.count = 0  # of blocks
        self.late = False

    @property
    def out_of_time(self) -> bool:
        """Whether what is still to be told must be left out; `late` remembers it."""
        self.late = self.late or self._file.out_of_time
        return self.late

    def add(self, path: Path, block: str, number: int = 0) -> None:
        """`number`: which record of its kind the block is; 0 for other text."""
        block = clean(block).strip("\n").rstrip()
        if not block.strip():
            return
        self.count += 1
        if not self._groups or self._groups[-1][0] != path or self._full(number):
            self._groups.append((path, []))
        self._groups[-1][1].append((number, block))

    def _full(self, number: int) -> bool:
        blocks = self._groups[-1][1]
        if number in (0, blocks[-1][0]):
            return False
        return sum(len(text) for _, text in blocks[:100]) > _SECTION_GOAL

    def sections(self, title: str = "") -> tuple[Section, ...]:
        """The sections so far. A first name that only repeats `title` is left out of labels."""
        found: list[Section] = []
        for path, blocks in self._groups:
            parts = path[1:] if path and path[0] == title else path
            kept = [shorten(clean(part), _LABEL_PART_LIMIT) for part in parts if part.strip()]
            numbers = [number for number, _ in blocks if number]
            label = " > ".join(kept[-_LABEL_PARTS:])
            if numbers and kept:
                label += f" {numbers[0]}"
                label += f" to {numbers[-1]}" if numbers[-1] != numbers[0] else ""
            found.extend(cut(Section(label, "\n\n".join(text for _, text in blocks))))
        return tuple(found)


def tell(record: Record, path: Path, told: Labelled) -> None:
    """The record under `path`: what repeats in it is a list of records, the rest is its own."""
    repeated = Counter(name for name, value in record if not isinstance(value, str))
    numbers: Counter[str] = Counter()
    rest = tuple((n, v) for n, v in record if isinstance(v, str) or repeated[n] < 2)
    _tell_one(rest, path, told, 0)
    for name, value in record:
        if told.out_of_time:
            return
        if not isinstance(value, str) and repeated[name] > 1:
            numbers[name] += 1
            _tell_one(value, (*path, name), told, numbers[name])


def _tell_one(record: Record, path: Path, told: Labelled, number: int) -> None:
    """One record: a paragraph with all that is in it, unless that would be too long."""
    whole = list(_fields(record))
    short = [field for field in whole if len(field[1]) <= LONG]
    if sum(len(name) + len(value) for name, value in short) <= _PARAGRAPH_LIMIT and (
        number or not _has_list(record)
    ):
        parts: Record = ()
    else:
        parts = tuple((name, value) for name, value in record if not isinstance(value, str))
        whole = [(name, value) for name, value in record if isinstance(value, str)]
    for paragraph in paragraphs([field for field in whole if len(field[1]) <= LONG]):
        told.add(path, paragraph, number)
    for _, text in whole:
        if len(text) > LONG:
            told.add(path, without_blobs(text), number)
    if parts:
        below = (*path[:-1], _called(record, path, number)) if number else path
        counts = Counter(name for name, _ in parts)
        for name, value in parts:
            if not isinstance(value, str) and counts[name] < 2:
                tell(value, (*below, name), told)
        tell(tuple(part for part in parts if counts[part[0]] > 1), below, told)


def _has_list(record: Record) -> bool:
    """Whether records repeat somewhere in it."""
    names = Counter(name for name, value in record if not isinstance(value, str))
    return any(count > 1 for count in names.values()) or any(
        _has_list(value) for _, value in record if not isinstance(value, str)
    )


def _called(record: Record, path: Path, number: int) -> str:
    values = {name.lower(): value for name, value in reversed(record) if isinstance(value, str)}
    name = next((values[key] for key in _NAMING if values.get(key)), "")
    return name if name and len(name) <= _LABEL_PART_LIMIT else f"{path[-1]} {number}"


def _fields(record: Record, above: str = "") -> Iterator[tuple[str, str]]:
    """All texts in the record, each with its name; one further in also with the name above it."""
    for name, value in record:
        if isinstance(value, str):
            yield " ".join(filter(None, (above, name))), value
        else:
            yield from _fields(value, name or above)


def paragraphs(fields: Sequence[tuple[str, str]]) -> list[str]:
    """The fields as "name: value; name: value."; values under one name in a row share it."""
    found: list[str] = []
    parts: list[str] = []
    size, before = 0, ""
    for name, value in ((readable(n), one_line(without_blobs(v))) for n, v in fields):
        if not value:
            continue
        if size > _PARAGRAPH_LIMIT:
            found.append(_sentence(parts))
            parts, size, before = [], 0, ""
        if parts and name == before:
            parts[-1] += f", {value}"
        else:
            parts.append(f"{name}: {value}" if name else value)
        size += len(value) + len(name)
        before = name
    return [*found, _sentence(parts)] if parts else found


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return text if text.endswith((".", "!", "?")) else f"{text}."
