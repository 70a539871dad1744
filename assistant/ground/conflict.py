"""Sources that disagree: two documents that say the same with another figure.

Only where the question asks for a figure, and only where the sentences are much alike: prices of
two different things are no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant import text
from assistant.domain import Evidence

ALIKE = 0.5  # of the words of meaning of two sentences, without their figures, that both have
SURE = 0.5  # of the score of the best sentence
_ASKS_FOR_A_FIGURE = re.compile(
    r"\b(?:how (?:many|much|long|often|old|far|big|large|high|deep|late|early|soon)|when"
    r"|which year|what (?:year|date|day|time|age|size|number|share|percentage|temperature|rate)"
    r"|price|cost|fee|deposit|deadline|number|phone|opening)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


def disagreement(question: str, considered: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """One sentence from each document that disagrees, best first; empty where none does."""
    if not considered or not _ASKS_FOR_A_FIGURE.search(question):
        return ()
    first = considered[0]
    found = [first]
    for other in considered[1:]:
        documents = [e.passage.document.file for e in found]
        if other.score < SURE * first.score or other.passage.document.file in documents:
            continue
        if all(_differ(other.text, e.text) for e in found):
            found.append(other)
    return tuple(found) if len(found) > 1 else ()


def _differ(one: str, other: str) -> bool:
    figures = [set(_FIGURE.findall(words)) for words in (one, other)]
    if not all(figures) or figures[0] & figures[1]:
        return False
    terms = [set(text.terms(_FIGURE.sub(" ", words))) for words in (one, other)]
    return len(terms[0] & terms[1]) >= ALIKE * max(map(len, terms))
