"""Names, acronyms, codes and addresses of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant import text
from assistant.checks.numbers import WORDS as NUMBER_WORDS
from assistant.checks.tokens import Token

NameKind = Literal["name", "code", "address"]

TITLES = frozenset(
    "mr mrs ms miss dr doctor prof professor sir lord lady st saint mt mount".split()
)
# What a person is, as part of their name; the source may leave it out.
RANKS = frozenset(
    "king queen prince princess pope president captain general sister brother".split()
)
_NO_NAMES = frozenset(["i", "ok", "yes", "no"])
# With a capital inside a sentence these still are no names; "Will" may be one.
_LITTLE = frozenset("the a an and of in on for to at by it he she we you they if this that".split())
_STARTS = frozenset(". : ; ! ? • * …".split())  # behind these, a capital letter says little


@dataclass(frozen=True, slots=True)
class Name:
    """`stems` of its words. `sure`: written with a capital where no ordinary word would be.

    `doubtful`: how many of the first words may be ordinary ones that begin a sentence. `acronyms`:
    those of the stems that are written in capitals.
    """

    words: str
    start: int
    end: int
    kind: NameKind
    stems: tuple[str, ...]
    sure: bool = True
    doubtful: int = 0
    acronyms: frozenset[str] = frozenset()


def names(tokens: Sequence[Token], taken: set[int]) -> tuple[Name, ...]:
    """The names in a sentence; `taken` are tokens that belong to numbers and dates.

    A number word with a capital inside a sentence may be part of one: the Thirteen Colonies.
    """
    return tuple(_names(tokens, {at for at in taken if tokens[at].word not in NUMBER_WORDS}))


def squeezed(raw: str) -> str:
    """A code without hyphens: AB-1734 is AB1734."""
    return text.fold(raw).replace("-", "").replace(" ", "")


def _names(tokens: Sequence[Token], taken: set[int]) -> Iterator[Name]:
    capitals = sum(t.raw.isupper() and len(t.raw) > 1 for t in tokens)
    shouted = capitals > 3 and 2 * capitals > sum(t.kind == "word" for t in tokens)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "code":
            yield Name(token.raw, at, at + 1, "code", (squeezed(token.raw),))
        elif token.kind == "address":
            yield Name(token.raw, at, at + 1, "address", (_address(token.raw),))
        elif at not in taken and _may_be_name(token, _is_start(tokens, at)) and not shouted:
            end = _end(tokens, at, taken)
            yield _name(tokens, at, end)
            at = end
            continue
        at += 1


def _may_be_name(token: Token, is_start: bool = False) -> bool:
    if not token.is_capital or token.word in TITLES | _NO_NAMES:
        return False
    ordinary = text.STOPWORDS | NUMBER_WORDS if is_start else _LITTLE
    return _is_acronym(token) or token.word not in ordinary


def _is_start(tokens: Sequence[Token], at: int) -> bool:
    words = [t for t in tokens[:at] if t.kind != "mark"]
    return not words or tokens[at - 1].raw in _STARTS


def _end(tokens: Sequence[Token], start: int, taken: set[int]) -> int:
    """Where a name ends: at a word without a capital, but "Bank of England" is one."""
    end = start + 1
    while True:
        at = end
        while at < len(tokens) and _joins(tokens, at):
            at += 1
        if at >= len(tokens) or at in taken or not _may_be_name(tokens[at]):
            return end
        end = at + 1


def _joins(tokens: Sequence[Token], at: int) -> bool:
    token, before = tokens[at], tokens[at - 1]
    if token.kind == "mark":
        return (token.raw == "-" and token.glued) or (token.raw == "." and len(before.raw) == 1)
    return token.raw == "of" or (token.raw == "the" and before.raw == "of")


def _is_acronym(token: Token) -> bool:
    return len(token.raw) > 1 and token.raw.removesuffix("s").isupper()


def _name(tokens: Sequence[Token], start: int, end: int) -> Name:
    parts = [t for t in tokens[start:end] if t.is_capital]
    raw = "".join(("" if t.glued else " ") + t.raw for t in tokens[start:end]).strip()
    doubtful = int(not _is_acronym(parts[0]) and _is_start(tokens, start))
    stems = tuple(text.stem(t.word) for t in parts)
    acronyms = frozenset(s for s, t in zip(stems, parts, strict=True) if _is_acronym(t))
    return Name(raw, start, end, "name", stems, doubtful < len(stems), doubtful, acronyms)


def _address(raw: str) -> str:
    folded = text.fold(raw)
    for prefix in ("https://", "http://", "www."):
        folded = folded.removeprefix(prefix)
    return folded.rstrip("/.")
