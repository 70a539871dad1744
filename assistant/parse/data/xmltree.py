"""XML in any state to a bounded tree of names and words.

Before the parser sees it, the text loses its declaration, document type, comments and processing
instructions, and its named entities become the characters they stand for: so nothing is left that
could grow or point elsewhere, and files need neither their DTD nor a single root. Names lose their
namespaces. Of broken XML, the tree holds what came before the break.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.parse.file import File
from assistant.parse.texts import plain
from assistant.text import clean

DEPTH_LIMIT = 150  # deeper elements are read as words of the one above
_ELEMENT_LIMIT = 500_000  # more would not be read in a minute
_GROWTH_LIMIT = 1_000_000  # characters that the file's own entities may add
_FEED = 1 << 16

TOO_LONG = "It is so long that only its first part was read."
_CONSTRUCT = re.compile(r"<!--|<!\[CDATA\[|<\?|<!DOCTYPE", re.IGNORECASE)
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_DOCTYPE_END = re.compile(r"\]\s*>")
_ENTITY = re.compile(
    r"<!ENTITY\s+([\w.:-]{1,64})\s+(?:\"([^\"%]{0,200})\"\s*>|'([^'%]{0,200})'\s*>|[^>%])"
)
_OUTSIDE = re.compile(r"<!ENTITY\s+[\w.:-]{1,64}\s+(?:SYSTEM|PUBLIC)\b[^>]{0,500}\bNDATA\b")
_REFERENCE = re.compile(r"&(?:#(\d{1,7}|[xX][0-9a-fA-F]{1,6})|([A-Za-z_][\w.:-]{0,63}));")
_LONE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#x27);)|<(?![^\W\d]|[:/!?])")
_IN_XML = frozenset(("amp", "lt", "gt", "quot", "apos"))
# Greek letters as old SGML documents name them (ISO 8879, "Greek Letters"): &agr; is alpha
_GREEK = dict(
    zip(
        "a b g d e z ee th i k l m n x o p r sf s t u ph kh ps oh".split(),
        "αβγδεζηθικλμνξοπρςστυφχψω",
        strict=True,
    )
)
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """An element. `children`: elements and the words between them, in order."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)
    prose: bool = False

    @property
    def elements(self) -> list[Node]:
        return [child for child in self.children if isinstance(child, Node)]

    @property
    def has_words(self) -> bool:
        """Whether words stand directly in it."""
        return any(
            isinstance(child, str) and any(map(str.isalnum, child)) for child in self.children
        )

    def texts(self) -> Iterator[str]:
        """All words in it, in order."""
        waiting: list[Node | str] = [self]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                yield part
            else:
                waiting += reversed(part.children)

    def find(self, *names: str) -> Node | None:
        """The first element under one of these paths: "a/b"."""
        for name in names:
            found: Node | None = self
            for step in name.split("/"):
                found = next((e for e in found.elements if e.name == step), None) if found else None
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class Tree:
    """`root` holds the document's element, or several. `problem`: why it is not all of it."""

    root: Node
    problem: str = ""


def parse(file: File) -> Tree:
    return parse_text(clean(plain.decode(file.data, declared=True)), file)


def parse_text(text: str, file: File) -> Tree:
    """`file` says how long it may take."""
    scanner = _Scanner()
    builder = _Builder(file)
    problem = builder.build(scanner.pieces(_NO_CHARACTER.sub("", text)))
    if not problem and scanner.unclosed:
        problem = "It breaks off in the middle."
    if not problem and scanner.refused:
        problem = "It asks for other files or for text that unfolds, which is not done."
    return Tree(builder.root, problem)


class _Scanner:
    """Cuts the text into pieces of pure markup and words."""

    def __init__(self) -> None:
        self.unclosed = False
        self.refused = False
        self._own: dict[str, str] = {}  # the entities that the file declares
        self._far: set[str] = set()  # those that stand for no harmless text
        self._growth = 0

    def pieces(self, text: str) -> Iterator[str]:
        place = 0
        while mark := _CONSTRUCT.search(text, place):
            yield self._mended(text[place : mark.start()])
            kind = mark[0].upper()
            end, place = _end(text, mark, kind)
            if place < 0:
                self.unclosed = True
                return
            if kind == "<![CDATA[":
                yield html.escape(text[mark.end() : end])
            elif kind == "<!DOCTYPE":
                self._declare(text[mark.end() : end])
        yield self._mended(text[place:])

    def _mended(self, text: str) -> str:
        return _LONE.sub(lambda mark: html.escape(mark[0]), _REFERENCE.sub(self._resolve, text))

    def _resolve(self, reference: re.Match[str]) -> str:
        number, name = reference.groups()
        if number:
            code = int(number[1:], 16) if number[0] in "xX" else int(number)
            return _escaped(chr(code)) if code <= 0x10FFFF else ""
        if name in _IN_XML:
            return reference[0]
        if name in self._own and self._growth < _GROWTH_LIMIT:
            self._growth += len(self._own[name])
            return _escaped(self._own[name])
        if name in self._own or name in self._far:
            self.refused = True
            return ""
        if name.endswith("gr") and (greek := _GREEK.get(name[:-2].lower())):
            return greek.upper() if name[0].isupper() else greek
        return _escaped(html.unescape(reference[0]))  # one that we do not know stays as written

    def _declare(self, doctype: str) -> None:
        outside = {found.start() for found in _OUTSIDE.finditer(doctype)}
        for found in _ENTITY.finditer(doctype):
            name, value = found[1], found[2] or found[3] or ""
            harmless = "&" not in re.sub(r"&#\w{1,7};", "", value) and "<" not in value
            if (found[2] is not None or found[3] is not None) and harmless:
                self._own.setdefault(name, html.unescape(value))
            elif found.start() not in outside:  # NDATA names a picture; it is never put in
                self._far.add(name)


def _escaped(text: str) -> str:
    return html.escape(_NO_CHARACTER.sub("", clean(text)))


def _end(text: str, mark: re.Match[str], kind: str) -> tuple[int, int]:
    """Where a construct's content ends, and where the text goes on; -1 when it never ends."""
    if kind != "<!DOCTYPE":
        end = text.find(_ENDS[kind], mark.end())
        return end, end + len(_ENDS[kind]) if end >= 0 else -1
    simple, inner = text.find(">", mark.end()), text.find("[", mark.end())
    if inner < 0 or 0 <= simple < inner:
        return simple, simple + 1 if simple >= 0 else -1
    closing = _DOCTYPE_END.search(text, inner)
    return (closing.start(), closing.end()) if closing else (-1, -1)


class _Builder:
    """Feeds the parser and keeps what it says."""

    def __init__(self, file: File) -> None:
        self._file = file
        self.root = Node("", {})
        self._open = [self.root]
        self._too_deep = 0
        self._elements = 0

    def build(self, pieces: Iterator[str]) -> str:
        """The problem, if there is one."""
        from xml.parsers import expat

        # not defusedxml: no document type is left that could declare anything
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._words
        try:
            parser.Parse("<_>", False)
            for piece in pieces:
                for start in range(0, len(piece), _FEED):
                    if self._file.out_of_time or self._elements > _ELEMENT_LIMIT:
                        return TOO_LONG
                    parser.Parse(piece[start : start + _FEED], False)
            parser.Parse("</_>", True)
        except expat.ExpatError:
            return "It breaks off or is faulty in the middle; what came before that was read."
        return ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements == 1:  # the root that we put around all
            return
        if len(self._open) > DEPTH_LIMIT:
            self._too_deep += 1
            self._words(" ")
            return
        node = Node(name.rpartition(":")[2], attributes or _NONE)
        self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, _: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._open) > 1:
            self._open.pop()

    def _words(self, words: str) -> None:
        self._open[-1].children.append(words)


_NONE: dict[str, str] = {}
