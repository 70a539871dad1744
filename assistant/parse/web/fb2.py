"""FictionBook 2: the chapters of the book under their titles; notes and verse, no pictures."""

from __future__ import annotations

from assistant.domain import Reading, Status
from assistant.parse.data import xmltable, xmltree
from assistant.parse.data.xmltree import Node
from assistant.parse.file import File
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import one_line

_HOLDERS = frozenset("section poem stanza epigraph cite annotation history title".split())
_LINES = frozenset("p v subtitle text-author date".split())


def read(file: File) -> Reading:
    tree = xmltree.parse(file)
    book = tree.root.find("FictionBook") or tree.root
    facts = book.find("description/title-info")
    outline = Outline()
    teller = _Teller(outline, file)
    if facts is not None:
        teller.about(facts)
    for body in book.elements:
        if body.name == "body":
            teller.body(body)
    title = _words(facts.find("book-title")) if facts else ""
    title = title or outline.first_heading or file.stem
    problem = xmltree.TOO_LONG if teller.late else tree.problem
    return Reading(
        title,
        "application/x-fictionbook+xml",
        outline.sections(title),
        Status.PARTLY if problem else Status.READY,
        problem,
        "Get the book again from where it came from." if problem else "",
    )


def _words(node: Node | None) -> str:
    return one_line("".join(node.texts())) if node else ""


def _lines(node: Node) -> list[str]:
    """The lines of a title: each paragraph is one."""
    return [words for child in node.elements if (words := _words(child))] or [_words(node)]


class _Teller:
    def __init__(self, outline: Outline, file: File) -> None:
        self._outline = outline
        self._file = file
        self.late = False

    def about(self, facts: Node) -> None:
        """The authors and the annotation, as on the back of a book."""
        authors = [_person(child) for child in facts.elements if child.name == "author"]
        self._outline.add(", ".join(filter(None, authors)))
        for child in facts.elements:
            if child.name == "annotation":
                self._holder(child, 1)

    def body(self, body: Node) -> None:
        """Chapters begin at level 1, also in a body that has a title; a body of notes has one."""
        level = 1
        if body.attributes.get("name") and body.find("title") is None:
            self._outline.heading(1, body.attributes["name"].capitalize())
            level = 2
        self._holder(body, level)

    def _holder(self, node: Node, level: int) -> None:
        stanza: list[str] = []
        for child in node.elements:
            if self._file.out_of_time:
                self.late = True
                return
            if child.name == "v":
                stanza.append(_words(child))
            elif child.name == "title":
                self._title(child, node, level)
            elif child.name in _LINES:
                self._outline.add(_words(child))
            elif child.name in _HOLDERS:
                self._holder(child, level + (node.name in ("section", "body") and _is_titled(node)))
            elif xmltable.is_table(child):
                self._outline.add(rows_as_text(xmltable.rows(child, _words)))
        self._outline.add("\n".join(filter(None, stanza)))

    def _title(self, title: Node, holder: Node, level: int) -> None:
        if holder.name in ("section", "body"):
            self._outline.heading(min(level, 6), " ".join(_lines(title)))
        else:
            self._outline.add("\n".join(_lines(title)))


def _person(author: Node) -> str:
    names = (_words(author.find(f"{part}-name")) for part in ("first", "middle", "last"))
    return " ".join(filter(None, names)) or _words(author.find("nickname"))


def _is_titled(node: Node) -> bool:
    return node.find("title") is not None
