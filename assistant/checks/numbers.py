"""Numbers as people write them (in figures, in words, with a scale, as a fraction), and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from assistant.checks.tokens import Token, word_at
from assistant.checks.units import ORDINALS, SCALES, Unit, unit_of

_SMALL = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_BIG = {
    form: number
    for word, number in {
        "dozen": 12,
        "hundred": 100,
        "thousand": 1_000,
        "million": 1_000_000,
        "billion": 1_000_000_000,
        "trillion": 1_000_000_000_000,
    }.items()
    for form in (word, word + "s")
}
# "first" is left out: it is mostly an adverb, and `polarity` holds it against "last"
_ORDINAL_WORDS = {
    word: number
    for number, word in enumerate(
        """second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=2,
    )
}
_PARTS = {
    form: parts
    for word, parts in {
        "third": 3,
        "quarter": 4,
        "fifth": 5,
        "sixth": 6,
        "eighth": 8,
        "tenth": 10,
    }.items()
    for form in (word, word + "s")
} | {"half": 2, "halves": 2}
WORDS = frozenset(_SMALL) | frozenset(_TENS) | frozenset(_BIG) | frozenset(_ORDINAL_WORDS)

Read = tuple[Fraction, bool, int]  # value, whether it is an ordinal, where it ends


def number_at(tokens: Sequence[Token], start: int) -> Read | None:
    """The number that begins at `start`."""
    if tokens[start].kind == "number":
        return _in_figures(tokens, start)
    word = tokens[start].word
    if word == "half":
        return _half(tokens, start)
    if word in _PARTS and (word_at(tokens, start - 1), word_at(tokens, start + 1)) == ("a", "of"):
        return Fraction(1, _PARTS[word]), False, start + 1
    return _in_words(tokens, start)


def _in_figures(tokens: Sequence[Token], start: int) -> Read:
    value = Fraction(tokens[start].raw.replace(",", ""))
    end = start + 1
    if _words(tokens, end, 1) & ORDINALS and tokens[end].glued:
        return value, True, end + 1
    if _is_fraction(tokens, start):
        return value / Fraction(tokens[start + 2].raw), False, start + 3
    if end < len(tokens) and tokens[end].glued and tokens[end].raw in SCALES:
        return value * SCALES[tokens[end].raw], False, end + 1
    return _scaled(tokens, value, end)


def _is_fraction(tokens: Sequence[Token], start: int) -> bool:
    """1/2, but neither 24/7 nor 1/1/2024."""
    if start + 2 >= len(tokens):
        return False
    above, bar, below = tokens[start : start + 3]
    if (bar.raw, below.kind) != ("/", "number") or not (bar.glued and below.glued):
        return False
    return above.raw.isdigit() and below.raw.isdigit() and 0 < int(above.raw) < int(below.raw) < 17


def _half(tokens: Sequence[Token], start: int) -> Read:
    end = start + 1
    if _words(tokens, end, 1) & {"a", "an"}:
        end += 1
    value, ordinal, scaled = _scaled(tokens, Fraction(1, 2), end)
    follows = scaled > end or unit_of("", word_at(tokens, end)) is not None
    return value, ordinal, scaled if follows else start + 1


def _scaled(tokens: Sequence[Token], value: Fraction, end: int) -> Read:
    """`value` times the thousand or million, or over the parts, that follow it."""
    if end < len(tokens) and tokens[end].word in _BIG:
        return value * _BIG[tokens[end].word], False, end + 1
    if [t.word for t in tokens[end : end + 3]] == ["and", "a", "half"]:
        return value + Fraction(1, 2), False, end + 3
    return value, False, end


def _in_words(tokens: Sequence[Token], start: int) -> Read | None:
    whole, part, end = 0, 0, start
    while end < len(tokens):
        at = end
        if end > start and tokens[end].word in ("and", "-"):
            at += 1
            if at == len(tokens) or (tokens[end].word == "and") != (part % 100 == 0 and part > 0):
                break
        word = tokens[at].word
        if word in _BIG and _BIG[word] > 100:
            whole, part = whole + max(part, 1) * _BIG[word], 0
        elif word in _BIG:
            part = max(part, 1) * _BIG[word]
        elif word in _TENS and part % 100 == 0:
            part += _TENS[word]
        elif word in _SMALL and (part % 100 == 0 or (part % 10 == 0 and _SMALL[word] < 10)):
            part += _SMALL[word]
        elif word in _ORDINAL_WORDS and part % 10 == 0 and not (0 < part < 20):
            return Fraction(whole + part + _ORDINAL_WORDS[word]), True, at + 1
        else:
            break
        end = at + 1
    if end == start:
        return None
    return _parts(tokens, Fraction(whole + part), end)


def _parts(tokens: Sequence[Token], value: Fraction, end: int) -> Read:
    """Two thirds, one-eighth, two and a half."""
    at = end + 1 if end < len(tokens) and tokens[end].word == "-" else end
    if value < 10 and at < len(tokens) and tokens[at].word in _PARTS:
        return value / _PARTS[tokens[at].word], False, at + 1
    return _scaled(tokens, value, end)


def _words(tokens: Sequence[Token], start: int, count: int) -> set[str]:
    return {t.word for t in tokens[start : start + count]}


def unit_at(tokens: Sequence[Token], end: int) -> tuple[Unit | None, int]:
    """The unit at `end`, and where it ends."""
    at = end + 1 if word_at(tokens, end) in ("-", "/") and word_at(tokens, end + 1) else end
    if at >= len(tokens):
        return None, end
    if [t.word for t in tokens[at : at + 2]] == ["per", "cent"]:
        return unit_of("%", ""), at + 2
    word = tokens[at].word
    if tokens[at].raw == "°" or word in ("degree", "degrees"):
        scale = word_at(tokens, at + 1)
        named = scale in ("c", "f", "celsius", "fahrenheit")
        return unit_of("°" + scale[0].upper() if named else "°", ""), at + 1 + named
    if word in ("square", "cubic") and at + 1 < len(tokens):
        unit = unit_of(tokens[at + 1].raw, tokens[at + 1].word)
        if unit:
            name = f"{word} {unit.name}"
            return replace(unit, name=name, dimension=f"{word} {unit.dimension}"), at + 2
    unit = unit_of(tokens[at].raw, word)
    return (unit, at + 1) if unit else (None, end)
