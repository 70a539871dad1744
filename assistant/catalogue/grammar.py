"""A question about the library to a query over its catalogue; None when a word is left over."""

from __future__ import annotations

import datetime
from contextlib import suppress

from assistant.catalogue.conditions import DAYS
from assistant.catalogue.entries import Shelf
from assistant.catalogue.pieces import pieces_of
from assistant.catalogue.query import Asked, Query
from assistant.catalogue.sentence import (
    ASKING,
    BARE,
    CONTAINERS,
    DOCUMENTS,
    FACTS,
    SOFT,
    Sentence,
    Unclear,
    require,
)
from assistant.catalogue.vocabulary import Role


def understand(question: str, shelf: Shelf, today: datetime.date) -> Query | None:
    """The query that accounts for every word of the question; None when there is none."""
    for names_first in (True, False):
        pieces = pieces_of(question, shelf, today, names_first=names_first)
        with suppress(Unclear):
            return _Meaning(Sentence(pieces, shelf)).query()
    return None


class _Meaning:
    """What a sentence asks for, and whether it asks it of the library."""

    def __init__(self, sentence: Sentence) -> None:
        self._sentence = sentence
        self._key = sentence.key
        self._order = sentence.order
        self._end = sentence.end
        placed = sorted(sentence.found, key=lambda each: each.anchor)
        self._conditions = tuple(each.condition for each in placed)
        self._names = any(condition.named for condition in self._conditions)

    def query(self) -> Query:
        """Raises Unclear."""
        sentence = self._sentence
        asked = self._asked()
        require(self._is_of_the_library(asked))
        return Query(
            asked,
            key=self._order or sentence.group or self._key,
            conditions=self._conditions,
            count=sentence.has(Role.COUNT),
            yes_no=sentence.yes_no,
            every=sentence.yes_no and sentence.role(1) is Role.ALL,
            files=sentence.has(Role.FILE) or any(c.key == "status" for c in self._conditions),
            end=self._end,
            top=sentence.top,
            amount=sentence.amount,
        )

    # --- what is asked for ----------------------------------------------------------------

    def _asked(self) -> Asked:
        sentence = self._sentence
        nouns = sentence.places(Role.NOUN, Role.FILE)
        others = [noun for noun in nouns if sentence.role(noun - 2) is not Role.NOT]
        require(bool(self._key) or len(others) < 2)  # "how many pages has the document on ..."
        if sentence.group:
            return Asked.GROUPS
        last = sentence.pieces[-1]
        if self._names and not self._key and last.is_one(Role.LINK) and last.value == "about":
            self._key = "summary"  # "what is the ... document about"
        if self._key:
            return self._asked_of_key()
        if sentence.is_open:
            return self._asked_openly()
        if self._end:
            self._order = self._order or sentence.shelf.day_key()
            return Asked.END
        return Asked.DOCUMENTS

    def _asked_openly(self) -> Asked:
        """ "What have you got on ...", "what is in ..."."""
        sentence = self._sentence
        require(not self._end and not sentence.has(Role.NOUN, Role.FILE))
        if self._conditions:
            return Asked.DOCUMENTS
        require(not sentence.pieces[-1].is_one(Role.LINK))  # "what have you got on that"
        whole = [p for p in sentence.places(Role.LIBRARY) if sentence.pieces[p].article != "a"]
        require(sentence.has(Role.HAVE) or any(sentence.role(p - 1) is Role.LINK for p in whole))
        return Asked.LIBRARY

    def _asked_of_key(self) -> Asked:
        sentence = self._sentence
        self._key = self._meant_key()
        if self._key in ("size", "length", "path", "summary") and not self._names:
            require(self._key in ("size", "length") and sentence.has(Role.LIBRARY))
            require(not self._conditions)
            return Asked.LIBRARY
        of_all = self._key in DAYS and self._is_last() and not self._names
        if self._end in ("newest", "oldest") or of_all:
            self._end, self._order = self._end or "newest", self._key
            return Asked.END
        if sentence.amount:
            return Asked.GROUPS
        return Asked.LARGEST if self._end else Asked.VALUES

    def _meant_key(self) -> str:
        sentence = self._sentence
        if sentence.pieces[sentence.focus].is_one(Role.WHO):
            deeds = [sentence.pieces[place] for place in sentence.places(*FACTS)]
            require(any(deed.value == "author" or deed.words in SOFT for deed in deeds))
        if self._key == "day":
            require(self._names)
            return sentence.shelf.day_key()
        if self._key in DAYS:
            return sentence.shelf.day_key(self._key)
        told = self._names or self._end or sentence.has(Role.NOUN, Role.VERB, Role.GIVE)
        return "source" if self._key == "sources" and not told else self._key

    def _is_last(self) -> bool:
        """Whether "when was it last reviewed" is asked of the library, and so of its newest."""
        facts = [self._sentence.pieces[place] for place in self._sentence.places(*FACTS)]
        return self._sentence.has(Role.LIBRARY) and any(fact.words[0] == "last" for fact in facts)

    # --- whether it is asked of the library -----------------------------------------------

    def _is_of_the_library(self, asked: Asked) -> bool:
        sentence = self._sentence
        if sentence.is_terse and not any(each.start < each.anchor for each in sentence.found):
            return False
        names = [sentence.pieces[place] for place in sentence.places(Role.NAME)]
        if any(sentence.shelf.is_file_name(name.words) for name in names):
            return True
        documents = [sentence.pieces[place] for place in sentence.places(*DOCUMENTS)]
        if documents and (self._key or not sentence.is_open):
            bare = asked is Asked.DOCUMENTS and not self._conditions  # "what is a document"
            several = any(piece.plural for piece in documents)
            return not bare or (several and (not sentence.yes_no or sentence.speaks()))
        if self._names:
            return self._is_told()
        if asked is Asked.LIBRARY:
            return sentence.speaks()
        if asked is Asked.DOCUMENTS:
            return self._is_of_things()
        return self._is_of_keys()

    def _is_told(self) -> bool:
        """A document is named by its whole title, and has what is asked for: "when was ... last
        reviewed"."""
        return (self._sentence.has(Role.VERB) or self._key in BARE) and any(
            entry.get(self._key) and all(c.keeps(entry) for c in self._conditions)
            for entry in self._sentence.shelf.entries
        )

    def _is_of_things(self) -> bool:
        """ "Have you got anything on ...", "what is filed under ..."."""
        sentence = self._sentence
        by_key = any(each.start < each.anchor for each in sentence.found)
        filed = (*CONTAINERS, "licence", *(["keywords"] if by_key else []))
        inside = all(condition.key in filed for condition in self._conditions)
        things = sentence.is_open or sentence.has(Role.THING) or by_key
        asked = not sentence.yes_no or sentence.has(Role.THING)
        speaks = sentence.speaks() or (inside and asked)
        return bool(self._conditions) and things and speaks

    def _is_of_keys(self) -> bool:
        """ "Which topics are there", "which countries are covered"."""
        sentence = self._sentence
        focus = sentence.pieces[sentence.focus]
        if focus.is_one(Role.WHO):
            return sentence.has(Role.LIBRARY)
        before = sentence.past(sentence.focus - 1, -1, Role.MOST, Role.NUMBER, Role.ALL)
        directly = sentence.role(before) in ASKING or sentence.pieces[before + 1].article == "the"
        used = sentence.has(Role.GIVE, Role.VERB) or sentence.pieces[-1].is_one(Role.LINK)
        bare = self._key in BARE or (used and sentence.shelf.keys[self._key] > 0)
        bare = bare or (self._key == "reviewed" and bool(self._end))
        several = focus.plural or bool(self._end)
        you = sentence.has(Role.YOU) and self._key in BARE
        return sentence.speaks() or you or (directly and bare and several)
