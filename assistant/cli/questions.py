"""`assistant ask` and `assistant search`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.indexing import first_index
from assistant.cli.shared import IN, JSON, library, passage_as_json, plain_data, say, say_json, talk
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.domain import Done, Listing, Question
    from assistant.service import Assistant


@click.command()
@click.argument("question")
@IN
@JSON
@click.pass_obj
def ask(home: Path | None, question: str, scope: str, as_json: bool) -> int:
    """Answer QUESTION from the library, with its sources.

    With "-" questions are read from standard input, one a line. Examples:

    \b
      assistant ask "What is a repair café?"
      assistant ask "Who keeps the keys?" --in "minutes/2024*"
      assistant ask - --json < questions.txt
    """
    from assistant.domain import Question

    code = 0
    with library(home) as assistant:
        first_index(assistant)
        for words in _lines_of_input() if question == "-" else [question]:
            try:
                _ask_one(assistant, Question(words, scope), as_json)
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


def _ask_one(assistant: Assistant, question: Question, as_json: bool) -> None:
    from assistant.domain import Done, Found, Listed
    from assistant.plain import AnswerLines
    from assistant.text import clean

    lines = AnswerLines()
    for event in assistant.ask(question):
        if as_json:
            if isinstance(event, Done):
                say_json(_answer_as_json(event))
        else:
            if isinstance(event, (Found, Listed)):
                say(f"Question: {clean(question.text).strip()}")
            for line in lines.of(event):
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
