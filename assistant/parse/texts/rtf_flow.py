"""What a reader of RTF gathers: paragraphs, tables and notes; and what its bytes are."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from assistant.parse.outline import rows_as_text
from assistant.text import one_line

BULLET = "- "
_REPEATED_LIMIT = 200  # characters: longer words are not put in the cells below again
# the number of a font's character set -> its encoding; '': that of the document
CHARSETS = {
    **dict.fromkeys((0, 1), ""),
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}


@dataclass(slots=True)
class Flow:
    """The paragraphs and tables of one stretch of text: the body, a note, a header."""

    words: list[str] = field(default_factory=list)  # of the paragraph that we are in
    marker: str = ""  # what stands before a list item
    cells: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    merged: list[bool] = field(
        default_factory=list
    )  # of the row to come: belongs to the cell above
    notes: list[str] = field(default_factory=list)  # to come after the paragraph
    blocks: list[tuple[int, str]] = field(default_factory=list)

    def end_paragraph(self, level: int = 0, in_table: bool = False) -> None:
        """`level` of the paragraph as a heading; 0: it is none."""
        if in_table:
            self.words.append("\n")
            return
        self.end_table()
        if level and self.marker == BULLET:
            self.marker = ""
        if text := self._text():
            self.blocks.append((level, text))
        self.blocks.extend((0, note) for note in self.notes)
        self.notes = []

    def end_cell(self) -> None:
        self.cells.append(self._text())

    def end_row(self) -> None:
        above = self.rows[-1] if self.rows else []
        for column, merged in enumerate(self.merged[: min(len(self.cells), len(above))]):
            if merged and not self.cells[column] and len(above[column]) <= _REPEATED_LIMIT:
                self.cells[column] = above[column]
        self.rows.append(self.cells)
        self.cells = []

    def end_table(self) -> None:
        if self.cells:
            self.end_row()
        if self.rows:
            self.blocks.append((0, rows_as_text(self.rows)))
            self.rows = []

    def finish(self) -> list[tuple[int, str]]:
        if self.cells and self.words:
            self.end_cell()
        self.end_paragraph()
        return self.blocks

    def text(self) -> str:
        return "\n\n".join(text for _, text in self.finish())

    def _text(self) -> str:
        """The words gathered so far; halves of a character that came one by one are joined."""
        text = "".join(self.words)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        lines = [line for line in map(one_line, text.split("\n")) if line]
        if lines and self.marker:
            lines[0] = self.marker + lines[0]
        self.words, self.marker = [], ""
        return "\n".join(lines)


def codec(page: int) -> str:
    """The name of a Windows code page; '' for one that Python does not know."""
    name = {65001: "utf-8", 10000: "mac_roman", 708: "iso8859-6"}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""
