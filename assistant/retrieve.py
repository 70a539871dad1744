"""A question to passages: full-text search and vector search find candidates, a sum orders them.

The sum is of two scores that mean the same for every question: the cosine, and BM25 as a share of
the most that the question's words could score. Sums of scores: Bruch, Gai and Ingber, "An Analysis
of Fusion Functions for Hybrid Retrieval" (2023), who found them better than fused ranks and the
way of scaling of little weight. A passage without the question's rare words cannot come first by
being the best of a poor list. docs/experiments.md compares.
"""

from __future__ import annotations

import dataclasses
import math
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

CANDIDATES = 100  # from each list: figures are those of 50, but some may not be current
WORDS_SHARE = 0.5  # of the score; the rest is meaning
_SATURATION = 2.2  # k1 + 1 of FTS5: what BM25 tends to for a word that fills a passage
_LEAST_WEIGHT = 1e-6  # of a word, in FTS5


def search(
    question: Question,
    store: Store,
    index: VectorIndex | None,
    vector: NDArray[np.float32] | None,
    count: int,
    is_current: Callable[[Document], bool] = lambda _: True,
    is_there: Callable[[Path], bool] = lambda _: True,
) -> tuple[Passage, ...]:
    """The best `count` passages, numbered from 1.

    Args:
        vector: the question's embedding, (dimensions,); with None only words are searched.
        is_current: whether a document's file is still as it was read. Others are passed over, so
            that no answer cites a text that has gone or changed since.
        is_there: whether the folder of a source is connected.
    """
    words = query_words(question.text)
    # what stands on a disk that is not connected would crowd out what can be cited
    absent = [source for source, folder in store.folders().items() if not is_there(folder)]
    by_words = store.search_words(words, CANDIDATES, question.scope, absent)
    similarities: dict[int, float] = {}
    if index is not None and vector is not None:
        limited = question.scope or absent
        allowed = store.chunk_ids_in(question.scope, absent) if limited else None
        similarities = dict(index.search(vector, CANDIDATES, allowed))
    word_ranks = {chunk: rank for rank, chunk in enumerate(by_words, start=1)}
    meaning_ranks = {chunk: rank for rank, chunk in enumerate(similarities, start=1)}
    # what one list brings up is scored by both
    candidates = list(word_ranks | meaning_ranks)
    if similarities and index is not None and vector is not None:
        similarities |= index.search(vector, len(candidates), candidates)
    scores = fuse(store.word_scores(words, candidates), most_by_words(words, store), similarities)
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


def together(lists: Sequence[Sequence[Passage]]) -> tuple[Passage, ...]:
    """The passages of several searches in turn, best first, each once, numbered from 1."""
    kept: dict[int, Passage] = {}
    for place in range(max(map(len, lists), default=0)):
        for found in lists:
            if place < len(found):
                kept.setdefault(found[place].chunk_id, found[place])
    return tuple(dataclasses.replace(p, number=n) for n, p in enumerate(kept.values(), start=1))


def _current(
    ranked: Sequence[int], store: Store, count: int, is_current: Callable[[Document], bool]
) -> list[Passage]:
    """The first `count` passages whose documents are as they were read, each looked at once."""
    standing: dict[Path, Document | None] = {}
    best: list[Passage] = []
    for start in range(0, len(ranked), count):
        block = ranked[start : start + count]
        passages = store.passages(block)
        for chunk in block:
            if chunk not in passages:
                continue
            passage = passages[chunk]
            file = passage.document.file
            if file not in standing:
                standing[file] = _standing(passage.document, store, is_current)
            if (document := standing[file]) is not None:
                best.append(dataclasses.replace(passage, document=document))
        if len(best) >= count:
            break
    return best[:count]


def _standing(
    document: Document, store: Store, is_current: Callable[[Document], bool]
) -> Document | None:
    """`document`, or a copy of it elsewhere; None when neither is as it was read."""
    if is_current(document):
        return document
    return next((copy for copy in store.duplicates_of(document) if is_current(copy)), None)


def query_words(question: str) -> Sequence[str]:
    """The words worth looking up, all of them when none is; the index stems them itself.

    A word beyond ASCII is looked up as written and without its accents: SQLite takes accents off
    Latin letters alone.
    """
    found = text.tokens(question)
    found = [w for w in found if w.casefold() not in text.STOPWORDS] or found
    return list(dict.fromkeys(found + [text.fold(w) for w in found if not w.isascii()]))


def most_by_words(words: Sequence[str], store: Store) -> float:
    """What BM25 tends to for a passage full of all these words: their weights, as FTS5 has them."""
    passages = store.count_passages()
    weights = (
        math.log((passages - count + 0.5) / (count + 0.5))
        for count in (min(store.frequency(word), passages) for word in words)
    )
    return _SATURATION * sum(max(weight, _LEAST_WEIGHT) for weight in weights)


def fuse(
    by_words: dict[int, float], most: float, similarities: dict[int, float]
) -> dict[int, float]:
    """The score of every chunk in either; `most`: the highest that a score by words can be.

    A chunk that is not embedded yet counts as far away as the furthest.
    """
    furthest = min(similarities.values(), default=0.0)
    most = most or 1.0  # a question without words
    return {
        chunk: WORDS_SHARE * by_words.get(chunk, 0.0) / most
        + (1 - WORDS_SHARE) * similarities.get(chunk, furthest)
        for chunk in by_words.keys() | similarities.keys()
    }
