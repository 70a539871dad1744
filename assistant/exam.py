"""`assistant models check`: what a writing model is good for on this machine.

A fixed exam (models/exam.jsonl, 20 questions that a passage answers and 10 that it does not) with
the program's own prompt and checks, and how fast the model reads and writes here. The result is
kept beside the library; it decides whether the model may compose answers or only adds a line to
the documents' own words.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import config, ground, prompt, text
from assistant.config import Settings
from assistant.domain import Document, Facts, ModelSpec, Passage, Sentence, Status
from assistant.engine import Engine

# A model composes where it answers right, and seldom makes something up.
RIGHT_TO_WRITE = 0.7
INVENTED_TO_WRITE = 0.2
TOKENS = 64  # of one answer
_FILE = "exams.json"
_DECLINES = ("do not say", "does not say", "don't say", "not mention", "no information")


@dataclass(frozen=True, slots=True)
class Item:
    """A question with its passage. `answers`: accepted words, none where the text has no answer."""

    question: str
    passage: Passage
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Shares are from 0 to 1, speeds in tokens a second, `wait` in seconds to the first word.

    `right`: questions with an answer, whose answer stood in the model's words.
    `kept`: of those, whose answer stood in sentences that passed the checks.
    `declined`: questions without an answer, where it said so or wrote nothing that passed.
    `invented`: of its sentences, those that failed the checks.
    """

    model: str
    size: int
    items: int
    right: float
    kept: float
    declined: float
    invented: float
    reading: float
    writing: float
    wait: float
    date: str

    @property
    def may_write(self) -> bool:
        return self.kept >= RIGHT_TO_WRITE and self.invented <= INVENTED_TO_WRITE


def items() -> list[Item]:
    found = []
    lines = config.bundled("models/exam.jsonl").read_text(encoding="utf-8").splitlines()
    for number, row in enumerate(map(json.loads, lines), start=1):
        document = Document(
            "exam",
            Path(),
            f"{number}.txt",
            row["title"],
            "text/plain",
            Facts(0, 0, 0),
            Status.READY,
        )
        words = row["text"]
        passage = Passage(1, number, number, document, row["label"], None, 0, len(words), words)
        found.append(Item(row["question"], passage, tuple(row["answers"])))
    return found


def sit(
    engine: Engine, spec: ModelSpec, today: str, stop: threading.Event
) -> Iterator[int | Result]:
    """How many items are done, after each; at the end the result."""
    answered: list[_Answered] = []
    for number, item in enumerate(items(), start=1):
        answered.append(_answer(engine, item, stop))
        if stop.is_set():
            return
        yield number
    yield _result(spec, answered, today)


@dataclass(frozen=True, slots=True)
class _Answered:
    item: Item
    sentences: tuple[str, ...]
    supported: tuple[str, ...]
    read: int  # tokens
    written: int
    wait: float  # seconds to the first piece
    seconds: float


def _answer(engine: Engine, item: Item, stop: threading.Event) -> _Answered:
    built = prompt.build(item.question, [item.passage], engine.count)
    checker = ground.Checker(built.passages)
    began = time.perf_counter()
    wait, pieces = 0.0, 0
    sentences: list[Sentence] = []
    for piece in engine.stream(built, TOKENS, stop):
        wait = wait or time.perf_counter() - began
        pieces += 1
        sentences += checker.feed(text.clean(piece))
    sentences += checker.end()
    return _Answered(
        item,
        tuple(s.text for s in sentences),
        tuple(s.text for s in sentences if s.supported),
        engine.count(engine.render(built)),
        pieces,
        wait,
        time.perf_counter() - began,
    )


def _result(spec: ModelSpec, answered: Sequence[_Answered], today: str) -> Result:
    with_answer = [a for a in answered if a.item.answers]
    without = [a for a in answered if not a.item.answers]
    wrote = [a for a in answered if a.wait]
    sentences = sum(len(a.sentences) for a in answered)
    passed = sum(len(a.supported) for a in answered)
    return Result(
        spec.name,
        spec.size,
        len(answered),
        _share([_holds(a.sentences, a.item) for a in with_answer]),
        _share([_holds(a.supported, a.item) for a in with_answer]),
        _share([_declined(a) for a in without]),
        1 - passed / sentences if sentences else 0.0,
        _rate([(a.read, a.wait) for a in wrote]),
        _rate([(a.written - 1, a.seconds - a.wait) for a in wrote]),
        sorted(a.wait for a in wrote)[len(wrote) // 2] if wrote else 0.0,
        today,
    )


def _holds(sentences: Sequence[str], item: Item) -> bool:
    said = " ".join(text.words(" ".join(sentences)))
    return any(" ".join(text.words(answer)) in said for answer in item.answers)


def _declined(answered: _Answered) -> bool:
    said = " ".join(answered.sentences).lower()
    return not answered.supported or any(words in said for words in _DECLINES)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rate(pairs: Sequence[tuple[int, float]]) -> float:
    seconds = sum(s for _, s in pairs)
    return sum(n for n, _ in pairs) / seconds if seconds > 0 else 0.0


# --- in words, and kept ---------------------------------------------------------------------------


def verdict(result: Result) -> Iterator[str]:
    """Plain sentences for the person who chooses a model."""
    yield (
        f"{result.model} on this machine: reads {result.reading:,.0f} and writes "
        f"{result.writing:,.0f} tokens a second; the first word comes after {result.wait:.1f} s."
    )
    yield (
        f"Of the questions that the text answers, it got {result.right:.0%} right; "
        f"{result.kept:.0%} in sentences that passed the checks."
    )
    yield (
        f"Of those that it does not answer, it let {result.declined:.0%} be. "
        f"{result.invented:.0%} of its sentences said something that is not in the text."
    )
    yield (
        "Good for writing whole answers, which are checked sentence by sentence."
        if result.may_write
        else "Good for quoting: the documents' own words lead, and the model adds a line at most."
    )


def keep(result: Result, settings: Settings) -> None:
    """Remember it. Raises LibraryError when the folder cannot be written."""
    kept = {**kept_results(settings), result.model: dataclasses.asdict(result)}
    try:
        config.make_home(settings)
        config.write_atomically(settings.home / _FILE, json.dumps(kept, indent=1).encode("utf-8"))
    except OSError as error:
        raise config.storage_error(error, settings.home) from error


def result_of(spec: ModelSpec, settings: Settings) -> Result | None:
    """What this very model got in its last exam."""
    found: Any = kept_results(settings).get(spec.name)
    try:
        result = Result(**found) if found else None
    except TypeError:
        return None
    return result if result and result.size == spec.size else None


def kept_results(settings: Settings) -> Mapping[str, Any]:
    try:
        data = json.loads((settings.home / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
