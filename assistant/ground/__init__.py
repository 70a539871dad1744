"""What an answer stands on: evidence sentences, the decision to decline, checks, citations.

The model proposes, this room disposes: numbers that the model invents never reach a screen, and
a quotation is only shown as one when its words stand in the stored text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assistant import text
from assistant.checks import check
from assistant.domain import Citation, Evidence, Passage, Sentence
from assistant.ground.evidence import (
    Tools,
    Weights,
    in_context,
    load_weights,
    term_weights,
    together,
    weigh,
)
from assistant.text import one_line

__all__ = [
    "Checker",
    "Tools",
    "Weights",
    "cite",
    "load_weights",
    "quote",
    "term_weights",
    "together",
    "weigh",
]

_CITATION = re.compile(r"\[(\d{1,3})\]")
_WITH_SPACE = re.compile(r"\s*" + _CITATION.pattern)


# --- the model's own words --------------------------------------------------------------


class Checker:
    """Turns a stream of the model's text into sentences, each checked as soon as it is whole.

    What disagrees with the cited passages (`checks`) cites nothing, and says why. Numbers of
    passages that do not exist are dropped; a sentence without a number gets that of the passage
    closest to it.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._text = ""

    def feed(self, piece: str) -> Iterator[Sentence]:
        """The sentences that `piece` completes."""
        self._text += piece
        spans = list(text.sentences(self._text))
        # the last one may still grow, and so may a citation behind the one before it
        for start, end in spans[:-1]:
            yield from self._checked(self._text[start:end])
        if len(spans) > 1:
            self._text = self._text[spans[-1][0] :]

    def end(self) -> Iterator[Sentence]:
        for start, end in text.sentences(self._text):
            yield from self._checked(self._text[start:end])
        self._text = ""

    def _checked(self, words: str) -> Iterator[Sentence]:
        numbers = {int(m[1]) for m in _CITATION.finditer(words)}
        bare = one_line(_WITH_SPACE.sub("", words))
        if not text.words(bare):
            return
        cited = [p for p in self._passages if p.number in numbers]
        cited = cited or _closest(bare, self._passages)
        faults = tuple(f.reason for f in check(bare, _source(cited)))
        if bare.rstrip(". ").endswith(":"):  # perhaps a line that imitates one of ours
            faults = (*faults, "It only announces something.")
        citations = () if faults else tuple(p.number for p in cited)
        yield Sentence(bare, quoted=False, supported=not faults, citations=citations, faults=faults)


def _closest(words: str, passages: Sequence[Passage]) -> list[Passage]:
    return [max(passages, key=lambda p: _overlap_share(words, [p]))] if passages else []


def _source(passages: Sequence[Passage]) -> str:
    """Titles, labels and texts, kept apart: a heading is no part of a sentence."""
    return "\n\n".join(
        part for p in passages for part in (p.document.title, p.label, p.text) if part
    )


def _overlap_share(words: str, passages: Sequence[Passage]) -> float:
    asked = set(text.terms(words))
    source = {text.stem(w) for p in passages for w in text.words(in_context(p))}
    return len(asked & source) / len(asked) if asked else 0.0


# --- citations ----------------------------------------------------------------------------


def quote(evidence: Sequence[Evidence]) -> tuple[Sentence, ...]:
    """The evidence as sentences of the answer."""
    return tuple(
        Sentence(one_line(e.text), quoted=True, supported=True, citations=(e.passage.number,))
        for e in evidence
    )


def cite(evidence: Sequence[Evidence], section_text: Callable[[int], str]) -> tuple[Citation, ...]:
    """Where each quoted sentence stands; checked against the text as stored now."""
    citations = []
    for e in evidence:
        stored = section_text(e.passage.section_id)[e.start : e.end]
        citations.append(
            Citation(
                number=e.passage.number,
                document=e.passage.document.title,
                file=e.passage.document.file,
                label=e.passage.label,
                quote=e.text,
                section_id=e.passage.section_id,
                start=e.start,
                end=e.end,
                verified=stored == e.text,
            )
        )
    return tuple(citations)
