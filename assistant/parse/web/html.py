"""HTML: the words that a browser would show, under their headings."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from assistant.domain import Reading
from assistant.parse.file import File
from assistant.parse.outline import Outline, rows_as_text
from assistant.parse.texts import plain
from assistant.parse.web import styles
from assistant.text import clean, one_line

_UNSEEN = (
    "script, style, noscript, template, head, iframe, object, svg, nav, canvas, audio, video"
    ", datalist, dialog:not([open]), [hidden]"
)
_BLOCKS = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure
    footer form header hr li main ol p pre section summary table td th tr ul html option""".split()
)
_WORDLESS_FIELDS = frozenset("hidden password checkbox radio file image color range".split())
_SPAN_LIMIT = 50
_COLUMN_LIMIT = 500
_REPEATED_LIMIT = 200  # characters: longer words of a spanning cell are put in one column
_HEADING = re.compile(r"h[1-6]")
_TOLD = ("author", "date", "keywords")  # names of <meta> that say something of the page
_BREAK = "\v"  # stands for <br>: other line ends in the source are only spaces
_CONTAINER = re.compile(
    r"<(/?)(?:div|ul|ol|dl|blockquote|section|article|details|center|fieldset)\b[^>]*>", re.I
)
_NESTING_LIMIT = 1_000
_DEPTH_LIMIT = 200  # deeper nesting is read as one flat block


def read(file: File) -> Reading:
    return read_markup(plain.decode(file.data, declared=True), file.stem)


def read_markup(markup: str, name: str, root: str = "") -> Reading:
    """`root` is a label that goes before the headings, such as a chapter's name."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    tree = LexborHTMLParser(_not_too_deep(clean(markup)))
    node = tree.css_first("title")
    title = ""
    with suppress(SelectolaxError):  # a title with markup of another kind in it
        title = one_line(node.text()) if node else ""
    facts = _facts(tree)
    for unseen in tree.css(_UNSEEN):
        if unseen.tag != "head" or unseen.parent is not None:
            unseen.decompose()
    for styled in reversed(tree.css("[style]")):  # what is inside before what it is in
        if styles.hides(styled):
            styled.decompose()
    outline = Outline(root)
    if tree.body is not None:
        _Walker(outline).walk(tree.body)
    title = title or outline.first_heading or name
    return Reading(title, "text/html", outline.sections(title), properties=facts)


def _facts(tree: Any) -> tuple[tuple[str, str], ...]:
    told = [node.attributes for node in tree.css("meta[name][content]")]
    named = [(str(facts["name"]).strip().lower(), str(facts["content"])) for facts in told]
    return tuple((name, content) for name, content in named if name in _TOLD)


def _not_too_deep(markup: str) -> str:
    """`markup` without containers beyond a depth that no page has: parsing those is quadratic."""
    depth = 0

    def keep(tag: re.Match[str]) -> str:
        nonlocal depth
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        return tag[0] if depth <= _NESTING_LIMIT else " "

    return _CONTAINER.sub(keep, markup)


def plain_text(markup: str) -> str:
    """The words of a fragment, without headings."""
    reading = read_markup(markup, "")
    return "\n\n".join(section.text for section in reading.sections)


class _Walker:
    """Goes through the tree once; text runs gather until a block ends them."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._run: list[str] = []
        self._mark = ""  # what the next block begins with: the mark of a list item, a term
        self._numbers: list[int | None] = []  # of the items of the lists we are in; None: bullets

    def walk(self, body: Any) -> None:
        self._visit(body, 0)
        self._end_block()
        self._end_mark()

    def _visit(self, node: Any, depth: int) -> None:
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self._run.append(child.text_content or "")
            elif depth > _DEPTH_LIMIT:
                self._run.append(child.text(separator=" "))
            elif tag == "br":
                self._run.append(_BREAK)
            elif tag in ("img", "input"):
                self._run.append(_said_by_attributes(child))
            elif tag == "pre":
                self._end_block()
                self._end_mark()
                self._outline.add(child.text())
            elif _HEADING.fullmatch(tag):
                self._end_block()
                self._end_mark()
                self._outline.heading(int(tag[1]), _words(child))
            elif tag == "table" and not _is_layout(child):
                self._table(child)
            elif tag in _BLOCKS:
                self._block(child, tag, depth)
            else:
                self._visit(child, depth + 1)

    def _block(self, node: Any, tag: str, depth: int) -> None:
        self._end_block()
        if tag in ("ul", "ol", "menu"):
            self._numbers.append(_number(node, "start", 1) - 1 if tag == "ol" else None)
        elif tag in ("li", "dt"):
            self._end_mark()
        if tag == "li":
            self._mark = self._item_mark()
        self._visit(node, depth + 1)
        if tag == "dt":  # a term: its explanation follows in the same paragraph
            if term := one_line("".join(self._run).replace(_BREAK, " ")):
                self._mark = f"{term}: "
            self._run = []
        self._end_block()
        if tag in ("ul", "ol", "menu"):
            self._numbers.pop()
        if tag == "dl":
            self._end_mark()
        elif tag == "li":
            self._mark = ""  # an item without words

    def _item_mark(self) -> str:
        if not self._numbers or (number := self._numbers[-1]) is None:
            return "- "
        self._numbers[-1] = number + 1
        return f"{number + 1}. "

    def _table(self, table: Any) -> None:
        self._end_block()
        self._end_mark()
        for caption in _children(table, ("caption",)):
            self._outline.add(_words(caption))
        self._outline.add(rows_as_text(_rows(table)))

    def _end_block(self) -> None:
        lines = "".join(self._run).split(_BREAK)
        self._run = []
        if text := "\n".join(filter(None, map(one_line, lines))):
            self._outline.add(self._mark + text)
            self._mark = ""

    def _end_mark(self) -> None:
        """A term without an explanation is a block of its own."""
        if self._mark not in ("", "- ") and not re.fullmatch(r"-?\d+\. ", self._mark):
            self._outline.add(self._mark.removesuffix(": "))
        self._mark = ""


def _said_by_attributes(node: Any) -> str:
    """What a picture or a form field shows that holds no words of its own."""
    attributes = node.attributes
    if node.tag == "img":
        return f" {attributes.get('alt') or ''} "
    if (attributes.get("type") or "text").lower() in _WORDLESS_FIELDS:
        return ""
    return f" {attributes.get('value') or attributes.get('placeholder') or ''} "


def _words(node: Any) -> str:
    """The words inside a heading or a cell, on one line."""
    found: list[str] = []
    left = [node]
    while left:
        part = left.pop()
        if isinstance(part, str):
            found.append(part)
        elif part.tag == "-text":
            found.append(part.text_content or "")
        elif part.tag in ("img", "input"):
            found.append(_said_by_attributes(part))
        else:
            apart = [" "] if part.tag in _BLOCKS or part.tag == "br" else []
            left += [*apart, *reversed(list(part.iter(include_text=True))), *apart]
    return one_line("".join(found))


def _is_layout(table: Any) -> bool:
    """Whether it only puts things side by side, as old pages do: it is no table of cells then."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    if any(_children(row, ("th",)) for row in _own_rows(table)):
        return False
    return bool(table.css("table table")) or bool(table.css("td h1, td h2, td h3"))


def _children(node: Any, tags: tuple[str, ...]) -> list[Any]:
    return [child for child in node.iter() if child.tag in tags]


def _own_rows(table: Any) -> list[Any]:
    """The rows of a table, without those of a table inside it."""
    rows = []
    for part in table.iter():
        if part.tag == "tr":
            rows.append(part)
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += _children(part, ("tr",))
    return rows


def _rows(table: Any) -> list[list[str]]:
    """The cells, each in its column: one that spans several rows or columns is in all of them."""
    rows: list[list[str]] = []
    spanning: dict[int, tuple[int, str]] = {}  # column -> (rows still to come, words)
    for row in _own_rows(table):
        cells: list[str] = []
        for cell in _children(row, ("th", "td")):
            _carry(spanning, cells)
            words = _words(cell)
            repeated = words if len(words) <= _REPEATED_LIMIT else ""
            for number in range(_span(cell, "colspan")):
                spanning[len(cells)] = (_span(cell, "rowspan") - 1, repeated)
                cells.append(repeated if number else words)
            if len(cells) > _COLUMN_LIMIT:
                break
        _carry(spanning, cells)
        # a row whose cells all go on below has nothing of its own
        if not all(spanning.get(column, (0, ""))[0] > 0 for column in range(len(cells))):
            rows.append(cells)
    return rows


def _carry(spanning: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """Fill in the cells that reach down from the rows above."""
    while spanning.get(len(cells), (0, ""))[0] > 0:
        left, words = spanning[len(cells)]
        spanning[len(cells)] = (left - 1, words)
        cells.append(words)


def _span(cell: Any, name: str) -> int:
    return min(max(_number(cell, name, 1), 1), _SPAN_LIMIT)


def _number(node: Any, name: str, otherwise: int) -> int:
    value = node.attributes.get(name) or ""
    return int(value) if re.fullmatch(r"[0-9]{1,4}", value) else otherwise
