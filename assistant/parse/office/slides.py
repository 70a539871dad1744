"""PPTX, PPTM, PPSX, PPSM: the words of each slide, its notes and its comments.

A slide is a section, "slide 3: Title"; hidden slides are read too. What stands on every slide
(the words of its layout, footers) is read once. Macros and embedded files are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import Archive
from assistant.parse.file import File
from assistant.parse.office.openxml import (
    BROKEN,
    Package,
    Relations,
    chart_words,
    chosen,
    diagram_words,
)
from assistant.parse.office.slidetext import paragraphs, table_rows
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import clean, one_line, shorten

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_DEPTH_LIMIT = 40  # groups within groups
_TITLE_LIMIT = 120  # characters of a slide's title in its label
_ONCE = ("ftr", "dt", "hdr")  # placeholders that repeat on every slide
_TITLES = ("title", "ctrTitle")


def read(file: File) -> Reading:
    with Archive(file.data) as archive:
        deck = _Deck(Package(archive), file)
        sections = deck.sections()
        title = deck.title()
        facts = deck.facts()
    reading = Reading(title or file.stem, MEDIA_TYPE, sections, properties=facts)
    if deck.broken and not sections:
        raise ValueError("no slide can be read")
    return partly(reading, deck.broken, deck.late)


def partly(reading: Reading, broken: list[int], late: bool) -> Reading:
    """`reading`, with what was left out of it: slides by number, or the end."""
    if broken:
        which = f"Slide {broken[0]}" if len(broken) == 1 else f"{len(broken)} slides"
        reason = f"{which} could not be read."
        remedy = "Open it in the program that made it and save it again."
    elif late:
        reason = "It is so long that only its beginning was read."
        remedy = "Split it into smaller files."
    else:
        return reading
    return replace(reading, status=Status.PARTLY, reason=reason, remedy=remedy)


class _Deck:
    """`broken`: the numbers of slides that cannot be read. `late`: time was up before the end."""

    def __init__(self, package: Package, file: File) -> None:
        self.broken: list[int] = []
        self.late = False
        self._package = package
        self._file = file
        self._name = package.main("ppt/presentation.xml")
        self._relations = package.relations(self._name)
        self._authors = self._read_authors()
        self._seen: set[str] = set()  # layouts that were read, and words that repeat
        self._first_title = ""

    def title(self) -> str:
        return given_title(self._package.title()) or self._first_title

    def facts(self) -> tuple[tuple[str, str], ...]:
        return self._package.facts()

    def sections(self) -> tuple[Section, ...]:
        root = self._package.part(self._name)
        found: list[Section] = []
        for number, entry in enumerate(root.findall("p_sldIdLst/p_sldId"), start=1):
            if self._file.out_of_time:
                self.late = True
                break
            try:
                found.extend(self._slide(number, self._relations.target(entry.get("r_id"))))
            except BROKEN:  # it costs this slide alone
                self.broken.append(number)
        return tuple(found)

    def _slide(self, number: int, name: str) -> tuple[Section, ...]:
        root = self._package.part(name)
        relations = self._package.relations(name)
        shapes = _Shapes(self._package, relations, self._seen)
        shapes.read(root.find("p_cSld/p_spTree"))
        self._first_title = self._first_title or shapes.title
        outline = slide_outline(number, shapes.title)
        for block in (*shapes.blocks, *self._behind(relations)):
            outline.add(block)
        for notes in relations.all("notesSlide"):
            words = _notes(self._package.part_or_none(notes))
            outline.add(f"Notes: {words}" if words else "")
        for comments in relations.all("comments"):
            for block in self._comments(self._package.part_or_none(comments)):
                outline.add(block)
        if not (sections := outline.sections()):
            outline.add(shapes.title)  # nothing but its title
            sections = outline.sections()
        return sections

    def _behind(self, relations: Relations) -> list[str]:
        """The words of a slide's layout and master that are no gaps to fill in."""
        found: list[str] = []
        for kind in ("slideLayout", "slideMaster"):
            name = relations.first(kind)
            relations = self._package.relations(name)
            root = self._package.part_or_none(name) if name not in self._seen else None
            self._seen.add(name)
            if root is not None:
                shapes = _Shapes(self._package, relations, self._seen, placeholders=False)
                shapes.read(root.find("p_cSld/p_spTree"))
                found.extend(shapes.blocks)
        return found

    def _read_authors(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for kind in ("commentAuthors", "authors"):
            root = self._package.part_or_none(self._relations.first(kind))
            for author in root if root is not None else ():
                found[author.get("id") or ""] = one_line(author.get("name") or "")
        return found

    def _comments(self, root: Any) -> Iterator[str]:
        """Comments of the older form (p_text) and of the newer one (txBody, with replies)."""
        for element in root.iter() if root is not None else ():
            author = element.get("authorId")
            if author is None:
                continue
            words = " ".join(e.text or "" for e in element.findall("p_text"))
            for body in element:
                if _local(body) == "txBody":
                    words = " ".join(t.text or "" for t in body.iter("a_t"))
            if words.strip():
                yield f"Comment by {self._authors.get(author) or 'someone'}: {words.strip()}"


class _Shapes:
    """The words of a slide's shapes in their order; the title is kept apart from `blocks`."""

    def __init__(
        self,
        package: Package,
        relations: Relations,
        seen: set[str],
        placeholders: bool = True,
    ) -> None:
        self.title = ""
        self.blocks: list[str] = []
        self._package = package
        self._relations = relations
        self._seen = seen
        self._placeholders = placeholders

    def read(self, tree: Any, depth: int = 0) -> None:
        if depth > _DEPTH_LIMIT:
            self.blocks.append(" ".join(t.text or "" for t in tree.iter("a_t")))
            return
        for element in tree if tree is not None else ():
            if _is_hidden(element):
                continue
            if element.tag in ("p_sp", "p_cxnSp"):
                self._shape(element)
            elif element.tag == "p_grpSp":
                self.read(element, depth + 1)
            elif element.tag == "mc_AlternateContent":
                self.read(chosen(element), depth + 1)
            elif element.tag == "p_graphicFrame":
                self._frame(element)

    def _shape(self, element: Any) -> None:
        placeholder = element.find("p_nvSpPr/p_nvPr/p_ph")
        kind = placeholder.get("type", "obj") if placeholder is not None else ""
        body = element.find("p_txBody")
        if body is None or kind == "sldNum" or (kind and not self._placeholders):
            return
        blocks = paragraphs(body, bullets=kind in ("obj", "body"))
        if kind in _TITLES and not self.title:
            self.title = one_line(clean(" ".join(blocks)))
            return
        if kind in _ONCE:
            blocks = [block for block in blocks if block not in self._seen]
            self._seen.update(blocks)
        self.blocks.extend(blocks)

    def _frame(self, element: Any) -> None:
        for table in element.iter("a_tbl"):
            self.blocks.append(rows_as_text(table_rows(table)))
        for chart in element.iter("c_chart"):
            name = self._relations.target(chart.get("r_id"))
            self.blocks.extend(chart_words(self._package, name))
        for diagram in element.iter("dgm_relIds"):
            name = self._relations.target(diagram.get("r_dm"))
            self.blocks.append("\n".join(diagram_words(self._package, name)))


def slide_outline(number: int, title: str) -> Outline:
    """An outline whose sections are labelled as this slide."""
    short = shorten(title, _TITLE_LIMIT)
    outline = Outline(f"slide {number}: {short}" if short else f"slide {number}")
    if short != title:
        outline.add(title)
    return outline


def given_title(title: str) -> str:
    """`title`, unless it is the one that the program gives to what has none."""
    default = "powerpoint" in title.lower() and len(title) < 35
    return "" if default or title == "Slide 1" else title


def _notes(root: Any) -> str:
    found: list[str] = []
    for shape in root.iter("p_sp") if root is not None else ():
        placeholder = shape.find("p_nvSpPr/p_nvPr/p_ph")
        body = shape.find("p_txBody")
        if placeholder is not None and placeholder.get("type") == "body" and body is not None:
            found.extend(paragraphs(body))
    return "\n\n".join(found)


def _is_hidden(element: Any) -> bool:
    shown = element.find("*/p_cNvPr")
    return shown is not None and shown.get("hidden") in ("1", "true")


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
