"""What was shown for a question, against what is known of its answer. Pure.

Documents are compared by name: whoever calls has given both sides the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.evaluate import figures
from assistant.evaluate.questions import Case, Gold

LIBRARY = "library"  # a kind: questions about the library itself, answered by a list of documents


class Outcome(StrEnum):
    """What to tell a person about one question."""

    RIGHT = "right"
    ANSWERED = "answered; no answer to compare with"
    NOT_SHOWN = "the answer is not in what is shown"
    DECLINED = "declined, though the documents answer it"
    BLUFFED = "answered, though the documents do not answer it"


@dataclass(frozen=True, slots=True)
class Text:
    """Words and the document that they are from."""

    document: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the assistant did. `found` and `evidence`: best first.

    `listing`: lines about the library itself. `own_words`: the model's sentences that were shown,
    None where no model was asked to write; `resolved` counts those whose every citation is of a
    passage of the answer.
    """

    declined: bool
    found: tuple[Text, ...] = ()
    evidence: tuple[Text, ...] = ()
    listing: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    own_words: tuple[str, ...] | None = None
    resolved: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """All that the library's own words are, as they are shown."""
        return (*(e.words for e in self.evidence), *self.listing)


def values(case: Case, shown: Shown, depth: int) -> dict[str, float | None]:
    """Each measure of one question; None where it says nothing about it.

    Args:
        depth: how many of the found passages are looked at.
    """
    return (
        _search(case, shown, depth)
        | _quoted(case, shown)
        | _cited(case, shown)
        | _decided(case, shown)
        | _written(case, shown)
    )


def outcome(case: Case, shown: Shown) -> Outcome:
    if not case.answerable:
        return Outcome.RIGHT if shown.declined else Outcome.BLUFFED
    if shown.declined:
        return Outcome.DECLINED
    hit = _hit(case, shown)
    if hit is None:
        return Outcome.ANSWERED
    return Outcome.RIGHT if hit else Outcome.NOT_SHOWN


def _search(case: Case, shown: Shown, depth: int) -> dict[str, float | None]:
    """Of questions that passages answer: not of those about the library itself."""
    passages = shown.found[:depth]
    gains = case.gains if case.kind != LIBRARY else {}
    names = list(dict.fromkeys(p.document for p in passages))
    right = [p.words for p in passages if not gains or p.document in gains]
    asked = case.kind != LIBRARY and bool(case.answers)
    return {
        f"recall@{depth}": figures.recall(names, gains, depth) if gains else None,
        f"nDCG@{depth}": figures.ndcg(names, gains, depth) if gains else None,
        f"answer in {depth} passages": _answered(case, right) if asked else None,
    }


def _quoted(case: Case, shown: Shown) -> dict[str, float | None]:
    sentences = [e.words for e in shown.evidence]
    by_sentence = case.kind != LIBRARY and bool(case.answers)
    return {
        "answer shown": _hit(case, shown),
        "answer in first sentence": _answered(case, sentences[:1]) if by_sentence else None,
        "answer in first two": _answered(case, sentences[:2]) if by_sentence else None,
    }


def _cited(case: Case, shown: Shown) -> dict[str, float | None]:
    """Of answers that were given."""
    judged = bool(case.gold) and case.kind != LIBRARY and not shown.declined
    cited = shown.cited
    return {
        "citation precision": figures.precision(cited, case.gains) if judged and cited else None,
        "citation recall": figures.recall(cited, case.gains, len(cited)) if judged else None,
    }


def _decided(case: Case, shown: Shown) -> dict[str, float | None]:
    return {
        figures.ANSWERED: float(not shown.declined) if case.answerable else None,
        figures.PRECISION: float(not case.answerable) if shown.declined else None,
        figures.DECLINED: None if case.answerable else float(shown.declined),
    }


def _written(case: Case, shown: Shown) -> dict[str, float | None]:
    if shown.own_words is None:
        return {}
    own = shown.own_words
    judged = case.answerable and not shown.declined and bool(case.answers)
    return {
        "own words hold the answer": _answered(case, own) if judged else None,
        "own words with citations that resolve": shown.resolved / len(own) if own else None,
    }


def _hit(case: Case, shown: Shown) -> float | None:
    """Whether what is shown holds an accepted answer, or words of the quote from its document."""
    quotes = [gold for gold in case.gold if gold.quote]
    if not case.answers and not quotes:
        return None
    quoted = [any(_is_from(e, gold) for e in shown.evidence) for gold in quotes]
    return max(_answered(case, shown.lines), _enough(case, quoted))


def _is_from(evidence: Text, gold: Gold) -> bool:
    return evidence.document == gold.document and figures.overlaps(evidence.words, gold.quote)


def _answered(case: Case, texts: Sequence[str]) -> float:
    return _enough(
        case, [any(figures.holds(text, answer) for text in texts) for answer in case.answers]
    )


def _enough(case: Case, there: Sequence[bool]) -> float:
    return float(bool(there) and (all(there) if case.needs_all else any(there)))
