"""`assistant ask --explain`: why an answer came out, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain import (
    Done,
    Event,
    Evidence,
    Evidenced,
    Found,
    Listed,
    Passage,
    Prompted,
    Reasons,
    Understood,
    Written,
)
from assistant.plain import place
from assistant.text import shorten

_TEXT = 160  # characters of a sentence or passage


def lines(event: Event) -> Iterator[str]:
    """What one step of an answer did."""
    if isinstance(event, Understood):
        yield f"0. Question. {event.words}"
    elif isinstance(event, Listed):
        yield "From the catalogue, without any model:"
        yield from (f"   {line}" for line in event.listing.lines)
    elif isinstance(event, Found):
        yield "1. Search: place by words, place by meaning, cosine, score (the sum of both)"
        yield from map(_passage, event.passages)
    elif isinstance(event, Evidenced):
        yield "2. Sentences, best first: the probability that each holds the answer"
        yield from map(_sentence, event.considered)
        yield from _reasons(event.reasons)
        yield f"4. Decision: {event.decision}, {len(event.evidence)} sentences quoted"
    elif isinstance(event, Prompted):
        yield f"5. Prompt ({event.prompt.dropped} passages did not fit)"
        yield from (f"   | {line}" for line in event.prompt.system.splitlines())
        yield from (f"   | {line}" for line in event.prompt.user.splitlines())
        yield "6. The model's own words, each sentence checked"
    elif isinstance(event, Written):
        sentence = event.sentence
        verdict = "supported by " + ", ".join(f"[{n}]" for n in sentence.citations)
        if not sentence.supported:
            verdict = f"left out ({' '.join(sentence.faults)})"
        yield f"   {verdict}: {sentence.text}"
    elif isinstance(event, Done):
        yield from _ending(event)


def _passage(passage: Passage) -> str:
    words, meaning = (str(r) if r else "-" for r in (passage.word_rank, passage.meaning_rank))
    cosine = "-" if passage.similarity is None else f"{passage.similarity:.3f}"
    where = shorten(place(passage), _TEXT)
    return f"   [{passage.number}] words {words}, meaning {meaning}, {cosine}, " + (
        f"{passage.score:.3f}: {where}"
    )


def _sentence(evidence: Evidence) -> str:
    return f"   {evidence.score:.3f} [{evidence.passage.number}] {shorten(evidence.text, _TEXT)}"


def _reasons(reasons: Reasons) -> Iterator[str]:
    needed = f"answered from {reasons.threshold:.3f} on"
    yield f"3. Does the library answer? {reasons.support:.3f}, {needed}"
    for name, (value, weight) in reasons.features.items():
        yield f"   {name}: {value:.3f} x {weight:.3f} = {value * weight:+.3f}"


def _ending(event: Done) -> Iterator[str]:
    for citation in event.answer.citations:
        state = (
            "word for word in the stored text" if citation.verified else "NOT in the stored text"
        )
        yield f"7. Citation [{citation.number}] {state}: {citation.document}, {citation.label}"
    steps = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in event.answer.timings.items())
    yield f"8. Time: {steps}"
