"""CSV and its relatives: rows of text, their cells apart by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.tables.cells import tidy
from assistant.parse.tables.rows import TEXT_LIMIT, Tables
from assistant.parse.texts import plain

_DELIMITERS = "\t;|,"  # in this order where several fit: commas are also in numbers and sentences
_SAMPLE = 65536  # characters that tell the delimiter
_SAMPLE_ROWS = 100
_LONGEST_CELL = 100  # lines: a longer one is a quotation mark that nobody closed
_CHECK_EVERY = 1000  # rows between two looks at the clock
_DECLARED = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)  # as Excel writes it


def read(file: File) -> Reading:
    csv.field_size_limit(2**31 - 1)  # a cell is in memory already: no reason to refuse a long one
    text = plain.decode(file.data).replace("\0", "")
    if declared := _DECLARED.match(text):
        delimiter, text = declared[1], text[declared.end() :]
    else:
        delimiter = _delimiter(text[:_SAMPLE], file.ending)
    tables = Tables()
    last = 0
    for number, row in enumerate(_rows(text, delimiter), start=1):
        tables.add(number, [tidy(cell) for cell in row])
        if tables.size > TEXT_LIMIT or (number % _CHECK_EVERY == 0 and file.out_of_time):
            last = number
            break
    media_type = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    sections = tuple(tables.sections())
    if not last:
        return Reading(file.stem, media_type, sections)
    return Reading(
        file.stem,
        media_type,
        sections,
        Status.PARTLY,
        f"It is very long and was read to row {last:,}.",
        "Split it into smaller files.",
    )


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows; quotation marks count as ordinary characters when they do not come in pairs."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
    for row in _reader(text, delimiter, quoting):
        if any(cell.count("\n") > _LONGEST_CELL for cell in row):
            quoting = csv.QUOTE_NONE
            break
    yield from _reader(text, delimiter, quoting)


def _reader(text: str, delimiter: str, quoting: Literal[0, 3]) -> Iterator[list[str]]:
    # skipinitialspace: in `a, "b, c"` the quotation marks are no part of the cell
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, skipinitialspace=True
    )


def _delimiter(sample: str, ending: str) -> str:
    """The character that cuts most of the first rows into the same number of cells."""
    best, best_share = "\t" if ending in (".tsv", ".tab") else ",", 0.0
    for delimiter in _DELIMITERS:
        rows = _reader(sample, delimiter, csv.QUOTE_MINIMAL)
        widths = [len(row) for row in islice(rows, _SAMPLE_ROWS) if row]
        several = Counter(width for width in widths if width > 1)
        share = max(several.values(), default=0) / max(len(widths), 1)
        if share > best_share:
            best, best_share = delimiter, share
    return best
