"""More than, at least, less than, at most: how a number is bounded by the words beside it."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.checks.tokens import Token, word_at

_BOUNDS_BEFORE = {
    ("more", "than"): ">",
    ("greater", "than"): ">",
    ("higher", "than"): ">",
    ("longer", "than"): ">",
    ("older", "than"): ">",
    ("over",): ">",
    ("above",): ">",
    ("exceeding",): ">",
    ("exceeds",): ">",
    ("exceed",): ">",
    ("passes",): ">",
    ("passed",): ">",
    ("reaches",): ">=",
    ("reached",): ">=",
    ("at", "least"): ">=",
    ("minimum", "of"): ">=",
    ("no", "less", "than"): ">=",
    ("not", "less", "than"): ">=",
    ("no", "fewer", "than"): ">=",
    ("not", "fewer", "than"): ">=",
    ("less", "than"): "<",
    ("fewer", "than"): "<",
    ("lower", "than"): "<",
    ("shorter", "than"): "<",
    ("younger", "than"): "<",
    ("under",): "<",
    ("below",): "<",
    ("at", "most"): "<=",
    ("up", "to"): "<=",
    ("maximum", "of"): "<=",
    ("no", "more", "than"): "<=",
    ("not", "more", "than"): "<=",
}
_BOUNDS_AFTER = {
    ("or", "more"): ">=",
    ("or", "over"): ">=",
    ("or", "above"): ">=",
    ("and", "above"): ">=",
    ("and", "over"): ">=",
    ("or", "older"): ">=",
    ("or", "higher"): ">=",
    ("or", "longer"): ">=",
    ("or", "less"): "<=",
    ("or", "fewer"): "<=",
    ("or", "under"): "<=",
    ("or", "below"): "<=",
    ("or", "lower"): "<=",
    ("and", "below"): "<=",
}
_LONGEST_BOUND = 3


def bound_at(tokens: Sequence[Token], start: int, end: int) -> tuple[str, tuple[int, ...]]:
    """How the number from `start` to `end` is bounded, and by which tokens."""
    start -= word_at(tokens, start - 1) in ("about", "around")
    for length in range(min(_LONGEST_BOUND, start), 0, -1):
        words = tuple(t.word for t in tokens[start - length : start])
        if words in _BOUNDS_BEFORE:
            return _BOUNDS_BEFORE[words], tuple(range(start - length, start))
    for at in (end, end + 1):
        words = tuple(t.word for t in tokens[at : at + 2])
        if words in _BOUNDS_AFTER:
            return _BOUNDS_AFTER[words], (at, at + 1)
    return "", ()
