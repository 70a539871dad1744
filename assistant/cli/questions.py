"""`assistant ask`, `search` and `unanswered`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.indexing import first_index
from assistant.cli.shared import (
    IN,
    JSON,
    library,
    load_settings,
    passage_as_json,
    plain_data,
    say,
    say_json,
    talk,
)
from assistant.errors import AssistantError, UsageError

if TYPE_CHECKING:
    from assistant.domain import Done, Listing, Question
    from assistant.service import Assistant


@click.command()
@click.argument("question")
@IN
@click.option("--explain", is_flag=True, help="Show each step: ranks, reasons, prompt, checks.")
@JSON
@click.pass_obj
def ask(home: Path | None, question: str, scope: str, explain: bool, as_json: bool) -> int:
    """Answer QUESTION from the library, with its sources.

    With "-" questions are read from standard input, one a line. Examples:

    \b
      assistant ask "What is a repair café?"
      assistant ask "Who keeps the keys?" --in "minutes/2024*"
      assistant ask "Who keeps the keys?" --explain
      assistant ask - --json < questions.txt
    """
    from assistant.domain import Question

    if explain and as_json:
        raise UsageError("--explain is for people, --json for programs.", "Leave one of them out.")
    code = 0
    with library(home) as assistant:
        first_index(assistant)
        for words in _lines_of_input() if question == "-" else [question]:
            try:
                _ask_one(assistant, Question(words, scope), as_json, explain)
            except AssistantError as error:
                if question != "-":
                    raise
                code = error.exit_code
                if as_json:
                    say_json({"question": words[:200], "error": str(error)})
                else:
                    talk(str(error))
    return code


def _lines_of_input() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())


def _ask_one(assistant: Assistant, question: Question, as_json: bool, explain: bool) -> None:
    from assistant.cli import explain as explaining
    from assistant.domain import Done
    from assistant.plain import AnswerLines
    from assistant.text import clean

    lines = AnswerLines()
    begun = False
    for event in assistant.ask(question):
        if as_json:
            if isinstance(event, Done):
                say_json(_answer_as_json(event))
        else:
            if not begun:
                say(f"Question: {clean(question.text).strip()}")
            begun = True
            for line in explaining.lines(event) if explain else lines.of(event):
                say(line)


def _answer_as_json(event: Done) -> dict[str, Any]:
    answer = event.answer
    return {
        "question": answer.question.text,
        "scope": answer.question.scope,
        "decision": answer.decision,
        "finish": answer.finish,
        "sentences": [plain_data(s) for s in answer.sentences],
        "evidence": [
            {
                "citation": e.passage.number,
                "document": e.passage.document.title,
                "path": e.passage.document.path,
                "label": e.passage.label,
                "quote": e.text,
                "start": e.start,
                "end": e.end,
                "verified": citation.verified,
                "score": round(e.score, 4),
            }
            for e, citation in zip(answer.evidence, answer.citations, strict=True)
        ],
        "passages": [passage_as_json(p) for p in answer.passages],
        "listing": _listing_as_json(answer.listing) if answer.listing else None,
        "model": answer.model,
        "timings": dict(answer.timings),
    }


def _listing_as_json(listing: Listing) -> dict[str, Any]:
    return {
        "lines": list(listing.lines),
        "documents": [
            {"document": d.title, "path": d.path, "source": d.source, "file": str(d.file)}
            for d in listing.documents
        ],
        "total": listing.total,
    }


@click.command()
@click.option("--keep/--do-not-keep", default=None, help="Begin, or end, keeping the list.")
@click.option("--clear", is_flag=True, help="Delete the list.")
@JSON
@click.pass_obj
def unanswered(home: Path | None, keep: bool | None, clear: bool, as_json: bool) -> None:
    """The questions that the library could not answer, for whoever looks after the documents.

    They are kept only after --keep, in a file in the library folder. Examples:

    \b
      assistant unanswered --keep
      assistant unanswered
    """
    from assistant import config
    from assistant import unanswered as kept

    settings = load_settings(home)
    if keep is not None:
        config.save(settings, "keep_unanswered", "yes" if keep else "no")
        talk("Declined questions are kept from now on." if keep else "None is kept from now on.")
    if clear:
        kept.clear(settings)
        talk("The list is deleted.")
    if keep is not None or clear:
        return
    lines = kept.listed(settings)
    if as_json:
        say_json(
            [dict(zip(("date", "question"), line.split(" ", 1), strict=False)) for line in lines]
        )
        return
    for line in lines:
        say(line)
    if not lines:
        talk("The list is empty." if settings.keep_unanswered == "yes" else NOT_KEPT)


NOT_KEPT = "No list is kept. To begin one: assistant unanswered --keep"


@click.command()
@click.argument("words")
@click.option("-n", "--count", default=10, show_default=True, type=click.IntRange(1, 100))
@IN
@JSON
@click.pass_obj
def search(home: Path | None, words: str, count: int, scope: str, as_json: bool) -> None:
    """Find passages for WORDS, without asking a model.

    \b
    Example:
      assistant search "draught proofing letterbox"
    """
    from assistant.domain import Question
    from assistant.plain import place
    from assistant.text import shorten

    with library(home) as assistant:
        first_index(assistant)
        passages = assistant.search(Question(words, scope), count)
    if as_json:
        say_json([passage_as_json(p) for p in passages])
        return
    for p in passages:
        say(f"[{p.number}] {place(p)}")
        say(f"    {shorten(p.text, 240)}")
    if not passages:
        say("Nothing was found. Try other words.")
