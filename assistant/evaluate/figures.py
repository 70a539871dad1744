"""Figures from measured questions, with intervals. Pure: texts and numbers in, numbers out.

Knows nothing of the library, of files or of how a figure is shown.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.text import one_line, words

Floats = NDArray[np.float64]

DRAWS = 1000  # of the bootstrap
SEED = 7
ANSWERED = "answerable answered"
DECLINED = "decline recall"
PRECISION = "decline precision"
BALANCED = "balanced accuracy"
AUROC = "AUROC of support"

_SAME = str.maketrans("‘’‚‛`´“”„‟«»‐‑‒–—―−", "''''''" + '""""""' + "-------")
_ARTICLE = re.compile(r"\b(?:an?|the) (?=\w)")
# a letter or digit of a script that puts spaces between its words
_LETTER = "[^\\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0010ffff]"


# --- one question ---------------------------------------------------------------------------------


def recall(found: Sequence[Hashable], gold: Collection[Hashable], depth: int) -> float:
    """The share of `gold` (not empty) among the first `depth` found."""
    return len(set(found[:depth]) & set(gold)) / len(set(gold))


def precision(cited: Collection[Hashable], gold: Collection[Hashable]) -> float:
    """The share of `cited` (not empty) that is in `gold`."""
    return len(set(cited) & set(gold)) / len(set(cited))


def ndcg(found: Sequence[Hashable], gains: Mapping[Any, float], depth: int) -> float:
    """Normalised discounted cumulative gain: 1 when the first `depth` could not be better.

    Args:
        found: best first, none twice.
        gains: of each document that is worth something; not empty, all above 0.
    """
    best = sorted(gains.values(), reverse=True)
    return _discounted(gains.get(d, 0.0) for d in found[:depth]) / _discounted(best[:depth])


def _discounted(gains: Iterable[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def holds(text: str, answer: str) -> bool:
    """Whether `text` contains `answer` as whole words.

    Case, white space, kinds of quotes and dashes do not count, nor do articles in front of words.
    """
    text, answer = _folded(text), _folded(answer)
    return _contains(text, answer) or _contains(_ARTICLE.sub("", text), _ARTICLE.sub("", answer))


def _folded(text: str) -> str:
    return one_line(unicodedata.normalize("NFKC", text).translate(_SAME)).casefold()


def _contains(text: str, part: str) -> bool:
    """Not inside a longer word or number: "11" does not stand in "2011"."""
    if not part:
        return False
    before = f"(?<!{_LETTER})" if re.match(_LETTER, part) else ""
    after = f"(?!{_LETTER})" if re.match(_LETTER, part[-1]) else ""
    return re.search(before + re.escape(part) + after, text) is not None


def overlaps(shown: str, quote: str) -> bool:
    """Whether they share a run of words, at least half of the shorter one and no mere word."""
    one, other = words(shown), words(quote)
    shorter = min(len(one), len(other))
    run = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
    return run > 0 and run >= max(shorter / 2, min(shorter, 3))


# --- many questions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One question's numbers. `values` has the same names for all; None where one says nothing."""

    kind: str
    answerable: bool
    values: Mapping[str, float | None]
    support: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, and how many questions it is of."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The same figure of the same questions before and now. The interval is of now - before."""

    before: float
    now: float
    low: float
    high: float
    count: int


def figures(rows: Sequence[Row]) -> dict[str, Figure]:
    """Each figure that these questions say something about, with a bootstrap interval."""
    if not rows:
        return {}
    drawn = _estimates(rows, _draws(len(rows)))
    return {
        name: Figure(float(value), *_interval(drawn[name]), _count(rows, name))
        for name, (value,) in _estimates(rows, np.ones((1, len(rows)))).items()
        if not np.isnan(value)
    }


def by_kind(rows: Sequence[Row]) -> dict[str, dict[str, Figure]]:
    """The figures of "all", then of each kind where there is more than one."""
    kinds = list(dict.fromkeys(row.kind for row in rows))
    groups = {"all": figures(rows)}
    if len(kinds) > 1:
        groups |= {kind: figures([row for row in rows if row.kind == kind]) for kind in kinds}
    return groups


def differences(before: Sequence[Row], now: Sequence[Row]) -> dict[str, Difference]:
    """Between two runs over the same questions in the same order: a paired bootstrap."""
    if not now:
        return {}
    draws, once = _draws(len(now)), np.ones((1, len(now)))
    old, old_drawn = _estimates(before, once), _estimates(before, draws)
    new, new_drawn = _estimates(now, once), _estimates(now, draws)
    return {
        name: Difference(
            float(old[name][0]),
            float(new[name][0]),
            *_interval(new_drawn[name] - old_drawn[name]),
            _count(now, name),
        )
        for name in new
        if name in old and not np.isnan(new[name][0] + old[name][0])
    }


def auroc(supports: Sequence[float], answerable: Sequence[bool]) -> float:
    """How often an answerable question has more support than another; ties count half.

    NaN where one of the two kinds is missing.
    """
    once = np.ones((1, len(supports)))
    found = _auroc(np.array(supports, dtype=float), np.array(answerable, dtype=bool), once)
    return float(found[0])


def _draws(questions: int) -> Floats:
    """(draws, questions): how often each question is in each resample."""
    random = np.random.default_rng(SEED)
    return random.multinomial(questions, [1 / questions] * questions, size=DRAWS).astype(float)


def _estimates(rows: Sequence[Row], counts: Floats) -> dict[str, Floats]:
    """Each figure under each row of `counts`; NaN where no question says anything about it."""
    found = {}
    with np.errstate(invalid="ignore"):
        for name in rows[0].values:
            known = [(i, v) for i, row in enumerate(rows) if (v := row.values[name]) is not None]
            where = [i for i, _ in known]
            total = counts[:, where] @ np.array([v for _, v in known], dtype=float)
            found[name] = total / counts[:, where].sum(axis=1)
        if PRECISION in found and len({row.answerable for row in rows}) == 1:
            found[PRECISION] *= np.nan  # 0 or 1 by the choice of the questions alone
        if ANSWERED in found and DECLINED in found:
            found[BALANCED] = (found[ANSWERED] + found[DECLINED]) / 2
        where = [i for i, row in enumerate(rows) if row.support is not None]
        found[AUROC] = _auroc(
            np.array([rows[i].support for i in where], dtype=float),
            np.array([rows[i].answerable for i in where], dtype=bool),
            counts[:, where],
        )
    return found


def _auroc(supports: Floats, answerable: NDArray[np.bool_], counts: Floats) -> Floats:
    levels, level = np.unique(supports, return_inverse=True)
    found = np.full(len(counts), np.nan)
    for number, drawn in enumerate(counts):
        yes = np.bincount(level, drawn * answerable, len(levels))
        no = np.bincount(level, drawn * ~answerable, len(levels))
        below = np.cumsum(no) - no
        if pairs := yes.sum() * no.sum():
            found[number] = (yes * (below + no / 2)).sum() / pairs
    return found


def _interval(drawn: Floats) -> tuple[float, float]:
    """The middle 95 % of the resamples that have a value."""
    low, high = np.percentile(drawn[~np.isnan(drawn)], [2.5, 97.5])
    return float(low), float(high)


def _count(rows: Sequence[Row], name: str) -> int:
    if name == AUROC:
        return sum(row.support is not None for row in rows)
    if name == BALANCED:
        return len(rows)
    return sum(row.values[name] is not None for row in rows)
