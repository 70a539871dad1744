"""What an OpenDocument file's styles say: how lists and headings are numbered, what is hidden.

Also the short names ("text_p") by which the OpenDocument readers know elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assistant.parse.office.numbering import BULLET, Counter, Level
from assistant.parse.office.openxml import whole

_LEVELS = 10
_PARENTS_LIMIT = 20  # styles that a style inherits from, one upon the other
_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_PLACES = ("office", "text", "table", "style", "drawing", "presentation", "chart", "meta")
_NAMES = {
    **{f"{_OASIS}{place}:1.0": place for place in _PLACES},
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/1998/Math/MathML": "math",
    f"{_OASIS}svg-compatible:1.0": "svg",
}


def short_names(root: Any) -> Any:
    """`root`, with every element and attribute that we know called by its short name."""
    for element in root.iter():
        element.tag = _short(element.tag)
        element.attrib = {_short(key): value for key, value in element.items()}
    return root


def odf_facts(meta: Any) -> tuple[tuple[str, str], ...]:
    """Who wrote it, when and about what, from the root that holds the `meta` data."""

    def told(*names: str) -> str:
        return next(filter(None, (meta.findtext(f".//{name}") for name in names)), "")

    return (
        ("author", told("meta_initial-creator", "dc_creator")),
        ("date", told("meta_creation-date", "dc_date")),
        ("keywords", told("dc_subject")),
        *(("keywords", element.text or "") for element in meta.iter("meta_keyword")),
    )


def _short(name: str) -> str:
    space, _, local = name[1:].partition("}") if name[:1] == "{" else ("", "", name)
    if local == "num-list-format":  # LibreOffice wrote it before the standard named it
        return local
    prefix = _NAMES.get(space, "")
    return f"{prefix}_{local}" if prefix else local


class Styles:
    """From the roots that hold styles: content.xml and styles.xml, or one flat file."""

    def __init__(self, *roots: Any) -> None:
        self._lists: dict[str, dict[int, Level]] = {}
        self._counters: dict[str, Counter] = {}
        self._outline = Counter({})
        self._outline_levels: dict[str, int] = {}
        self._parents: dict[str, str] = {}
        self._shown: dict[str, bool] = {}  # by the names of the styles that say so themselves
        for root in roots:
            for element in root.iter("text_list-style"):
                self._lists[element.get("style_name", "")] = _levels(element)
            for element in root.iter("text_outline-style"):
                self._outline = Counter(_levels(element))
            for element in root.iter("style_style"):
                self._read(element)

    def _read(self, style: Any) -> None:
        name = style.get("style_name", "")
        if (level := style.get("style_default-outline-level")) is not None:
            self._outline_levels[name] = whole(level)
        self._parents[name] = style.get("style_parent-style-name", "")
        properties = style.find("style_text-properties")
        display = properties.get("text_display") if properties is not None else None
        if display is not None:
            self._shown[name] = display != "none"

    def heading_mark(self, level: int) -> str:
        """The number of the next heading: "2.1", or ''."""
        mark = self._outline.next(level - 1)
        return "" if mark == BULLET else mark

    def list(self, name: str, goes_on: bool) -> Counter:
        """The numbers of a list of this style; they begin again unless it `goes_on`."""
        counter = self._counters.get(name)
        if counter is None or not goes_on:
            counter = self._counters[name] = Counter(self._lists.get(name, {}))
        return counter

    def is_title(self, name: str) -> bool:
        """Whether a paragraph in this style is the title of the whole."""
        return "Title" in self._line(name)

    def hides(self, name: str) -> bool:
        """Whether text in this style is not shown."""
        shown = (self._shown[each] for each in self._line(name) if each in self._shown)
        return not next(shown, True)

    def _line(self, name: str) -> Iterator[str]:
        """The style of this name, its parent, and so on."""
        for _ in range(_PARENTS_LIMIT):
            if not name:
                return
            yield name
            name = self._parents.get(name, "")


def _levels(style: Any) -> dict[int, Level]:
    found: dict[int, Level] = {}
    for element in style:
        level = whole(element.get("text_level"), 1) - 1
        if not 0 <= level < _LEVELS:
            continue
        if element.tag in ("text_list-level-style-number", "text_outline-level-style"):
            form = element.get("style_num-format", "")
            shown = min(max(whole(element.get("text_display-levels"), 1), 1), level + 1)
            places = ".".join(f"%{n + 1}" for n in range(level + 1 - shown, level + 1))
            before, after = element.get("style_num-prefix", ""), element.get("style_num-suffix", "")
            start = whole(element.get("text_start-value"), 1)
            pattern = before + places + after
            if element.get("num-list-format"):  # where it is written, it says it better
                pattern = re.sub(r"%([1-9])%", r"%\1", element.get("num-list-format"))
            found[level] = Level(form if form in "1aAiI" else "1", pattern, start)
        elif element.tag == "text_list-level-style-bullet":
            found[level] = Level(BULLET)
    return found
