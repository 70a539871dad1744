"""A question cut into pieces: phrases that ask, values of the catalogue, dates, and other words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.catalogue import dates
from assistant.catalogue.dates import Span
from assistant.catalogue.entries import Shelf, shortened
from assistant.catalogue.vocabulary import LONGEST, PHRASES, Mark, Role
from assistant.text import fold

_WORD = re.compile(r"\w+")
_FILE = re.compile(r"\w\.[A-Za-z]\w{1,4}\b")
_NOT = re.compile(r"n['’]t\b")
_IS = re.compile(r"['’]s\b")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,200})[\"“”»]")
_ASKS = {
    *(Role.COUNT, Role.LIST, Role.WHICH, Role.WHEN, Role.WHO, Role.WHERE, Role.BE, Role.DO),
    *(Role.HAVE, Role.NOUN, Role.FILE, Role.FORMAT, Role.KEY),
}
_OF_A_LIBRARY = {
    *(Role.NOUN, Role.FILE, Role.FORMAT, Role.STATUS, Role.LIBRARY, Role.THING, Role.HAVE),
    *(Role.KEY, Role.VERB),
}
_VALUES = {Role.NAME, Role.WORD}
_DROPPED = (Role.THE, Role.A, Role.OWN, Role.NOTHING)


@dataclass(frozen=True)
class Piece:
    """Some words of a question and what they do. `words` as they are compared, `said` as written.

    `article`: "the" or "a" when that goes before. `own`: "their" or "its" does. `parts`: of values
    that "and" or "or" joins.
    """

    role: Role
    value: str
    words: tuple[str, ...]
    said: str
    plural: bool = False
    article: str = ""
    own: bool = False
    span: Span | None = None
    parts: tuple[Piece, ...] = ()

    def is_one(self, *roles: Role) -> bool:
        return self.role in roles


def may_be_of_a_library(question: str) -> bool:
    """Whether it begins as such a question may and has a word for documents or for having some.

    A cheap look, which needs no catalogue.
    """
    said = _WORD.findall(fold(_prepared(question)))
    roles = []
    place = 0
    while place < len(said):
        mark, length = _phrase(said, place)
        roles.append(mark.role if mark else Role.WORD)
        place += max(length, 1)
    leading = [role for role in roles if role not in (*_DROPPED, Role.BE)][:2]
    # "what is in ...", "where is seeds.pdf"
    inside = leading == [Role.WHICH, Role.LINK] or bool(_FILE.search(question))
    return bool(_ASKS & set(roles[:3])) and (inside or bool(_OF_A_LIBRARY & set(roles)))


def pieces_of(
    question: str, shelf: Shelf, today: datetime.date, *, names_first: bool
) -> list[Piece]:
    """The pieces in order, without articles and the words that say nothing.

    Args:
        names_first: a name of several words counts before the phrases in it: "tool library".
    """
    cut = _Cut(question, shelf, today, names_first)
    return _joined(list(_without_dropped(cut.pieces())))


def _phrase(said: Sequence[str], place: int) -> tuple[Mark | None, int]:
    """The longest phrase of ours that begins here, and its length."""
    for length in range(min(LONGEST, len(said) - place), 0, -1):
        if mark := PHRASES.get(tuple(said[place : place + length])):
            return mark, length
    return None, 0


def _prepared(question: str) -> str:
    return shortened(_IS.sub(" ", _NOT.sub(" not", question)))


class _Cut:
    def __init__(
        self, question: str, shelf: Shelf, today: datetime.date, names_first: bool
    ) -> None:
        written = _prepared(question)
        self._text = text = fold(written)
        self._written = written if len(written) == len(text) else text
        self._shelf = shelf
        self._names_first = names_first
        found = list(_WORD.finditer(text))
        self._words = [match[0] for match in found]
        self._starts = {match.start(): number for number, match in enumerate(found)}
        self._ends = {match.end(): number + 1 for number, match in enumerate(found)}
        self._bounds = [match.span() for match in found]
        self._quoted = {
            self._starts[start]: self._ends[end]
            for start, end in self._inside_quotes()
            if start in self._starts and end in self._ends
        }
        self._dates: dict[int, tuple[int, Span]] = {}
        for start, end, span in dates.spans(text, today):
            first, stop = self._starts.get(start), self._ends.get(end)
            if first is not None and stop and stop > self._dates.get(first, (0, span))[0]:
                self._dates[first] = (stop, span)

    def _inside_quotes(self) -> Iterator[tuple[int, int]]:
        for quoted in _QUOTED.finditer(self._text):
            inner = list(_WORD.finditer(quoted[1]))
            if inner:
                yield quoted.start(1) + inner[0].start(), quoted.start(1) + inner[-1].end()

    def pieces(self) -> Iterator[Piece]:
        place = 0
        while place < len(self._words):
            piece, place = self._next(place)
            yield piece

    def _next(self, place: int) -> tuple[Piece, int]:
        if place in self._quoted:
            stop = self._quoted[place]
            return self._piece(Role.NAME, "", place, stop), stop
        mark, length = self._phrase(place)
        named = self._shelf.name_at(self._words, place) if self._names_first or not mark else 0
        stop, span = self._dates.get(place, (0, None))
        if span is not None and stop - place >= max(length, named):
            return replace(self._piece(Role.DATE, "", place, stop), span=span), stop
        if named > length:
            return self._piece(Role.NAME, "", place, place + named), place + named
        if mark is not None:
            piece = self._piece(mark.role, mark.value, place, place + length)
            return replace(piece, plural=mark.plural), place + length
        if self._words[place].isdecimal():
            return self._piece(Role.NUMBER, self._words[place], place, place + 1), place + 1
        return self._piece(Role.WORD, "", place, place + 1), place + 1

    def _phrase(self, place: int) -> tuple[Mark | None, int]:
        mark, length = _phrase(self._words, place)
        for longer in range(min(LONGEST, len(self._words) - place), length, -1):
            if other := self._other_key(tuple(self._words[place : place + longer])):
                return other, longer
        return mark, length

    def _other_key(self, phrase: tuple[str, ...]) -> Mark | None:
        """A key that documents use beside the usual ones: "audience", "owner"."""
        for plural in (False, True):
            word = phrase[-1].removesuffix("s") if plural else phrase[-1]
            key = " ".join((*phrase[:-1], word))
            if key in self._shelf.keys and key not in ("name", "status", "title"):
                return Mark(Role.KEY, key, plural)
        return None

    def _piece(self, role: Role, value: str, start: int, stop: int) -> Piece:
        said = self._written[self._bounds[start][0] : self._bounds[stop - 1][1]]
        return Piece(role, value, tuple(self._words[start:stop]), said)


def _without_dropped(pieces: Iterator[Piece]) -> Iterator[Piece]:
    article, own = "", False
    for piece in pieces:
        if piece.role in _DROPPED:
            article = {Role.THE: "the", Role.A: "a"}.get(piece.role, article)
            own = own or piece.role is Role.OWN
            continue
        yield replace(piece, article=article, own=own)
        article, own = "", False


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Words and names side by side as one, and values between "and" or "or" as one with parts."""
    runs: list[Piece] = []
    for place, piece in enumerate(pieces):
        goes_on = piece.is_one(*_VALUES) or _between_words(pieces, place)
        if goes_on and not piece.article and runs and runs[-1].is_one(*_VALUES):
            runs[-1] = _together(runs[-1], piece)
        else:
            runs.append(piece)
    found: list[Piece] = []
    for piece in runs:
        roles = [each.role for each in (*found[-2:], piece)]
        if len(roles) == 3 and roles[1] in (Role.AND, Role.OR) and {roles[0], roles[2]} <= _VALUES:
            joint, first = found.pop(), found.pop()
            parts = (*(first.parts or (first,)), piece)
            found.append(replace(_together(first, joint, piece), parts=parts, value=joint.words[0]))
        else:
            found.append(piece)
    return found


def _between_words(pieces: Sequence[Piece], place: int) -> bool:
    """Whether an "of" stands here that belongs to a name: "Institute of Physics"."""
    around = (*pieces[max(place - 1, 0) : place], *pieces[place + 1 : place + 2])
    of = pieces[place].is_one(Role.LINK) and pieces[place].value == "of"
    return of and len(around) == 2 and all(p.is_one(Role.WORD) for p in around)


def _together(*pieces: Piece) -> Piece:
    words = tuple(word for piece in pieces for word in piece.words)
    said = " ".join(piece.said for piece in pieces)
    return replace(pieces[0], role=Role.WORD, words=words, said=said)
