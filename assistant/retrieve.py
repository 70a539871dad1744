"""A question to passages: full-text and vector ranks, fused.

Reciprocal rank fusion: Cormack, Clarke and Büttcher 2009. The fused order needs no common scale
between BM25 and cosine. Their constant, 60, lets the middle of two lists outweigh the top of one;
10 is better on the sets of docs/experiments.md, and so is a little more weight on words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import text
from assistant.domain import Document, Passage, Question
from assistant.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assistant.vectors import VectorIndex

FUSION_CONSTANT = 10
WORDS_WEIGHT = 1.2  # of the ranks by words, beside 1 for those by meaning
CANDIDATES = 100  # from each list


def search(
    question: Question,
    store: Store,
    index: VectorIndex | None,
    vector: NDArray[np.float32] | None,
    count: int,
    is_current: Callable[[Document], bool] = lambda _: True,
) -> tuple[Passage, ...]:
    """The best `count` passages, numbered from 1.

    Args:
        vector: the question's embedding, (dimensions,); with None only words are searched.
        is_current: whether a document's file is still as it was read. Others are passed over, so
            that no answer cites a text that has gone or changed since.
    """
    by_words = store.search_words(query_words(question.text), CANDIDATES, question.scope)
    similarities: dict[int, float] = {}
    if index is not None and vector is not None:
        allowed = store.chunk_ids_in(question.scope) if question.scope else None
        similarities = dict(index.search(vector, CANDIDATES, allowed))
    word_ranks = {chunk: rank for rank, chunk in enumerate(by_words, start=1)}
    meaning_ranks = {chunk: rank for rank, chunk in enumerate(similarities, start=1)}
    scores = _fuse((WORDS_WEIGHT, word_ranks), (1.0, meaning_ranks))
    ranked = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))
    best = _current(ranked, store, count, is_current)
    return tuple(
        dataclasses.replace(
            passage,
            number=number,
            score=scores[passage.chunk_id],
            word_rank=word_ranks.get(passage.chunk_id),
            meaning_rank=meaning_ranks.get(passage.chunk_id),
            similarity=similarities.get(passage.chunk_id),
        )
        for number, passage in enumerate(best, start=1)
    )


def _current(
    ranked: Sequence[int], store: Store, count: int, is_current: Callable[[Document], bool]
) -> list[Passage]:
    """The first `count` passages whose documents are as they were read, each looked at once."""
    verdicts: dict[Path, bool] = {}
    best: list[Passage] = []
    for start in range(0, len(ranked), count):
        block = ranked[start : start + count]
        passages = store.passages(block)
        for chunk in block:
            if chunk not in passages:
                continue
            passage = passages[chunk]
            file = passage.document.file
            if file not in verdicts:
                verdicts[file] = is_current(passage.document)
            if verdicts[file]:
                best.append(passage)
        if len(best) >= count:
            break
    return best[:count]


def query_words(question: str) -> Sequence[str]:
    """The words worth looking up, all of them when none is; the index stems them itself.

    A word beyond ASCII is looked up as written and without its accents: SQLite takes accents off
    Latin letters alone.
    """
    found = text.tokens(question)
    found = [w for w in found if w.casefold() not in text.STOPWORDS] or found
    return list(dict.fromkeys(found + [text.fold(w) for w in found if not w.isascii()]))


def _fuse(*rankings: tuple[float, dict[int, int]]) -> dict[int, float]:
    """A score for each chunk in one of the (weight, ranks from 1)."""
    scores: dict[int, float] = {}
    for weight, ranks in rankings:
        for chunk, rank in ranks.items():
            scores[chunk] = scores.get(chunk, 0.0) + weight / (FUSION_CONSTANT + rank)
    return scores
