"""What the catalogue knows of each document, and which of its values a person's words mean.

Words and values are compared without case, accents, hyphens, articles and endings, and British
spelling is American spelling.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import PurePosixPath

from assistant.catalogue.dates import Span, span_of
from assistant.domain import Document
from assistant.text import fold, stem, words

Pairs = Sequence[tuple[str, str]]

_MEDIA = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml": "Word",
    "application/vnd.ms-excel": "spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml": "spreadsheet",
    "application/vnd.oasis.opendocument.spreadsheet": "spreadsheet",
    "text/csv": "spreadsheet",
    "text/tab-separated-values": "spreadsheet",
    "application/vnd.ms-powerpoint": "presentation",
    "application/vnd.openxmlformats-officedocument.presentationml": "presentation",
    "application/vnd.oasis.opendocument.presentation": "presentation",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "message/rfc822": "e-mail",
    "text/html": "web page",
    "multipart/related": "web page",
    "text/markdown": "Markdown",
    "text/plain": "plain text",
    "application/epub": "e-book",
    "application/x-fictionbook": "e-book",
    "application/rtf": "rich text",
    "image/": "picture",
    "application/zip": "zip archive",
}
# keys whose values people call by name, anywhere in a question
_NAMED = (
    *("topic", "folder", "source", "keywords", "author", "licence", "jurisdiction", "language"),
    *("title", "name"),
)
_ENDING = re.compile(r"\.[A-Za-z]\w{1,4}$")
_LONGEST_NAME = 16  # words
_HEAD = 3  # letters that words of one stem have in common
_UNSAID = frozenset("the a an and".split())
_SPELLINGS = (
    (re.compile(r"(?<=..)is(e|es|ed|ing|er|ers|ation|ations)$"), r"iz\1"),
    (re.compile(r"(?<=..)our(s|ed|ing|)$"), r"or\1"),
    (re.compile(r"(?<=..)tre(s|)$"), r"ter\1"),
    (re.compile(r"(?<=..)ence(s|d|)$"), r"ense\1"),
    (re.compile(r"(?<=..)ogue(s|)$"), r"og\1"),
)
_SHORT = (
    (re.compile(r"\bcreative commons(?: attribution)?\b", re.I), "CC BY"),
    (re.compile(r"\bunited kingdom\b", re.I), "UK"),
    (re.compile(r"\bunited states(?: of america)?\b", re.I), "US"),
)
_LONG = re.compile("creative commons|united (?:kingdom|states)")


def shortened(said: str) -> str:
    """With the short names of what people also call by a long one."""
    for pattern, name in _SHORT:
        said = pattern.sub(name, said)
    return said


@cache
def _plain(word: str) -> str:
    for pattern, spelling in _SPELLINGS:
        word = pattern.sub(spelling, word)
    return stem(word)


def stems(said: Iterable[str]) -> tuple[str, ...]:
    """Words as they are compared."""
    return tuple(_plain(word) for word in said if word not in _UNSAID)


def _stems_of(value: str) -> tuple[str, ...]:
    return stems(words(shortened(value)))


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, and by key what it tells of itself."""

    document: Document
    told: dict[str, tuple[str, ...]] = field(repr=False)

    def get(self, key: str) -> tuple[str, ...]:
        """The values of a key, in order; some are those of its file, not its own."""
        of_file = _OF_FILE.get(key)
        return of_file(self.document) if of_file else self.told.get(key, ())

    def days(self, key: str) -> tuple[Span, ...]:
        return tuple(span for value in self.get(key) if (span := span_of(value)))


def entry_of(document: Document, pairs: Pairs) -> Entry:
    told: dict[str, tuple[str, ...]] = {}
    for key, value in pairs:
        told[key] = (*told.get(key, ()), value)
    return Entry(document, told)


def _title(document: Document) -> tuple[str, ...]:
    return (document.title or PurePosixPath(document.path).stem,)


def _name(document: Document) -> tuple[str, ...]:
    name = document.path.rpartition("/")[2]
    return name.rpartition(".")[0] or name, name


def _folders(document: Document) -> tuple[str, ...]:
    """The folder that it is in, and those around that."""
    parts = document.path.split("/")[:-1]
    return tuple("/".join(parts[:depth]) for depth in range(len(parts), 0, -1))


def _changed(document: Document) -> tuple[str, ...]:
    seconds = max(document.facts.mtime_ns, 0) // 10**9
    with suppress(OverflowError, ValueError, OSError):
        return (datetime.date.fromtimestamp(seconds).isoformat(),)
    return ()


def _format(document: Document) -> tuple[str, ...]:
    """The kind of file as people call it."""
    for prefix, name in _MEDIA.items():
        if document.media_type.startswith(prefix):
            return (name,)
    return (PurePosixPath(document.path).suffix.removeprefix(".").lower() or "unknown",)


_OF_FILE: dict[str, Callable[[Document], tuple[str, ...]]] = {
    "title": _title,
    "name": _name,
    "path": lambda document: (document.path,),
    "folder": _folders,
    "source": lambda document: (document.source,),
    "format": _format,
    "changed": _changed,
    "status": lambda document: (document.status.value,),
}


@dataclass(frozen=True)
class Match:
    """The values of a key that words mean. `exact`: they say just these words."""

    key: str
    values: frozenset[str]
    exact: bool

    def holds(self, entry: Entry) -> bool:
        return not self.values.isdisjoint(entry.get(self.key))


class Shelf:
    """All entries in a question's scope. `entries` can be searched; `files` are all.

    Args:
        question: values that have no word in common with it are never looked at.
    """

    def __init__(self, described: Iterable[tuple[Document, Pairs]], question: str) -> None:
        self.files = [entry_of(document, pairs) for document, pairs in described]
        self.entries = [entry for entry in self.files if entry.document.status.has_text]
        heads = {word[:_HEAD] for word in words(shortened(question)) if word not in _UNSAID}
        self._heads = re.compile("|".join(map(re.escape, sorted(heads))) or "(?!)")
        self._values: dict[str, dict[str, tuple[str, ...]]] = {}
        self._called: dict[str, dict[str, set[str]]] = {}

    @cached_property
    def keys(self) -> Counter[str]:
        """Keys that documents tell of themselves, and how many use each."""
        return Counter(key for entry in self.entries for key in entry.told)

    def day_key(self, key: str = "") -> str:
        """The key that tells of such days here: what is updated may only have a review date.

        Without a key, the one that most documents have.
        """
        if key == "updated":
            return next((k for k in ("updated", "reviewed") if self.keys[k]), "changed")
        if key:
            return key
        usual = max(("date", "reviewed", "updated"), key=lambda k: self.keys[k])
        return usual if self.keys[usual] else "changed"

    def _values_of(self, key: str) -> dict[str, tuple[str, ...]]:
        """The values of a key that may be meant, and their stems."""
        if key not in self._values:
            every = {value for entry in self.files for value in entry.get(key)}
            some = [value for value in every if self._may_be_meant(value)]
            self._values[key] = {value: _stems_of(value) for value in some}
        return self._values[key]

    def _may_be_meant(self, value: str) -> bool:
        said = value.lower() if value.isascii() else fold(value)
        return bool(self._heads.search(said) or _LONG.search(said))

    def _names_of(self, key: str) -> dict[str, set[str]]:
        """What people may call those values, as stems run together, and which they are."""
        if key not in self._called:
            called: dict[str, set[str]] = {}
            for value in self._values_of(key):
                for name in _names(value):
                    called.setdefault("".join(_stems_of(name)), set()).add(value)
            self._called[key] = called
        return self._called[key]

    @cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset(name for key in _NAMED for name in self._names_of(key))

    def name_at(self, said: Sequence[str], start: int) -> int:
        """How many words from `start` on are the longest name there; 0 when none is."""
        if said[start] in _UNSAID:
            return 0
        for end in range(min(len(said), start + _LONGEST_NAME), start, -1):
            if said[end - 1] not in _UNSAID and "".join(stems(said[start:end])) in self._all_names:
                return end - start
        return 0

    def match(self, key: str, said: Sequence[str], *, loose: bool = False) -> Match | None:
        """The values of this key that the words mean; None when there are none.

        Values that say just these words, or else those that hold all of them; `loose`: all that do.
        """
        wanted = stems(said)
        if not wanted:
            return None
        exact = self._names_of(key).get("".join(wanted), set())
        if exact and not loose:
            return Match(key, frozenset(exact), exact=True)
        some = {v for v, known in self._values_of(key).items() if set(wanted) <= set(known)}
        return Match(key, frozenset(some | exact), exact=False) if some or exact else None

    def is_file_name(self, said: Sequence[str]) -> bool:
        """Whether the words are a file's whole name, ending included."""
        called = self._names_of("name").get("".join(stems(said)), set())
        return any(_ENDING.search(name) for name in called)

    def titled(self, said: Sequence[str]) -> Match | None:
        """The documents of exactly this title or file name, else those in which it stands."""
        found = [match for key in ("title", "name") if (match := self.match(key, said))]
        return next((match for match in found if match.exact), found[0] if found else None)


def _names(value: str) -> Iterator[str]:
    """A value, and shorter ways to say it: a title to its colon, a licence without its version."""
    yield value
    head, colon, _ = value.partition(":")
    if colon and len(head) > 2:
        yield head
    if "/" in value:
        yield value.rpartition("/")[2]
    bare = re.sub(r"[\s-]+[\d.]+$", "", value)
    if bare != value:
        yield bare
