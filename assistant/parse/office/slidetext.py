"""The text of shapes and tables on slides: paragraphs, with the marks of their lists."""

from __future__ import annotations

from typing import Any

from assistant.parse.office.numbering import written
from assistant.parse.office.openxml import Grid, whole
from assistant.text import one_line

_AUTOMATIC = {"alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I"}


def paragraphs(body: Any, bullets: bool = False) -> list[str]:
    """The paragraphs of a text body. `bullets`: what says nothing of its mark is a list item."""
    blocks: list[str] = []
    numbers: dict[int, int] = {}
    lines = [(p, words) for p in body.findall("a_p") if (words := _line(p))]
    was_item = False
    for paragraph, words in lines:
        mark = _mark(paragraph.find("a_pPr"), numbers, bullets and len(lines) > 1)
        if mark and was_item:  # the items of a list stay together
            blocks[-1] += f"\n{mark}{words}"
        else:
            blocks.append(f"{mark}{words}")
        was_item = bool(mark)
    return blocks


def _line(paragraph: Any) -> str:
    pieces: list[str] = []
    for element in paragraph.iter():
        if element.tag in ("a_t", "m_t"):
            pieces.append(element.text or "")
        elif element.tag == "a_br":
            pieces.append("\n")
    if any(f.get("type") == "slidenum" for f in paragraph.iter("a_fld")):
        numbers = {id(t) for f in paragraph.iter("a_fld") for t in f.iter("a_t")}
        pieces = [t.text or "" for t in paragraph.iter("a_t") if id(t) not in numbers]
    return "".join(pieces).replace("\v", "\n").strip()


def _mark(properties: Any, numbers: dict[int, int], bullets: bool) -> str:
    level = min(max(whole(properties.get("lvl")), 0), 8) if properties is not None else 0
    indent = "  " * level
    automatic = properties.find("a_buAutoNum") if properties is not None else None
    for deeper in [n for n in numbers if n > level or (n == level and automatic is None)]:
        del numbers[deeper]
    if automatic is not None:
        numbers[level] = numbers.get(level, whole(automatic.get("startAt"), 1) - 1) + 1
        form = automatic.get("type") or ""
        style = next((s for name, s in _AUTOMATIC.items() if form.startswith(name)), "1")
        return f"{indent}{written(numbers[level], style)}. "
    if properties is not None and properties.find("a_buNone") is not None:
        return ""
    own = properties is not None and (
        properties.find("a_buChar") is not None or properties.find("a_buBlip") is not None
    )
    return f"{indent}- " if own or bullets else ""


def table_rows(table: Any) -> list[list[str]]:
    grid = Grid()
    for row in table.findall("a_tr"):
        grid.row()
        for cell in row.findall("a_tc"):
            if "true" in (merged := (cell.get("hMerge"), cell.get("vMerge"))) or "1" in merged:
                grid.covered()
            else:
                body = cell.find("a_txBody")
                words = one_line(" ".join(paragraphs(body))) if body is not None else ""
                grid.cell(words, max(whole(cell.get("gridSpan"), 1), 1))
    return grid.rows
