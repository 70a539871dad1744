"""The service's loops, run in threads: gather events, post messages, never touch a widget."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from assistant.domain import Question, Source
from assistant.errors import AssistantError, LibraryBusy
from assistant.service import NO_MODEL, Assistant
from assistant.tui.messages import (
    AnswerEnded,
    Answering,
    IndexEnded,
    Indexing,
    ModelState,
    OtherIndexes,
    RebuildDue,
)

LONG = 60.0  # seconds: a rebuild that takes longer is asked about first
OTHER_INDEXES_SECONDS = 5.0  # until we try again
Post = Callable[[Message], object]
UNEXPECTED = "Something went wrong that should not have. The details are in the log."


def answer(assistant: Assistant, question: Question, stop: threading.Event, post: Post) -> None:
    def work() -> None:
        for event in assistant.ask(question, stop):
            post(Answering(event))

    post(AnswerEnded(_problem(assistant, work)))


def index(assistant: Assistant, stop: threading.Event, post: Post) -> None:
    """Bring the library up to date, then watch its folders and do so again, until `stop`."""

    def work() -> None:
        rebuild = _may_rebuild(assistant, stop, post)
        _sync(assistant, None, rebuild, stop, post)
        for changed in assistant.watch(stop):
            _sync(assistant, changed, rebuild, stop, post)

    if problem := _problem(assistant, work):
        post(IndexEnded("" if stop.is_set() else problem))


def _sync(
    assistant: Assistant,
    sources: tuple[Source, ...] | None,
    rebuild: bool,
    stop: threading.Event,
    post: Post,
) -> None:
    def work() -> None:
        while True:
            try:
                for event in assistant.sync(sources, stop, rebuild=rebuild):
                    post(Indexing(event))
                return
            except LibraryBusy:
                post(OtherIndexes())
                if stop.wait(OTHER_INDEXES_SECONDS):
                    return

    problem = _problem(assistant, work)
    post(IndexEnded("" if stop.is_set() else problem))


def _may_rebuild(assistant: Assistant, stop: threading.Event, post: Post) -> bool:
    """Ask before work of more than a minute; a "no" holds for this session."""
    due = assistant.rebuild_due()
    if due is None or due.seconds < LONG:
        return True
    answers: list[bool] = []
    answered = threading.Event()

    def answer(yes: bool) -> None:
        answers.append(yes)
        answered.set()

    post(RebuildDue(due, answer))
    while not stop.is_set() and not answered.wait(0.2):
        pass
    return answers[:1] == [True]


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
