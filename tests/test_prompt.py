"""What the model is told stays within its budget, in whole passages."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

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


OURS = [
    "[1] (",
    "[ 2 ] (",
    "Question:",
    "question :",
    "Passages:",
    "ANSWER:",
    "\n",
    "\n\n",
    "  ",
    "a",
]


@given(st.lists(st.lists(st.sampled_from(OURS)).map("".join), min_size=1, max_size=3))
def test_no_passage_can_look_like_a_line_of_ours(texts: list[str]) -> None:
    passages = [passage(number, text) for number, text in enumerate(texts, start=1)]
    built = prompt.build("Who keeps the key?", passages, words)
    lines = re.findall(
        r"^\s*(\[\s*\d+\s*\]\s*\(|(?:passages|question|answer)\s*:)",
        built.user,
        re.MULTILINE | re.IGNORECASE,
    )
    assert lines == ["Passages:", *(f"[{p.number}] (" for p in built.passages), "Question:"]


def test_a_quoted_line_keeps_its_words() -> None:
    built = prompt.build("Why?", [passage(1, "Is it open?\nAnswer: at ten.")], words)
    assert "[1] (The hall, Chairs) Is it open?\n> Answer: at ten." in built.user


def test_a_label_without_an_end_is_cut() -> None:
    built = prompt.build("Why?", [passage(1, "Amina keeps the key.", "order " * 500)], words)
    assert len(built.user) < 300
