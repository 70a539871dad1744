"""What an answer stands on: evidence sentences, the decision to decline, checks, citations.

The model proposes, this room disposes: numbers that the model invents never reach a screen, and
a quotation is only shown as one when its words stand in the stored text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant import text
from assistant.checks import check
from assistant.domain import Citation, Decision, Evidence, Passage, Sentence
from assistant.text import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

MOST_SENTENCES = 3
# A further sentence must come this close to the best one to be quoted beside it.
CLOSE_TO_BEST = 0.8
# How the two measures of a sentence are mixed: similarity of meaning, and question words covered.
MEANING_SHARE = 0.6
# Below this the library is taken not to hold the answer: of the closest sentence, its similarity
# of meaning; where there is no search model, the share of question words covered. These tell what
# is far away, not near misses: docs/experiments.md has the figures.
MEANING_NEEDED = 0.4
WORDS_NEEDED = 0.45
_LONGEST_LIST = 600  # characters of a list that is quoted as a whole
_CITATION = re.compile(r"\[(\d{1,3})\]")
_WITH_SPACE = re.compile(r"\s*" + _CITATION.pattern)
_LIST = re.compile(
    r"^(?:[^\n]*:\n\s*)?(?:^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t][^\n]*(?:\n+|\Z)){2,}", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """The decision, what supports it (0 to 1), and the sentences that lead the answer."""

    decision: Decision
    support: float
    evidence: tuple[Evidence, ...]


def weigh(
    question: str,
    passages: Sequence[Passage],
    weights: Mapping[str, float],
    encode: Encode | None,
) -> Grounds:
    """Find the sentences that best answer, and decide whether they do.

    Args:
        weights: for each term of the question how telling it is (inverse document frequency).
        encode: texts to unit vectors (n, dimensions); with None only words are compared.
    """
    candidates = [e for p in passages for e in _candidates(p)]
    if not candidates:
        return Grounds(Decision.DECLINED, 0.0, ())
    covered = [_coverage(weights, _with_context(e)) for e in candidates]
    if encode is None:
        scores, support, needed = covered, max(covered), WORDS_NEEDED
    else:
        vectors = encode([question, *(one_line(e.text) for e in candidates)])
        meaning = [max(0.0, float(s)) for s in vectors[1:] @ vectors[0]]
        scores = [
            MEANING_SHARE * m + (1 - MEANING_SHARE) * c
            for m, c in zip(meaning, covered, strict=True)
        ]
        support, needed = max(meaning), MEANING_NEEDED
    ranked = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
    if support < needed:
        return Grounds(Decision.DECLINED, support, ())
    return Grounds(Decision.ANSWERED, support, _best(ranked))


def term_weights(question: str, frequency: Callable[[str], int], passages: int) -> dict[str, float]:
    """Inverse document frequency of each term of the question: a rare word tells more."""
    return {
        term: math.log((passages + 1) / (min(frequency(term), passages) + 0.5))
        for term in dict.fromkeys(text.terms(question))
    }


def _candidates(passage: Passage) -> Iterator[Evidence]:
    """The sentences of a passage, and its lists as wholes with the sentence before them."""
    words = passage.text
    for start, end in (*text.sentences(words), *_lists(words)):
        # what ends in a colon only announces something
        if len(text.words(words[start:end])) >= 3 and words[end - 1] != ":":
            yield Evidence(
                passage, passage.start + start, passage.start + end, words[start:end], 0.0
            )


def _lists(words: str) -> Iterator[tuple[int, int]]:
    """Spans of two or more list items in a row, with the line before them if it ends in a colon."""
    for found in _LIST.finditer(words):
        start, end = found.span()
        if end - start > _LONGEST_LIST:
            end = words.rfind("\n", start, start + _LONGEST_LIST)
        end = start + len(words[start:end].rstrip())
        if end > start:
            yield start, end


def _with_context(evidence: Evidence) -> str:
    passage = evidence.passage
    return text.in_context(passage.document.title, passage.label, evidence.text)


def _coverage(weights: Mapping[str, float], words: str) -> float:
    """The share of the question's terms, by weight, that `words` has."""
    total = sum(weights.values())
    if not total:
        return 0.0
    present = {text.stem(w) for w in text.words(words)}
    return sum(weight for term, weight in weights.items() if term in present) / total


def _best(ranked: Sequence[tuple[float, Evidence]]) -> tuple[Evidence, ...]:
    top = ranked[0][0]
    chosen: list[Evidence] = []
    for score, evidence in ranked:
        if score < CLOSE_TO_BEST * top or len(chosen) == MOST_SENTENCES:
            break
        if not any(_overlap(evidence, other) for other in chosen):
            chosen.append(
                Evidence(evidence.passage, evidence.start, evidence.end, evidence.text, score)
            )
    return tuple(chosen)


def _overlap(one: Evidence, other: Evidence) -> bool:
    if one.text == other.text:
        return True
    same = one.passage.section_id == other.passage.section_id
    return same and one.start < other.end and other.start < one.end


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
    source = {text.stem(w) for p in passages for w in text.words(_title_and_text(p))}
    return len(asked & source) / len(asked) if asked else 0.0


def _title_and_text(passage: Passage) -> str:
    return text.in_context(passage.document.title, passage.label, passage.text)


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
