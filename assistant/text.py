"""Small, pure operations on text that several rooms need: cleaning, sentences, words.

Knows nothing of documents, models or storage.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

# C0 and C1 controls except tab and newline, plus the invisible characters that can hide or
# reorder text on a screen (bidirectional controls, zero-width marks, byte order mark), carry words
# that nobody sees (tag characters, the variation selectors beyond those of emoji), or cut a word in
# two that is one (soft hyphen).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Joiners belong to the spelling of some languages and to emoji, never to Latin, Greek or Cyrillic.
_JOINERS = re.compile(
    "[\u200c\u200d]+(?=[\x00-\u05ff])|[\u200c\u200d](?<=[\x00-\u05ff].)[\u200c\u200d]*"
)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_WORD = re.compile(r"\w+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_BLOCK_END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)")
_SENTENCE_END = re.compile(
    r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9À-ÖØ-Þ\[“‘\"])|[。！？]|[؟۔]\s"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|e\.g|i\.e|cf|approx|Fig|pp?|Ltd|Co|Inc|Rev|Sr|Jr|ca)"
    r"|\b[A-Z])\.$"
)
_LIST_START = re.compile(r"\n\s*(?=(?:[-*•]|\d{1,3}[.)])\s)")
_ITEM_NUMBER = re.compile(r"\d{1,3}\.")

TITLE_LIMIT = 200  # characters: a title is repeated in each passage
_TITLE_SHARE, _LABEL_SHARE = 120, 160  # characters of them that are embedded with a passage

# Words that say how a question is asked, not what it is about.
STOPWORDS = frozenset(
    """a an and any are as at be been being but by can could did do does doing for from had has have
    he her here him his how i if in into is it its just me more most my no not of on or our out over
    shall she should so some such than that the their them then there these they this those to too
    up us very was we were what when where which who whom whose why will with would you your
    please tell about explain describe give many much""".split()
)


def clean(text: str) -> str:
    """`text` without control characters, escape codes and invisible marks; line ends as \\n.

    >>> clean("a\\x1b[31mb\\r\\nc")
    'ab\\nc'
    """
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    return _JOINERS.sub("", _INVISIBLE.sub("", _ESCAPE.sub("", text)))


def one_line(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())


def tidy_lines(text: str) -> list[str]:
    """`text` for people: line ends inside a sentence become spaces, list items stay on lines."""
    return [one_line(part) for part in _LIST_START.split(text) if part.strip()]


def shorten(text: str, width: int) -> str:
    """`text` on one line and at most `width` characters, with … where it was cut."""
    text = one_line(text)
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def fold(text: str) -> str:
    """`text` for comparing: lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The folded words of `text`, in order."""
    return _WORD.findall(fold(_POSSESSIVE.sub("", text)))


def tokens(text: str) -> list[str]:
    """The words of `text` as they are written, for an index that folds them in its own way."""
    return _WORD.findall(_POSSESSIVE.sub("", text))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@cache
def index_stem(word: str) -> str:
    """As the full-text index stems it (Porter 1980), which is not quite as `stem` does."""
    return str(_index_stemmer().stemWord(word))


@cache
def _index_stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("porter")


def terms(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order; all words when none does."""
    found = words(text)
    return [stem(w) for w in found if w not in STOPWORDS] or [stem(w) for w in found]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences of `text`, each trimmed of white space, none empty.

    Blank lines and list items end a sentence; a line end alone does not.
    """
    start = 0
    for block in _BLOCK_END.finditer(text):
        yield from _sentences_of_block(text, start, block.start())
        start = block.end()
    yield from _sentences_of_block(text, start, len(text))


def _sentences_of_block(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for mark in _SENTENCE_END.finditer(text, start, end):
        so_far = text[max(begin, mark.start() - 12) : mark.start() + 1]
        if _ABBREVIATION.search(so_far) or _ITEM_NUMBER.fullmatch(so_far.strip()):
            continue
        yield from _trimmed(text, begin, mark.end())
        begin = mark.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def in_context(title: str, label: str, text: str) -> str:
    """A passage with its title and heading, as it is embedded: a paragraph alone lacks both.

    Both are shortened, so that they never take more of the embedder's window than the passage.
    """
    heading = shorten(title, _TITLE_SHARE)
    if label and label not in title:
        heading = f"{heading} > {shorten(label, _LABEL_SHARE)}"
    return f"{heading}\n{text}"
