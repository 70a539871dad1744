"""The answer to a query, in plain lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.catalogue.conditions import DAYS, amount_words, compares, name_of
from assistant.catalogue.dates import in_words, span_of
from assistant.catalogue.entries import Entry, Shelf
from assistant.catalogue.query import Asked, Query
from assistant.domain import Document, Listing, Status
from assistant.text import clean, one_line, shorten

LISTED = 30  # documents or values that are shown; of the others, how many there are
_LINE = 200  # characters of a value
_ENDS = {"newest": "latest", "oldest": "earliest"}
_COUNTED = ("most", "fewest")
_LARGE = ("newest", "largest", "longest", "most")

Lengths = Mapping[tuple[Path, str], int]


class Teller:
    """Tells of the documents on a shelf. `lengths`: characters of text, where that is asked."""

    def __init__(self, shelf: Shelf, lengths: Lengths) -> None:
        self._shelf = shelf
        self._lengths = lengths

    def tell(self, query: Query) -> Listing:
        tellers = {
            Asked.DOCUMENTS: self._documents,
            Asked.VALUES: self._values,
            Asked.GROUPS: self._groups,
            Asked.END: self._end,
            Asked.LARGEST: self._largest,
            Asked.LIBRARY: self._library,
        }
        told = tellers[query.asked](query, self._kept(query))
        # names of files are as anybody may have made them
        return replace(told, lines=tuple(one_line(clean(line)) for line in told.lines))

    def _base(self, query: Query) -> list[Entry]:
        """The documents; all files, where the question is one of files or what became of them."""
        of_files = all(c.key in ("status", "format", "folder", "source") for c in query.conditions)
        return self._shelf.files if query.files and of_files else self._shelf.entries

    def _kept(self, query: Query) -> list[Entry]:
        return [e for e in self._base(query) if all(c.keeps(e) for c in query.conditions)]

    # --- documents ------------------------------------------------------------------------

    def _documents(self, query: Query, kept: list[Entry]) -> Listing:
        base = self._base(query)
        noun = "file" if base is self._shelf.files else "document"
        told = _told(query)
        if query.every:
            return self._every(query, kept, base)
        if query.yes_no and query.names_documents and len(query.conditions) > 1:
            return self._yes_or_no(query, kept)
        total = sum(entry.document.files for entry in kept)
        if not total:
            lines = [f"None: of {counted(len(base), noun)} there is none{told}."]
            if not base:
                lines = [f"None: there is no {noun} in this part of the library."]
            if len(query.conditions) == 1 and query.conditions[0].negative and base:
                lines.append(f"All {counted(len(base), noun)}: {query.conditions[0].otherwise}.")
            return Listing(tuple(lines), (), 0)
        yes = "Yes: there" if query.yes_no else "There"
        of = f", of {len(base):,} in all" if query.conditions and len(kept) < len(base) else ""
        is_are = "is" if total == 1 else "are"
        head = f"{yes} {is_are} {counted(total, noun)}{told}{of}"
        if noun == "file" and not query.conditions:
            return Listing((f"{head}: {_by_status(kept)}.",), _documents_of(kept), total)
        if query.count and not query.conditions:
            return Listing((f"{head}.",), _documents_of(kept), total)
        lines = [f"{head}:", *_shortened([_line(entry) for entry in kept])]
        return Listing(tuple(lines), _documents_of(kept), total)

    def _every(self, query: Query, kept: list[Entry], base: Sequence[Entry]) -> Listing:
        of_them = set(map(id, kept))
        left = [entry for entry in base if id(entry) not in of_them]
        told = _told(query).strip()
        if not left:
            line = f"Yes, all {counted(len(base), 'document')}: {told}."
            return Listing((line,), _documents_of(kept), len(kept))
        head = f"No, {len(kept):,} of {counted(len(base), 'document')}: {told}. The others:"
        lines = (head, *_shortened([_line(entry) for entry in left]))
        return Listing(lines, _documents_of(left), len(left))

    def _yes_or_no(self, query: Query, kept: list[Entry]) -> Listing:
        """Whether a document that is named is so."""
        names = [c for c in query.conditions if c.named]
        others = [c for c in query.conditions if not c.named]
        these = [e for e in self._shelf.entries if all(c.keeps(e) for c in names)]
        lines = []
        for entry in these:
            yes = "Yes" if entry in kept else "No"
            so = " and ".join(c.told if c.keeps(entry) else c.otherwise for c in others)
            facts = " ".join(_fact(entry, c.key) for c in others if entry.get(c.key))
            lines.append(f"{yes}: {_titled(entry)}, {so}. {facts}".rstrip())
        return Listing(tuple(_shortened(lines)), _documents_of(these), len(kept))

    # --- values ---------------------------------------------------------------------------

    def _values(self, query: Query, kept: list[Entry]) -> Listing:
        key = query.key
        if not kept:
            return Listing((f"None: there is no document{_told(query)}.",), (), 0)
        having = [entry for entry in kept if self._of(entry, key)]
        every = Counter(value for entry in having for value in self._of(entry, key))
        total = len(every)
        if query.names_documents or len(kept) == 1:
            lines = [self._of_one(entry, key, count=query.count) for entry in kept]
            lines = [f"- {line}" for line in lines] if len(lines) > 1 else lines
        elif not every:
            lines = [f"None of {counted(len(kept), 'document')}{_told(query)} gives {_a(key)}."]
        elif total == 1 and len(having) == len(kept):
            value = _shown(key, next(iter(every)))
            yes = "Yes: all" if query.yes_no else "All"
            lines = [f"{yes} {len(kept):,} have the same {name_of(key)}: {value}."]
        else:
            lines = self._different(query, every, len(kept), len(having))
        return Listing(tuple(_shortened(lines)), _documents_of(kept), total)

    def _different(self, query: Query, every: Counter[str], kept: int, having: int) -> list[str]:
        key = query.key
        no = "No: there" if query.yes_no else "There"
        is_are = "is" if len(every) == 1 else "are"
        head = f"{no} {is_are} {len(every):,} {_different_names(key, len(every))}{_told(query)}"
        if key in DAYS:
            head += f", from {_shown(key, min(every))} to {_shown(key, max(every))}"
        if having < kept:
            head += f"; {counted(kept - having, 'document')} give{'s' * (kept - having == 1)} none"
        return [f"{head}:", *(_group_line(key, value, number) for value, number in _sorted(every))]

    def _of(self, entry: Entry, key: str) -> tuple[str, ...]:
        if key == "size":
            return (_size(entry.document.facts.size),)
        if key == "length":
            return (f"{self._length(entry):,} characters of text",)
        return entry.get(key)

    def _of_one(self, entry: Entry, key: str, *, count: bool) -> str:
        found = self._of(entry, key)
        if not found:
            return f"{_titled(entry)} gives no {name_of(key)}."
        if key == "path":
            return f"{_titled(entry)} is in {entry.document.source}: {entry.document.file}"
        shown = "; ".join(_shown(key, value) for value in found)
        if count:
            return f"{_titled(entry)} has {len(found)} {name_of(key, len(found))}: {shown}"
        end = "" if shown.endswith(".") else "."
        return f"{_titled(entry)}, {name_of(key, len(found))}: {shown}{end}"

    # --- groups ---------------------------------------------------------------------------

    def _grouped(self, key: str, kept: Sequence[Entry]) -> dict[str, list[Entry]]:
        groups: dict[str, list[Entry]] = {}
        for entry in kept:
            for value in entry.get(key):
                groups.setdefault(value, []).append(entry)
        return groups

    def _groups(self, query: Query, kept: list[Entry]) -> Listing:
        groups = self._grouped(query.key, kept)
        told = f" by {name_of(query.key)}"
        if query.amount:
            how, number = query.amount
            groups = {v: g for v, g in groups.items() if compares(how, len(g), number)}
            told = f" with {amount_words(how, number)} documents"
        if not groups:
            return Listing((f"None: there is no {name_of(query.key)}{told}.",), (), 0)
        head = f"{counted(len(kept), 'document')}{_told(query)}, by {name_of(query.key)}:"
        if query.amount:
            is_are = "is" if len(groups) == 1 else "are"
            head = f"There {is_are} {len(groups):,} {name_of(query.key, len(groups))}{told}:"
        each = Counter({value: len(group) for value, group in groups.items()})
        lines = [_group_line(query.key, value, number) for value, number in _sorted(each)]
        inside = list({id(e): e for group in groups.values() for e in group}.values())
        return Listing((head, *_shortened(lines)), _documents_of(inside), len(groups))

    def _largest(self, query: Query, kept: list[Entry]) -> Listing:
        groups = self._grouped(query.key, kept)
        if not groups:
            return Listing((f"None of the documents gives {_a(query.key)}.",), (), 0)
        pick = max if query.end in _LARGE else min
        number = pick(len(group) for group in groups.values())
        best = sorted(value for value, group in groups.items() if len(group) == number)
        inside = [entry for entry in kept if set(best) & set(entry.get(query.key))]
        most = "most" if pick is max else "fewest"
        having = f"{counted(number, 'document')}{_told(query)}"
        if len(best) == 1:
            which = f"The {name_of(query.key)} with the {most} documents"
            line = f"{which} is {_quoted(best[0])}: {having}."
            return Listing((line,), _documents_of(inside), 1)
        names = name_of(query.key, len(best))
        head = f"{len(best):,} {names} share the place with the {most} documents, {having} each:"
        lines = [f"- {shorten(value, _LINE)}" for value in best]
        return Listing((head, *_shortened(lines)), _documents_of(inside), len(best))

    # --- the ends of an order -------------------------------------------------------------

    def _end(self, query: Query, kept: list[Entry]) -> Listing:
        key = query.key
        placed = [(value, e) for e in kept if (value := self._measure(query, e)) is not None]
        if not placed:
            told = f"None of {counted(len(kept), 'document')}{_told(query)} gives {_a(key)}."
            return Listing((told,), (), 0)
        placed.sort(key=lambda each: each[0], reverse=query.end in _LARGE)
        first = placed[0][0]
        best = [entry for value, entry in placed if value == first]
        without = len(kept) - len(placed)
        note = (
            [f"{counted(without, 'document')} of these {len(kept):,} give none."] if without else []
        )
        if query.top > 1 and query.top > len(best):
            chosen = [entry for _, entry in placed[: query.top]]
            lines = [f"- {_titled(e)}: {self._measured(query, e)}" for e in chosen]
            return Listing(
                (f"The {len(chosen)} {query.end}:", *lines, *note),
                _documents_of(chosen),
                len(chosen),
            )
        what = self._measured(query, best[0])
        end = f"{_ENDS.get(query.end, query.end)} {_measure_name(query)}"
        if query.end in _COUNTED:
            end = f"{query.end} {name_of(query.key, 2)}"
        if len(best) == 1:
            lines = [f"{_titled(best[0])} has the {end}: {what}."]
        elif len(best) == len(kept):
            lines = [f"All {len(kept):,} have the same {_measure_name(query)}: {what}."]
        else:
            lines = [f"{len(best):,} documents share the {end}, {what}:", *map(_line, best)]
        return Listing((*_shortened(lines), *note), _documents_of(best), len(best))

    def _measure(self, query: Query, entry: Entry) -> int | None:
        """What the documents are ordered by; None where a document does not tell."""
        if query.key == "size":
            return entry.document.facts.size
        if query.key == "length":
            return self._length(entry)
        if query.end in _COUNTED:
            return len(entry.get(query.key))
        days = entry.days(query.key)
        return max(day.first for day in days).toordinal() if days else None

    def _measured(self, query: Query, entry: Entry) -> str:
        if query.end in _COUNTED:
            number = len(entry.get(query.key))
            return f"{number} {name_of(query.key, number)}"
        if query.key in ("size", "length"):
            return self._of(entry, query.key)[0]
        return _shown(query.key, max(entry.get(query.key)))

    def _length(self, entry: Entry) -> int:
        return self._lengths.get((entry.document.folder, entry.document.path), 0)

    # --- the library ----------------------------------------------------------------------

    def _library(self, query: Query, kept: list[Entry]) -> Listing:
        entries = self._shelf.entries
        files = sum(entry.document.files for entry in self._shelf.files)
        lines = [
            f"The library holds {counted(len(entries), 'document')}"
            f" ({counted(files, 'file')}: {_by_status(self._shelf.files)})."
        ]
        key = "topic" if self._shelf.keys["topic"] else "folder"
        if groups := self._grouped(key, entries):
            each = Counter({value: len(group) for value, group in groups.items()})
            lines.append(f"They stand under {counted(len(each), name_of(key))}:")
            lines += _shortened([_group_line(key, v, n) for v, n in _sorted(each)])
        return Listing(tuple(lines), _documents_of(entries), len(entries))


def counted(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def _told(query: Query) -> str:
    told = " and ".join(condition.told for condition in query.conditions)
    return f" {told}" if told else ""


def _titled(entry: Entry) -> str:
    return f"“{entry.document.title or entry.document.path}” ({entry.document.path})"


def _line(entry: Entry) -> str:
    document = entry.document
    title = document.title or document.path
    told = f"- {shorten(title, _LINE)} ({document.path})"
    return told if document.status is Status.READY else f"{told}: {document.status.value}"


def _fact(entry: Entry, key: str) -> str:
    shown = "; ".join(_shown(key, value) for value in entry.get(key))
    return f"Its {name_of(key, len(entry.get(key)))}: {shown}."


def _a(key: str) -> str:
    name = name_of(key)
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _quoted(value: str) -> str:
    return f"“{shorten(value, _LINE)}”"


def _measure_name(query: Query) -> str:
    if query.end in _COUNTED:
        return f"number of {name_of(query.key, 2)}"
    return "text" if query.key == "length" else name_of(query.key)


def _shown(key: str, value: str) -> str:
    """A value for people: days in words."""
    span = span_of(value) if key in DAYS else None
    if span is not None:
        return in_words(span.first) if span.first == span.last else span.told
    return shorten(value, _LINE)


def _different_names(key: str, count: int) -> str:
    return name_of(key, count) if count == 1 else f"different {name_of(key, count)}"


def _sorted(each: Counter[str]) -> list[tuple[str, int]]:
    return sorted(each.items(), key=lambda item: (-item[1], item[0]))


def _group_line(key: str, value: str, number: int) -> str:
    return f"- {_shown(key, value)}: {counted(number, 'document')}"


def _by_status(entries: Sequence[Entry]) -> str:
    counts: Counter[Status] = Counter()
    for entry in entries:
        counts[entry.document.status] += entry.document.files
    return ", ".join(f"{counts[s]:,} {s.value}" for s in Status if counts[s])


def _shortened(lines: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    listed = sum(line.startswith("- ") for line in lines)
    if listed <= LISTED:
        return list(lines)
    return [*lines[: len(lines) - listed + LISTED], f"... and {listed - LISTED:,} more"]


def _documents_of(entries: Sequence[Entry]) -> tuple[Document, ...]:
    return tuple(entry.document for entry in entries)


def _size(number: int) -> str:
    for unit, size in (("MB", 1024**2), ("KB", 1024)):
        if number >= size:
            return f"{number / size:,.1f} {unit}"
    return f"{number} bytes"
