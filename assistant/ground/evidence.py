"""Which sentences answer, and whether they do: the evidence and the decision.

Each sentence of the found passages gets a few features: what the trained reader says, how close in
meaning it is, how many of the question's telling words it covers. Two logistic regressions over
them, fitted on questions that the reader has not learned from (models/reader/calibrate.py), give
the order of the sentences and the probability that the library answers. Where the reader or the
search model is not installed, plainer rules take their place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assistant import text
from assistant.domain import Decision, Evidence, Evidenced, Passage, Reasons
from assistant.ground.conflict import disagreement
from assistant.text import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

MOST_SENTENCES = 3
# A further sentence is quoted beside the best one if it has this share of its probability.
CLOSE_TO_BEST = 0.25
MOST_OF_A_PART = 2  # sentences quoted for each part of a question
CONSIDERED = 8  # sentences that `assistant ask --explain` shows
_LONGEST_LIST = 600  # characters of a list that is quoted as a whole
_LIST = re.compile(
    r"^(?:[^\n]*:\n\s*)?(?:^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t][^\n]*(?:\n+|\Z)){2,}", re.MULTILINE
)
# Without the reader: the share of meaning in a sentence's score (against words covered), and below
# what the library is taken not to hold the answer. docs/experiments.md has the figures.
MEANING_SHARE = 0.6
MEANING_NEEDED = 0.4
WORDS_NEEDED = 0.45
_CLOSE_WITHOUT_READER = 0.8
_LEAST_SHARE = 1e-4
# names inside a question, and whatever has a figure in it
_NAME = re.compile(r"(?<=\S )\b[A-Z][\w’'-]+|\b[A-Z]{2,}\b")
_WITH_FIGURE = re.compile(r"\b\w*\d[\w.,:/-]*\b")


class Verdict(Protocol):
    """What the reader made of a passage: `assistant.embed.reader.Verdict`."""

    @property
    def answers(self) -> float: ...

    def share(self, start: int, end: int) -> float: ...

    @property
    def nowhere(self) -> float: ...


Read = Callable[[str, Sequence[str]], Sequence[Verdict]]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of two logistic regressions, by the name of the feature; "bias" is the constant.

    `threshold`: the probability from which a question counts as answered.
    """

    sentence: Mapping[str, float]
    decision: Mapping[str, float]
    threshold: float


@dataclass(frozen=True, slots=True)
class Tools:
    """What is installed. `encode`: texts to unit vectors (n, dimensions)."""

    encode: Encode | None = None
    read: Read | None = None
    weights: Weights | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, or a list as a whole, that may answer; `features` by name."""

    evidence: Evidence
    features: Mapping[str, float]


def load_weights(file: Path) -> Weights:
    """Raises OSError, ValueError."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return Weights(data["sentence"], data["decision"], float(data["threshold"]))


def weigh(
    question: str, passages: Sequence[Passage], terms: Mapping[str, float], tools: Tools
) -> Evidenced:
    """Find the sentences that best answer, and decide whether they do.

    Args:
        terms: for each term of the question how telling it is (inverse document frequency).
    """
    found = candidates(question, passages, terms, tools)
    if not found:
        return Evidenced(Decision.DECLINED, (), Reasons(0.0, 0.0, {}))
    if tools.weights is None or tools.read is None:
        return _without_reader(question, found, meaning=tools.encode is not None)
    weights = tools.weights
    ranked = rank(found, weights)
    features = decision_features(ranked)
    support = logistic(linear(features, weights.decision))
    shown = {name: (value, weights.decision[name]) for name, value in features.items()}
    return _decided(question, ranked, Reasons(support, weights.threshold, shown), CLOSE_TO_BEST)


def _decided(
    question: str, ranked: Sequence[Candidate], reasons: Reasons, close: float
) -> Evidenced:
    considered = tuple(c.evidence for c in ranked[:CONSIDERED])
    if reasons.support < reasons.threshold:
        return Evidenced(Decision.DECLINED, (), reasons, considered)
    if against := disagreement(question, considered):
        return Evidenced(Decision.DISAGREE, against[:MOST_SENTENCES], reasons, considered)
    return Evidenced(Decision.ANSWERED, best(ranked, close), reasons, considered)


def together(parts: Sequence[tuple[str, Evidenced]]) -> Evidenced:
    """Of the parts of a question: (part, what was found for it). Answered where one part is."""
    answered = [e for _, e in parts if e.decision is not Decision.DECLINED]
    surest = max((e for _, e in parts), key=lambda e: e.reasons.support)
    if len(parts) == 1 or not answered:
        return surest
    missing = tuple(part for part, e in parts if e.decision is Decision.DECLINED)
    chosen: list[Evidence] = []
    for evidence in (e for part in answered for e in part.evidence[:MOST_OF_A_PART]):
        if not any(_overlap(evidence, other) for other in chosen):
            chosen.append(evidence)
    considered = tuple(e for _, part in parts for e in part.considered)
    decision = Decision.PARTLY if missing else max(part.decision for part in answered)
    return Evidenced(decision, tuple(chosen), surest.reasons, considered, missing)


def term_weights(question: str, frequency: Callable[[str], int], passages: int) -> dict[str, float]:
    """Inverse document frequency of each term of the question: a rare word tells more."""
    return {
        term: math.log((passages + 1) / (min(frequency(term), passages) + 0.5))
        for term in dict.fromkeys(text.terms(question))
    }


# --- candidates and their features ----------------------------------------------------------------


def candidates(
    question: str, passages: Sequence[Passage], terms: Mapping[str, float], tools: Tools
) -> list[Candidate]:
    """Every sentence and list of the passages, with its features."""
    spans = [e for p in passages for e in sentences_of(p)]
    if not spans:
        return []
    meaning = [0.0] * len(spans)
    if tools.encode is not None:
        vectors = tools.encode([question, *(one_line(e.text) for e in spans)])
        meaning = [max(0.0, float(s)) for s in vectors[1:] @ vectors[0]]
    verdicts: dict[int, Verdict] = {}
    if tools.read is not None:
        read = tools.read(question, [in_context(p) for p in passages])
        verdicts = {p.chunk_id: verdict for p, verdict in zip(passages, read, strict=True)}
    return [
        Candidate(
            span,
            {
                "meaning": close,
                "words": _coverage(terms, _with_context(span)),
                "found": span.passage.score,
                "exact": _exact(question, in_context(span.passage)),
                **_read_features(span, verdicts.get(span.passage.chunk_id)),
            },
        )
        for span, close in zip(spans, meaning, strict=True)
    ]


def _read_features(span: Evidence, verdict: Verdict | None) -> dict[str, float]:
    if verdict is None:
        return {}
    before = len(in_context(span.passage)) - len(span.passage.text) - span.passage.start
    share = verdict.share(span.start + before, span.end + before)
    length = len(span.text) / 100
    return {
        "share": math.log(max(share, _LEAST_SHARE)),
        "answers": verdict.answers,
        "somewhere": math.log(max(1 - verdict.nowhere, _LEAST_SHARE)),
        "length": min(length, 5.0),
    }


def sentences_of(passage: Passage) -> Iterator[Evidence]:
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


def in_context(passage: Passage) -> str:
    """With its title and heading above it, as the reader and the checks see it."""
    return text.in_context(passage.document.title, passage.label, passage.text)


def _with_context(evidence: Evidence) -> str:
    passage = evidence.passage
    return text.in_context(passage.document.title, passage.label, evidence.text)


def _coverage(terms: Mapping[str, float], words: str) -> float:
    """The share of the question's terms, by weight, that `words` has."""
    total = sum(terms.values())
    if not total:
        return 0.0
    present = {text.stem(w) for w in text.words(words)}
    return sum(weight for term, weight in terms.items() if term in present) / total


# --- order and decision ---------------------------------------------------------------------------


def rank(found: Sequence[Candidate], weights: Weights) -> list[Candidate]:
    """Best first; the score of the evidence is the probability that it holds the answer."""
    scored = [
        replace(
            c, evidence=replace(c.evidence, score=logistic(linear(c.features, weights.sentence)))
        )
        for c in found
    ]
    return sorted(scored, key=lambda c: -c.evidence.score)


def decision_features(ranked: Sequence[Candidate]) -> dict[str, float]:
    """From the candidates, best first."""
    first = ranked[0]
    others = [c for c in ranked if c.evidence.passage.chunk_id != first.evidence.passage.chunk_id]
    return {
        "best": logit(first.evidence.score),
        "answers": first.features["answers"],
        "most answers": max(c.features["answers"] for c in ranked),
        "other answers": max((c.features["answers"] for c in others), default=-5.0),
        "somewhere": first.features["somewhere"],
        "meaning": first.features["meaning"],
        "most meaning": max(c.features["meaning"] for c in ranked),
        "words": first.features["words"],
        "exact": first.features["exact"],
    }


def _exact(question: str, words: str) -> float:
    """The share of the question's names and figures that stand in `words`; 1 when it has none."""
    asked = {text.fold(m) for m in (*_NAME.findall(question), *_WITH_FIGURE.findall(question))}
    if not asked:
        return 1.0
    there = text.fold(words)
    return sum(a.removesuffix("'s").removesuffix("’s") in there for a in asked) / len(asked)


def best(ranked: Sequence[Candidate], close: float) -> tuple[Evidence, ...]:
    """The first, and those beside it that come close to it and say something else."""
    top = ranked[0].evidence.score
    chosen: list[Evidence] = []
    for candidate in ranked:
        evidence = candidate.evidence
        if evidence.score < close * top or len(chosen) == MOST_SENTENCES:
            break
        if not any(_overlap(evidence, other) for other in chosen):
            chosen.append(evidence)
    return tuple(chosen)


def _overlap(one: Evidence, other: Evidence) -> bool:
    if one.text == other.text:
        return True
    same = one.passage.section_id == other.passage.section_id
    return same and one.start < other.end and other.start < one.end


def _without_reader(question: str, found: Sequence[Candidate], *, meaning: bool) -> Evidenced:
    share = MEANING_SHARE if meaning else 0.0
    scored = [
        replace(
            c,
            evidence=replace(
                c.evidence,
                score=share * c.features["meaning"] + (1 - share) * c.features["words"],
            ),
        )
        for c in found
    ]
    ranked = sorted(scored, key=lambda c: -c.evidence.score)
    support = max(c.features["meaning" if meaning else "words"] for c in found)
    needed = MEANING_NEEDED if meaning else WORDS_NEEDED
    shown = {name: (value, 0.0) for name, value in ranked[0].features.items()}
    return _decided(question, ranked, Reasons(support, needed, shown), _CLOSE_WITHOUT_READER)


def linear(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return weights["bias"] + sum(
        weight * features[name] for name, weight in weights.items() if name != "bias"
    )


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(min(x, 30.0), -30.0)))


def logit(p: float) -> float:
    p = max(min(p, 1 - 1e-6), 1e-6)
    return math.log(p / (1 - p))
