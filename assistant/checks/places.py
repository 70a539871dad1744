"""Which item of a sentence stands where its source has another of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from assistant import text
from assistant.checks.reading import Reading
from assistant.checks.tokens import Token

# A source sentence with this share of the other words is what the sentence was made from.
_COVERED = 0.75
_TELL_LITTLE = frozenset("the a an and or . ! ? ; : , ( ) \" ' -".split())
_ENDS = frozenset(". ! ? ; : , ( )".split())
# A list of more than this in one sentence is compared no further: it would take too long.
_MOST_ITEMS = 60


class Placed(Protocol):
    """From token `start` to `end`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Item = TypeVar("Item", bound=Placed)
Side = tuple[bool, str]  # whether a clause may end there, and the next word that tells something


@dataclass(frozen=True, slots=True, eq=False)
class _Place(Generic[Item]):
    """An item with what stands to its left and right; `aside`: in brackets."""

    item: Item
    left: Side
    right: Side
    aside: bool


def replaced(
    said: Reading,
    nearest: Sequence[Reading],
    items: Callable[[Reading], Sequence[Item]],
    same: Callable[[Item, Item], bool],
) -> dict[Item, Item]:
    """For an item, what the nearest sentences have in its place, where they lack the item itself.

    If one of them has all items where they are, nothing was replaced.
    """
    ours = _places(said, items)
    found = [_against(said, source, ours, _places(source, items), same) for source in nearest]
    return min(found, key=len, default={})


def _against(
    said: Reading,
    source: Reading,
    ours: list[_Place[Item]],
    theirs: list[_Place[Item]],
    same: Callable[[Item, Item], bool],
) -> dict[Item, Item]:
    alike = [(our, their) for our in ours for their in theirs if same(our.item, their.item)]
    beside = [(our, their, sides) for our, their in alike if any(sides := _sides(our, their))]
    kept: set[_Place[Item]] = set()
    for our, their, _ in sorted(beside, key=lambda pair: -len(pair[2])):
        if our not in kept and their not in kept:
            kept |= {our, their}
    elsewhere = {our for our, their in alike if their not in kept}
    moved = {their for our, their in alike if our not in kept}
    pairs = set(alike)
    found: dict[Item, Item] = {}
    for our in ours:
        for their in theirs:
            if our in kept or their in kept or (our, their) in pairs:
                continue
            sides = _sides(our, their)
            if our in elsewhere and (their in moved or len(sides) < 2):
                continue
            if _tell(sides) and (our.aside or not their.aside):
                found.setdefault(our.item, their.item)
    return found if _coverage(said, source, list(found)) >= _COVERED else {}


def _coverage(said: Reading, source: Reading, apart_from: Sequence[Placed]) -> float:
    taken = {at for item in apart_from for at in range(item.start, item.end)}
    words = [w for w in said.words if w.content and w.at not in taken]
    found = sum(w.base in source.bases or w.stem in source.stems for w in words)
    return found / len(words) if words else 1.0


def _places(reading: Reading, items: Callable[[Reading], Sequence[Item]]) -> list[_Place[Item]]:
    found = []
    tokens, open_brackets, counted = reading.tokens, 0, 0
    for item in items(reading)[:_MOST_ITEMS]:
        between = [t.raw for t in tokens[counted : item.start]]
        open_brackets += between.count("(") - between.count(")")
        counted = max(counted, item.start)
        left, right = _beside(tokens, item.start, -1), _beside(tokens, item.end - 1, 1)
        found.append(_Place(item, left, right, open_brackets > 0))
    return found


def _beside(tokens: Sequence[Token], at: int, step: int) -> Side:
    ends = False
    at += step
    while 0 <= at < len(tokens) and tokens[at].word in _TELL_LITTLE:
        ends = ends or tokens[at].word in _ENDS
        at += step
    return (ends, tokens[at].word) if 0 <= at < len(tokens) else (True, "")


def _sides(ours: _Place[Item], theirs: _Place[Item]) -> list[str]:
    """The words that stand beside both, on the same side; '' where a clause of both ends."""
    found = []
    for (our_end, our_word), (their_end, their_word) in (
        (ours.left, theirs.left),
        (ours.right, theirs.right),
    ):
        if our_word == their_word:
            found.append(our_word)
        elif our_end and their_end:
            found.append("")
    return found


def _tell(sides: Sequence[str]) -> bool:
    """Whether both places are the same: by both sides, or by a word of weight on one."""
    if len(sides) == 2:
        return any(sides)
    return any(word and word not in text.STOPWORDS for word in sides)
