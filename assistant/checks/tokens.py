"""A sentence as words, numbers, codes, addresses and marks, in order.

Contractions are written out ("don't" becomes "do not"), so that the other rooms of the checks meet
one form of each negation. Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant import text
from assistant.checks.units import SUFFIXES

TokenKind = Literal["word", "number", "code", "address", "day", "time", "mark"]

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "−": "-", "\u00a0": " "})
_HALVES = {"½": ".5", "¼": ".25", "¾": ".75"}
_SHORT_FORMS = (
    (re.compile(r"\bcan(?:'t|not)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon't\b", re.IGNORECASE), "will not"),
    (re.compile(r"\bshan't\b", re.IGNORECASE), "shall not"),
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\w)'(?:s|re|ve|ll|d|m)\b", re.IGNORECASE), ""),
    (re.compile(r"\b([ap])\.m\b\.?", re.IGNORECASE), r"\1m"),
    (re.compile(r"\b(?:[A-Z]\.){2,}"), lambda found: found[0].replace(".", "")),
    (re.compile(r"(\d*)([½¼¾])"), lambda found: f"{found[1] or 0}{_HALVES[found[2]]}"),
)
_TOKEN = re.compile(
    r"""
    (?P<address>
        [\w.+-]+@[\w-]+(?:\.[\w-]+)+
        | (?:https?://|www\.)[^\s<>()\[\]"]*[\w/]
        | \b(?:[\w-]+\.)+(?:com|org|net|uk|gov|edu|eu|io|info)\b(?:/[^\s<>()\[\]"]*[\w/])?)
    | (?P<day> \d{4}-\d{2}-\d{2}\b | \d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\b)
    | (?P<time> \d{1,2}(?:[:.]\d{2})?\s?[aApP][mM]\b | \d{1,2}:\d{2}(?![\d:]))
    | (?P<code>
        \d+(?:\.\d+){2,}\w*
        | [^\W\d_]+\d\w*(?:-\w+)*
        | [A-Z]{1,6}-\d[\w-]*)
    | (?P<number> (?:(?<![^\s(])-)?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?))
    | (?P<word> [^\W\d_]+(?:'[^\W\d_]+)*)
    | (?P<mark> \S)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`raw` as it is written, `word` folded for comparing. `glued`: no space before it."""

    raw: str
    word: str
    kind: TokenKind
    glued: bool = False

    @property
    def is_capital(self) -> bool:
        return self.kind == "word" and self.raw[0].isupper()


def written_out(words: str) -> str:
    """`words` on one line, with plain quotes and without contractions."""
    words = text.one_line(unicodedata.normalize("NFC", words).translate(_QUOTES))
    for short, full in _SHORT_FORMS:
        words = short.sub(full, words)
    return words


def tokens(words: str) -> tuple[Token, ...]:
    """The tokens of a sentence, in order."""
    words = written_out(words)
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(words):
        kind, raw = match.lastgroup, match[0]
        glued = bool(found) and match.start() == end
        end = match.end()
        if glued and kind == "word" and _goes_on(found[-1], raw):
            found[-1] = _code(found[-1], raw)
            continue
        found.append(Token(raw, text.fold(raw), kind, glued))  # type: ignore[arg-type]
    return tuple(found)


def _goes_on(before: Token, raw: str) -> bool:
    return before.kind == "code" or (before.kind == "number" and raw not in SUFFIXES)


def _code(before: Token, raw: str) -> Token:
    """3D, 802.11ac, 360Giving: figures with letters behind them that are no unit."""
    whole = before.raw + raw
    return Token(whole, text.fold(whole), "code", before.glued)


def word_at(tokens: Sequence[Token], at: int) -> str:
    """The folded word at `at`, '' where there is none."""
    return tokens[at].word if 0 <= at < len(tokens) else ""


def raw_text(tokens: Sequence[Token], start: int, end: int) -> str:
    """What is written from token `start` to `end`."""
    return "".join(("" if t.glued else " ") + t.raw for t in tokens[start:end]).strip()
