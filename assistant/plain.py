"""The chat as plain lines: no cursor control, no colour, words for every state.

For screen readers, pipes and old terminals; `assistant ask` prints its answers the same way.
Everything that comes from a document or a model is cleaned of control characters before.
"""

from __future__ import annotations

import datetime
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.domain import (
    Decision,
    Done,
    Event,
    Evidence,
    Evidenced,
    Finish,
    Found,
    LibraryStatus,
    Listed,
    Passage,
    Progress,
    Question,
    Rebuild,
    Sentence,
    Skipped,
    Status,
    Synced,
    Understood,
    Written,
)
from assistant.errors import AssistantError
from assistant.service import Assistant
from assistant.text import clean, one_line, shorten, tidy_lines

WELCOME = "Type a question and press Enter. Type a source's number to read it, or quit to end."
HISTORY = 3  # earlier questions that a follow-up may lean on
FROM_CATALOGUE = "From the library's catalogue:"
NOT_IN_LIBRARY = "This library does not hold an answer to that."
NOT_THIS_PART = "This library does not hold an answer to one part:"
WORD_FOR_WORD = "From the documents, word for word:"
DISAGREE = (
    "The documents do not agree. What each says, word for word, and when it was last changed:"
)
Say = Callable[[str], None]


def place(passage: Passage) -> str:
    """Where a passage stands, as a person would look it up."""
    where = passage.document.title
    if passage.label:
        where += f", {passage.label}"
    return f"{where} ({_name(passage.document.path)})"


def _name(path: str) -> str:
    """A file's name for people: some hold line ends, and codes that a terminal obeys."""
    return clean(path).replace("\n", " ")


def quotation(evidence: Evidence, decision: Decision) -> str:
    """A sentence with its number; where sources disagree, with its document and the date too."""
    words = f"“{evidence.text}” [{evidence.passage.number}]"
    if decision is not Decision.DISAGREE:
        return words
    document = evidence.passage.document
    changed = datetime.date.fromtimestamp(document.facts.mtime_ns / 1e9)
    return f"{words} {document.title}, changed on {changed.day} {changed:%B %Y}"


def left_out(sentences: Sequence[Sentence]) -> str:
    """How many of the model's sentences are not shown, and why; '' when all are.

    A sentence that the sources do not support may be dangerous nonsense: the smallest models
    write it fluently. Programs find them all in the JSON.
    """
    count = sum(not s.supported for s in sentences)
    if not count:
        return ""
    some = "1 sentence" if count == 1 else f"{count} sentences"
    return f"{some} of the model's own words left out: not found in the sources."


@dataclass
class AnswerLines:
    """Tells one answer as lines, as its events come."""

    passages: tuple[Passage, ...] = ()
    _wrote: bool = field(default=False, repr=False)

    def of(self, event: Event) -> Iterator[str]:
        if isinstance(event, Understood):
            yield event.words
        elif isinstance(event, Found):
            self.passages = event.passages
            yield "Passages found:"
            yield from (f"  [{p.number}] {shorten(place(p), 160)}" for p in event.passages)
        elif isinstance(event, Evidenced) and event.decision is not Decision.DECLINED:
            yield ""
            for part in event.unanswered:
                yield f"{NOT_THIS_PART} {part}"
            yield DISAGREE if event.decision is Decision.DISAGREE else WORD_FOR_WORD
            for e in event.evidence:
                first, *more = tidy_lines(quotation(e, event.decision))
                yield f"  {first}"
                yield from (f"    {line}" for line in more)
        elif isinstance(event, Written) and event.sentence.supported:
            if not self._wrote:
                yield ""
                yield "In the model's own words (check them against the documents):"
            self._wrote = True
            marks = "".join(f" [{n}]" for n in event.sentence.citations)
            yield f"  {event.sentence.text}{marks}"
        elif isinstance(event, Listed):
            yield FROM_CATALOGUE
            yield from (f"  {line}" for line in event.listing.lines)
        elif isinstance(event, Done) and event.answer.listing is None:
            yield from self._end(event)

    def _end(self, event: Done) -> Iterator[str]:
        answer = event.answer
        yield ""
        if words := left_out(answer.sentences):
            yield words
            yield ""
        if answer.decision is Decision.DECLINED:
            yield NOT_IN_LIBRARY
            if answer.passages:
                yield "The nearest passages are:"
            for p in answer.passages:
                yield f"  [{p.number}] {shorten(place(p), 160)}"
                yield f"      {shorten(p.text, 240)}"
            yield "Try other words, or add documents about it."
            return
        if answer.finish is Finish.STOPPED:
            yield "Stopped."
        elif answer.finish is Finish.NO_MODEL:
            yield "No model wrote: these are the documents' own words."
        yield "Sources:"
        cited = {n for s in answer.sentences for n in s.citations}
        for p in answer.passages:
            if p.number in cited:
                yield f"  [{p.number}] {place(p)}"
                yield f"      {_name(str(p.document.file))}"


def in_context(assistant: Assistant, passage: Passage) -> Iterator[str]:
    """A passage within its page or heading, marked at both ends.

    What the document says is set in: the marks are ours alone.
    """
    section = assistant.section_text(passage.section_id)
    yield place(passage)
    if section[passage.start : passage.end] != passage.text:
        yield "This passage has changed since; ask again to see it as it is now."
        return
    if before := section[: passage.start].strip():
        yield from _set_in(f"... {before[-300:]}")
    yield ">>> the passage begins"
    yield from _set_in(passage.text)
    yield "<<< the passage ends"
    if after := section[passage.end :].strip():
        yield from _set_in(f"{after[:300]} ...")


def _set_in(words: str) -> Iterator[str]:
    return (f"  {line}" for line in words.split("\n"))


def counted(count: int, noun: str) -> str:
    """
    >>> counted(1, "file"), counted(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def wrapped(line: str, width: int) -> str:
    """`line` broken at `width` with its indent kept; 0 leaves it whole, as pipes want it."""
    if not width or len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line, width, subsequent_indent=indent + "    " if indent else "", break_on_hyphens=False
    )


STATUS_WORDS = {
    Status.READY: "read",
    Status.PARTLY: "partly read",
    Status.WAITING: "still to be read",
    Status.DUPLICATE: "the same as another file",
    Status.IGNORED: "ignored: hidden, of the system, or by your rules",
    Status.NO_TEXT: "without text",
    Status.LOCKED: "locked with a password",
    Status.DAMAGED: "damaged",
    Status.UNSUPPORTED: "of a type that is not read",
    Status.TOO_LARGE: "too large",
    Status.UNREADABLE: "could not be opened",
}


def meaning_words(status: LibraryStatus) -> str:
    """How much can be searched by meaning, and not by words alone."""
    if not status.passages:
        return "There is nothing to search yet."
    if status.embedded >= status.passages:
        return "All can be searched by words and by meaning."
    share = status.embedded * 100 // status.passages
    return f"All can be searched by words, {share} % also by meaning so far."


def skipped_line(event: Skipped) -> str:
    what = "Partly read" if event.status is Status.PARTLY else "Not read"
    return f"{what}: {one_line(clean(event.path))}. {event.reason} {event.remedy}"


def synced_line(event: Synced) -> str:
    changes = [
        f"{count:,} {word}"
        for count, word in (
            (event.added, "new"),
            (event.changed, "changed"),
            (event.moved, "moved"),
            (event.removed, "removed"),
            (event.unchanged, "unchanged"),
            (event.skipped, "not read"),
        )
        if count
    ]
    return f"{event.source}: {', '.join(changes) or 'no files to read in it'}."


def progress_words(event: Progress) -> str:
    """How far a run is: "Reading 12 of 80, 3 a second, 1 minute left"."""
    words = f"{event.phase.capitalize()} {event.done:,}"
    if event.total:
        words += f" of {event.total:,}"
    if event.rate:
        words += f", {event.rate:,.0f} a second" if event.rate >= 1 else ""
    if event.seconds_left:
        words += f", {duration(event.seconds_left)} left"
    return words


def duration(seconds: float) -> str:
    """A time as people say it: "40 seconds", "3 minutes", "2 hours".

    >>> duration(200)
    '3 minutes'
    """
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 1.5 * size or unit == "second":
            count = max(round(seconds / size), 1)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    raise AssertionError


def rebuild_words(rebuild: Rebuild) -> str:
    """What is to be done again, and how long that takes."""
    work = f"{rebuild.passages:,} passages must be indexed by meaning again"
    if rebuild.files:
        work = f"{rebuild.files:,} files must be read again, and {work}"
    return (
        f"This version of the program works differently: {work}. "
        f"That takes about {duration(rebuild.seconds)}. You can go on asking meanwhile."
    )


def chat(assistant: Assistant, say: Say, *, interactive: bool) -> None:
    """Read questions line by line until the end of input or "quit"."""
    say(WELCOME)
    found: tuple[Passage, ...] = ()
    history: tuple[str, ...] = ()
    while True:
        if interactive:
            print("Question: ", end="", flush=True, file=sys.stderr)  # noqa: T201
        line = sys.stdin.readline()
        words = line.strip()
        if not line or words in ("quit", "exit", "/quit"):
            return
        if words in ("", "help", "?"):
            say(WELCOME)
        elif chosen := [p for p in found if words.strip("[]") == str(p.number)]:
            for line in in_context(assistant, chosen[0]):
                say(line)
        else:
            found = _answer(assistant, Question(words, history=history), say)
            history = (*history, words)[-HISTORY:]


def _answer(assistant: Assistant, question: Question, say: Say) -> tuple[Passage, ...]:
    lines = AnswerLines()
    try:
        for event in assistant.ask(question):
            for line in lines.of(event):
                say(line)
    except AssistantError as error:
        say(str(error))
    say("")
    return lines.passages
