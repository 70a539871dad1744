"""The chat as plain lines: no cursor control, no colour, words for every state.

For screen readers, pipes and old terminals; `assistant ask` prints its answers the same way.
Everything that comes from a document or a model is cleaned of control characters before.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.domain import (
    Decision,
    Done,
    Event,
    Evidenced,
    Finish,
    Found,
    Passage,
    Question,
    Sentence,
    Skipped,
    Synced,
    Written,
)
from assistant.errors import AssistantError
from assistant.service import Assistant
from assistant.text import clean, shorten, tidy_lines

WELCOME = "Type a question and press Enter. Type a source's number to read it, or quit to end."
NOT_IN_LIBRARY = "This library does not hold an answer to that."
Say = Callable[[str], None]


def place(passage: Passage) -> str:
    """Where a passage stands, as a person would look it up."""
    where = passage.document.title
    if passage.label:
        where += f", {passage.label}"
    return f"{where} ({passage.document.path})"


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
        if isinstance(event, Found):
            self.passages = event.passages
            yield "Passages found:"
            yield from (f"  [{p.number}] {shorten(place(p), 160)}" for p in event.passages)
        elif isinstance(event, Evidenced) and event.decision is Decision.ANSWERED:
            yield ""
            yield "From the documents, word for word:"
            for e in event.evidence:
                first, *more = tidy_lines(f"“{e.text}” [{e.passage.number}]")
                yield f"  {first}"
                yield from (f"    {line}" for line in more)
        elif isinstance(event, Written) and event.sentence.supported:
            if not self._wrote:
                yield ""
                yield "In the model's own words (check them against the documents):"
            self._wrote = True
            marks = "".join(f" [{n}]" for n in event.sentence.citations)
            yield f"  {event.sentence.text}{marks}"
        elif isinstance(event, Done):
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
                yield f"      {p.document.file}"


def in_context(assistant: Assistant, passage: Passage) -> Iterator[str]:
    """A passage within its page or heading, marked at both ends."""
    section = assistant.section_text(passage.section_id)
    yield place(passage)
    if section[passage.start : passage.end] != passage.text:
        yield "This passage has changed since; ask again to see it as it is now."
        return
    if before := section[: passage.start].strip():
        yield f"... {before[-300:]}"
    yield ">>> the passage begins"
    yield passage.text
    yield "<<< the passage ends"
    if after := section[passage.end :].strip():
        yield f"{after[:300]} ..."


def wrapped(line: str, width: int) -> str:
    """`line` broken at `width` with its indent kept; 0 leaves it whole, as pipes want it."""
    if not width or len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line, width, subsequent_indent=indent + "    " if indent else "", break_on_hyphens=False
    )


def index_lines(event: Event) -> Iterator[str]:
    """An index run as lines: results, not every step."""
    if isinstance(event, Skipped):
        yield f"Not read: {clean(event.path)}. {event.reason} {event.remedy}"
    elif isinstance(event, Synced):
        changes = [
            f"{count} {word}"
            for count, word in (
                (event.added, "new"),
                (event.changed, "changed"),
                (event.removed, "removed"),
                (event.unchanged, "unchanged"),
                (event.skipped, "not read"),
            )
            if count
        ]
        yield f"{event.source}: {', '.join(changes) or 'no files in it'}."


def chat(assistant: Assistant, say: Say, *, interactive: bool) -> None:
    """Read questions line by line until the end of input or "quit"."""
    say(WELCOME)
    found: tuple[Passage, ...] = ()
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
            found = _answer(assistant, words, say)


def _answer(assistant: Assistant, words: str, say: Say) -> tuple[Passage, ...]:
    lines = AnswerLines()
    try:
        for event in assistant.ask(Question(words)):
            for line in lines.of(event):
                say(line)
    except AssistantError as error:
        say(str(error))
    say("")
    return lines.passages
