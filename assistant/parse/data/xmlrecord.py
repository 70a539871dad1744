"""An XML element without prose in it as a record: names and values, nested as the elements are."""

from __future__ import annotations

import re

from assistant.parse.data.records import Value, without_markup
from assistant.parse.data.xmlfacts import UNSEEN
from assistant.parse.data.xmltree import Node
from assistant.text import one_line

_PERSONS = frozenset("name string-name persname personname person-name".split())
# attributes that say what an element's words are
_NAMING = ("name", "key", "label")
_NAME_LIMIT = 60
_TECHNICAL = re.compile(
    r"xmlns.*|(?:xml|xlink|xsi):.*|.*(?:ref|refs|href|src|uri|url|schema|namespace)", re.IGNORECASE
)


def value(node: Node, prose: bool) -> Value:
    """An element without prose as a text or a record. In a file of `prose`, attributes are markup
    that no reader sees."""
    # a reference there is a number beside a name, which leads nowhere in a record
    elements = [c for c in node.elements if c.name.lower() not in UNSEEN and c.name != "xref"]
    words = one_line(" ".join(child for child in node.children if isinstance(child, str)))
    if node.name.lower() in _PERSONS and elements and not any(e.elements for e in elements):
        ordered = sorted(elements, key=lambda e: e.name.lower() in ("surname", "last-name"))
        return one_line(" ".join(" ".join(e.texts()) for e in ordered))
    pairs: list[tuple[str, Value]] = []
    if not prose and not any(name.startswith("xlink:") for name in node.attributes):
        named = _saying(node)
        pairs += [(n.rpartition(":")[2], v) for n, v in _attributes(node) if n != named]
    if not elements and not pairs:
        return without_markup(words)
    if any(map(str.isalnum, words)):
        pairs.append(("", words))
    pairs += [(field_name(child), said) for child in elements if (said := value(child, prose))]
    return tuple(pairs)


def _attributes(node: Node) -> list[tuple[str, str]]:
    """The attributes that say something to a reader."""
    return [
        (name, one_line(said))
        for name, said in node.attributes.items()
        if said.strip() and "://" not in said and not _TECHNICAL.fullmatch(name)
    ]


def field_name(node: Node) -> str:
    """<property name="author"> is "author", <price currency="EUR"> is "price EUR"."""
    said = _saying(node)
    if not said:
        return node.name
    words = one_line(node.attributes[said])
    return words if said in _NAMING else f"{node.name} {words}"


def _saying(node: Node) -> str:
    """The attribute that says what the words of an element are."""
    if not node.attributes or node.elements or not node.has_words:
        return ""
    given = [name for name, words in _attributes(node) if len(words) <= _NAME_LIMIT]
    if named := next((name for name in given if name in _NAMING), ""):
        return named
    return given[0] if len(given) == 1 else ""
