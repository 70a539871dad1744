"""Which elements of a page their own style hides from everybody who looks at it.

Only what a style attribute says for certain: rules of a style sheet may depend on the screen, on
paper, or on a click, and so may transparency and places outside the window. What only screen
readers leave out (`aria-hidden`) is seen.
"""

from __future__ import annotations

import re
from typing import Any

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ZERO = re.compile(r"0*\.?0*(?:px|pt|em|rem|ex|ch|%|vw|vh)?")
_ANCESTORS = 10  # looked at for a background
_INSIDE = 100  # elements and texts looked at; of an element with more, all is taken to be seen
# what may give letters inside a size or a colour of their own
_RESTYLING = frozenset(("style", "class", "color", "size"))
_OF_THEIR_OWN = frozenset("a mark img input button select textarea".split())
_NAMED = {"white": "ffffff", "black": "000000"}
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\((\d{1,3}),(\d{1,3}),(\d{1,3})\)")


def hides(node: Any) -> bool:
    """Whether nobody sees the words in `node`, an element with a style of its own."""
    style = _declared(node)
    if style.get("display") == "none" or style.get("visibility") == "hidden":
        return True
    melts = _is_zero(style.get("font-size", "")) or _is_of_one_colour(node, style)
    return melts and not _may_be_restyled(node)


def _may_be_restyled(node: Any) -> bool:
    """Whether something inside `node` may look another way than `node` itself."""
    for number, part in enumerate(node.traverse()):
        if number > _INSIDE or part.tag in _OF_THEIR_OWN:
            return True
        if number and _RESTYLING & part.attributes.keys():
            return True
    return False


def _declared(node: Any) -> dict[str, str]:
    """The properties in its style attribute; of two with one name the last counts."""
    found = {}
    words = _COMMENT.sub("", node.attributes.get("style") or "").lower()
    for declaration in words.split(";"):
        name, _, value = declaration.partition(":")
        found[name.strip()] = value.replace("!important", "").strip()
    return found


def _is_zero(size: str) -> bool:
    return size[:1] in ("0", ".") and _ZERO.fullmatch(size) is not None


def _is_of_one_colour(node: Any, style: dict[str, str]) -> bool:
    """Whether its letters have the very colour of what is behind them."""
    letters = _colour(style.get("color", ""))
    return letters != "" and letters == _background(node)


def _background(node: Any) -> str:
    """The colour behind `node` as rrggbb; '' where its style and those around it do not tell."""
    for _ in range(_ANCESTORS):
        style = _declared(node)
        given = [value for name, value in style.items() if name.startswith("background")]
        if given:
            return _colour(given[0]) if len(given) == 1 else ""
        # a style sheet may say, or an older attribute
        if "class" in node.attributes or "bgcolor" in node.attributes or node.parent is None:
            return ""
        node = node.parent
    return ""


def _colour(value: str) -> str:
    """A colour as rrggbb; '' when it is none that is known here."""
    if value in _NAMED:
        return _NAMED[value]
    if found := _HEX.fullmatch(value):
        return found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    if found := _RGB.fullmatch(value.replace(" ", "")):
        return "".join(f"{int(number) & 0xFF:02x}" for number in found.groups())
    return ""
