"""Any XML: prose as blocks under its headings, data as records.

An element with words beside elements (mixed content) makes prose of all that holds it. There,
elements with words are blocks, title-like ones are headings, and what has no prose in it is told
as records. In a file without prose everything is records, labelled with the names of elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain import Reading, Status
from assistant.parse.data import xbrl, xmltable
from assistant.parse.data.records import Labelled, Path, Value, has_markup, tell, without_blobs
from assistant.parse.data.xmlfacts import (
    BLOCKS,
    ITEMS,
    PARAGRAPHS,
    UNSEEN,
    Facts,
    take_title,
    unwrap,
)
from assistant.parse.data.xmlrecord import field_name, value
from assistant.parse.data.xmltree import TOO_LONG, Node, parse
from assistant.parse.file import File
from assistant.parse.outline import rows_as_text
from assistant.text import one_line

# sections that are called by their element
_SECTIONS = {
    "abstract": "Abstract",
    "ack": "Acknowledgements",
    "ref-list": "References",
    "claims": "Claims",
}
_HEADINGS = frozenset("title h head heading subtitle bridgehead h1 h2 h3 h4 h5 h6".split())
_KEEP_LINES = frozenset("pre programlisting screen literallayout code verse".split())
_LINE_ENDS = frozenset("br break lb cr".split())


def read(file: File) -> Reading:
    tree = parse(file)
    root = tree.root
    name = xbrl.explain(root)
    unwrap(root)
    facts = Facts(root)
    name = name or take_title(root) or file.stem
    told = Labelled(file)
    if facts.prose:
        _Teller(facts, told).section(root, ())
    else:
        _tell_data(root, told)
    problem = TOO_LONG if told.late else tree.problem
    return Reading(
        name,
        "application/xml",
        told.sections(name),
        Status.PARTLY if problem else Status.READY,
        problem,
        "Save it again in the program that made it." if problem else "",
    )


def _tell_data(root: Node, told: Labelled) -> None:
    for element in root.elements:
        if element.name.lower() in UNSEEN:
            continue
        said = value(element, prose=False)
        if isinstance(said, str):
            told.add((), without_blobs(said))
        else:
            tell(said, (element.name,), told)


class _Teller:
    def __init__(self, facts: Facts, told: Labelled) -> None:
        self._facts = facts
        self._told = told
        self._lead = ""  # a number or a mark that goes before the next words

    def section(self, node: Node, path: Path) -> None:
        """What holds elements only: headings, blocks, and data between them."""
        if node.name.lower() in _SECTIONS and not any(
            child.name.lower() in _HEADINGS for child in node.elements
        ):
            path = (*path, _SECTIONS[node.name.lower()])
        here, waiting, before = path, "", 0
        data: list[tuple[str, Value]] = []
        alike = len({child.name for child in node.elements}) == 1
        for child in node.elements:
            if self._told.out_of_time:
                return
            name = child.name.lower()
            if name in UNSEEN:
                continue
            if not child.prose and not self._plain(child, name, alike):
                if said := value(child, self._facts.prose):
                    data.append((field_name(child), said))
                continue
            self._tell(data, here)
            if name in _HEADINGS or name in ("label", "num"):
                words = self._line(child)
                if name not in _HEADINGS:
                    self._lead = f"{words} "
                elif words:
                    if waiting and self._told.count == before:  # nothing stood under the last one
                        self._told.add(path, waiting)
                    waiting, self._lead = f"{self._lead}{words}", ""
                    here, before = (*path, waiting), self._told.count
            else:
                self.visit(child, here)
        self._tell(data, here)
        if waiting and self._told.count == before:
            self._told.add(path, waiting)

    def _plain(self, child: Node, name: str, alike: bool) -> bool:
        """Whether an element without prose is read as words or a table, not as data."""
        if name in _HEADINGS or name in ("label", "num"):
            return True
        return xmltable.is_table(child) or (alike and not child.elements and child.has_words)

    def visit(self, node: Node, path: Path) -> None:
        name = node.name.lower()
        if name in ITEMS and not self._lead:
            self._lead = "- "
        if xmltable.is_table(node):
            self._table(node, path)
        elif node.has_words or name in PARAGRAPHS or self._all_inline(node):
            self._block(node, path)
        else:
            self.section(node, path)

    def _all_inline(self, node: Node) -> bool:
        return bool(node.elements) and all(map(self._facts.inline, node.elements))

    def _tell(self, data: list[tuple[str, Value]], path: Path) -> None:
        if data:
            tell(tuple(data), path, self._told)
            data.clear()

    def _block(self, node: Node, path: Path) -> None:
        """Words with elements among them; those that are blocks themselves come in between."""
        run: list[str] = []
        for part in self._parts(node):
            if isinstance(part, str):
                run.append(part)
            else:
                self._end(run, node, path)
                self.visit(part, path)
        self._end(run, node, path)

    def _end(self, run: list[str], node: Node, path: Path) -> None:
        words = without_blobs("".join(run))
        run.clear()
        if has_markup(words):  # a web page put into an element, as feeds do
            self._page(words, path)
            return
        if node.name.lower() not in _KEEP_LINES:
            words = one_line(words)
        if words.strip():
            self._told.add(path, self._lead + words)
            self._lead = ""

    def _page(self, markup: str, path: Path) -> None:
        from assistant.parse.web import html

        for section in html.read_markup(markup, "").sections:
            self._told.add((*path, section.label) if section.label else path, section.text)

    def _parts(self, node: Node) -> Iterator[Node | str]:
        """The words of a block, and the blocks in it."""
        before: Node | None = None
        for child in node.children:
            if isinstance(child, str):
                before = None
                yield child
                continue
            if child.name.lower() in UNSEEN:
                continue
            inline = self._facts.inline(child)
            if before is not None and not (inline and self._facts.inline(before)):
                yield " "  # <label>1</label><city>York</city>
            before = child
            if child.name.lower() in _LINE_ENDS:
                yield " "
            elif self._breaks(child):
                yield child
            else:
                yield from self._parts(child)

    def _breaks(self, node: Node) -> bool:
        return (
            node.name.lower() in BLOCKS
            or xmltable.is_table(node)
            or (node.prose and not self._facts.inline(node) and not node.has_words)
        )

    def _line(self, node: Node) -> str:
        """All words in an element, blocks or not, on one line."""
        words = []
        for part in self._parts(node):
            words.append(part if isinstance(part, str) else f" {self._line(part)} ")
        return one_line(without_blobs("".join(words)))

    def _table(self, node: Node, path: Path) -> None:
        for child in xmltable.around(node):
            if child.name.lower() not in UNSEEN:
                self.visit(child, path)
        for group in xmltable.groups(node):
            rows = [row for row in xmltable.rows(group, self._line) if any(row)]
            while rows and len(set(filter(None, rows[0]))) == 1 and len(rows) > 1:
                self._told.add(path, next(filter(None, rows.pop(0))))  # a caption over all columns
            self._told.add(path, without_blobs(rows_as_text(rows)))
