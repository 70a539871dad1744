"""One page of a PDF: its words, its notes and filled-in fields, and what it is when it has none.

Works on an open pypdfium2 document; raises what pypdfium2 raises for a broken page.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from assistant.text import clean, one_line

# PDFium marks a hyphen that only breaks a line; the word belongs together.
_LINE_HYPHEN = re.compile(r"[\ufffe\u0002]\s*|\u00ad(?:\s*\n\s*)?")
# letters joined or shaped for print: nobody types them into a search box
_PRINT_FORM = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufbb1\ufbd3-\ufdff\ufe70-\ufefc]")
_LAM_ALEF = re.compile("[اأإآ]ل")
_LETTERS_MEET = re.compile("(?<=[A-Za-z])(?=[\u0620-\u064a])|(?<=[\u0620-\u064a])(?=[A-Za-z])")
_NO_LETTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ue000-\uf8ff]")
_SYMBOL_BULLET = re.compile("[\uf0a7\uf0b7\uf0d8\uf0fc](?=\\s)")
# what scanner programs and page counters put on a page that is otherwise a picture
_STAMP = re.compile(
    r"(?:\W|\b(?:scanned (?:with|by) \w+|(?:cs )?camscanner|page|of|\d{1,5})\b)+", re.IGNORECASE
)
_GARBLED = 0.3  # this share of a page's characters
_OBJECT_LIMIT = 5000
_PICTURE_PIXELS = 100_000  # less is a logo
_DRAWN_LINES = 20  # fewer are rules and boxes
_NOTE_LIMIT = 1000  # annotations read of a page
_NOTE_LENGTH = 100_000  # bytes
_SEEN_IN_PLACE = ("Link", "Widget", "Popup")  # whose contents repeat what stands elsewhere
_INVISIBLE = 2 | 32  # flags: hidden, not shown on a screen


class Look(Enum):
    """What a page is to somebody who looks for words."""

    TEXT = auto()
    PICTURE = auto()
    GARBLED = auto()
    BLANK = auto()


@dataclass(frozen=True, slots=True)
class Page:
    """`files`: name and bytes of each file that hangs on a mark of the page."""

    text: str
    look: Look
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


def read(document: Any, number: int) -> Page:
    """Page `number`, counted from 0."""
    page = document[number]
    try:
        text, look = _printed(page)
        wordless = look is Look.BLANK or _is_stamp(text)
        if wordless and look is not Look.GARBLED and _has_picture(page):
            text, look = "", Look.PICTURE
        notes, files = _annotations(document, page)
        text = "\n\n".join(filter(None, (text, *notes)))
        if notes and look is Look.BLANK:
            look = Look.TEXT
        return Page(text, look, files)
    finally:
        page.close()


def picture(document: Any, number: int, side: int) -> Any:
    """The page as RGB pixels, the longer side at most `side`: an array (rows, columns, 3)."""
    page = document[number]
    try:
        scale = min(side / max(*page.get_size(), 1), 300 / 72)
        bitmap = page.render(scale=scale, rev_byteorder=True, maybe_alpha=False)
        return bitmap.to_numpy()[:, :, :3].copy()
    finally:
        page.close()


def _printed(page: Any) -> tuple[str, Look]:
    textpage = page.get_textpage()
    try:
        raw = _joined_letters_in_order(textpage, textpage.get_text_bounded())
    finally:
        textpage.close()
    raw = _SYMBOL_BULLET.sub("•", _LINE_HYPHEN.sub("", raw))
    ink = len("".join(raw.split()))
    garbled = len(_NO_LETTER.findall(raw)) > ink * _GARBLED
    text = _PRINT_FORM.sub(lambda m: unicodedata.normalize("NFKC", m[0]), _NO_LETTER.sub("", raw))
    text = clean(_LETTERS_MEET.sub(" ", text)).strip()
    if garbled:
        return "", Look.GARBLED
    return text, Look.TEXT if text else Look.BLANK


def _is_stamp(text: str) -> bool:
    return len(text) < 60 and bool(_STAMP.fullmatch(text))


def _joined_letters_in_order(textpage: Any, text: str) -> str:
    """Arabic lam-alef is one sign; turning a line around, PDFium also turns its two letters."""
    if not _LAM_ALEF.search(text) or len(text) != textpage.count_chars():
        return text
    letters = list(text)
    for match in _LAM_ALEF.finditer(text):
        alef, lam = match.start(), match.start() + 1
        if textpage.get_charbox(alef) == textpage.get_charbox(lam):  # in the same place: one sign
            letters[alef], letters[lam] = letters[lam], letters[alef]
    return "".join(letters)


def _has_picture(page: Any) -> bool:
    """Whether it shows a picture that may hold words: pixels, or a drawing of many lines."""
    from pypdfium2 import raw

    pixels = lines = 0
    for thing in itertools.islice(page.get_objects(max_depth=4), _OBJECT_LIMIT):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            width, height = thing.get_px_size()
            pixels += width * height
        elif thing.type == raw.FPDF_PAGEOBJ_PATH:
            lines += 1
        if pixels >= _PICTURE_PIXELS or lines >= _DRAWN_LINES:
            return True
    return False


# --- notes and fields -------------------------------------------------------------------------


def _annotations(document: Any, page: Any) -> tuple[list[str], tuple[tuple[str, bytes], ...]]:
    notes: list[str] = []
    files: list[tuple[str, bytes]] = []
    for mark in _marks(page):
        if note := _note(mark) or _field(document, mark):
            notes.append(note)
        if file := _file(document, mark):
            files.append(file)
    return notes, tuple(files)


def _marks(page: Any) -> Iterator[Any]:
    from pypdfium2 import raw

    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _NOTE_LIMIT)):
        mark = raw.FPDFPage_GetAnnot(page, index)
        if not mark:
            continue
        try:
            if not raw.FPDFAnnot_GetFlags(mark) & _INVISIBLE:
                yield mark
        finally:
            raw.FPDFPage_CloseAnnot(mark)


def _note(mark: Any) -> str:
    """The words of a comment; those typed onto the page are the page's own."""
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetSubtype(mark)
    if kind in {getattr(raw, f"FPDF_ANNOT_{name.upper()}") for name in _SEEN_IN_PLACE}:
        return ""
    words = clean(
        _string(lambda to, size: raw.FPDFAnnot_GetStringValue(mark, b"Contents", to, size))
    )
    words = words.strip()
    return words if not words or kind == raw.FPDF_ANNOT_FREETEXT else f"Comment: {words}"


def _field(document: Any, mark: Any) -> str:
    """A filled-in field: "Name: Amina"."""
    from pypdfium2 import raw

    form = document.formenv
    if form is None or raw.FPDFAnnot_GetSubtype(mark) != raw.FPDF_ANNOT_WIDGET:
        return ""
    kind = raw.FPDFAnnot_GetFormFieldType(form, mark)
    name = _field_name(form, mark)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        return f"{name}: yes" if name and raw.FPDFAnnot_IsChecked(form, mark) else ""
    if kind not in (
        raw.FPDF_FORMFIELD_TEXTFIELD,
        raw.FPDF_FORMFIELD_COMBOBOX,
        raw.FPDF_FORMFIELD_LISTBOX,
    ):
        return ""
    value = clean(
        _string(lambda to, size: raw.FPDFAnnot_GetFormFieldValue(form, mark, to, size))
    ).strip()
    return f"{name}: {value}" if name and value else value


def _field_name(form: Any, mark: Any) -> str:
    """What the field is called to people, or inside if that is no path of a program."""
    from pypdfium2 import raw

    shown = _string(lambda to, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, mark, to, size))
    inner = _string(lambda to, size: raw.FPDFAnnot_GetFormFieldName(form, mark, to, size))
    return one_line(clean(shown or ("" if re.search(r"[\[\].#]", inner) else inner)))


def _file(document: Any, mark: Any) -> tuple[str, bytes] | None:
    from pypdfium2 import PdfAttachment, raw

    if raw.FPDFAnnot_GetSubtype(mark) != raw.FPDF_ANNOT_FILEATTACHMENT:
        return None
    handle = raw.FPDFAnnot_GetFileAttachment(mark)
    return attached(PdfAttachment(handle, document)) if handle else None


def attached(attachment: Any) -> tuple[str, bytes] | None:
    """Name and bytes; None when the file is not really there."""
    from pypdfium2 import PdfiumError

    try:
        return attachment.get_name(), bytes(attachment.get_data())
    except PdfiumError:
        return None


def _string(get: Callable[[Any, int], int]) -> str:
    """A string that PDFium writes into a buffer, in UTF-16 with a zero at its end."""
    from pypdfium2 import raw

    size = get(None, 0)
    if not 2 < size <= _NOTE_LENGTH:
        return ""
    buffer = (raw.FPDF_WCHAR * (size // 2 + 1))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "ignore")
