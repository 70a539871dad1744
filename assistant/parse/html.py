"""HTML: the words that a browser would show, under their headings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assistant.domain import Reading
from assistant.parse import plain
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import clean, one_line

_UNSEEN = "script, style, noscript, template, head, iframe, object, svg, nav, [hidden]"
_BLOCKS = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure
    footer form header hr li main ol p pre section summary table td th tr ul html option""".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPAN_LIMIT = 50
_HEADING = re.compile(r"h[1-6]")
_BREAK = "\v"  # stands for <br>: other line ends in the source are only spaces
_DEPTH_LIMIT = 200  # deeper nesting is read as one flat block


def read(path: Path) -> Reading:
    return read_markup(plain.decode(path.read_bytes(), declared=True), path.stem)


def read_markup(markup: str, name: str, root: str = "") -> Reading:
    """`root` is a label that goes before the headings, such as a chapter's name."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(clean(markup))
    node = tree.css_first("title")
    title = one_line(node.text()) if node else ""
    for unseen in tree.css(_UNSEEN):
        if unseen.tag != "head" or unseen.parent is not None:
            unseen.decompose()
    for styled in tree.css("[style]"):
        if _HIDDEN.search(styled.attributes.get("style") or ""):
            styled.decompose()
    outline = Outline(root)
    if tree.body is not None:
        _Walker(outline).walk(tree.body)
    title = title or outline.first_heading or name
    return Reading(title, "text/html", outline.sections(title))


def plain_text(markup: str) -> str:
    """The words of a fragment, without headings."""
    reading = read_markup(markup, "")
    return "\n\n".join(section.text for section in reading.sections)


class _Walker:
    """Goes through the tree once; text runs gather until a block ends them."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._run: list[str] = []

    def walk(self, body: Any) -> None:
        self._visit(body, 0)
        self._end_block()

    def _visit(self, node: Any, depth: int) -> None:
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                self._run.append(child.text_content or "")
            elif depth > _DEPTH_LIMIT:
                self._run.append(child.text(separator=" "))
            elif tag == "br":
                self._run.append(_BREAK)
            elif tag == "pre":
                self._end_block()
                self._outline.add(child.text())
            elif _HEADING.fullmatch(tag or ""):
                self._end_block()
                self._outline.heading(int(tag[1]), child.text(separator=" "))
            elif tag == "table" and not child.css("table table"):
                self._end_block()
                for caption in child.css("caption"):
                    self._outline.add(one_line(caption.text(separator=" ")))
                self._outline.add(rows_as_text(_rows(child)))
            else:
                block = tag in _BLOCKS
                if block:
                    self._end_block()
                if tag == "li":
                    self._run.append("- ")
                self._visit(child, depth + 1)
                if block:
                    self._end_block()

    def _end_block(self) -> None:
        lines = "".join(self._run).split(_BREAK)
        self._run = []
        self._outline.add("\n".join(filter(None, map(one_line, lines))))


def _rows(table: Any) -> list[list[str]]:
    """The cells, each in its column: one that spans several rows or columns is in all of them."""
    rows: list[list[str]] = []
    spanning: dict[int, tuple[int, str]] = {}  # column -> (rows still to come, words)
    for row in table.css("tr"):
        cells: list[str] = []
        for cell in row.css("th, td"):
            _carry(spanning, cells)
            words = one_line(cell.text(separator=" "))
            for _ in range(_span(cell, "colspan")):
                spanning[len(cells)] = (_span(cell, "rowspan") - 1, words)
                cells.append(words)
        _carry(spanning, cells)
        rows.append(cells)
    return rows


def _carry(spanning: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """Fill in the cells that reach down from the rows above."""
    while spanning.get(len(cells), (0, ""))[0] > 0:
        left, words = spanning[len(cells)]
        spanning[len(cells)] = (left - 1, words)
        cells.append(words)


def _span(cell: Any, name: str) -> int:
    value = cell.attributes.get(name) or ""
    return min(max(int(value), 1), _SPAN_LIMIT) if re.fullmatch(r"\d{1,4}", value) else 1
