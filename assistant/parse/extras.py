"""What may be installed beside the readers. Nothing is imported to find out."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

_OFFICE_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.com",
    "C:/Program Files (x86)/LibreOffice/program/soffice.com",
    "/opt/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)


def ocr() -> bool:
    """Whether words in pictures can be recognised."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def zim() -> bool:
    """Whether Kiwix archives can be read."""
    return importlib.util.find_spec("libzim") is not None


def office() -> str | None:
    """LibreOffice's program, on the path or in the usual places."""
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            return found
    return next((place for place in _OFFICE_PLACES if Path(place).is_file()), None)
