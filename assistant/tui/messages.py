"""What the thread workers tell the app. Posting them is safe from any thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from assistant import domain


@dataclass
class Answering(Message):
    """An event of the answer that is being made."""

    event: domain.Event


@dataclass
class AnswerEnded(Message):
    """The answer is complete, or failed with `problem`."""

    problem: str = ""


@dataclass
class Indexing(Message):
    """An event of the index run in the background."""

    event: domain.Event


@dataclass
class IndexEnded(Message):
    problem: str = ""


@dataclass
class ModelState(Message):
    """What the writing model is doing, in a word or two."""

    words: str
    problem: str = ""


@dataclass
class OtherIndexes(Message):
    """Another process indexes this library; this one reads it meanwhile."""


@dataclass
class RebuildDue(Message):
    """A question for the person: do this long work now? `answer` is told yes or no, once."""

    rebuild: domain.Rebuild
    answer: Callable[[bool], None]
