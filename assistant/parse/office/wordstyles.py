"""What Word's styles say of a paragraph: is it a heading, a list item, hidden, and its number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from assistant.parse.office import numbering
from assistant.parse.office.numbering import BULLET, Counter, Level
from assistant.parse.office.openxml import whole

_BASED_ON_LIMIT = 20  # styles that a style is based on, one upon the other
_HEADING = re.compile(r"heading ([1-9])")
_FORMS = {
    "decimal": "1",
    "decimalZero": "1",
    "lowerLetter": "a",
    "upperLetter": "A",
    "lowerRoman": "i",
    "upperRoman": "I",
    "bullet": BULLET,
    "none": "",
}


@dataclass(frozen=True, slots=True)
class Look:
    """`heading`: its level from 1, or 0. `list`: the id of its list, or ''. `level` from 0."""

    heading: int = 0
    list: str = ""
    level: int = 0
    hidden: bool = False
    bullet: bool = False  # its style is called a list and has no marks of its own


@dataclass(frozen=True, slots=True)
class _Style:
    """What one style says itself; None where it leaves that to the one it is based on."""

    name: str
    based_on: str
    outline: int | None
    list: str | None
    level: int | None
    hidden: bool | None


@dataclass(slots=True)
class _List:
    counter: Counter
    # levels whose first number this list sets, although it counts together with others
    restarts: dict[int, int] = field(default_factory=dict)


class Styles:
    """The styles and lists of a document; `mark` counts, so ask it once for each paragraph."""

    def __init__(self, styles: Any, lists: Any) -> None:
        self._styles = {
            style.get("w_styleId", ""): _style(style)
            for style in (styles.findall("w_style") if styles is not None else ())
        }
        self._default = next(
            (
                style.get("w_styleId", "")
                for style in (styles.findall("w_style") if styles is not None else ())
                if style.get("w_type") == "paragraph" and style.get("w_default") in ("1", "true")
            ),
            "",
        )
        self._level_of_style: dict[tuple[str, str], int] = {}
        self._lists: dict[str, _List] = {}
        if lists is not None:
            self._read_lists(lists)
        self._looks: dict[str, Look] = {}

    def look(self, properties: Any) -> Look:
        """What a paragraph with these properties (w_pPr or None) is."""
        if properties is None:
            return self._look_of(self._default)
        look = self._look_of(value(properties, "w_pStyle") or self._default)
        outline = value(properties, "w_outlineLvl")
        heading = whole(outline, 9) + 1 if outline is not None else look.heading
        list_id = value(properties, "w_numPr/w_numId")
        level = value(properties, "w_numPr/w_ilvl")
        return Look(
            heading if heading < 10 else 0,
            look.list if list_id is None else list_id,
            look.level if level is None else min(max(whole(level), 0), numbering.LEVELS),
            look.hidden,
            look.bullet and list_id is None,
        )

    def hides(self, properties: Any) -> bool | None:
        """Whether a run with these properties (w_rPr) is hidden; None: as its paragraph."""
        if (direct := _switch(properties, "w_vanish")) is not None:
            return direct
        chain = self._chain(value(properties, "w_rStyle") or "")
        return next((s.hidden for _, s in chain if s.hidden is not None), None)

    def mark(self, look: Look) -> str:
        """The next number or bullet of such a paragraph: "2.1", "-" or ''."""
        found = self._lists.get(look.list)
        if found is None:
            return BULLET if look.bullet else ""
        if look.level in found.restarts:
            found.counter.restart(look.level, found.restarts.pop(look.level))
        return found.counter.next(look.level)

    def _look_of(self, style_id: str) -> Look:
        if style_id not in self._looks:
            self._looks[style_id] = self._resolve(style_id)
        return self._looks[style_id]

    def _chain(self, style_id: str) -> list[tuple[str, _Style]]:
        """The style of this id and those that it is based on, itself first."""
        chain: list[tuple[str, _Style]] = []
        while (style := self._styles.get(style_id)) is not None and len(chain) < _BASED_ON_LIMIT:
            chain.append((style_id, style))
            style_id = style.based_on
        return chain

    def _resolve(self, style_id: str) -> Look:
        chain = self._chain(style_id)
        heading = next((level for _, s in chain if (level := _heading(s)) is not None), 0)
        # the style that joins a list is the one that the list names for its level
        owner, list_id = next(((i, s.list) for i, s in chain if s.list is not None), ("", ""))
        level = next((s.level for _, s in chain if s.level is not None), None)
        if level is None:
            level = self._level_of_style.get((list_id or "", owner), 0)
        hidden = next((s.hidden for _, s in chain if s.hidden is not None), False)
        listed = bool(chain) and chain[0][1].name.startswith("list ")
        return Look(heading, list_id or "", level, bool(hidden), listed)

    def _read_lists(self, root: Any) -> None:
        counters: dict[str, Counter] = {}
        for abstract in root.findall("w_abstractNum"):
            key = abstract.get("w_abstractNumId", "")
            levels = {whole(e.get("w_ilvl")): _level(e) for e in abstract.findall("w_lvl")}
            counters[key] = Counter(levels)
        for number in root.findall("w_num"):
            key = value(number, "w_abstractNumId") or ""
            abstract_counter = counters.get(key)
            if abstract_counter is None:
                continue
            found = _List(abstract_counter)
            own = {}
            for override in number.findall("w_lvlOverride"):
                level = whole(override.get("w_ilvl"))
                if (definition := override.find("w_lvl")) is not None:
                    own[level] = _level(definition)
                if (start := value(override, "w_startOverride")) is not None:
                    found.restarts[level] = whole(start, 1)
            if own:
                found.counter = Counter(abstract_counter.levels | own)
            self._lists[number.get("w_numId", "")] = found
        self._name_levels(root)

    def _name_levels(self, root: Any) -> None:
        """Which level of its list a style stands for, where only the list says so."""
        by_abstract = {
            abstract.get("w_abstractNumId", ""): {
                style: whole(e.get("w_ilvl"))
                for e in abstract.findall("w_lvl")
                if (style := value(e, "w_pStyle"))
            }
            for abstract in root.findall("w_abstractNum")
        }
        for number in root.findall("w_num"):
            for style, level in by_abstract.get(value(number, "w_abstractNumId") or "", {}).items():
                self._level_of_style[(number.get("w_numId", ""), style)] = level


def value(element: Any, path: str) -> str | None:
    """The w_val of the first element at `path`."""
    found = element.find(path)
    return None if found is None else found.get("w_val")


def _switch(element: Any, path: str) -> bool | None:
    found = element.find(path)
    return None if found is None else found.get("w_val", "1") not in ("0", "false", "off")


def _style(element: Any) -> _Style:
    outline = value(element, "w_pPr/w_outlineLvl")
    level = value(element, "w_pPr/w_numPr/w_ilvl")
    return _Style(
        (value(element, "w_name") or "").lower(),
        value(element, "w_basedOn") or "",
        None if outline is None else whole(outline, 9),
        value(element, "w_pPr/w_numPr/w_numId"),
        None if level is None else min(max(whole(level), 0), numbering.LEVELS),
        _switch(element, "w_rPr/w_vanish"),
    )


def _heading(style: _Style) -> int | None:
    """1 for the highest, 0 for none, None where the style does not say."""
    if style.name == "title":
        return 1
    if named := _HEADING.fullmatch(style.name):
        return int(named[1])
    if style.outline is None:
        return None
    return style.outline + 1 if style.outline < 9 else 0


def _level(element: Any) -> Level:
    form = _FORMS.get(value(element, "w_numFmt") or "decimal", "1")
    return Level(form, value(element, "w_lvlText") or "", whole(value(element, "w_start"), 1))
