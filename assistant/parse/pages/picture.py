"""Pictures: PNG, JPEG, TIFF, WEBP, GIF, BMP. Their words are read only with the extra "ocr".

Without it a picture is not even opened, so that a broken one costs nothing.
"""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Iterator
from typing import Any

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import TooLarge
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.parse.pages import ocr

# kinds that Pillow decodes by itself; others call programs or are no pictures of words
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000")
_PIXEL_LIMIT = 40_000_000
_PAGE_LIMIT = 500
_SHARP_ENOUGH = 2 * ocr.SIDE


def read(file: File) -> Reading:
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if not file.ocr:
        return Reading(
            file.stem,
            media_type,
            status=Status.NO_TEXT,
            reason="It is a picture; reading words in pictures needs the OCR extra.",
            remedy=ocr.REMEDY,
            scanned=1,
        )
    from PIL import Image, UnidentifiedImageError

    Image.init()  # or it knows only some of the formats by name
    Image.MAX_IMAGE_PIXELS = None  # pixels are counted here, before any is decoded
    try:
        image = Image.open(io.BytesIO(file.data), formats=_FORMATS)
    except UnidentifiedImageError:
        return _unknown(file, media_type)
    with image:
        return _recognised(file, Image.MIME.get(image.format or "", media_type), image)


def _unknown(file: File, media_type: str) -> Reading:
    if file.data[4:8] == b"ftyp":
        return Reading(
            file.stem,
            media_type,
            status=Status.UNSUPPORTED,
            reason="It is a picture of a kind that is not read (HEIC or AVIF).",
            remedy="Save it as JPEG or PNG.",
        )
    return Reading(
        file.stem,
        media_type,
        status=Status.DAMAGED,
        reason="The picture is damaged or only half copied.",
        remedy="Open it in a picture viewer and save it again.",
    )


def _recognised(file: File, media_type: str, image: Any) -> Reading:
    sections: list[Section] = []
    seen = 0
    late = broken = False
    try:
        for page in _pages(image):
            if file.out_of_time:
                late = True
                break
            seen += 1
            if words := ocr.recognise(page):
                sections.append(Section(f"p. {seen}", words, page=seen))
    except (OSError, SyntaxError, ValueError):  # Pillow's words for a file that ends too soon
        if not seen:
            return _unknown(file, media_type)
        broken = True
    if seen == 1 and sections:  # one page needs no number
        sections = [Section("", sections[0].text)]
    found = tuple(part for section in sections for part in cut(section))
    if late or broken:
        why = "it took too long" if late else "the rest is damaged"
        return Reading(
            file.stem,
            media_type,
            found,
            Status.PARTLY if found else Status.TOO_LARGE if late else Status.DAMAGED,
            f"{_pages_told(seen)} read: {why}.",
            "Split it into smaller files." if late else "Save it again from where it came.",
            scanned=int(late),
        )
    if not found:
        return Reading(
            file.stem,
            media_type,
            status=Status.NO_TEXT,
            reason="No words were found in the picture.",
            remedy="Nothing to do, unless it should have words in it.",
        )
    return Reading(file.stem, media_type, found)


def _pages_told(seen: int) -> str:
    if not seen:
        return "None of its pages was"
    return "Only its first page was" if seen == 1 else f"Only its first {seen:,} pages were"


def _pages(image: Any) -> Iterator[Any]:
    """The pixels of each page of a TIFF, or of the first moment of a film."""
    for number in range(_PAGE_LIMIT if image.format == "TIFF" else 1):
        try:
            image.seek(number)
        except EOFError:
            return
        yield _pixels(image)


def _pixels(image: Any) -> Any:
    """Red, green and blue, the right way up, on white where the picture is see-through."""
    import numpy as np
    from PIL import Image, ImageOps

    image.draft("RGB", (ocr.SIDE, ocr.SIDE))  # a large JPEG is decoded at half its size or less
    if image.width * image.height > _PIXEL_LIMIT:
        raise TooLarge
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((_SHARP_ENOUGH, _SHARP_ENOUGH * 4))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    return np.asarray(upright.convert("RGB"))
