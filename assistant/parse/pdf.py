"""PDF: one section a page, labelled as a person would look it up ("p. 12")."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assistant.domain import Reading, Section, Status
from assistant.parse.outline import cut
from assistant.text import clean, one_line

# PDFium marks a hyphen that only breaks a line; the word belongs together.
_LINE_HYPHEN = re.compile(r"[\ufffe\u0002]\s*")


def read(path: Path) -> Reading:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            return Reading(
                status=Status.LOCKED,
                reason="The PDF is locked with a password.",
                remedy="Open it with its password and save a copy without one.",
            )
        return Reading(
            status=Status.DAMAGED,
            reason="The PDF is damaged or not a PDF.",
            remedy="Open it in a PDF viewer; if it opens, print it to a new PDF file.",
        )
    try:
        return _reading(document, path)
    finally:
        document.close()


def _reading(document: Any, path: Path) -> Reading:
    sections: list[Section] = []
    for number in range(len(document)):
        if text := _page_text(document, number):
            sections.extend(cut(Section(f"p. {number + 1}", text, page=number + 1)))
    title = one_line(clean(str(document.get_metadata_dict().get("Title") or ""))) or path.stem
    if sections:
        return Reading(title, "application/pdf", tuple(sections))
    return Reading(
        title,
        "application/pdf",
        status=Status.NO_TEXT,
        reason="The PDF has pages but no text: it is probably a scan.",
        remedy="Run it through a text recognition (OCR) program and save a searchable PDF.",
    )


def _page_text(document: Any, number: int) -> str:
    import pypdfium2

    try:
        page = document[number]
        text_page = page.get_textpage()
        text = text_page.get_text_bounded()
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError:
        return ""  # one broken page does not cost the others
    return clean(_LINE_HYPHEN.sub("", text)).strip()
