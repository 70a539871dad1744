"""Markdown: headings become the label, markup goes, words stay as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.domain import Reading
from assistant.parse import properties
from assistant.parse.file import File
from assistant.parse.outline import Outline, rows_as_text
from assistant.parse.texts import plain
from assistant.parse.web import html
from assistant.text import clean

_OPEN_BRACKETS = 100  # in one block
_KEY = re.compile(r"\s*[A-Za-z_][\w-]*:\s")  # facts, if badly written
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML_FRONT = re.compile(r"\A\+\+\+[ \t]*\n(.*?\n)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)


def read(file: File) -> Reading:
    text = clean(plain.decode(file.data))
    facts, text = _without_front_matter(text)
    title = properties.plain(facts.get("title"))
    outline = Outline()
    _Walker(outline).walk(_parser().parse(_without_open_brackets(text)))
    title = title or outline.first_heading or file.stem
    sections = outline.sections(title)
    return Reading(title, "text/markdown", sections, properties=properties.of_mapping(facts))


def _without_front_matter(text: str) -> tuple[Mapping[Any, object], str]:
    """The facts that stand before a text, in YAML or TOML, and the text without them."""
    for form, load in ((_FRONT_MATTER, _front_matter), (_TOML_FRONT, _toml)):
        if (front := form.match(text)) and (facts := load(front[1])) is not None:
            return facts, text[front.end() :]
    return {}, text


def _without_open_brackets(text: str) -> str:
    """Brackets that are never closed are no links, and looking for their ends is quadratic."""
    blocks = text.split("\n\n")
    for number, block in enumerate(blocks):
        if block.count("[") - block.count("]") > _OPEN_BRACKETS:
            blocks[number] = block.replace("[", "\\[")
    return "\n\n".join(blocks)


def _parser() -> MarkdownIt:
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    # a note on the spot, ^[like this], is left to stand where it is
    return parser.use(footnote_plugin, inline=False).use(deflist_plugin)


def _toml(front: str) -> Mapping[Any, object] | None:
    import tomllib

    try:
        return tomllib.loads(front)
    except (ValueError, RecursionError):
        return None


def _front_matter(front: str) -> Mapping[Any, object] | None:
    """The facts between two rules; None when it is ordinary text that stands between them."""
    import yaml

    try:
        values = yaml.safe_load(front)
    except Exception:  # PyYAML raises more than its own errors on odd input
        return {} if _KEY.match(front) else None
    if not isinstance(values, dict):
        return None
    return values


class _Walker:
    """Turns the parser's flat run of tokens into headings and blocks."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._lists: list[int | None] = []  # the next number of each list we are in; None: bullets
        self._marker = ""  # what the next paragraph of a list item begins with
        self._items: list[str] = []  # the lines of the outermost list
        self._rows: list[list[str]] = []  # of the table we are in
        self._heading = 0  # its level, while its words are to come
        self._term: str | None = None  # being defined, while its words are to come

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            step = getattr(self, f"_{token.type}", None)
            if step is not None:
                step(token)
            elif words := _words(token):
                self._text(words)

    def _heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _heading_close(self, _: Token) -> None:
        self._heading = 0

    def _bullet_list_open(self, _: Token) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._lists.append(1 if start is None else int(start))

    def _bullet_list_close(self, _: Token) -> None:
        self._lists.pop()
        if not self._lists:
            self._outline.add("\n".join(self._items))
            self._items = []

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, _: Token) -> None:
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _list_item_close(self, _: Token) -> None:
        self._marker = ""  # an item without words

    _footnote_close = _list_item_close

    def _tr_open(self, _: Token) -> None:
        self._rows.append([])

    def _th_open(self, _: Token) -> None:
        self._rows[-1].append("")

    _td_open = _th_open

    def _table_close(self, _: Token) -> None:
        self._outline.add(rows_as_text(self._rows))
        self._rows = []

    def _footnote_open(self, token: Token) -> None:
        self._marker = f"[{token.meta.get('label', '')}] "

    def _dt_close(self, _: Token) -> None:
        self._marker = f"{self._term}: "
        self._term = None

    def _dt_open(self, _: Token) -> None:
        self._end_term()
        self._term = ""

    def _dl_close(self, _: Token) -> None:
        self._end_term()

    def _end_term(self) -> None:
        """A term that nothing explains."""
        if self._marker.endswith(": "):
            marker, self._marker = self._marker, ""
            self._text(marker.removesuffix(": "))

    def _text(self, words: str) -> None:
        if self._term is not None:
            self._term = words
        elif self._heading:
            self._outline.heading(self._heading, words)
            self._heading = 0
        elif self._rows:
            self._rows[-1][-1] = words
        elif self._lists:
            self._items.append("  " * (len(self._lists) - 1) + self._marker + words)
            self._marker = ""
        else:
            self._outline.add(self._marker + words)
            self._marker = ""


def _words(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content.rstrip("\n")
    if token.type == "html_block":
        return html.plain_text(token.content)
    if token.type != "inline":
        return ""
    return "".join(_inline(child) for child in token.children or ()).strip()


def _inline(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or _BREAK_TAG.fullmatch(token.content):
        return "\n"
    if token.type == "image":
        return "".join(_inline(child) for child in token.children or ())
    if token.type == "footnote_ref":
        return f" [{token.meta.get('label', '')}]"
    return ""
