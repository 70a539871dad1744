"""The fused order: words and meaning, each with its rank."""

from __future__ import annotations

import pytest

from assistant.retrieve import FUSION_CONSTANT, WORDS_WEIGHT, _fuse


def test_a_passage_that_both_lists_hold_comes_before_the_first_of_either() -> None:
    scores = _fuse((WORDS_WEIGHT, {1: 1, 2: 2}), (1.0, {3: 1, 2: 2}))
    assert sorted(scores, key=lambda chunk: -scores[chunk]) == [2, 1, 3]


def test_a_score_is_the_sum_of_its_weighted_reciprocal_ranks() -> None:
    scores = _fuse((2.0, {7: 3}), (1.0, {7: 5}))
    assert scores[7] == pytest.approx(2 / (FUSION_CONSTANT + 3) + 1 / (FUSION_CONSTANT + 5))
