"""Tables in XML (HTML, CALS as in DocBook and patents, TEI) as rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.parse.data.xmltree import Node

_TABLES = frozenset(("table", "informaltable", "tgroup"))
_ROWS = frozenset(("tr", "row"))
_CELLS = frozenset(("td", "th", "entry", "cell", "entrytbl"))
_SPAN_LIMIT = 50
Words = Callable[[Node], str]


def is_table(node: Node) -> bool:
    """A table of cells; one whose rows hold other things is data."""
    first = next(_rows(node), None) if node.name.lower() in _TABLES else None
    return first is not None and any(c.name.lower() in _CELLS for c in first[0].elements)


def around(table: Node) -> Iterator[Node]:
    """What stands in a table beside its rows: a caption, notes."""
    for child in table.elements:
        if next(_rows(child), None) is None and child.name.lower() not in _ROWS:
            yield child


def groups(table: Node) -> list[Node]:
    """A CALS table may hold several tables, one below the other."""
    inner = [child for child in table.elements if child.name.lower() == "tgroup"]
    return inner or [table]


def rows(group: Node, words: Words) -> list[list[str]]:
    """The cells, each in its column, the headings in one row; a cell that spans several columns
    or rows is in all of them."""
    columns = _columns(group)
    found: list[list[str]] = []
    heads: list[list[str]] = []
    spanning: dict[int, tuple[int, str]] = {}  # column -> (rows still to come, words)
    for row, in_head in _rows(group):
        cells: list[str] = []
        for cell in row.elements:
            if cell.name.lower() in _CELLS:
                _carry(spanning, cells)
                _place(cell, words(cell), columns, cells, spanning)
        _carry(spanning, cells)
        (heads if in_head else found).append(cells)
    return [_merged(heads), *found] if heads else found


def _rows(node: Node, in_head: bool = False) -> Iterator[tuple[Node, bool]]:
    """The rows of a table, not of tables within its cells, and whether they are headings."""
    for child in node.elements:
        name = child.name.lower()
        if name in _ROWS:
            yield child, in_head
        elif name in ("thead", "tbody", "tfoot", "tgroup"):
            yield from _rows(child, name == "thead")


def _columns(group: Node) -> dict[str, int]:
    """The number of each column that has a name (CALS)."""
    named = [child for child in group.elements if child.name.lower() == "colspec"]
    return {spec.attributes.get("colname", ""): place for place, spec in enumerate(named)}


def _place(
    cell: Node,
    words: str,
    columns: dict[str, int],
    cells: list[str],
    spanning: dict[int, tuple[int, str]],
) -> None:
    facts = cell.attributes
    start = columns.get(facts.get("namest") or facts.get("colname", ""), len(cells))
    cells.extend([""] * min(start - len(cells), _SPAN_LIMIT))
    wide = _count(facts.get("colspan") or facts.get("cols"), 1)
    if "nameend" in facts:
        wide = min(columns.get(facts["nameend"], start) - start + 1, _SPAN_LIMIT)
    tall = _count(facts.get("rowspan") or facts.get("rows"), 1)
    if "morerows" in facts:
        tall = _count(facts["morerows"], 0) + 1
    for _ in range(max(wide, 1)):
        spanning[len(cells)] = (tall - 1, words)
        cells.append(words)


def _carry(spanning: dict[int, tuple[int, str]], cells: list[str]) -> None:
    while spanning.get(len(cells), (0, ""))[0] > 0:
        left, words = spanning[len(cells)]
        spanning[len(cells)] = (left - 1, words)
        cells.append(words)


def _merged(heads: list[list[str]]) -> list[str]:
    """Several rows of headings as one: what stands above one another is one heading."""
    wide = max(map(len, heads))
    merged = []
    for place in range(wide):
        stacked = [head[place] for head in heads if place < len(head) and head[place].strip()]
        merged.append(" ".join(dict.fromkeys(stacked)))
    return merged


def _count(value: str | None, otherwise: int) -> int:
    if value and value.isdecimal() and len(value) < 5:
        return min(max(int(value), otherwise), _SPAN_LIMIT)
    return otherwise
