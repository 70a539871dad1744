"""What the model is told stays within its budget, in whole passages."""

from __future__ import annotations

from assistant import prompt
from tests.test_ground import passage


def words(text: str) -> int:
    return len(text.split())


def test_passages_and_question_are_in_the_prompt() -> None:
    built = prompt.build("Who keeps the key?", [passage(1, "Amina keeps the key.")], words)
    assert "[1] (The hall, Chairs) Amina keeps the key." in built.user
    assert built.user.endswith("Question: Who keeps the key?")
    assert built.dropped == 0


def test_passages_that_do_not_fit_are_dropped_whole_and_counted() -> None:
    long = [passage(n, "word " * 250) for n in range(1, 5)]
    built = prompt.build("Why?", long, words)
    assert len(built.passages) == 2
    assert built.dropped == 2
    assert "[3]" not in built.user


def test_the_first_passage_always_stays() -> None:
    built = prompt.build("Why?", [passage(1, "word " * 5000)], words)
    assert len(built.passages) == 1
