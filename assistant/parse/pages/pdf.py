"""PDF: one section a page, labelled as a person would look it up ("p. 12, Funding > Grants").

Pages without text are told apart: blank ones are no loss, pictures are named and, where text
recognition was asked for, read. What hangs on the document or on its pages is read too.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
import re
from pathlib import PurePosixPath
from typing import Any

from assistant.domain import Reading, Section, Status
from assistant.parse import kinds, reading, sniff
from assistant.parse.archive import UNPACKED_LIMIT
from assistant.parse.file import DEPTH_LIMIT, File
from assistant.parse.outline import cut
from assistant.parse.pages import ocr, pdf_page
from assistant.parse.pages.pdf_found import DAMAGED, MEDIA_TYPE, Found, result
from assistant.parse.pages.pdf_page import Look
from assistant.parse.properties import pdf_date
from assistant.text import clean, one_line, shorten

_BOOKMARK_LIMIT = 5000
_TITLE_LENGTH = 200
_HEADING_LENGTH = 80
_HEADING_DEPTH = 3
_ATTACHMENT_LIMIT = 100
_NO_HEADING = re.compile(
    r"(?:(?:slide|page|p\.|blank page|folie|seite|diapositive)\W*)?[\d\W]*", re.I
)
# titles that a program made up: nobody would look for them
_MADE_UP = re.compile(
    r"(?:untitled|unbenannt|sans titre|document|presentation|title|scan)[\s\d-]*"
    r"|(?:powerpoint|microsoft \w+)(?: presentation| - .*)?"
    r"|\S*[\d_/\\]\S*|\W*\w{0,2}\W*"  # one word that looks like a file's name, or none
    r"|(?:[a-z]:|file:|/|\\).*"  # a place on a disk
    r"|.*\.(?:docx?|odt|rtf|pptx?|odp|xlsx?|ods|pdf|png|jpe?g|tiff?|dvi|tex|indd|pmd|pub|qxd|html?"
    r"|txt|wpd)",
    re.IGNORECASE,
)
_PLACEHOLDER = 700  # characters: what a form shows to programs that cannot show it

LOCKED = Reading(
    media_type=MEDIA_TYPE,
    status=Status.LOCKED,
    reason="The PDF is locked with a password.",
    remedy="Open it with its password and save a copy without one.",
)


def read(file: File) -> Reading:
    import pypdfium2
    from pypdfium2 import raw

    logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)  # it tells its troubles to the screen
    try:
        document = pypdfium2.PdfDocument(file.data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        return dataclasses.replace(LOCKED if locked else DAMAGED, title=file.stem)
    try:
        return _reading(document, file)
    finally:
        document.close()


def _reading(document: Any, file: File) -> Reading:
    from pypdfium2 import raw

    title = _title(document, file)
    dynamic_form = document.get_formtype() == raw.FORMTYPE_XFA_FULL
    _open_forms(document)
    found = _pages(document, file)
    if dynamic_form and sum(map(len, found.texts.values())) < _PLACEHOLDER:
        return Reading(
            title,
            MEDIA_TYPE,
            status=Status.NO_TEXT,
            reason="It is a form that only Adobe Reader can show.",
            remedy="Open it in Adobe Reader and print it to a new PDF file.",
        )
    _read_attachments(document, file, found)
    if file.ocr:
        _recognise(document, file, found)
    reading = result(found, title, _sections(found, _headings(document, title)))
    return dataclasses.replace(reading, properties=_facts(document))


def _open_forms(document: Any) -> None:
    """Needed for the values of fields; a broken form does not cost the pages."""
    import pypdfium2

    try:
        document.init_forms()
    except pypdfium2.PdfiumError:
        return


def _pages(document: Any, file: File) -> Found:
    import pypdfium2

    found = Found(len(document), file.ocr)
    for number in range(1, found.total + 1):
        if file.out_of_time:
            break
        found.seen = number
        try:
            page = pdf_page.read(document, number - 1)
        except pypdfium2.PdfiumError:
            found.broken.append(number)
            continue
        if page.text:
            found.texts[number] = page.text
        if page.look is Look.PICTURE:
            found.pictures.append(number)
        elif page.look is Look.GARBLED:
            found.garbled.append(number)
        for name, data in page.files:
            _attach(file, found, name, data)
    return found


def _recognise(document: Any, file: File, found: Found) -> None:
    """Read the pictures. After the text, so that no page of text is lost to slow ones."""
    for number in found.without_text:
        if file.out_of_time:
            return
        try:
            words = ocr.recognise(pdf_page.picture(document, number - 1, ocr.SIDE))
        except MemoryError:
            raise
        except Exception:  # a picture that cannot be drawn or read stays a picture
            continue
        # what the page had as text besides its picture, such as a comment, stays
        text = "\n\n".join(filter(None, (words, found.texts.get(number, ""))))
        if text:
            found.texts[number] = text
        found.pictures = [n for n in found.pictures if n != number]
        found.garbled = [n for n in found.garbled if n != number]
        found.recognised += 1


# --- what hangs on it -------------------------------------------------------------------------


def _read_attachments(document: Any, file: File, found: Found) -> None:
    import pypdfium2

    for index in range(min(document.count_attachments(), _ATTACHMENT_LIMIT)):
        try:
            attachment = document.get_attachment(index)
        except pypdfium2.PdfiumError:
            continue
        if named := pdf_page.attached(attachment):
            _attach(file, found, *named)


def _attach(file: File, found: Found, name: str, data: bytes) -> None:
    if file.depth >= DEPTH_LIMIT or len(found.attachments) >= _ATTACHMENT_LIMIT:
        return
    found.attached_bytes += len(data)
    if found.attached_bytes > UNPACKED_LIMIT or file.out_of_time:
        return
    name = one_line(clean(PurePosixPath(name.replace("\\", "/")).name)) or "without a name"
    member = file.member(name, data)
    # settings of print shops and the like are text too, and nobody's words
    if sniff.kind_of(member) is kinds.PLAIN and member.ending not in (".txt", ".text"):
        return
    found.attachments.append((name, reading.read(member)))


# --- titles and headings ----------------------------------------------------------------------


def _title(document: Any, file: File) -> str:
    try:
        told = str(document.get_metadata_dict().get("Title") or "")
    except UnicodeDecodeError:  # a damaged title costs no page
        return file.stem
    title = shorten(clean(told), _TITLE_LENGTH)
    return file.stem if _MADE_UP.fullmatch(title) or "\ufffd" in title else title


def _facts(document: Any) -> tuple[tuple[str, str], ...]:
    try:
        told = document.get_metadata_dict()
    except UnicodeDecodeError:
        return ()
    return (
        ("author", told.get("Author") or ""),
        ("date", pdf_date(told.get("CreationDate") or "")),
        ("keywords", told.get("Keywords") or ""),
        ("keywords", told.get("Subject") or ""),
    )


def _headings(document: Any, title: str) -> dict[int, str]:
    """Page (from 1) -> the path of the first bookmark that points to it."""
    path: list[tuple[int, str]] = []
    found: dict[int, str] = {}
    for bookmark in itertools.islice(document.get_toc(max_depth=8), _BOOKMARK_LIMIT):
        name = shorten(clean(bookmark.get_title()), _HEADING_LENGTH)
        path = [(level, part) for level, part in path if level < bookmark.level]
        if not name or _NO_HEADING.fullmatch(name) or name == title:
            continue
        path.append((bookmark.level, name))
        place = bookmark.get_dest()
        index = place.get_index() if place else None
        if index is not None:
            parts = [part for _, part in path[:_HEADING_DEPTH]]
            found.setdefault(index + 1, " > ".join(parts))
    return found


def _sections(found: Found, headings: dict[int, str]) -> tuple[Section, ...]:
    sections: list[Section] = []
    heading = ""
    for number in range(1, found.seen + 1):
        heading = headings.get(number, heading)
        if text := found.texts.get(number):
            label = f"p. {number}, {heading}" if heading else f"p. {number}"
            sections += cut(Section(label, text, page=number))
    for name, inner in found.attachments:
        for section in inner.sections:
            label = " > ".join(filter(None, (f"attachment {name}", section.label)))
            sections.append(Section(label, section.text))
    return tuple(sections)
