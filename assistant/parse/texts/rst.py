"""reStructuredText: parsed by docutils, with everything switched off that reads other files.

Directives and roles that docutils does not know (Sphinx has many) keep their words: they are
registered as ordinary text before the parse. What docutils finds wrong is kept as it is written.
"""

from __future__ import annotations

import re
from typing import Any

from assistant.domain import Reading
from assistant.parse.file import File
from assistant.parse.outline import Outline, rows_as_text
from assistant.parse.texts import plain
from assistant.parse.texts.rst_words import allow_unknown
from assistant.text import clean, one_line

# docutils tries many patterns on each line: more than this is read as plain text
_SIZE_LIMIT = 300_000  # characters; docutils needs far more than twice the time for twice the text
_LINE_LIMIT = 20_000
_SETTINGS = {
    "_disable_config": True,  # no docutils.conf of whoever starts us
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "input_encoding": "unicode",
    "line_length_limit": _LINE_LIMIT,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "warning_stream": False,
    "docinfo_xform": False,  # "Author: Ann" stays as it is
}
_UNSEEN = frozenset("comment substitution_definition target pending raw meta decoration".split())
_DIRECTIVE = re.compile(r"\A\s*\.\.[ \t]+[^\n]*(?:\n|\Z)(?:[ \t]+:[\w-]+:[^\n]*(?:\n|\Z))*")
_REFUSED = re.compile(r"\A\s*\.\.[ \t]+(?:raw|include)::")
_ADMONITIONS = frozenset(
    "attention caution danger error hint important note tip warning admonition".split()
)


def read(file: File) -> Reading:
    text = clean(plain.decode(file.data))
    if len(text) > _SIZE_LIMIT or max(map(len, text.split("\n"))) > _LINE_LIMIT:
        return plain.read(file)
    try:
        tree = _parsed(text)
        outline = Outline()
        _Walker(outline).walk(tree)
    except Exception:  # an odd text still has words; RecursionError is one of them
        return plain.read(file)
    title = one_line(clean(str(tree.get("title") or ""))) or outline.first_heading or file.stem
    return Reading(title, "text/x-rst", outline.sections(title))


def _parsed(text: str) -> Any:
    from docutils.core import publish_doctree

    allow_unknown(text)
    return publish_doctree(text, settings_overrides=_SETTINGS)


class _Walker:
    """Goes through docutils' tree; each kind of node has its method."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._level = 1
        self._indent = 0
        self._marker = ""  # what the next paragraph of a list item begins with

    def walk(self, node: Any) -> None:
        for child in node.children:
            self._visit(child)

    def _visit(self, node: Any) -> None:
        name = node.tagname
        step = getattr(self, f"_on_{name}", None)
        if name in _UNSEEN:
            return
        if step is not None:
            step(node)
        elif name in _ADMONITIONS:
            self._admonition(node)
        elif _is_block(node):
            self.walk(node)
        else:
            self._say(_words(node))

    def _say(self, text: str) -> None:
        if text.strip():
            self._outline.add(self._marker + text.strip())
            self._marker = ""

    def _on_section(self, node: Any) -> None:
        self._level += 1
        self.walk(node)
        self._level -= 1

    def _on_title(self, node: Any) -> None:
        if node.parent.tagname in ("document", "section"):
            self._outline.heading(min(self._level, 6), _words(node))
        else:
            self._say(_words(node))

    def _on_subtitle(self, node: Any) -> None:
        self._outline.heading(min(self._level + 1, 6), _words(node))

    def _on_literal_block(self, node: Any) -> None:
        self._marker = ""
        self._outline.add(node.astext())

    _on_doctest_block = _on_literal_block

    def _on_line_block(self, node: Any) -> None:
        self._say("\n".join(_words(line) for line in node.findall() if line.tagname == "line"))

    def _on_bullet_list(self, node: Any) -> None:
        self._items(node, ["- "] * len(node.children))

    def _on_enumerated_list(self, node: Any) -> None:
        first = int(node.get("start", 1))
        self._items(node, [f"{first + n}. " for n in range(len(node.children))])

    def _items(self, node: Any, markers: list[str]) -> None:
        for item, marker in zip(node.children, markers, strict=True):
            self._marker = "  " * min(self._indent, 10) + marker
            self._indent += 1
            self.walk(item)
            self._indent -= 1
        self._marker = ""

    def _on_definition_list_item(self, node: Any) -> None:
        parts = [c for c in node.children if c.tagname != "definition"]
        self._marker += ", ".join(_words(part) for part in parts) + ": "
        self._under_marker([c for c in node.children if c.tagname == "definition"])

    def _on_field(self, node: Any) -> None:
        self._marker += f"{_words(node.children[0])}: "
        self._under_marker(node.children[1:])

    def _on_option_list_item(self, node: Any) -> None:
        options = [_words(option) for option in node.children[0].children]
        self._marker += ", ".join(options) + ": "
        self._under_marker(node.children[1:])

    def _under_marker(self, nodes: list[Any]) -> None:
        for node in nodes:
            self.walk(node)
        if self._marker:  # there was nothing to say about it
            self._outline.add(self._marker.rstrip(": "))
            self._marker = ""

    def _admonition(self, node: Any) -> None:
        if node.tagname != "admonition":
            self._marker += f"{node.tagname.capitalize()}: "
        self._under_marker([node])

    def _on_footnote(self, node: Any) -> None:
        label = next((_words(c) for c in node.children if c.tagname == "label"), "")
        self._marker = f"[{label}] " if label else ""
        for child in node.children:
            if child.tagname != "label":
                self._visit(child)
        self._marker = ""

    _on_citation = _on_footnote

    def _on_image(self, node: Any) -> None:
        self._say(node.get("alt", ""))

    def _on_attribution(self, node: Any) -> None:
        self._say(f"— {_words(node)}")

    def _on_topic(self, node: Any) -> None:
        if "contents" not in node.get("classes", ()):  # a list of the headings that follow
            self.walk(node)

    def _on_table(self, node: Any) -> None:
        for title in [c for c in node.children if c.tagname == "title"]:
            self._say(_words(title))
        self._outline.add(rows_as_text(_rows(node)))

    def _on_system_message(self, node: Any) -> None:
        """What could not be parsed, as it is written, without the message and the markup."""
        for child in node.children:
            if child.tagname == "literal_block" and not _REFUSED.match(child.astext()):
                self._outline.add(_DIRECTIVE.sub("", child.astext()))


def _is_block(node: Any) -> bool:
    from docutils import nodes

    return isinstance(node, nodes.Element) and not isinstance(node, nodes.TextElement)


def _words(node: Any) -> str:
    """The words of a paragraph or heading, pictures by their alternative text."""
    found: list[str] = []
    for part in node.findall():
        if part.tagname == "#text" and part.parent.tagname not in ("problematic", "raw"):
            found.append(str(part))
        elif part.tagname == "problematic":
            found.append(part.astext())
        elif part.tagname == "image" and part.get("alt"):
            found.append(f" {part['alt']} ")
    return one_line("".join(found))


def _rows(table: Any) -> list[list[str]]:
    """The cells, each in its column: one that spans several rows or columns is in all of them."""
    rows: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}  # column -> (rows still to come, words)
    for row in table.findall():
        if row.tagname != "row":
            continue
        cells: list[str] = []
        for entry in row.children:
            _carry(reaching, cells)
            words = one_line(" ".join(_words(child) for child in entry.children))
            for _ in range(min(int(entry.get("morecols", 0)) + 1, 100)):
                reaching[len(cells)] = (int(entry.get("morerows", 0)), words)
                cells.append(words)
        _carry(reaching, cells)
        rows.append(cells)
    return rows


def _carry(reaching: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """Fill in the cells that reach down from the rows above."""
    while reaching.get(len(cells), (0, ""))[0] > 0:
        left, words = reaching[len(cells)]
        reaching[len(cells)] = (left - 1, words)
        cells.append(words)
