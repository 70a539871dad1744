"""Questions with known answers -> figures with intervals, measured on a person's own library.

questions.py reads the question file, judge.py compares what was shown with what is known,
figures.py counts, saved.py keeps a run as JSON and sets two side by side, pages.py writes Markdown.
This file asks the library. It drives the service as a face does, and knows only the events.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant import __version__
from assistant.domain import (
    Answer,
    Decision,
    Document,
    Done,
    Evidence,
    Evidenced,
    Found,
    Listed,
    Passage,
    Question,
    Status,
)
from assistant.errors import LibraryError, UsageError
from assistant.evaluate import figures
from assistant.evaluate.judge import Outcome, Shown, Text, outcome, values
from assistant.evaluate.questions import Case
from assistant.service import NO_MODEL, Assistant

NAMED = 5  # documents that are not held, in one message


@dataclass(frozen=True, slots=True)
class Result:
    """One question, what was shown for it, and what that is worth.

    `answers`, `documents`: what was expected. `found`: documents, best first. `shown`: the
    sentences quoted, or the lines about the library. `support`: what the assistant says for its
    decision, None where it says nothing.
    """

    id: str
    question: str
    history: tuple[str, ...]
    kind: str
    answerable: bool
    outcome: Outcome
    decision: str
    support: float | None
    values: Mapping[str, float | None]
    answers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """As `Case.key`."""
        return self.id, self.question, self.history

    @property
    def row(self) -> figures.Row:
        return figures.Row(self.kind, self.answerable, self.values, self.support)


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run, or as much of it as was measured: what was asked of what, and the results.

    `about`: names and values that tell runs apart, for people.
    """

    about: Mapping[str, str | int]
    total: int
    results: Sequence[Result] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        return len(self.results) < self.total

    def figures(self) -> dict[str, dict[str, figures.Figure]]:
        return figures.by_kind([result.row for result in self.results])


class Shelf:
    """The documents that questions name, as a library holds them.

    A name is a document's path in its source, or the end of it. A copy is the same document.

    Raises:
        UsageError: the library does not hold one of them, and a figure would measure that instead.
    """

    def __init__(self, documents: Iterable[Document], cases: Sequence[Case]) -> None:
        wanted = {_composed(name) for case in cases for name in case.gains}
        exact: dict[str, set[str]] = defaultdict(set)
        by_end: dict[str, set[str]] = defaultdict(set)
        for document in documents:
            parts = _composed(document.path).split("/")
            for start in range(len(parts)):
                if (end := "/".join(parts[start:])) in wanted:
                    (by_end if start else exact)[end].add(_key(document))
        self._held = {name: exact[name] or by_end[name] for name in wanted}
        self._refuse_unless_held(cases)

    def _refuse_unless_held(self, cases: Sequence[Case]) -> None:
        absent: dict[str, int] = {}
        for case in cases:
            for name in case.gains:
                if not self._held[_composed(name)]:
                    absent.setdefault(name, case.line)
        if not absent:
            return
        named = ", ".join(f"{name} (line {n})" for name, n in list(absent.items())[:NAMED])
        more = f" and {len(absent) - NAMED:,} more" if len(absent) > NAMED else ""
        raise UsageError(
            f"The library holds no text of {named}{more}, where the questions have their answers.",
            "Index that folder, or take these lines out.",
        )

    def name(self, document: Document, case: Case) -> str:
        """What `case` calls this document, or else its path."""
        key = _key(document)
        return next((n for n in case.gains if key in self._held[_composed(n)]), document.path)


def _key(document: Document) -> str:
    """The same for copies."""
    return document.sha256 or f"{document.folder}/{document.path}"


def _composed(name: str) -> str:
    """Some systems write é as two characters."""
    return unicodedata.normalize("NFC", name)


def shelf(assistant: Assistant, cases: Sequence[Case]) -> Shelf:
    """Raises LibraryError when the library has no documents; and as `Shelf`."""
    if not assistant.status().passages:
        raise LibraryError(
            "The library is empty, so there is nothing to measure.",
            "Add a folder of documents: assistant index FOLDER",
        )
    return Shelf(assistant.files(Status.READY, Status.PARTLY, Status.DUPLICATE), cases)


def run(assistant: Assistant, cases: Iterable[Case], shelf: Shelf, depth: int) -> Iterator[Result]:
    """Ask each question and judge what comes.

    Args:
        depth: how many passages the search is judged by.

    Raises:
        as `Assistant.ask`.
    """
    for case in cases:
        began = time.perf_counter()
        seen = _ask(assistant, case, depth)
        shown = seen.shown(case, shelf)
        yield Result(
            case.id,
            case.question,
            case.history,
            case.kind,
            case.answerable,
            outcome(case, shown),
            seen.decision.value,
            seen.support,
            values(case, shown, depth),
            case.answers,
            tuple(case.gains),
            tuple(dict.fromkeys(p.document for p in shown.found)),
            shown.lines,
            shown.cited,
            shown.own_words or (),
            round(time.perf_counter() - began, 3),
        )


@dataclass(slots=True)
class _Seen:
    """What the events told."""

    with_model: bool
    passages: tuple[Passage, ...] = ()
    decision: Decision = Decision.DECLINED
    evidence: tuple[Evidence, ...] = ()
    support: float | None = None
    listing: tuple[str, ...] = ()
    answer: Answer | None = None

    def take(self, event: object) -> None:
        """What is judged of an event; the others are passed over."""
        if isinstance(event, Found):
            self.passages = event.passages
        elif isinstance(event, Listed):
            self.listing = event.listing.lines
        elif isinstance(event, Evidenced):
            self.decision, self.evidence = event.decision, event.evidence
            self.support = event.support
        elif isinstance(event, Done):
            self.answer = event.answer
            self.decision, self.evidence = event.answer.decision, event.answer.evidence

    def shown(self, case: Case, shelf: Shelf) -> Shown:
        own = self._own_words()
        sources = {} if self.answer is None else {p.number: p for p in self.answer.passages}
        cited = [e.passage for e in self.evidence]
        cited += [sources[n] for _, numbers in own for n in numbers if n in sources]
        return Shown(
            self.decision is Decision.DECLINED,
            tuple(Text(shelf.name(p.document, case), p.text) for p in self.passages),
            tuple(Text(shelf.name(e.passage.document, case), e.text) for e in self.evidence),
            self.listing,
            tuple(dict.fromkeys(shelf.name(p.document, case) for p in cited)),
            tuple(words for words, _ in own) if self.with_model else None,
            sum(bool(numbers) and numbers <= sources.keys() for _, numbers in own),
        )

    def _own_words(self) -> list[tuple[str, set[int]]]:
        """The model's sentences that a person saw, with their citations."""
        sentences = () if self.answer is None else self.answer.sentences
        return [(s.text, set(s.citations)) for s in sentences if not s.quoted and s.supported]


def _ask(assistant: Assistant, case: Case, depth: int) -> _Seen:
    question = Question(case.question, history=tuple(case.history))
    seen = _Seen(with_model=assistant.settings.model != NO_MODEL)
    for event in assistant.ask(question):
        seen.take(event)
    if 0 < len(seen.passages) < depth:
        # an answer looks at fewer passages than the search is judged by
        further = assistant.search(question, depth)
        both = {p.chunk_id: p for p in (*further, *seen.passages)}
        order = dict.fromkeys(p.chunk_id for p in (*seen.passages, *further))
        seen.passages = tuple(both[chunk] for chunk in order)
    seen.passages = seen.passages[:depth]
    return seen


def about(
    assistant: Assistant, file: Path, split: str, cases: Sequence[Case], depth: int
) -> dict[str, str | int]:
    """What tells this run apart from others: questions, library, models, program, date."""
    status = assistant.status()
    return {
        "date": datetime.datetime.now().astimezone().isoformat(" ", "minutes"),
        "program": __version__,
        "questions": str(file),
        "split": split or "all",
        "fingerprint of the questions": _fingerprint(cases),
        "library": str(status.home),
        "documents": status.documents,
        "passages": status.passages,
        "passages found by meaning": status.embedded,
        "search model": status.embedder or "none: words alone",
        "writing model": assistant.settings.model,
        "passages for an answer": assistant.settings.passages,
        "passages the search is judged by": depth,
    }


def _fingerprint(cases: Sequence[Case]) -> str:
    """The same for the same questions with the same answers, wherever they stand."""
    told = repr([dataclasses.replace(case, line=0) for case in cases])
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]
