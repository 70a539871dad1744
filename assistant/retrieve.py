"""A question to passages: full-text and vector ranks, fused.

Reciprocal rank fusion: Cormack, Clarke and Büttcher 2009, with their constant 60. The fused
order needs no common scale between BM25 and cosine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant import text
from assistant.domain import Passage, Question
from assistant.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assistant.vectors import VectorIndex

FUSION_CONSTANT = 60
CANDIDATES = 50  # from each list


def search(
    question: Question,
    store: Store,
    index: VectorIndex | None,
    vector: NDArray[np.float32] | None,
    count: int,
) -> tuple[Passage, ...]:
    """The best `count` passages, numbered from 1.

    Args:
        vector: the question's embedding, (dimensions,); with None only words are searched.
    """
    by_words = store.search_words(query_words(question.text), CANDIDATES, question.scope)
    similarities: dict[int, float] = {}
    if index is not None and vector is not None:
        allowed = store.chunk_ids_in(question.scope) if question.scope else None
        similarities = dict(index.search(vector, CANDIDATES, allowed))
    word_ranks = {chunk: rank for rank, chunk in enumerate(by_words, start=1)}
    meaning_ranks = {chunk: rank for rank, chunk in enumerate(similarities, start=1)}
    scores = _fuse(word_ranks, meaning_ranks)
    best = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[:count]
    passages = store.passages(best)
    return tuple(
        dataclasses.replace(
            passages[chunk],
            number=number,
            score=scores[chunk],
            word_rank=word_ranks.get(chunk),
            meaning_rank=meaning_ranks.get(chunk),
            similarity=similarities.get(chunk),
        )
        for number, chunk in enumerate((c for c in best if c in passages), start=1)
    )


def query_words(question: str) -> Sequence[str]:
    """The words worth looking up, all of them when none is; the index stems them itself.

    A word beyond ASCII is looked up as written and without its accents: SQLite takes accents off
    Latin letters alone.
    """
    found = text.tokens(question)
    found = [w for w in found if w.casefold() not in text.STOPWORDS] or found
    return list(dict.fromkeys(found + [text.fold(w) for w in found if not w.isascii()]))


def _fuse(*rankings: dict[int, int]) -> dict[int, float]:
    scores: dict[int, float] = {}
    for ranks in rankings:
        for chunk, rank in ranks.items():
            scores[chunk] = scores.get(chunk, 0.0) + 1 / (FUSION_CONSTANT + rank)
    return scores
