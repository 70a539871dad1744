"""One question and its answer, as it comes."""

from __future__ import annotations

import re

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Markdown, Static

from assistant.domain import (
    Decision,
    Done,
    Event,
    Evidence,
    Evidenced,
    Finish,
    Found,
    Listed,
    Sentence,
    Understood,
    Written,
)
from assistant.plain import (
    DISAGREE,
    FROM_CATALOGUE,
    NOT_IN_LIBRARY,
    NOT_THIS_PART,
    WORD_FOR_WORD,
    left_out,
    place,
    quotation,
)
from assistant.text import shorten, tidy_lines

# Anything that Markdown might read as markup: words of documents are shown as they are.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:])")


class Turn(Vertical):
    """Feed it the events of one answer."""

    def __init__(self, question: str) -> None:
        super().__init__(classes="turn")
        self._question = question
        self._own_words: Markdown | None = None

    def compose(self) -> ComposeResult:
        yield Static(Content(f"You: {self._question}"), classes="question")
        yield Static("Searching the library…", classes="state")

    def state(self, words: str) -> None:
        """What is happening now; '' when nothing is."""
        line = self.query_one(".state", Static)
        line.update(Content(words))
        line.display = bool(words)

    async def show(self, event: Event) -> None:
        if isinstance(event, Understood):
            await self.mount(Static(Content(event.words), classes="understood"))
        elif isinstance(event, Found):
            self.state(f"Reading {len(event.passages)} passages…")
        elif isinstance(event, Evidenced) and event.decision is not Decision.DECLINED:
            self.state("The model is writing…")
            for part in event.unanswered:
                await self._add(f"**{NOT_THIS_PART}** {escaped(part)}\n")
            quotes = "\n".join(f"- {_quote(e, event.decision)}" for e in event.evidence)
            head = DISAGREE if event.decision is Decision.DISAGREE else WORD_FOR_WORD
            await self._add(f"**{head.rstrip(':')}**\n\n{quotes}\n")
        elif isinstance(event, Written) and event.sentence.supported:
            if self._own_words is None:
                self._own_words = await self._add("**In the model's own words: check them**\n\n")
            await self._own_words.append(_written(event.sentence) + "\n\n")
        elif isinstance(event, Listed):
            lines = "\n".join(map(_listed, event.listing.lines))
            await self._add(f"**{FROM_CATALOGUE}**\n\n{lines}\n")
        elif isinstance(event, Done):
            self.state("")
            await self._end(event)

    async def _end(self, event: Done) -> None:
        answer = event.answer
        if words := left_out(answer.sentences):
            await self._add(f"*{escaped(words)}*")
        if answer.decision is Decision.DECLINED:
            nearest = "".join(
                f"- \\[{p.number}\\] {escaped(place(p))}: {escaped(shorten(p.text, 160))}\n"
                for p in answer.passages
            )
            await self._add(
                f"**{NOT_IN_LIBRARY}**\n\nThe nearest passages are:\n\n{nearest}\n"
                "Try other words, or add documents about it.\n"
            )
        elif answer.finish is Finish.STOPPED:
            await self._add("*Stopped.*")
        elif answer.finish is Finish.NO_MODEL:
            await self._add("*No model wrote: these are the documents' own words.*")

    async def _add(self, markdown: str) -> Markdown:
        # mounted empty: what is appended before the first paint would replace what it began with
        part = Markdown(open_links=False)
        await self.mount(part)
        await part.append(markdown)
        return part

    def problem(self, words: str) -> None:
        self.state("")
        self.mount(Static(Content(words), classes="problem"))


def escaped(words: str) -> str:
    """`words` so that Markdown shows them letter by letter."""
    return _MARKUP.sub(r"\\\1", words)


def _quote(evidence: Evidence, decision: Decision) -> str:
    """A hard line break before each item of a quoted list."""
    lines = tidy_lines(quotation(evidence, decision))
    return "\\\n  ".join(map(escaped, lines))


def _listed(line: str) -> str:
    """A line of a listing: an item, or a paragraph of its own."""
    item = line.removeprefix("- ")
    return f"- {escaped(item)}" if item != line else f"\n{escaped(line)}\n"


def _written(sentence: Sentence) -> str:
    marks = "".join(f" \\[{n}\\]" for n in sentence.citations)
    return f"{escaped(sentence.text)}{marks}"
