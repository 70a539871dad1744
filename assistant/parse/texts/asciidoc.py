"""AsciiDoc: headings become the label, tables and lists stay, markup and comments go.

Read line by line, each line once. Nothing is included from elsewhere; attributes are put in
once and never inside one another, so that a short text cannot grow without end.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

from assistant.domain import Reading
from assistant.parse.file import File
from assistant.parse.outline import Outline, cut_short, rows_as_text
from assistant.parse.texts import asciidoc_inline, asciidoc_table, plain
from assistant.parse.web import html
from assistant.text import clean

_ATTRIBUTE_LIMIT = 1000
_VALUE_LIMIT = 2000
_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_ATTRIBUTE = re.compile(r":(!?[\w-]+!?):(?:[ \t]+(.*))?$")
_DIRECTIVE = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif|toc)::\S*\[.*\]$")
_PICTURE = re.compile(r"(?:image|video|audio)::\S[^\[]*\[(.*)\]$")
_STYLE = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]$|\[\[[^\[\]]*\]\]$")
_CAPTION = re.compile(r"\.([^\s.].*)$")
_ITEM = re.compile(r"[ \t]*(\*{1,6}|-|\.{1,6}|\d{1,4}\.|[a-zA-Z]\.|<(?:\d{1,3}|\.)>)[ \t]+(\S.*)$")
_TERM = re.compile(r"[ \t]*(\S.*?)(:{2,4}|;;)(?:[ \t]+(.*))?$")
_FENCE = re.compile(r"(-{4,}|\.{4,}|\+{4,}|/{4,}|={4,}|_{4,}|\*{4,}|--|```+\w*)$")
_LETTERS = string.ascii_letters + string.digits + "_"
_TABLE = re.compile(r"([|,:!])={3,}$")
_RULE = re.compile(r"(?:'{3,}|<{3,}|---|\*\*\*|- - -|\* \* \*)$")
_ADMONITIONS = frozenset(("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"))


def read(file: File) -> Reading:
    reader = _Reader(clean(plain.decode(file.data)).split("\n"))
    finished = reader.walk(file)
    title = reader.title or reader.outline.first_heading or file.stem
    reading = Reading(title, "text/asciidoc", reader.outline.sections(title))
    return reading if finished else cut_short(reading)


class _Reader:
    """Walks the lines; `_style` is the line in brackets that says what the next block is."""

    def __init__(self, lines: list[str]) -> None:
        self.outline = Outline()
        self.title = ""
        self._lines = [line.rstrip() for line in lines]
        self._next = 0  # the line to read
        self._attributes: dict[str, str] = {}
        self._style = ""
        self._paragraph: list[str] = []
        self._items: list[str] = []
        self._lists: list[tuple[str, int]] = []  # marks of the lists we are in, and their count
        self._attached = False  # a line with + joins the next block to the list item
        self._in_header = False  # below the title, up to the first empty line
        self._open: set[str] = set()  # lines that stand around blocks we are in
        self._said_by = ""  # who is quoted, until the quote ends

    def walk(self, file: File) -> bool:
        """False when the time ran out."""
        steps: tuple[Callable[[str], bool], ...] = (
            *(self._blank, self._comment, self._attribute, self._dropped, self._fence),
            *(self._table, self._bare_table, self._styled, self._heading, self._underlined),
            *(self._picture, self._caption, self._item, self._term, self._literal),
        )
        while self._next < len(self._lines):
            line = self._lines[self._next]
            self._next += 1
            if self._next % 1000 == 0 and file.out_of_time:
                return False
            # inside a paragraph only some lines are more than the next words of it
            if not any(step(line) for step in steps):
                self._words(line)
        self._end_list()
        return True

    # --- lines that are not text ---------------------------------------------------------------

    def _blank(self, line: str) -> bool:
        if not line.strip():
            self._end_paragraph()
            self._in_header = False
            return True
        if line == "+":
            self._end_paragraph()
            self._attached = True
            return True
        return False

    def _comment(self, line: str) -> bool:
        return line.startswith("//") and not line.startswith("///")

    def _attribute(self, line: str) -> bool:
        if not (found := _ATTRIBUTE.match(line)) or (self._paragraph and not self._in_header):
            return False
        name, value = found[1].strip("!").lower(), found[2] or ""
        while value.endswith("\\") and self._next < len(self._lines) and len(value) < _VALUE_LIMIT:
            value = value[:-1].rstrip() + " " + self._lines[self._next].strip()
            self._next += 1
        if "!" in found[1]:
            self._attributes.pop(name, None)
        elif len(self._attributes) < _ATTRIBUTE_LIMIT:
            self._attributes[name] = self._inline(value)[:_VALUE_LIMIT]
        return True

    def _dropped(self, line: str) -> bool:
        return bool(_DIRECTIVE.match(line) or _RULE.match(line))

    def _styled(self, line: str) -> bool:
        if not _STYLE.match(line) or self._paragraph:
            return False
        if not line.startswith("[["):
            self._style = line[1:-1]
            kind, *who = [part.strip(" \"'") for part in self._style.split(",")]
            if kind in ("quote", "verse") and any(who):
                self._said_by = "— " + ", ".join(filter(None, map(self._inline, who)))
        return True

    # --- blocks --------------------------------------------------------------------------------

    def _fence(self, line: str) -> bool:
        if not _FENCE.match(line):
            return False
        self._end_paragraph()
        if line[0] in "=_*" or line == "--":  # what is inside is read like any text
            if line in self._open and line[0] == "_" and self._said_by:
                self._attribution()
            self._open ^= {line}
            return True
        content = self._until(line.rstrip(_LETTERS) if line[0] == "`" else line)
        if line[0] == "+":
            self._block(html.plain_text(content))
        elif line[0] != "/":
            self._block(content)
        return True

    def _until(self, end: str) -> str:
        """The lines up to the one that ends the block; all the rest where there is none."""
        first = self._next
        while self._next < len(self._lines) and self._lines[self._next] != end:
            self._next += 1
        self._next += 1
        return "\n".join(self._lines[first : self._next - 1])

    def _table(self, line: str) -> bool:
        if not (found := _TABLE.match(line)):
            return False
        self._end_paragraph()
        content = self._until(line)
        rows = asciidoc_table.rows(content.split("\n"), found[1], self._style)
        self._block(rows_as_text([[self._inline(cell) for cell in row] for row in rows]))
        return True

    def _bare_table(self, line: str) -> bool:
        """Rows without the lines that should stand around them."""
        if self._paragraph or not line.startswith("|"):
            return False
        lines = [line]
        while self._next < len(self._lines) and self._lines[self._next].startswith("|"):
            lines.append(self._lines[self._next])
            self._next += 1
        rows = asciidoc_table.rows(lines, "|", "")
        self._block(rows_as_text([[self._inline(cell) for cell in row] for row in rows]))
        return True

    def _heading(self, line: str) -> bool:
        if self._paragraph or not (found := _HEADING.match(line)):
            return False
        self._add_heading(len(found[1]), found[2])
        return True

    def _underlined(self, line: str) -> bool:
        """A line of words above a line of marks of the same length."""
        below = self._lines[self._next] if self._next < len(self._lines) else ""
        if (
            self._paragraph
            or len(below) < 3
            or below in self._open
            or below[0] not in _UNDERLINES
            or below.strip(below[0])
            or abs(len(below) - len(line)) > 1
            or not any(map(str.isalnum, line))
        ):
            return False
        self._next += 1
        self._add_heading(_UNDERLINES[below[0]], line)
        return True

    def _add_heading(self, level: int, words: str) -> None:
        self._end_list()
        words = self._inline(words)
        if level == 1 and not self.title:
            self.title = words
            self._in_header = True
        self._style = ""
        self.outline.heading(level, words)

    def _picture(self, line: str) -> bool:
        if not (found := _PICTURE.match(line)):
            return False
        self._block(asciidoc_inline.alternative(found[1]))
        return True

    def _caption(self, line: str) -> bool:
        if self._paragraph or not (found := _CAPTION.match(line)):
            return False
        self._block(self._inline(found[1]))
        return True

    def _literal(self, line: str) -> bool:
        """A paragraph that is indented: its line ends count."""
        if self._paragraph or self._lists or not line.startswith((" ", "\t")):
            return False
        lines = [line]
        while self._next < len(self._lines) and self._lines[self._next].strip():
            lines.append(self._lines[self._next])
            self._next += 1
        self._block("\n".join(lines))
        return True

    # --- lists and paragraphs ---------------------------------------------------------------

    def _item(self, line: str) -> bool:
        if not (found := _ITEM.match(line)):
            return False
        self._begin_item(re.sub(r"\w+", "1", found[1]), found[2])
        return True

    def _term(self, line: str) -> bool:
        if self._paragraph and not self._lists:
            return False
        if not (found := _TERM.match(line)):
            return False
        self._begin_item(found[2], f"{found[1]}: {found[3] or ''}".rstrip())
        return True

    def _begin_item(self, mark: str, words: str) -> None:
        self._end_paragraph()
        marks = [known for known, _ in self._lists]
        depth = marks.index(mark) if mark in marks else len(marks)
        count = self._lists[depth][1] + 1 if depth < len(marks) else 1
        self._lists[depth:] = [(mark, count)]
        shown = "" if mark[0] in ":;" else "- " if mark[0] in "*-" else f"{count}. "
        self._paragraph = ["  " * min(depth, 10) + shown + words]
        self._style = ""

    def _words(self, line: str) -> None:
        if not self._paragraph and self._lists and not self._attached and line[:1].strip():
            self._end_list()
        if not self._paragraph and self._style.split(",")[0] in _ADMONITIONS:
            line = f"{self._style.split(',')[0]}: {line}"
            self._style = ""
        self._paragraph.append(line.strip() if self._paragraph else line)

    def _end_paragraph(self) -> None:
        if not self._paragraph:
            return
        words, notes = asciidoc_inline.words(" \n".join(self._paragraph), self._attributes)
        self._paragraph = []
        if self._lists:
            self._items.append(words)
        else:
            self.outline.add(words)
            if self._said_by and not any(line[0] == "_" for line in self._open):
                self._attribution()
        self._attached = False
        for note in notes:
            self._block(note)

    def _attribution(self) -> None:
        self.outline.add(self._said_by)
        self._said_by = self._style = ""

    def _end_list(self) -> None:
        self._end_paragraph()
        self._end_items()
        self._lists = []

    def _end_items(self) -> None:
        self.outline.add("\n".join(self._items))
        self._items = []

    def _block(self, text: str) -> None:
        """A block of its own; it ends a list unless it is attached to an item of it."""
        self._end_paragraph()
        if self._attached:
            self._end_items()
        else:
            self._end_list()
        self._attached = False
        self._style = ""
        self.outline.add(text)

    def _inline(self, text: str) -> str:
        words, notes = asciidoc_inline.words(text, self._attributes)
        return " ".join([words, *notes])
