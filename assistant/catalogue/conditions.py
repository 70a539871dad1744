"""What picks documents out: a test of an entry, with the words to tell a person what was asked."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.catalogue.dates import Span
from assistant.catalogue.entries import Entry, Match, Shelf
from assistant.domain import Status

# keys whose values are days, and what is done on them
DAYS = {"reviewed": "reviewed", "date": "dated", "updated": "updated", "changed": "last changed"}
# key -> the name of one value and of several; other keys are called as they are
_NAMES = {
    "reviewed": ("review date", "review dates"),
    "keywords": ("keyword", "keywords"),
    "sources": ("source", "sources"),
    "changed": ("date of last change", "dates of last change"),
    "updated": ("date of last update", "dates of last update"),
    "source": ("library source", "library sources"),
    "summary": ("summary", "summaries"),
    "path": ("file", "files"),
    "language": ("language", "languages"),
}
# key -> how a document with a value is told, and one without it
_TOLD = {
    "topic": ("filed under {}", "filed under another topic than {}"),
    "folder": ("in the folder {}", "outside the folder {}"),
    "source": ("of the source {}", "of another source than {}"),
    "keywords": ("with the keyword {}", "without the keyword {}"),
    "author": ("by {}", "by others than {}"),
    "licence": ("under the licence {}", "under another licence than {}"),
    "jurisdiction": ("for the jurisdiction {}", "for another jurisdiction than {}"),
    "language": ("in the language {}", "in another language than {}"),
    "format": ("of the type {}", "of another type than {}"),
    "sources": ("with {} among the sources", "without {} among the sources"),
    "title": ("called {}", "called otherwise than {}"),
    "name": ("called {}", "called otherwise than {}"),
}
# values that are told by the words that were asked for, because they are long or many
_LONG = ("sources", "title", "name", "summary")
_AMOUNTS: dict[str, tuple[str, Callable[[int, int], bool]]] = {
    "more": ("more than", operator.gt),
    "least": ("at least", operator.ge),
    "fewer": ("fewer than", operator.lt),
    "most": ("at most", operator.le),
    "": ("exactly", operator.eq),
}
_UNREAD = (
    Status.NO_TEXT,
    Status.LOCKED,
    Status.DAMAGED,
    Status.UNSUPPORTED,
    Status.TOO_LARGE,
    Status.UNREADABLE,
)


@dataclass(frozen=True)
class Condition:
    """`told` goes after "documents": "filed under help". `otherwise`: of those that are not kept.

    `named`: it picks documents out by what they are called. `negative`: it was turned around.
    """

    told: str
    otherwise: str
    keeps: Callable[[Entry], bool]
    key: str = ""
    named: bool = False
    negative: bool = False

    def reversed(self) -> Condition:
        keeps = self.keeps
        return replace(
            self,
            told=self.otherwise,
            otherwise=self.told,
            keeps=lambda entry: not keeps(entry),
            named=False,
            negative=not self.negative,
        )


def name_of(key: str, count: int = 1) -> str:
    """What a person calls a key, or several of its values."""
    one, several = _NAMES.get(key, (key, f"{key[:-1]}ies" if key.endswith("y") else f"{key}s"))
    return one if count == 1 else several


def of_match(match: Match, said: str) -> Condition:
    name = name_of(match.key)
    told, otherwise = _TOLD.get(match.key, (f"with the {name} {{}}", f"without the {name} {{}}"))
    one = len(match.values) == 1 and match.key not in _LONG
    if not one and match.key not in _LONG and not match.exact:
        told, otherwise = f"with {{}} in the {name}", f"without {{}} in the {name}"
    quoted = f"“{min(match.values) if one else said}”"
    return Condition(told.format(quoted), otherwise.format(quoted), match.holds, match.key)


def of_title(match: Match, said: str) -> Condition:
    return replace(of_match(replace(match, exact=False), said), named=True)


def about(shelf: Shelf, words: Sequence[str], said: str) -> Condition | None:
    """Documents whose title or keywords name this."""
    found = [m for key in ("title", "keywords") if (m := shelf.match(key, words, loose=True))]
    if not found:
        return None
    quoted = f"“{said}”"
    return Condition(
        f"with {quoted} in the title or the keywords",
        f"without {quoted} in the title or the keywords",
        lambda entry: any(match.holds(entry) for match in found),
        "about",
    )


def dated(key: str, span: Span) -> Condition:
    return Condition(
        f"{DAYS[key]} {span.told}",
        f"not {DAYS[key]} {span.told}",
        # a month is within a year, but not within a day of that month
        lambda entry: any(
            span.first <= day.first and day.last <= span.last for day in entry.days(key)
        ),
        key,
    )


def having(key: str) -> Condition:
    return Condition(
        f"with {_a(name_of(key))}", f"without {_a(name_of(key))}", lambda e: bool(e.get(key)), key
    )


def number_of(key: str, how: str, number: int) -> Condition:
    words, compare = _AMOUNTS[how]
    told = f"{words} {number} {name_of(key, number)}"
    return Condition(
        f"with {told}", f"without {told}", lambda entry: compare(len(entry.get(key)), number), key
    )


def compares(how: str, one: int, other: int) -> bool:
    return _AMOUNTS[how][1](one, other)


def amount_words(how: str, number: int) -> str:
    return f"{_AMOUNTS[how][0]} {number}"


def unheld(key: str, said: str) -> Condition:
    """A value that no document has."""
    told, otherwise = _TOLD.get(key, ("with {}", "without {}"))
    quoted = f"“{said}”"
    return Condition(told.format(quoted), otherwise.format(quoted), lambda _: False, key)


def in_format(name: str) -> Condition:
    return of_match(Match("format", frozenset([name]), exact=True), name)


def in_status(value: str) -> Condition:
    statuses = {
        "unread": _UNREAD,
        "read": (Status.READY, Status.PARTLY),
    }.get(value) or (Status(value),)
    told = {"unread": "that could not be read", "read": "with text that was read"}.get(
        value, f"of the status “{value}”"
    )
    return Condition(
        told, "of another status", lambda entry: entry.document.status in statuses, "status"
    )


def any_of(conditions: Sequence[Condition]) -> Condition:
    """One of them is enough."""
    if len(conditions) == 1:
        return conditions[0]
    return Condition(
        " or ".join(c.told for c in conditions),
        " and ".join(c.otherwise for c in conditions),
        lambda entry: any(c.keeps(entry) for c in conditions),
        conditions[0].key,
        conditions[0].named,
    )


def also(condition: Condition, key: str) -> Condition:
    """Of those that it keeps, the ones that have this key at all."""
    return replace(condition, keeps=lambda entry: bool(entry.get(key)) and condition.keeps(entry))


def all_of(conditions: Sequence[Condition]) -> Condition:
    return Condition(
        " and ".join(c.told for c in conditions),
        " or ".join(c.otherwise for c in conditions),
        lambda entry: all(c.keeps(entry) for c in conditions),
        conditions[0].key,
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
