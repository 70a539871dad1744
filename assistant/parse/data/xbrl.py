"""XBRL (business reports as data): gathers the figures by the period that they are for.

The file's facts refer to contexts by number, which tell nothing to a reader. Short facts become
records that begin with their period; longer texts stay where they are; the contexts go.
"""

from __future__ import annotations

from assistant.parse.data.records import LONG, readable
from assistant.parse.data.xmltree import Node
from assistant.text import one_line

_PLUMBING = ("context", "unit")
_FACTS = 20  # in a record


def explain(root: Node) -> str:
    """Works on the tree; the report's title, '' when it is no report."""
    report = root.find("xbrl")
    if report is None:
        return ""
    contexts = {
        child.attributes.get("id", ""): _context(child)
        for child in report.elements
        if child.name == "context"
    }
    facts = [child for child in report.elements if child.name not in _PLUMBING]
    first = {fact.name: fact for fact in reversed(facts)}
    named = ("DocumentType", "EntityRegistrantName", "DocumentPeriodEndDate")
    title = one_line(" ".join("".join(first[n].texts()) for n in named if n in first))
    texts: list[Node] = []
    figures: dict[str, list[Node]] = {}
    for fact in facts:
        said = contexts.get(fact.attributes.get("contextRef", ""), "")
        plain = Node(readable(fact.name), {}, fact.children)
        if fact.elements or not said or sum(map(len, fact.texts())) > LONG:
            texts.append(plain)
        else:
            figures.setdefault(said, []).append(plain)
    report.children = [
        Node("figures", {}, [Node("period", {}, [said]), *some[start : start + _FACTS]])
        for said, some in figures.items()
        for start in range(0, len(some), _FACTS)
    ]
    report.children += texts
    return title


def _context(context: Node) -> str:
    """The period, and what the figure is limited to: "2025-12-31, Common Class A Member"."""
    period = context.find("period")
    dates = [one_line("".join(child.texts())) for child in period.elements] if period else []
    segment = context.find("entity/segment", "scenario")
    members = [
        readable(one_line("".join(member.texts())).rpartition(":")[2])
        for member in (segment.elements if segment else [])
    ]
    return ", ".join(filter(None, (" to ".join(dates), *members)))
