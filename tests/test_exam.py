"""The exam of writing models: the figures, the verdict, what follows from it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import config, exam, weights
from assistant.config import Settings
from assistant.domain import Prompt, Prompted, Question
from assistant.engine import LlamaEngine
from assistant.errors import BadSettings
from assistant.service import Assistant
from tests.conftest import Run
from tests.fakes import ScriptedEngine

NEVER = threading.Event()


class Scholar(ScriptedEngine):
    """Writes the sentence of the passage in which the answer stands, or that none does."""

    def stream(self, prompt: Prompt, max_tokens: int, stop: threading.Event) -> Iterator[str]:
        self._text = "The passages do not say."
        for item in exam.items():
            if item.question in prompt.user and item.answers:
                lines = item.passage.text.split("\n")
                self._text = next(line for line in lines if item.answers[0] in line) + " [1]"
        return super().stream(prompt, max_tokens, stop)


def result_of(engine: ScriptedEngine, settings: Settings) -> exam.Result:
    spec = weights.writer(settings)
    events = exam.sit(engine, spec, "2026-11-25", NEVER)
    return next(e for e in events if isinstance(e, exam.Result))


def test_every_item_of_the_exam_can_be_answered_from_its_passage_or_not_at_all() -> None:
    items = exam.items()
    assert len(items) == 30
    assert sum(not item.answers for item in items) == 10
    for item in items:
        assert not item.answers or item.answers[0].lower() in item.passage.text.lower()


def test_a_model_that_answers_right_may_write(settings: Settings) -> None:
    result = result_of(Scholar(""), settings)
    assert result.right == result.declined == 1.0
    assert result.kept >= exam.RIGHT_TO_WRITE
    assert result.may_write


def test_a_model_that_invents_may_not(settings: Settings) -> None:
    result = result_of(ScriptedEngine("The mayor of Paris came on 4 July 1907 [1]."), settings)
    assert result.right == 0.0
    assert result.invented == 1.0
    assert not result.may_write
    assert "Good for quoting" in " ".join(exam.verdict(result))


def test_a_stopped_exam_has_no_result(settings: Settings) -> None:
    stop = threading.Event()
    events = []
    for event in exam.sit(ScriptedEngine("Yes."), weights.writer(settings), "today", stop):
        events.append(event)
        stop.set()
    assert events == [1]


def test_a_result_counts_for_the_very_file_that_was_examined(settings: Settings) -> None:
    spec = weights.writer(settings)
    exam.keep(result_of(Scholar(""), settings), settings)
    assert exam.result_of(spec, settings) is not None
    assert exam.result_of(replace(spec, size=spec.size + 1), settings) is None
    (settings.home / "exams.json").write_text("[]")
    assert exam.result_of(spec, settings) is None


@pytest.mark.parametrize(
    ("mode", "passed", "at_length"),
    [("auto", True, True), ("auto", False, False), ("quote", True, False), ("write", False, True)],
)
def test_the_mode_follows_the_exam_unless_it_is_set(
    settings: Settings, folder: Path, mode: str, passed: bool, at_length: bool
) -> None:
    library = Assistant(replace(settings, mode=mode))
    for _ in library.sync((library.source_for(folder),)):
        pass
    library._engine = engine = ScriptedEngine("")
    engine.name = "starter"
    exam.keep(
        result_of(Scholar("") if passed else ScriptedEngine(""), library.settings),
        library.settings,
    )
    asked = library.ask(Question("Where does the spare key of the hall hang?"))
    (prompt,) = [event.prompt for event in asked if isinstance(event, Prompted)]
    assert ("whole answer" in prompt.system) is at_length
    library.close()


def test_an_unknown_mode_is_refused(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="mode"):
        config.load(settings.home, {"ASSISTANT_MODE": "poetry"})


@pytest.mark.slow
def test_the_real_starter_model_sits_the_exam(run: Run) -> None:
    ended = run("models", "check", "--json")
    assert ended.returncode == 0
    result = json.loads(ended.stdout)
    assert result["items"] == 30
    assert result["reading"] > 0
    assert "Good for" in run("models", "list").stdout


def test_the_real_engine_answers_an_item(settings: Settings) -> None:
    spec = weights.writer(settings)
    engine = LlamaEngine(spec, 2048, 2, settings.log)
    try:
        answered = exam._answer(engine, exam.items()[0], NEVER)
    finally:
        engine.close()
    assert answered.read > 100
    assert answered.written > 0
    assert answered.wait > 0
