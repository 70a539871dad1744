"""Which condition a value in a question stands for, given what ties it to the documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.catalogue import conditions
from assistant.catalogue.conditions import DAYS, Condition
from assistant.catalogue.entries import Shelf
from assistant.catalogue.pieces import Piece

# keys whose values may be asked for although no document has them: the answer is "none"
_CLOSED = ("keywords", "topic", "folder")
_CONTAINERS = ("topic", "folder", "source")
_LINKED = {
    "in": (*_CONTAINERS, "licence", "language"),
    "from": (*_CONTAINERS, "author", "jurisdiction"),
    "by": ("author",),
    "for": ("jurisdiction", "language"),
    "of": _CONTAINERS,
    "modifier": (*_CONTAINERS, "licence", "jurisdiction", "language", "author"),
    "holder": _CONTAINERS,
    "about": _CONTAINERS,
}
# ties that also lead to what documents are called or are about
_SUBJECTS = ("about", "modifier", "of", "for")
# after "a", these do not lead to documents
_CERTAIN = ("in", "for", "of", "from")
_UNHELD_WORDS = 4  # a longer run of unknown words is no value


def of_key(shelf: Shelf, key: str, piece: Piece) -> Condition | None:
    """The condition that a value of this key makes; None when the key has no such value."""
    if key in DAYS or key == "path":
        return None
    keys = {"topic": ("topic", "folder", "keywords"), "folder": ("folder", "source")}
    return _first(piece, lambda one: _in(shelf, keys.get(key, (key,)), one), every=key != "topic")


def unheld(shelf: Shelf, key: str, piece: Piece) -> Condition | None:
    """A value that this key might have had, where documents have values of it."""
    in_use = any(entry.get(key) for entry in shelf.entries)
    if key in _CLOSED and in_use and len(piece.words) <= _UNHELD_WORDS:
        return conditions.unheld(key, piece.said)
    return None


def linked(shelf: Shelf, link: str, piece: Piece, *, definite: bool) -> Condition | None:
    """The condition of a value without a key, tied by a preposition or by where it stands.

    Args:
        definite: it names a certain document: "the document on batteries".
    """
    if piece.article == "a" and link in _CERTAIN:
        return None  # what a handover needs is no question about the library
    named = (definite and link in _SUBJECTS) or link in ("called", "subject")
    exact = link == "subject"
    if named and (found := _first(piece, lambda one: titled(shelf, one, exact=exact))):
        return found
    if found := _first(piece, lambda one: _in(shelf, _LINKED.get(link, ()), one)):
        return found
    if link in ("about", "modifier", "for"):
        return _first(piece, lambda one: conditions.about(shelf, one.words, one.said), every=True)
    return None


def titled(shelf: Shelf, piece: Piece, *, exact: bool = False) -> Condition | None:
    match = shelf.titled(piece.words)
    if match is None or (exact and not (match.exact and len(piece.words) > 1)):
        return None
    return conditions.of_title(match, piece.said)


def _in(shelf: Shelf, keys: Sequence[str], piece: Piece) -> Condition | None:
    """Under the first of these keys that has just this value, else that has one with its words."""
    loose = [
        match for key in keys if (match := shelf.match(key, piece.words, loose=key == "sources"))
    ]
    best = next((match for match in loose if match.exact), loose[0] if loose else None)
    return conditions.of_match(best, piece.said) if best else None


def _first(
    piece: Piece, resolve: Callable[[Piece], Condition | None], *, every: bool = False
) -> Condition | None:
    """Of the whole, or else of all its parts: joined by "or", and by "and" where a document can be
    both (`every`)."""
    if whole := resolve(piece):
        return whole
    parts = [resolve(part) for part in piece.parts]
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return None
    both = every and piece.value == "and"
    return conditions.all_of(found) if both else conditions.any_of(found)
