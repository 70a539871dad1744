"""Plain text in any common encoding."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from assistant.domain import Reading, Section, Status
from assistant.parse.outline import cut
from assistant.text import clean

_DECLARED = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]+)|encoding=["']([A-Za-z0-9_-]+)""")
_WESTERN = "cp1252"  # what old office programs wrote in western Europe
_TOO_SHORT_TO_GUESS = 500  # bytes: below, statistics on letters mislead
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(data: bytes, *, declared: bool = False) -> str:
    """`data` as text. `declared`: believe an encoding that the file itself names (HTML, XML)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared and (found := _DECLARED.search(data[:4096])):
        try:
            return data.decode(_as_browsers_do((found[1] or found[2]).decode()), errors="replace")
        except LookupError:
            pass
    return _guess(data)


def _as_browsers_do(encoding: str) -> str:
    """Pages that say Latin-1 mean Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels"""
    name = codecs.lookup(encoding).name
    return _WESTERN if name in ("iso8859-1", "ascii") else name


def _guess(data: bytes) -> str:
    """Windows-1252 for a short text with a few accents; else what its letters look like."""
    import charset_normalizer

    if len(data) < _TOO_SHORT_TO_GUESS:
        western = data.decode(_WESTERN, errors="replace")
        letters = [c for c in western if c.isalpha()]
        if sum(not c.isascii() for c in letters) <= 0.3 * len(letters):
            return western
    best = charset_normalizer.from_bytes(data[:200_000]).best()
    return data.decode(best.encoding if best else _WESTERN, errors="replace")


def looks_binary(data: bytes) -> bool:
    """Text in no encoding has NUL bytes, except UTF-16 and UTF-32, which begin with a mark."""
    return b"\0" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def read(path: Path) -> Reading:
    data = path.read_bytes()
    if looks_binary(data):
        return Reading(
            status=Status.DAMAGED,
            reason="It is named as text but holds binary data.",
            remedy="Open it in the program that made it and save it again as text or PDF.",
        )
    text = clean(decode(data))
    sections = cut(Section("", text)) if text.strip() else ()
    return Reading(path.stem, "text/plain", tuple(sections))
