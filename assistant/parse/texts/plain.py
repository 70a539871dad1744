"""Plain text in any common encoding; a text with page breaks in its pages."""

from __future__ import annotations

import codecs
import re
import unicodedata

from assistant.domain import Reading, Section, Status
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.text import clean

_DECLARED = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]+)|encoding=["']([A-Za-z0-9_-]+)""")
_WESTERN = "cp1252"  # what old office programs wrote in western Europe
_CENTRAL = "cp1250"  # ... and in central Europe
# what only one of the two writes, as it looks in the first
_IN_THE_WEST = re.compile("[àåñ£©ð]|ã(?=[oe])")
_IN_THE_MIDDLE = re.compile("[ìþ]|(?<=[a-z])[³¹¿º¼¾](?=[a-z])")
_SAMPLE = 100_000  # bytes that are enough to tell
_LATIN = (_WESTERN, _CENTRAL, "cp850", "mac_roman")  # ... and DOS and the Macintosh before
_TOO_SHORT_TO_GUESS = 500  # bytes: below, statistics on letters mislead
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_LOOKED_AT = 8192  # bytes
# encodings that are no encodings of a document, or that a page cannot be in when it says so
_NEVER = frozenset(
    """idna punycode undefined unicode-escape raw-unicode-escape utf-7 mbcs oem utf-16 utf-16-le
    utf-16-be utf-32 utf-32-le utf-32-be""".split()
)


def decode(data: bytes, *, declared: bool = False) -> str:
    """`data` as text. `declared`: believe an encoding that the file itself names (HTML, XML)."""
    if encoding := _marked(data) or _wide(data):
        return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        if error.reason == "unexpected end of data" and not before.isascii():
            return before.decode("utf-8")  # cut inside a character
    if declared and (found := _DECLARED.search(data[:4096])):
        try:
            return data.decode(_as_browsers_do((found[1] or found[2]).decode()), errors="replace")
        except LookupError:
            pass
    return _nearly_utf_8(data) or _guess(data)


def _marked(data: bytes) -> str:
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: what has NUL bytes, and is text when read so."""
    start = data[:_LOOKED_AT]
    if b"\0" not in start or len(data) < 8 or _is_ascii_with_holes(start):
        return ""
    for encoding, width in _WIDE:
        if len(data) % width == 0:
            text = start.decode(encoding, errors="replace").rstrip("\ufffd")
            if text and _is_text(text):
                return encoding
    return ""


def _is_ascii_with_holes(start: bytes) -> bool:
    """Ordinary text in which a few NUL bytes have got lost; in UTF-16 they are half of it."""
    holes = start.count(0)
    written = sum(32 <= byte < 127 or byte in b"\t\n\r" for byte in start)
    return holes < len(start) * 0.2 and written > (len(start) - holes) * 0.9


def _is_text(text: str) -> bool:
    """Nothing in it but characters that somebody writes, and mostly letters."""
    if any(unicodedata.category(c) in ("Cn", "Co", "Cs") for c in text) or "\ufffd" in text:
        return False
    if any(c < " " and c not in "\t\n\r\f" for c in text):
        return False
    # NUL bytes come from ASCII, seldom from letters such as U+0100
    ascii_letters = sum(map(str.isascii, text))
    if sum(not ord(c) & 0xFF for c in text if c != "\u3000") > ascii_letters or not ascii_letters:
        return False
    return sum(c.isascii() or c.isalpha() for c in text) >= 0.8 * len(text)


def _as_browsers_do(encoding: str) -> str:
    """Pages that say Latin-1 mean Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels"""
    name = codecs.lookup(encoding).name
    if name in _NEVER:
        raise LookupError
    return _WESTERN if name in ("iso8859-1", "ascii") else name


def _nearly_utf_8(data: bytes) -> str:
    """UTF-8 with a bad byte here and there; '' when it is another encoding."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return text if good > 10 * bad else ""


def _guess(data: bytes) -> str:
    """By what a text looks like: its accents where there are few, else all its letters."""
    sample = data[:_SAMPLE]
    western = sample.decode(_WESTERN, errors="replace")
    letters = [c for c in western if c.isalpha()]
    few_accents = sum(not c.isascii() for c in letters) <= 0.3 * len(letters)
    encoding = _latin(sample) if few_accents else _library(sample)
    return data.decode(encoding or _WESTERN, errors="replace")


def _library(sample: bytes) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else ""


def _latin(sample: bytes) -> str:
    """The encoding of a text in Latin letters. charset-normalizer makes Ł of £ and ŕ
    of à, all being letters to it; so it is only asked where nothing else tells them apart."""
    read_as = {name: sample.decode(name, errors="replace") for name in _LATIN}
    odd = {name: _oddity(text) for name, text in read_as.items()}
    best = min(_LATIN, key=lambda name: odd[name])
    if best != _WESTERN or odd[_CENTRAL] != odd[_WESTERN]:
        return best
    west = len(_IN_THE_WEST.findall(read_as[_WESTERN]))
    middle = len(_IN_THE_MIDDLE.findall(read_as[_WESTERN]))
    if not west and not middle and len(sample) >= _TOO_SHORT_TO_GUESS:
        return _CENTRAL if _library(sample) == _CENTRAL else _WESTERN
    return _CENTRAL if middle > west else _WESTERN


def _oddity(text: str) -> int:
    """How many letters of `text` look like the bytes of another encoding."""
    odd = 0
    for before, c, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if c.isascii():
            continue
        if c.isalpha():
            odd += c.isupper() and before.islower()
        elif c in "\ufffd‚„†‡ƒ¤" or unicodedata.category(c) == "Cc":
            odd += before.isalpha() or after.isalpha()
        else:
            odd += before.isalpha() and after.isalpha() and c not in "’‘–—·\xad\xa0"
    return odd


def looks_binary(data: bytes) -> bool:
    """Text in no encoding has NUL bytes, except UTF-16 and UTF-32."""
    return b"\0" in data[:_LOOKED_AT] and not _marked(data) and not _wide(data)


def read(file: File) -> Reading:
    if looks_binary(file.data):
        return Reading(
            status=Status.DAMAGED,
            reason="It is named as text but holds binary data.",
            remedy="Open it in the program that made it and save it again as text or PDF.",
        )
    return Reading(file.stem, "text/plain", _sections(decode(file.data)))


def _sections(text: str) -> tuple[Section, ...]:
    """One section, or one for each page where the text has page breaks."""
    pages = [clean(page) for page in text.split("\f")]
    written = [(number, page) for number, page in enumerate(pages, 1) if page.strip()]
    if len(written) < 2:
        return tuple(part for _, page in written for part in cut(Section("", page)))
    return tuple(
        part
        for number, page in written
        for part in cut(Section(f"p. {number}", page.strip("\n"), number))
    )
