"""DOCX and ODT: paragraphs and tables under their headings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.domain import Reading
from assistant.parse.archive import Archive
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import clean, one_line

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def read_docx(path: Path) -> Reading:
    import docx

    with Archive(path):  # refuses a zip bomb before the library unpacks it
        pass
    document = docx.Document(str(path))
    outline = Outline()
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            outline.add(clean(rows_as_text(_docx_rows(block))))
        else:
            _docx_paragraph(block, outline)
    title = one_line(clean(document.core_properties.title or "")) or outline.first_heading
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Reading(title or path.stem, media_type, outline.sections(title))


def _docx_paragraph(paragraph: Any, outline: Outline) -> None:
    words = clean(paragraph.text).strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    level = style.removeprefix("Heading ")
    if style == "Title":
        outline.heading(1, words)
    elif style.startswith("Heading ") and level.isdigit():
        outline.heading(int(level), words)
    elif style.startswith("List"):
        outline.add(f"- {words}" if words else "")
    else:
        outline.add(words)


def _docx_rows(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def read_odt(path: Path) -> Reading:
    with Archive(path) as archive:
        content = archive.xml("content.xml")
        meta = archive.xml("meta.xml") if archive.has("meta.xml") else None
    outline = Outline()
    body = content.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is not None:
        _odt_blocks(body, outline)
    title = ""
    if meta is not None:
        title = one_line(clean(meta.findtext(f".//{_DC}title") or ""))
    title = title or outline.first_heading
    return Reading(
        title or path.stem, "application/vnd.oasis.opendocument.text", outline.sections(title)
    )


def _odt_blocks(parent: Any, outline: Outline) -> None:
    for element in parent:
        if element.tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            outline.heading(int(level) if level.isdigit() else 1, _odt_words(element))
        elif element.tag == f"{_TEXT}p":
            outline.add(_odt_words(element))
        elif element.tag == f"{_TEXT}list":
            items = [_odt_words(p) for p in element.iter(f"{_TEXT}p")]
            outline.add("\n".join(f"- {item}" for item in items if item))
        elif element.tag == f"{_TABLE}table":
            outline.add(rows_as_text(_odt_rows(element)))
        elif element.tag == f"{_TEXT}section":
            _odt_blocks(element, outline)


def _odt_rows(table: Any) -> list[list[str]]:
    return [
        [
            " ".join(filter(None, (_odt_words(p) for p in cell.iter(f"{_TEXT}p"))))
            for cell in row.iter(f"{_TABLE}table-cell")
        ]
        for row in table.iter(f"{_TABLE}table-row")
    ]


def _odt_words(element: Any) -> str:
    return clean("".join(_odt_pieces(element))).strip()


def _odt_pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            # the count comes from the file: bounded, it is only white space
            count = child.get(f"{_TEXT}c", "1")
            yield " " * (min(int(count), 100) if count.isdigit() else 1)
        elif child.tag == f"{_TEXT}tab":
            yield " "
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif child.tag != f"{_OFFICE}annotation":
            yield from _odt_pieces(child)
        yield child.tail or ""
