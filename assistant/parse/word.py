"""DOCX and ODT: paragraphs and tables under their headings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Status
from assistant.parse.archive import Archive
from assistant.parse.outline import Outline, rows_as_text
from assistant.text import clean, one_line

LOCKED = Reading(
    status=Status.LOCKED,
    reason="The document is locked with a password.",
    remedy="Open it with its password and save a copy without one.",
)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def read_docx(path: Path) -> Reading:
    import docx

    if _is_encrypted_office(path):
        return LOCKED
    with Archive(path):  # refuses a zip bomb before the library unpacks it
        pass
    document = docx.Document(str(path))
    outline = Outline()
    _docx_blocks(document.element.body, document, outline)
    title = one_line(clean(document.core_properties.title or "")) or outline.first_heading
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Reading(title or path.stem, media_type, outline.sections(title))


def _is_encrypted_office(path: Path) -> bool:
    """Office wraps an encrypted document in an OLE file with a stream of this name."""
    with path.open("rb") as file:
        start = file.read(1024 * 1024)
    return start.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in start


def _docx_blocks(parent: Any, document: Any, outline: Outline) -> None:
    for element in parent:
        if element.tag == f"{_WORD}p":
            _docx_paragraph(element, document, outline)
        elif element.tag == f"{_WORD}tbl":
            outline.add(rows_as_text(_docx_rows(element)))
        elif element.tag == f"{_WORD}sdt":  # a content control: its content is ordinary blocks
            content = element.find(f"{_WORD}sdtContent")
            if content is not None:
                _docx_blocks(content, document, outline)


def _docx_paragraph(element: Any, document: Any, outline: Outline) -> None:
    from docx.text.paragraph import Paragraph

    words = clean("".join(_docx_pieces(element))).strip()
    style = Paragraph(element, document._body).style
    name = (style.name or "") if style is not None else ""
    level = name.removeprefix("Heading ")
    if name == "Title":
        outline.heading(1, words)
    elif name.startswith("Heading ") and level.isdigit():
        outline.heading(int(level), words)
    elif name.startswith("List"):
        outline.add(f"- {words}" if words else "")
    else:
        outline.add(words)


def _docx_pieces(element: Any) -> Iterator[str]:
    """The words of a paragraph, also inside fields, tags, links and tracked insertions."""
    for child in element:
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag in (f"{_WORD}tab", f"{_WORD}noBreakHyphen"):
            yield "\t" if child.tag == f"{_WORD}tab" else "-"
        elif child.tag in (f"{_WORD}br", f"{_WORD}cr"):
            yield "\n"
        # a fallback repeats its alternative; deleted words are no words
        elif child.tag not in (_FALLBACK, f"{_WORD}del", f"{_WORD}pPr", f"{_WORD}rPr"):
            yield from _docx_pieces(child)


def _docx_rows(table: Any) -> list[list[str]]:
    return [
        [
            " ".join(filter(None, ("".join(_docx_pieces(p)) for p in cell.iter(f"{_WORD}p"))))
            for cell in row.iter(f"{_WORD}tc")
        ]
        for row in table.iter(f"{_WORD}tr")
    ]


def read_odt(path: Path) -> Reading:
    with Archive(path) as archive:
        manifest = "META-INF/manifest.xml"
        if archive.has(manifest) and b"encryption-data" in archive.bytes(manifest):
            return LOCKED
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
            for note in element.iter(f"{_TEXT}note-body"):
                outline.add(" ".join(_odt_words(p) for p in note.iter(f"{_TEXT}p")))
        elif element.tag == f"{_TEXT}list":
            for heading in element.iter(f"{_TEXT}h"):  # numbered headings are list items
                _odt_blocks([heading], outline)
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
        elif child.tag not in (f"{_OFFICE}annotation", f"{_TEXT}note"):
            yield from _odt_pieces(child)
        yield child.tail or ""
