"""The pieces of a question, each given its place: what is asked, a condition, what ties the two.

A value counts only where something ties it to the documents ("about", "filed under", "the ...
document"), for the same words may ask for what a document says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.catalogue import conditions, values
from assistant.catalogue.conditions import DAYS, Condition
from assistant.catalogue.entries import Shelf
from assistant.catalogue.pieces import Piece
from assistant.catalogue.vocabulary import Role

ASKING = (Role.COUNT, Role.LIST, Role.WHICH, Role.WHEN, Role.WHO, Role.WHERE)
DOCUMENTS = (Role.NOUN, Role.FILE, Role.FORMAT, Role.STATUS)
FACTS = (Role.KEY, Role.VERB)
CONTAINERS = ("topic", "folder", "source")
# of these, "which topics are there" asks without a word for the library
BARE = ("topic", "folder", "keywords")
SOFT = (("written",), ("created",))  # nothing is meant by them beside an author or a country
_YES_NO = (Role.BE, Role.DO, Role.HAVE)
_VALUES = (Role.NAME, Role.WORD)
_PLACES = ("path", *CONTAINERS)
_SIZES = {"largest": "size", "smallest": "size", "longest": "length", "shortest": "length"}
# what stands between a key and its value: "the keyword is Ofcom", "topic other than help"
_BETWEEN = (Role.LINK, Role.BE, Role.NOT, Role.GIVE, Role.HAVE)
_ASKED_BY = {Role.WHEN: "day", Role.WHO: "author", Role.WHERE: "path"}
_OTHERS = ("other", "except", "different", "apart", "besides", "excluding", "anything")
_BY_PEOPLE = ("author", "jurisdiction", "language")
_MUST_HAVE_A_PLACE = (
    *(Role.WHEN, Role.WHERE, Role.LIST, Role.NOT, Role.EACH, Role.SAME, Role.COMPARE),
    *(Role.AMOUNT, Role.NUMBER, Role.MOST, Role.AND, Role.OR, Role.DATE, Role.KEY, Role.VERB),
)


class Unclear(Exception):
    """A piece has no place: the question is not one about the library."""


def require(clear: bool) -> None:
    if not clear:
        raise Unclear


@dataclass
class Placed:
    """A condition, where its words start and where its value stands."""

    start: int
    anchor: int
    condition: Condition


class Sentence:
    """Gives each piece its place.

    Raises:
        Unclear: one has none.

    `focus`: the place of what is asked for, `key` the key that is asked for; `order` and `end` by
    which the documents are ordered and which end is asked for ("newest"); `group` the key by which
    they are counted; `is_open`: what is asked for has no word of its own ("what have you got");
    `is_terse`: it is no question, only a few words.
    """

    def __init__(self, pieces: list[Piece], shelf: Shelf) -> None:
        require(bool(pieces))
        self.pieces = pieces
        self.shelf = shelf
        self.found: list[Placed] = []
        self.focus = -1
        self.key = self.order = self.end = self.group = ""
        self.top = 1
        self.amount: tuple[str, int] | None = None
        self.yes_no = self.is_open = self.is_terse = False
        self._used: set[int] = set()  # the places of pieces that have one
        require(not self.has(Role.STOP))
        self._begin()
        self._conditions()
        self._most()
        for place in self._unused(*FACTS):
            self._fact(place)
        for place in self._unused(Role.EACH):  # "which topics, and how many documents in each"
            self.group = self.key
            self._used.add(place)
        self._choices()
        self._negate()
        require(not list(self._unused(*_MUST_HAVE_A_PLACE)))

    # --- looking around -------------------------------------------------------------------

    def role(self, place: int) -> Role | None:
        return self.pieces[place].role if 0 <= place < len(self.pieces) else None

    def places(self, *roles: Role) -> Iterator[int]:
        return (place for place, piece in enumerate(self.pieces) if piece.is_one(*roles))

    def _unused(self, *roles: Role) -> Iterator[int]:
        return (place for place in self.places(*roles) if place not in self._used)

    def has(self, *roles: Role) -> bool:
        return any(True for _ in self.places(*roles))

    def past(self, place: int, step: int, *roles: Role) -> int:
        """The first place from here on, in this direction, that is none of these."""
        while self.role(place) in roles:
            place += step
        return place

    def is_link(self, place: int, *links: str) -> bool:
        return self.role(place) is Role.LINK and self.pieces[place].value in links

    def speaks(self) -> bool:
        """Whether it says who holds the documents: "in the library", "have you", "are there"."""
        having = {word for place in self.places(Role.HAVE) for word in self.pieces[place].words}
        held = self.has(Role.YOU) and bool(having)
        return self.has(Role.LIBRARY) or held or bool(having & {"there", "i", "we"})

    def _add(self, place: int, condition: Condition, *others: int) -> None:
        self._used |= {place, *others}
        self.found.append(Placed(min((place, *others)), place, condition))

    # --- what is asked for ----------------------------------------------------------------

    def _begin(self) -> None:
        first = self.pieces[0]
        lists = [p for p in self.places(Role.LIST) if self.pieces[p].words == ("list", "of")]
        if first.is_one(*_YES_NO) and lists:  # "have you got a list of"
            self._used |= set(range(lists[0]))
            self._begin_at(lists[0])
            return
        if first.is_one(*_YES_NO):
            self.yes_no = True
            self._used |= set(self.places(Role.WHICH, Role.WHO))  # "is there one which is ..."
            return
        if first.is_one(Role.KEY) and first.words[0] == "how":  # "how long is"
            self._ask_for(0)
            return
        if first.is_one(*DOCUMENTS) and first.plural:  # "documents tagged Ofcom"
            self.focus, self.is_terse = 0, True
            return
        place = self.past(0, 1, Role.LINK)  # "under which topic"
        require(place < 2)
        self._begin_at(place)

    def _begin_at(self, place: int) -> None:
        require(self.role(place) in ASKING)
        while self.role(after := self.past(place + 1, 1, Role.BE)) in ASKING:
            place = after  # "tell me how many", "what is the number of"
        self._used |= {*range(place + 1), *self.places(Role.WHICH, Role.WHO, Role.COUNT)}
        if key := _ASKED_BY.get(self.pieces[place].role):
            self.focus, self.key = place, key
            return
        if self.is_link(place + 1, "of"):  # "how many of the documents"
            place += 1
        place = self.past(place + 1, 1, Role.BE, Role.ALL, Role.MOST, Role.NUMBER, Role.YOU)
        modified = self.role(place) in _VALUES and self.role(place + 1) in DOCUMENTS
        if self.role(place) is Role.KEY:
            self._ask_for(place)
        elif modified or self.role(place) in DOCUMENTS:
            self.focus = place
        else:
            self.is_open = True

    def _ask_for(self, place: int) -> None:
        self.focus, self.key = place, self.pieces[place].value
        self._used.add(place)

    # --- conditions -----------------------------------------------------------------------

    def _conditions(self) -> None:
        for place in self._unused(Role.LIST):  # "which documents name ..."
            self.pieces[place] = replace(self.pieces[place], role=Role.GIVE)
        for place, piece in enumerate(self.pieces):
            if piece.is_one(*_VALUES):
                self._value(place)
            elif piece.is_one(Role.DATE):
                self._date(place)
            elif piece.is_one(Role.NUMBER):
                self._number(place)
            elif piece.is_one(Role.FORMAT):
                self._add(place, conditions.in_format(piece.value))
            elif piece.is_one(Role.STATUS):
                self._add(place, conditions.in_status(piece.value))

    def _value(self, place: int) -> None:
        piece = self.pieces[place]
        keys = list(self._key_places(place))
        for key in keys:
            if found := values.of_key(self.shelf, self.pieces[key].value, piece):
                self._add(place, found, key)
                return
        if self._wrote(place) or self._goes_on(place):
            return
        definite = self._is_definite(place)
        if found := values.linked(self.shelf, self._link(place), piece, definite=definite):
            self._add(place, found)
            return
        for key in keys:
            called = self.is_link(place - 1, "called") and key == place - 2
            if (
                (called or key == place - 1)
                and place == len(self.pieces) - 1
                and (found := values.unheld(self.shelf, self.pieces[key].value, piece))
            ):
                self._add(place, found, key)
                return
        raise Unclear

    def _wrote(self, place: int) -> bool:
        """ "Did ... write", "has ... written"."""
        before, after = self.role(place - 1), place + 1
        if before not in (Role.DO, Role.HAVE) or self.role(after) is not Role.VERB:
            return False
        deed = self.pieces[after]
        found = values.of_key(self.shelf, "author", self.pieces[place])
        if found is None or not (deed.value == "author" or deed.words in SOFT):
            return False
        self._add(place, found, after)
        return True

    def _goes_on(self, place: int) -> bool:
        """ "Tagged rent but not heating": a second value of the key before."""
        before = self.past(place - 1, -1, Role.NOT)
        if not self.found or self.role(before) not in (Role.AND, Role.OR) or before == place - 1:
            return False
        key = self.found[-1].condition.key
        found = values.of_key(self.shelf, key, self.pieces[place])
        if found is not None:
            self._add(place, found)
        return found is not None

    def _key_places(self, place: int) -> Iterator[int]:
        """Where keys stand that the value here may belong to, the nearest tie first."""
        left, right = self.past(place - 1, -1, *_BETWEEN), self.past(place + 1, 1, Role.LINK)
        after = self.role(right) is Role.KEY
        if self._is_free(left) and left == place - 1:
            yield left
        if after and self._is_free(right) and right == place + 1:
            yield right
        if self._is_free(left) and left < place - 1:
            yield left
        # "name the ICO in their sources", but not "documents on roofs with keywords"
        if after and self._is_free(right) and right > place + 1 and self._link(place) != "about":
            yield right

    def _is_free(self, place: int) -> bool:
        return self.role(place) in FACTS and place not in self._used

    def _is_definite(self, place: int) -> bool:
        """Whether the value here names a certain document: "the document on batteries"."""
        for noun, article in ((place + 1, place), (place - 2, place - 2)):
            if self.role(noun) in DOCUMENTS:
                the = self.pieces[article].article == "the" or bool(self.key)
                return the and not self.pieces[noun].plural
        return False

    def _link(self, place: int) -> str:
        """What ties the value here to the documents; '' when nothing does."""
        before, after = self.past(place - 1, -1, Role.NOT), self.role(place + 1)
        piece = self.pieces[place]
        if after in DOCUMENTS and not self.pieces[place + 1].article:
            asked = self.yes_no or piece.article != "a"
            return "modifier" if asked else ""
        if self.shelf.is_file_name(piece.words):
            return "called"
        if self.role(before) is Role.LINK:
            link = self.pieces[before].value
            # "which papers are for the chair" may ask of a meeting
            return link if link != "for" or self.key or self.speaks() else "from"
        if self.key and (
            (self.role(before) is Role.VERB and self.pieces[before].value == self.key)
            or (self.role(before) is Role.BE and after in (Role.VERB, Role.LINK))
        ):
            return "subject"  # "who wrote the ...", "when was the ... reviewed"
        if self.role(before) in DOCUMENTS and not self.pieces[before].plural:
            return "subject"  # "the guide Running a meeting"
        if len(piece.words) == 1 or after is not Role.HAVE:
            return ""
        return "subject" if self.key in BARE and self.key != "topic" else "holder"

    def _date(self, place: int) -> None:
        piece = self.pieces[place]
        before = self.role(place - 1)
        if before is Role.KEY and self.pieces[place - 1].value not in DAYS:
            self._value(place)  # "the folder 2024"
            return
        how, others = "in", []
        if before is Role.COMPARE:
            how, others = self.pieces[place - 1].value, [place - 1]
        elif before is Role.LINK:
            how = "until" if self.pieces[place - 1].value == "by" else "in"
        key = self._day_place(place)
        require(piece.span is not None and (before in (Role.COMPARE, Role.LINK) or key is not None))
        told = self.pieces[key].value if key is not None else ""
        if key is not None and key != self.focus:
            others.append(key)
        if piece.span is not None:
            found = conditions.dated(self.shelf.day_key(told), piece.span.compared(how))
            self._add(place, found, *others)

    def _day_place(self, place: int) -> int | None:
        """Where the nearest word for what was done on a day stands."""
        days = [p for p in self._unused(*FACTS) if self.pieces[p].value in DAYS]
        return min(days, key=lambda p: (abs(p - place), p), default=None)

    def _number(self, place: int) -> None:
        number = int(self.pieces[place].value)
        how, others = "", []
        if self.role(place - 1) is Role.AMOUNT:
            how, others = self.pieces[place - 1].value, [place - 1]
        after = self.role(place + 1)
        if not how and Role.MOST in (after, self.role(place - 1)):
            self.top = max(number, 1)
        elif after is Role.KEY and self._is_free(place + 1):
            key = self.pieces[place + 1].value
            self._add(place, conditions.number_of(key, how, number), *others, place + 1)
        else:
            require(after in DOCUMENTS and (bool(self.key) or not how))
            # "which two documents" tells what is known already
            self.amount = (how, number) if self.key else None
        self._used |= {place, *others}

    # --- orders and groups, and the rest of the facts -------------------------------------

    def _most(self) -> None:
        for place in self._unused(Role.MOST):
            end = self.pieces[place].value
            require(not self.end)
            self.end = end
            self._used.add(place)
            if end in ("most", "fewest") and self._is_free(place + 1) and not self.key:
                self.order = self.pieces[place + 1].value
                self._used.add(place + 1)
            elif end in _SIZES and not self.key:
                self.order = _SIZES[end]
            elif end in ("most", "fewest") or end in _SIZES:
                require(bool(self.key) and self.key not in DAYS)

    def _fact(self, place: int) -> None:
        """What a key or a deed is for that no value goes with."""
        piece = self.pieces[place]
        key, day = piece.value, piece.value in DAYS
        before = self.past(place - 1, -1, Role.LINK, Role.BE, Role.HAVE, Role.GIVE)
        self._used.add(place)
        if key in (self.key, self.order) or self._is_said_again(place):
            return
        if self.key == "day":
            require(day)
            self.key = key
        elif self.key == "path" and key == "jurisdiction":  # "where does it apply"
            self.key = key
        elif self.role(place - 1) is Role.EACH:
            self.group = key
            self._used.add(place - 1)
        elif self.role(before) is Role.NOT:
            self._add(place, conditions.having(self.shelf.day_key(key) if day else key))
        elif self.role(before) is Role.SAME:
            self.key = key
            self._used.add(before)
        elif day and not self.key and self.end in ("newest", "oldest"):
            self.order = self.shelf.day_key(key)
        elif day and piece.words[0] == "last" and not self.key and not self.yes_no:
            self.end, self.order = "newest", self.shelf.day_key(key)
        elif piece.is_one(Role.VERB):
            self._deed(place)
        else:
            self._named_key(place)

    def _is_said_again(self, place: int) -> bool:
        """Whether another piece says it too: "kept in the folder", "where is it kept"."""
        piece = self.pieces[place]
        if piece.value in _PLACES and self.key in _PLACES:
            return True
        if not piece.is_one(Role.VERB):
            return False
        after = self.past(place + 1, 1, Role.LINK)
        again = self.role(after) is Role.KEY and self.pieces[after].value == piece.value
        if again and piece.words[-1] == "by" and after not in self._used:  # "sorted by topic"
            self.group = piece.value
            self._used.add(after)
            return True
        placed = any(c.condition.key in _PLACES for c in self.found)
        return (again and after in self._used) or (piece.value == "path" and placed)

    def _deed(self, place: int) -> None:
        key = self.pieces[place].value
        if self.pieces[place].words in SOFT and (
            self.key in _BY_PEOPLE or any(c.condition.key in _BY_PEOPLE for c in self.found)
        ):
            return  # "by whom was it written"
        require(self.yes_no and (key in DAYS or key in ("keywords", "licence")))
        self._add(place, conditions.having(self.shelf.day_key(key) if key in DAYS else key))

    def _named_key(self, place: int) -> None:
        piece = self.pieces[place]
        link = self.pieces[place - 1] if place else piece
        if self.is_link(place - 1, "by") and not self.key:
            self.group = piece.value
        elif self.is_open or (piece.own and not self.key and not self.yes_no):
            self.key = piece.value
        else:
            require(
                link.is_one(Role.HAVE, Role.GIVE)
                or (link.is_one(Role.LINK) and link.value == "with")
            )
            self._add(place, conditions.having(piece.value))

    # --- how conditions go together -------------------------------------------------------

    def _choices(self) -> None:
        """Two conditions with "or" between them are one; so are two folders with "and"."""
        for place in self._unused(Role.AND, Role.OR):
            self._used.add(place)
            either = self.pieces[place].is_one(Role.OR)
            self.found.sort(key=lambda each: each.anchor)
            before = [each for each in self.found if each.anchor < place]
            after = [each for each in self.found if each.start > place]
            if not (before and after):
                require(not either)
                continue
            one, other = before[-1], after[0]
            alike = one.condition.key == other.condition.key in (*CONTAINERS, "format")
            if either or alike or (one.condition.named and other.condition.named):
                self.found.remove(other)
                one.condition = conditions.any_of([one.condition, other.condition])

    def _negate(self) -> None:
        for place in self._unused(Role.NOT):
            after = [each for each in self.found if each.anchor > place]
            require(bool(after))
            each = min(after, key=lambda each: each.anchor)
            between = range(place + 1, each.anchor)
            require(all(self.role(p) in (*_BETWEEN, *FACTS, Role.COMPARE) for p in between))
            key = each.condition.key
            each.condition = each.condition.reversed()
            if self.pieces[place].words[0] in _OTHERS and each.start < place:
                each.condition = conditions.also(each.condition, key)
            self._used.add(place)
