"""The service's loops, run in threads: gather events, post messages, never touch a widget."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from assistant.domain import Question
from assistant.errors import AssistantError
from assistant.service import NO_MODEL, Assistant
from assistant.tui.messages import AnswerEnded, Answering, IndexEnded, Indexing, ModelState

Post = Callable[[Message], object]
UNEXPECTED = "Something went wrong that should not have. The details are in the log."


def answer(assistant: Assistant, question: Question, stop: threading.Event, post: Post) -> None:
    def work() -> None:
        for event in assistant.ask(question, stop):
            post(Answering(event))

    post(AnswerEnded(_problem(assistant, work)))


def index(assistant: Assistant, stop: threading.Event, post: Post) -> None:
    def work() -> None:
        for event in assistant.sync(stop=stop):
            post(Indexing(event))

    problem = _problem(assistant, work)
    post(IndexEnded("" if stop.is_set() else problem))


def warm_up(assistant: Assistant, post: Post) -> None:
    if assistant.settings.model == NO_MODEL:
        post(ModelState("none"))
    else:
        post(ModelState("loading"))
    if problem := _problem(assistant, assistant.warm_up):
        post(ModelState("not loaded", problem))
    elif assistant.model_ready:
        post(ModelState("ready"))


def _problem(assistant: Assistant, work: Callable[[], None]) -> str:
    """Run `work`; a failure as words for the person, '' when there was none."""
    try:
        work()
    except AssistantError as error:
        return str(error)
    except Exception:
        assistant.log_unexpected()
        return UNEXPECTED
    return ""
