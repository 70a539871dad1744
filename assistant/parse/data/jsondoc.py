"""JSON, JSON lines and GeoJSON: each object a record "name: value; name: value."

Numbers stay as they are written. A file that breaks off is read up to there; of JSON lines, the
lines that can be read are read.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse.data.records import Labelled, Record, Value, tell, without_markup
from assistant.parse.data.xmltree import TOO_LONG
from assistant.parse.file import File
from assistant.parse.outline import rows_as_text
from assistant.parse.texts import plain
from assistant.text import clean, one_line

_DEPTH_LIMIT = 60
_BROKEN_LIMIT = 100  # places where a file may be broken: at each, reading starts anew
_SPACE = re.compile(r"[\s,;\x1e]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[][{},]', re.DOTALL)
_TITLES = ("title", "name")
_NUMBERS_LIMIT = 100
_RECORD = "record"  # what objects in a list without a name are called


class _Number(str):
    """A number as it is written."""


class _TooDeep(Exception):
    pass


def read(file: File) -> Reading:
    try:
        value, problem = _load(clean(plain.decode(file.data)), file)
        record = _record(value)
    except (_TooDeep, RecursionError):
        return Reading(
            file.stem,
            "application/json",
            status=Status.TOO_LARGE,
            reason="Its parts stand inside one another too many times.",
            remedy="Save the words in it as plain text or as a table.",
        )
    told = Labelled(file)
    tell(record, (), told)
    problem = TOO_LONG if told.late else problem
    if problem and not told.count:
        raise ValueError(problem)  # nothing of it could be read: it is damaged
    title = _title(record) or file.stem
    return Reading(
        title,
        "application/json",
        told.sections(),
        Status.PARTLY if problem else Status.READY,
        problem,
        "Save or download it again." if problem else "",
    )


def _decoder() -> json.JSONDecoder:
    """Objects as tuples of pairs, so that no name is lost that comes twice."""
    return json.JSONDecoder(
        object_pairs_hook=tuple,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=lambda _: None,  # NaN says that there is no value
        strict=False,
    )


def _load(text: str, file: File) -> tuple[Any, str]:
    """The value in the text, a list if there are several, and what is wrong with it."""
    decoder = _decoder()
    try:
        return decoder.decode(text), ""
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" or _is_lines(text, decoder):
            return _several(text, decoder, file)
        return _mended(text, error.pos, decoder)


def _is_lines(text: str, decoder: json.JSONDecoder) -> bool:
    """Whether one of the first lines is a whole object."""
    lines = (line for line in text[:100_000].split("\n") if line.strip())
    for line in itertools.islice(lines, 3):
        with contextlib.suppress(json.JSONDecodeError):
            if isinstance(decoder.decode(line), (tuple, list)):
                return True
    return False


def _several(text: str, decoder: json.JSONDecoder, file: File) -> tuple[list[Any], str]:
    """Values one after the other; after a broken one, reading goes on in the next line."""
    values: list[Any] = []
    broken, place = 0, 0
    while (place := _SPACE.match(text, place).end()) < len(text):  # type: ignore[union-attr]
        if file.out_of_time:
            return values, TOO_LONG
        try:
            value, place = decoder.raw_decode(text, place)
            values.append(value)
        except json.JSONDecodeError:
            broken += 1
            place = text.find("\n", place)
            if place < 0 or broken > _BROKEN_LIMIT:
                break
    return values, f"It is faulty in {broken} places, which were left out." if broken else ""


def _mended(text: str, end: int, decoder: json.JSONDecoder) -> tuple[Any, str]:
    """What stands before `end`: cut after the last whole value there, and closed."""
    closers: list[str] = []
    cut, closed = 0, ""
    for token in _TOKEN.finditer(text, 0, end):
        mark = token[0]
        if mark in "{[":
            closers.append("}" if mark == "{" else "]")
            if len(closers) > _DEPTH_LIMIT:
                raise _TooDeep
        elif mark in "}]" and closers:
            closers.pop()
        if mark in ",}]":
            cut = token.start() if mark == "," else token.end()
            closed = "".join(reversed(closers))
    return decoder.decode(text[:cut] + closed), "It breaks off or is faulty in the middle."


def _record(value: Any) -> Record:
    if isinstance(value, tuple):
        return tuple(_pairs(value, 0))
    found = _value(value, 0)
    return found if isinstance(found, tuple) else (("", found),) if found else ()


def _pairs(pairs: tuple[Any, ...], depth: int) -> list[tuple[str, Value]]:
    found: list[tuple[str, Value]] = []
    for name, value in pairs:
        label = one_line(name)
        if not isinstance(value, list):
            found += [(label, said)] if (said := _value(value, depth + 1)) else []
        elif table := _table(value):
            found.append((label, table))
        elif not _is_shape(value):
            items = (_value(item, depth + 1) for item in value)
            found += [(label, item) for item in items if item]
    return found


def _value(value: Any, depth: int) -> Value:
    if depth > _DEPTH_LIMIT:
        raise _TooDeep
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return without_markup(value).strip()
    if isinstance(value, list):
        return tuple(_pairs(((_RECORD, value),), depth))
    return tuple(_pairs(value, depth))


def _is_shape(value: list[Any]) -> bool:
    """The outline of a place on a map, or other long runs of numbers: no words in it."""
    if len(value) > _NUMBERS_LIMIT and all(isinstance(item, _Number) for item in value):
        return True
    return bool(value) and isinstance(value[0], list) and _begins_with_number(value[0])


def _begins_with_number(value: Any) -> bool:
    for _ in range(_DEPTH_LIMIT):
        if not isinstance(value, list) or not value:
            break
        value = value[0]
    return isinstance(value, _Number)


def _table(value: list[Any]) -> str:
    """Rows of cells under a row of headings."""
    if len(value) < 2 or not all(isinstance(row, list) and row for row in value):
        return ""
    if not all(isinstance(c, (str, bool, type(None))) for row in value for c in row):
        return ""
    if _begins_with_number(value[0]):
        return ""
    return rows_as_text([[str(_value(cell, 0)) for cell in row] for row in value])


def _title(record: Record) -> str:
    """What the whole file calls itself; a list of records has no title."""
    values = {name.lower(): value for name, value in record if isinstance(value, str)}
    return next((one_line(values[name]) for name in _TITLES if values.get(name)), "")
