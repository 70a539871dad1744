"""OpenDocument texts (ODT, OTT), presentations (ODP) and flat files (FODT, FODP, FODS).

Deleted text that change tracking keeps is not read. Footnotes, comments and text boxes stand
after the paragraph that they belong to; page headers and footers come last. Scripts are never
looked at, nor anything that a link names outside the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistant.domain import Reading, Section
from assistant.parse.archive import LOCKED, Archive
from assistant.parse.file import File
from assistant.parse.office.odfstyles import Styles, odf_facts, short_names
from assistant.parse.office.odfwalk import Walker
from assistant.parse.office.slides import given_title, partly, slide_outline
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import clean, one_line

_MEDIA_TYPE = "application/vnd.oasis.opendocument."
_MARGINS = {
    "Page header": ("style_header", "style_header-left", "style_header-first"),
    "Page footer": ("style_footer", "style_footer-left", "style_footer-first"),
}
_NO_WORDS = ("date-time", "page-number")  # shapes that change by themselves
_SLIDE_MARGINS = ("presentation_header-decl", "presentation_footer-decl")


def read_text(file: File) -> Reading:
    return _read(file, _text)


def read_slides(file: File) -> Reading:
    return _read(file, _slides)


def read_flat(file: File) -> Reading:
    """One XML file that is all of the document."""
    from defusedxml import ElementTree

    root = short_names(ElementTree.fromstring(file.data))
    document = _Document(file, root, (root,), root, _no_object)
    for kind, reader in (("text", _text), ("presentation", _slides), ("spreadsheet", _sheets)):
        if root.find(f"office_body/office_{kind}") is not None:
            return reader(document)
    raise ValueError("no body")


class _Document:
    """The roots of a document's XML: `content`, where its `styles` and its `meta` data stand."""

    def __init__(
        self,
        file: File,
        content: Any,
        roots: tuple[Any, ...],
        meta: Any,
        objects: Callable[[str], Any],
    ) -> None:
        self.file = file
        self.content = content
        self.roots = roots
        self.styles = Styles(*roots)
        self.objects = objects
        found = meta.findtext(".//dc_title") if meta is not None else ""
        self.title = one_line(clean(found or ""))
        self.facts = odf_facts(meta) if meta is not None else ()

    def body(self, kind: str) -> Any:
        body = self.content.find(f"office_body/office_{kind}")
        return body if body is not None else self.content.find("office_body")

    def walker(self, outline: Outline) -> Walker:
        return Walker(outline, self.styles, self.objects, self.file)


def _read(file: File, reader: Callable[[_Document], Reading]) -> Reading:
    with Archive(file.data) as archive:
        if b"encryption-data" in (_bytes(archive, "META-INF/manifest.xml") or b""):
            return LOCKED
        content = short_names(archive.xml("content.xml"))
        styles, meta = _part(archive, "styles.xml"), _part(archive, "meta.xml")

        def objects(name: str) -> Any:
            return _part(archive, f"{name}/content.xml")

        roots = (content,) if styles is None else (styles, content)
        return reader(_Document(file, content, roots, meta, objects))


def _bytes(archive: Archive, name: str) -> bytes | None:
    try:
        return archive.bytes(name)
    except KeyError:
        return None


def _part(archive: Archive, name: str) -> Any:
    """The root of a part that a document can do without, or None."""
    from defusedxml import ElementTree

    try:
        return short_names(archive.xml(name))
    except (KeyError, ElementTree.ParseError):
        return None


def _no_object(_: str) -> Any:
    return None


def _text(document: _Document) -> Reading:
    outline = Outline()
    walker = document.walker(outline)
    body = document.body("text")
    if body is not None:
        walker.blocks(body)
    title = document.title or outline.first_heading
    sections = outline.sections(title) + _margins(document)
    return _result(document, title, "text", sections, walker.late)


def _result(
    document: _Document, title: str, kind: str, sections: tuple[Section, ...], late: bool
) -> Reading:
    title = title or document.file.stem
    reading = Reading(title, f"{_MEDIA_TYPE}{kind}", sections, properties=document.facts)
    return partly(reading, [], late)


def _margins(document: _Document) -> tuple[Section, ...]:
    """The headers and footers of the pages, each once."""
    found: list[Section] = []
    seen: set[str] = set()
    for name, tags in _MARGINS.items():
        outline = Outline(name)
        for root in document.roots:
            for element in root.iter():
                if element.tag in tags:
                    words = document.walker(outline).words_of_blocks(element)
                    # a page number alone says nothing
                    if words not in seen and any(c.isalpha() for c in words):
                        seen.add(words)
                        outline.add(words)
        found.extend(outline.sections())
    return tuple(found)


def _slides(document: _Document) -> Reading:
    sections: list[Section] = []
    first_title = ""
    late = False
    body = document.body("presentation")
    pages = [page for page in body if page.tag == "drawing_page"] if body is not None else []
    for number, page in enumerate(pages, start=1):
        if late := document.file.out_of_time:
            break
        title, found = _slide(document, number, page)
        first_title = first_title or title
        sections.extend(found)
    sections.extend(_behind(document, body, pages))
    title = given_title(document.title) or first_title
    return _result(document, title, "presentation", tuple(sections), late)


def _behind(document: _Document, body: Any, pages: list[Any]) -> tuple[Section, ...]:
    """What stands on every slide, once: footers, and the words of the slides' own backgrounds."""
    outline = Outline("on every slide")
    for element in body if body is not None else ():
        if element.tag in _SLIDE_MARGINS:
            outline.add(element.text or "")
    used = {page.get("drawing_master-page-name") for page in pages}
    for root in document.roots:
        for master in root.iter("style_master-page"):
            if master.get("style_name") in used:
                own = [e for e in master if not e.get("presentation_class")]
                outline.add(document.walker(Outline()).words_of_blocks(own))
    return outline.sections()


def _slide(document: _Document, number: int, page: Any) -> tuple[str, tuple[Section, ...]]:
    titles = [shape for shape in page if shape.get("presentation_class") == "title"][:1]
    walker = document.walker(Outline())
    title = one_line(" ".join(walker.words_of_blocks(shape) for shape in titles))
    outline = slide_outline(number, title)
    walker = document.walker(outline)
    walker.blocks(
        e for e in page if e not in titles and e.get("presentation_class") not in _NO_WORDS
    )
    for notes in page.findall("presentation_notes"):
        named = [e for e in notes if e.get("presentation_class") == "notes"]
        words = walker.words_of_blocks(named or notes)
        outline.add(f"Notes: {words}" if words else "")
    if not (sections := outline.sections()):
        outline.add(title)  # nothing but its title
        sections = outline.sections()
    return title, sections


def _sheets(document: _Document) -> Reading:
    outline = Outline()
    walker = document.walker(outline)
    for table in document.body("spreadsheet").iter("table_table"):
        outline.heading(1, table.get("table_name") or "")
        outline.add(rows_as_text(walker.rows(table)))
    return _result(document, document.title, "spreadsheet", outline.sections(), walker.late)
