"""What an XML file uses its elements for: which stand among words, which hold prose."""

from __future__ import annotations

from collections import Counter

from assistant.parse.data.records import LONG
from assistant.parse.data.xmltable import is_table
from assistant.parse.data.xmltree import Node
from assistant.text import one_line

UNSEEN = frozenset("script style tex-math annotation annotation-xml colspec binary".split())
PARAGRAPHS = frozenset("p para simpara formalpara li dd dt quote attrib verse".split())
ITEMS = frozenset("li item list-item listitem".split())
# always blocks, however often they stand among words
BLOCKS = (
    PARAGRAPHS
    | ITEMS
    | frozenset("table list figure fig caption sec section div note fn lg claim-text".split())
)
_TITLES = ("title", "head", "h1", "article-title", "invention-title", "title-of-invention")


class Facts:
    """What names are used for in this file; marks the elements that hold prose."""

    def __init__(self, root: Node) -> None:
        self._among_words: Counter[str] = Counter()
        self._mark(root)
        self.prose = root.prose

    def inline(self, node: Node) -> bool:
        return self._among_words[node.name] > 0 and node.name.lower() not in BLOCKS

    def _mark(self, node: Node) -> None:
        elements = node.elements
        mixed = bool(elements) and node.has_words
        for child in elements:
            self._among_words[child.name] += 1 if mixed else -1
            self._mark(child)
        node.prose = (
            mixed
            or node.name.lower() in PARAGRAPHS
            or is_table(node)
            or any(child.prose for child in elements)
            or (not elements and sum(map(len, node.texts())) > LONG)
        )


def unwrap(root: Node) -> None:
    """Where one kind of element wraps every word (PDAT in old patents), it says nothing."""
    length: Counter[str] = Counter()
    parents: dict[str, set[str]] = {}
    waiting = [root]
    inner: list[Node] = []
    while waiting:
        node = waiting.pop()
        elements = node.elements
        waiting += elements
        inner += [node] if elements else []
        for child in elements:
            length[child.name] += sum(len(t.strip()) for t in child.children if isinstance(t, str))
            parents.setdefault(child.name, set()).add(node.name)
            if child.elements:
                parents[child.name].add("")
    name, most = max(length.items(), key=lambda item: item[1], default=("", 0))
    places = parents.get(name, set())
    if most * 10 < sum(length.values()) * 9 or len(places) < 5 or "" in places:
        return
    for node in inner:
        node.children = [
            part
            for child in node.children
            for part in (
                child.children if isinstance(child, Node) and child.name == name else [child]
            )
        ]


def take_title(root: Node) -> str:
    """The words that name the document, not one of many things in it; they are taken out."""
    if not root.prose:
        return ""
    waiting = [root]
    for _ in range(1000):
        if not waiting:
            break
        node = waiting.pop()
        if node.name.lower() in _TITLES and (words := one_line("".join(node.texts()))):
            node.children = []
            return words
        counts = Counter(child.name for child in node.elements)
        waiting += [c for c in reversed(node.elements) if counts[c.name] == 1]
    return ""
