"""A source read once: its sentences, and which of them are nearest to what was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from textwrap import wrap

from assistant import text
from assistant.checks.dates import Moment
from assistant.checks.figures import Figure
from assistant.checks.reading import Reading, Word, read

_UNIT_END = re.compile(r"(?<=\d [A-Z]\.)\s+(?=[A-Z])")  # "690 W. The" is no abbreviation
_LONGEST = 1_000  # characters of a "sentence", such as a table; what is longer is read in parts
_AS_NEAR = 0.9  # a sentence with this share of the best one's words is as near as that


@dataclass(frozen=True, slots=True)
class Source:
    """`readings` of its sentences; the other fields gather what all of them have.

    `capitals`: stems of words written with a capital where no sentence begins.
    `initials`: first letters of capitalised words in a row.
    """

    readings: tuple[Reading, ...]
    stems: frozenset[str]
    bases: frozenset[str]
    bare: frozenset[str]
    codes: frozenset[str]
    capitals: frozenset[str]
    acronyms: frozenset[str]
    initials: str
    figures: tuple[Figure, ...]

    def supports(self, word: Word) -> bool:
        if word.stem in self.stems or word.base in self.bases or word.stem in self.codes:
            return True
        if word.stem in self.bare or (word.bare and word.bare in self.stems):
            return True
        return any(_same_root(word.stem, stem) for stem in self.stems)

    def near(self, said: Reading, share: float = _AS_NEAR) -> tuple[Reading, ...]:
        """The sentence that has the most of the words, and those with at least a share of them."""
        scored = sorted(((_shared(said, r), r) for r in self.readings), key=lambda pair: -pair[0])
        return tuple(r for score, r in scored if score and score >= share * scored[0][0])


def _shared(said: Reading, other: Reading) -> float:
    """How many of the words of `said` the other sentence has.

    Names and numbers count half: where they are the wrong ones, they lead to the wrong sentence.
    """
    named = {at for n in said.names if n.sure for at in range(n.start, n.end)}
    dated = {f.start for f in said.figures if isinstance(f, Moment)}
    return sum(
        1.0 if w.at in dated or (w.content and w.at not in named) else 0.5
        for w in said.words
        if w.base in other.bases or w.stem in other.stems
    )


def _same_root(stem: str, other: str) -> bool:
    """ "Suits" and "suitable": one begins the other, with four letters at least."""
    short, long = sorted((stem, other), key=len)
    return len(short) > 3 and long.startswith(short)


@lru_cache(maxsize=16)
def source_of(source: str) -> Source:
    readings = tuple(
        read(part)
        for start, end in text.sentences(source)
        for whole in _UNIT_END.split(source[start:end])
        for part in wrap(whole, _LONGEST, break_on_hyphens=False)
    )
    tokens = [t for r in readings for t in r.tokens]
    names = [n for r in readings for n in r.names]
    return Source(
        readings,
        frozenset().union(*(r.stems for r in readings)),
        frozenset().union(*(r.bases for r in readings)),
        frozenset(w.bare for r in readings for w in r.words if w.bare),
        frozenset(s for n in names if n.kind in ("code", "address") for s in n.stems)
        | frozenset(_joined([t.word for t in tokens])),
        frozenset(s for n in names if n.sure for s in n.stems),
        frozenset(s for n in names for s in n.acronyms),
        "".join(_initials(r) for r in readings),
        tuple(f for r in readings for f in r.figures),
    )


def _joined(words: Sequence[str]) -> list[str]:
    """Neighbours as one: "AB 1734" is the code AB1734, "Wi-Fi" the word wifi."""
    words = [w for w in words if w != "-"]
    return [a + b for a, b in pairwise(words)]


def _initials(reading: Reading) -> str:
    letters = ""
    for token in reading.tokens:
        if token.is_capital:
            letters += token.word[0]
        elif token.word not in ("of", "the", "and", "for", "-", "de", "in"):
            letters += " "
    return letters + " "
