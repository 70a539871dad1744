"""LaTeX: sections become the label; lists, tables, code and notes stay; commands go.

The text is cut into paragraphs by the marks of its structure, once from front to back; only a
paragraph at a time is given to pylatexenc (see `latex_words`). No other file is read.
"""

from __future__ import annotations

import re

from assistant.domain import Reading
from assistant.parse.file import File
from assistant.parse.outline import Outline, cut_short, rows_as_text
from assistant.parse.texts import plain
from assistant.parse.texts.latex_words import argument, words
from assistant.text import clean

_LEVELS = {
    "part": 1,
    "chapter": 2,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
    "subparagraph": 6,
}
_CODE = "verbatim|Verbatim|lstlisting|minted|alltt"
_CODE_BEGINS = re.compile(rf"\\begin\s*\{{({_CODE})\*?\}}")
_TABLES = frozenset(("tabular", "tabularx", "tabulary", "longtable", "supertabular", "tabu"))
_UNSEEN = frozenset(("tikzpicture", "comment", "filecontents", "picture", "pspicture", "CJKfonts"))
_MATHS = frozenset(
    """equation align gather multline eqnarray displaymath math alignat flalign
    dmath IEEEeqnarray""".split()
)
_LISTS = frozenset(("itemize", "enumerate", "description", "list", "thebibliography"))
_MARK = re.compile(
    r"\\(?P<section>part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\b\*?\s*(?=[\[{])"
    r"|\\begin\s*\{(?P<begin>[A-Za-z]{1,40}\*?)\}|\\end\s*\{(?P<end>[A-Za-z]{1,40}\*?)\}"
    r"|\\(?P<apart>footnote(?:text)?|thanks|caption(?:of)?|marginpar|title|author|date)\b\*?\s*(?=[\[{])"
    r"|\\(?P<item>item|bibitem)\b|(?P<maths>\$\$|\\\[)"
    r"|(?P<defined>\\(?:(?:re|provide)?newcommand|(?:re)?newenvironment|def|gdef|newtheorem"
    r"|DeclareMathOperator|DeclareRobustCommand|hypersetup|lstset|tikzset|pgfplotsset)\b\*?)"
    r"|(?P<blank>\n[ \t]*\n\s*|\\par\b)"
)
_SIMPLE = re.compile(
    r"\\(?:(?:re|provide)?newcommand|DeclareMathOperator)\*?\s*\{?\s*(\\[A-Za-z]{1,50})\s*\}?\s*(?=\{)"
)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_OPTION = re.compile(r"\s*\[[^\[\]]{0,500}\]")
_BODY = re.compile(r"\\begin\s*\{document\}")
_ROW_END = re.compile(r"\\\\(?:\s*\[[^\]\n]{0,20}\])?|\\tabularnewline\b|\\cr\b")
_CELL_END = re.compile(r"(?<!\\)&")
_LINES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering)\b"
    r"|\\(?:cline|cmidrule|rowcolor|addlinespace|specialrule|arrayrulecolor|noalign|morecmidrules)\b"
    r"(?:\([^)]{0,20}\)|\[[^\]]{0,40}\]|\{[^{}]{0,40}\})*"
)
_SPAN = re.compile(r"\\multicolumn\s*\{\s*(\d{1,3})\s*\}")
_SPAN_LIMIT = 50
_REPEATED_LIMIT = 200  # characters: longer words of a spanning cell are put in one column
_FORMULA_LIMIT = 10_000
_VALUE_LIMIT = 200
_DEFINITIONS_LIMIT = 2000


def read(file: File) -> Reading:
    text = _without_comments(clean(plain.decode(file.data)))
    reader = _Reader(text, file)
    finished = reader.walk()
    title = reader.title or reader.outline.first_heading or file.stem
    reading = Reading(title, "application/x-latex", reader.outline.sections(title))
    return reading if finished else cut_short(reading)


def _without_comments(text: str) -> str:
    kept = []
    code = ""
    for line in text.split("\n"):
        if not code and (found := _CODE_BEGINS.search(line)):
            code = found[1]
        if code:
            code = "" if f"\\end{{{code}" in line else code
            kept.append(line)
        elif (shown := _COMMENT.sub(r"\1", line)) == line or shown.strip():
            kept.append(shown)
    return "\n".join(kept)


def _definitions(text: str) -> dict[str, str]:
    """Commands that only stand for some words."""
    found = {}
    for definition in _SIMPLE.finditer(text):
        value, _ = argument(text, definition.end(), _VALUE_LIMIT)
        if "#" not in value and definition[1] not in value:
            found[definition[1]] = value
        if len(found) >= _DEFINITIONS_LIMIT:
            break
    return found


class _Reader:
    """Goes from mark to mark; what stands between gathers as a paragraph."""

    def __init__(self, text: str, file: File) -> None:
        self.outline = Outline()
        self.title = ""
        self._text = text
        self._file = file
        self._defined = _definitions(text)
        self._buffer: list[str] = []
        self._notes: list[str] = []
        self._lists: list[int | None] = []  # the number of the last item; None: bullets
        self._marker = ""
        self._in_body = not _BODY.search(text)

    def walk(self) -> bool:
        place = 0
        while mark := _MARK.search(self._text, place):
            if self._file.out_of_time:
                return False
            self._between(place, mark.start())
            place = self._step(mark)
            if place < 0:  # the end of the document
                break
        else:
            self._between(place, len(self._text))
        self._end_paragraph()
        return True

    def _between(self, start: int, end: int) -> None:
        if self._in_body and end > start:
            self._buffer.append(self._text[start:end])

    def _step(self, mark: re.Match[str]) -> int:
        """Where to go on."""
        kind = mark.lastgroup
        if kind == "begin":
            return self._begin(mark["begin"].rstrip("*"), mark)
        if kind == "end":
            return self._end(mark["end"].rstrip("*"), mark.end())
        if kind == "apart":
            return self._apart(mark["apart"], mark.end())
        if kind == "defined":
            return self._skip_definition(mark.end())
        if not self._in_body:
            return mark.end()
        if kind == "section":
            title, place = self._argument(mark.end())
            self._end_paragraph()
            self.outline.heading(_LEVELS[mark["section"]], title)
            return place
        if kind == "item":
            return self._item(mark)
        if kind == "maths":
            return self._maths("$$" if mark[0] == "$$" else "\\]", mark.end())
        self._end_paragraph()
        return mark.end()

    def _argument(self, place: int) -> tuple[str, int]:
        """The words in the braces that follow, after an option in brackets."""
        if option := _OPTION.match(self._text, place):
            place = option.end()
        value, place = argument(self._text, place)
        return self._words(value), place

    def _words(self, text: str) -> str:
        return words(text, self._defined)

    # --- environments ---------------------------------------------------------------------------

    def _begin(self, name: str, mark: re.Match[str]) -> int:
        place = mark.end()
        if name == "document":
            self._in_body = True
            self._buffer = []
        if not self._in_body or name == "document":
            return place
        if name in _MATHS:
            return self._maths(f"\\end{{{mark['begin']}}}", place)
        self._end_paragraph()
        if re.fullmatch(_CODE, name) or name in _TABLES or name in _UNSEEN:
            return self._whole(name, mark["begin"], place)
        if name in _LISTS:
            self._lists.append(0 if name in ("enumerate", "thebibliography") else None)
        elif name == "abstract":
            self.outline.heading(_LEVELS["section"], "Abstract")
        if name in ("minipage", "thebibliography", "multicols", "wrapfigure", "list", "spacing"):
            return self._skip_arguments(place, 2 if name in ("wrapfigure", "list") else 1)
        option = _OPTION.match(self._text, place)
        return option.end() if option else place

    def _end(self, name: str, place: int) -> int:
        if not self._in_body:
            return place
        self._end_paragraph()
        if name in _LISTS and self._lists:
            self._lists.pop()
        return -1 if name == "document" else place

    def _whole(self, name: str, written: str, place: int) -> int:
        """A table, code, or a drawing: up to its end, whatever stands inside."""
        end = self._text.find(f"\\end{{{written}}}", place)
        stop = end if end >= 0 else len(self._text)
        if name in _TABLES:
            start = self._skip_arguments(place, 1 if name in ("tabular", "longtable") else 2)
            if written.endswith("*"):
                start = self._skip_arguments(start, 1)
            self._table(self._text[start:stop])
        elif name not in _UNSEEN:
            start = self._skip_arguments(place, int(name == "minted"))
            self.outline.add(self._text[start:stop])
        return stop + len(f"\\end{{{written}}}")

    def _skip_arguments(self, place: int, count: int) -> int:
        while option := _OPTION.match(self._text, place):
            place = option.end()
        for _ in range(count):
            if self._text[place : place + 1] == "{":
                _, place = argument(self._text, place)
        return place

    def _skip_definition(self, place: int) -> int:
        found = re.compile(
            r"\s*(?:\\[A-Za-z@]{1,60}|\{\\?[\w@]{1,60}\*?\}|[\[][^\]]{0,200}\]|#\d)*\s*"
        )
        matched = found.match(self._text, place)
        place = matched.end() if matched else place
        while self._text[place : place + 1] in ("{", "["):
            if option := _OPTION.match(self._text, place):
                place = option.end()
            elif self._text[place] == "{":
                _, place = argument(self._text, place)
            else:
                break
        return place

    def _table(self, text: str) -> None:
        rows = []
        for line in _ROW_END.split(_LINES.sub(" ", text)):
            cells: list[str] = []
            for cell in _CELL_END.split(line):
                span = _SPAN.search(cell)
                times = min(int(span[1]), _SPAN_LIMIT) if span else 1
                words = self._words(cell)
                repeated = words if len(words) <= _REPEATED_LIMIT else ""
                cells += [words, *[repeated] * (times - 1)]
            rows.append(cells)
        self.outline.add(rows_as_text(rows))
        self._add_notes()

    def _maths(self, end: str, place: int) -> int:
        stop = self._text.find(end, place, place + _FORMULA_LIMIT)
        if stop < 0:  # never closed
            return place
        formula = " ".join(re.split(r"\\\\|&|\n", self._text[place:stop]))
        self._buffer.append(f" ${formula.replace('$', '')}$ ")
        return stop + len(end)

    # --- what stands apart, items, paragraphs ---------------------------------------------------

    def _apart(self, name: str, place: int) -> int:
        words, place = self._argument(place)
        if name == "title":
            self.title = self.title or " ".join(words.split())
        elif name == "caption" and self._in_body:
            self._end_paragraph()
            self.outline.add(words)
        elif name == "author" or (name == "date" and any(map(str.isdigit, words))):
            self.outline.add(words)
        elif name.startswith("footnote") and self._in_body:
            self._notes.append(words)
        return place

    def _item(self, mark: re.Match[str]) -> int:
        self._end_paragraph()
        place = mark.end()
        self._marker = "- "
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            self._marker = f"{number + 1}. "
        if option := _OPTION.match(self._text, place):
            place = option.end()
            if mark["item"] == "item" and (term := self._words(option[0].strip()[1:-1])):
                self._marker = f"{term} "
        if mark["item"] == "bibitem":
            _, place = argument(self._text, place)
        self._marker = "  " * min(max(len(self._lists) - 1, 0), 10) + self._marker
        return place

    def _end_paragraph(self) -> None:
        if text := self._words("".join(self._buffer)):
            self.outline.add(self._marker + text)
            self._marker = ""
        self._buffer = []
        self._add_notes()

    def _add_notes(self) -> None:
        for note in self._notes:
            self.outline.add(note)
        self._notes = []
