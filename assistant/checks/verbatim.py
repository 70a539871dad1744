"""Whether a sentence stands in its source word for word."""

from __future__ import annotations

import re

from assistant import text
from assistant.checks.reading import NEGATIONS, ONLY
from assistant.checks.tokens import written_out

_MINUS = re.compile(r"(?<![^\s(])-(?=\d)")
_UNIT_OF_TEXT = re.compile(r"\w+|[^\w\s]")
_KEPT = frozenset("% £ $ € ° ~".split())  # they belong to their number
_SENTENCE_MARKS = frozenset(".!?;:。！？؟۔")
_CLAUSE_MARKS = _SENTENCE_MARKS | frozenset(",，、()\"'…")
# Cut off behind one of these, the rest of a sentence may say something else.
_TURNS = NEGATIONS | ONLY | {"if", "least", "most", "than", "to", "over", "under"}


def stands_in(sentence: str, source: str) -> bool:
    """Whether the source says just this, as a sentence or as a part of one up to a mark."""
    wanted = [w for w in _units(sentence) if not _is_mark(w)]
    if not wanted:
        return True
    words: list[str] = []
    marks: list[set[str]] = [set()]  # what stands before each word
    for unit in _units(source):
        if _is_mark(unit):
            marks[-1].add(unit)
        else:
            words.append(unit)
            marks.append(set())
    last = len(words) - len(wanted)
    return any(
        words[at : at + len(wanted)] == wanted
        and (marks[at + len(wanted)] & _CLAUSE_MARKS or at == last)
        and _begins(words, marks, at)
        for at in range(last + 1)
        if words[at] == wanted[0]
    )


def _units(words: str) -> list[str]:
    return _UNIT_OF_TEXT.findall(_MINUS.sub("~", text.fold(written_out(words))))


def _is_mark(unit: str) -> bool:
    return not unit[0].isalnum() and unit not in _KEPT


def _begins(words: list[str], marks: list[set[str]], at: int) -> bool:
    """Whether nothing before `at` in its sentence turns what follows."""
    if at and not marks[at]:
        return False
    while at and not marks[at] & _SENTENCE_MARKS:
        at -= 1
        if words[at] in _TURNS:
            return False
    return True
