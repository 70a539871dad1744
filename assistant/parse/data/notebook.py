"""Jupyter notebooks: the text under its headings, the code, and what it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

from assistant.domain import Reading, Section, Status
from assistant.parse.data.records import without_blobs
from assistant.parse.file import File
from assistant.parse.outline import Outline, cut
from assistant.parse.texts import markdown, plain
from assistant.text import clean

_HEADING = re.compile(r"^ {0,3}(?:#|=|-)", re.MULTILINE)
_OUTPUT_LIMIT = 5000  # characters: a longer output is a log or a listing of data


def read(file: File) -> Reading:
    notebook = json.loads(plain.decode(file.data), strict=False)
    cells = list(_cells(notebook))
    if not cells and not (isinstance(notebook, dict) and "nbformat" in notebook):
        raise ValueError("no notebook")
    told = _Teller(file)
    for number, cell in enumerate(cells, start=1):
        if file.out_of_time:
            told.late = True
            break
        told.cell(cell, number)
    title = told.title or file.stem
    reason = "It is so long that only its first part was read." if told.late else ""
    return Reading(
        title,
        "application/x-ipynb+json",
        told.sections(title),
        Status.PARTLY if told.late else Status.READY,
        reason,
        "Split it into smaller notebooks." if told.late else "",
    )


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """The cells of a version 4 notebook, or of the worksheets of an older one."""
    if not isinstance(notebook, dict):
        return
    for holder in [notebook, *_list(notebook.get("worksheets"))]:
        if isinstance(holder, dict):
            yield from (c for c in _list(holder.get("cells")) if isinstance(c, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text, which notebooks store as a list of lines or as one string."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


class _Teller:
    """Cells under their headings; those before any heading are called by their number."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._outline = Outline()
        self._before: list[Section] = []
        self.late = False

    @property
    def title(self) -> str:
        return self._outline.first_heading

    def cell(self, cell: dict[str, Any], number: int) -> None:
        kind = cell.get("cell_type")
        source = clean(_text(cell.get("source") or cell.get("input"))).strip("\n")
        if kind == "heading":  # only in old notebooks
            level = cell.get("level")
            self._outline.heading(level if isinstance(level, int) and 0 < level < 7 else 1, source)
        elif kind == "markdown":
            self._markdown(source, number)
        elif kind in ("code", "raw"):
            self._add(without_blobs(source), number)
            for output in _list(cell.get("outputs")):
                self._add(_output(output), number)

    def _markdown(self, source: str, number: int) -> None:
        """A cell also stands under the headings of the cells before it."""
        lines = source.split("\n")
        start = 0
        for level, first, after in _headings(source):
            self._add(self._words("\n".join(lines[start:first])), number)
            self._outline.heading(level, self._words("\n".join(lines[first:after])))
            start = after
        self._add(self._words("\n".join(lines[start:])), number)

    def _words(self, source: str) -> str:
        reading = markdown.read(self._file.member("", without_blobs(source).encode()))
        return "\n\n".join(section.text for section in reading.sections)

    def _add(self, text: str, number: int) -> None:
        if self.title:
            self._outline.add(text)
        elif text.strip():
            self._before.extend(cut(Section(f"cell {number}", text.strip("\n").rstrip())))

    def sections(self, title: str) -> tuple[Section, ...]:
        return (*self._before, *self._outline.sections(title))


def _headings(source: str) -> Iterator[tuple[int, int, int]]:
    """The level of each heading that stands in no list or quotation, and its lines."""
    if not _HEADING.search(source):
        return
    for token in MarkdownIt("commonmark", {"maxNesting": 100}).parse(source):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield int(token.tag[1]), token.map[0], token.map[1]


def _output(output: Any) -> str:
    """What a cell printed or showed as plain text; no pictures, no traces of errors."""
    if not isinstance(output, dict) or output.get("output_type") in ("error", "pyerr"):
        return ""
    data = output.get("data")
    shown = data.get("text/plain") if isinstance(data, dict) else output.get("text")
    text = without_blobs(clean(_text(shown)))
    return text if len(text) <= _OUTPUT_LIMIT else f"{text[:_OUTPUT_LIMIT].rstrip()} …"
