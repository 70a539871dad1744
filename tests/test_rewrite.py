"""Follow-ups, slips of the pen and places named in words; what needs no change gets none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import rewrite, weights
from assistant.config import Settings
from assistant.domain import Done, Question, Understood
from assistant.embed import MiniLM
from assistant.rewrite import IsWord, leans, mend, understand, with_topic
from assistant.service import Assistant
from assistant.store import Store
from tests.fakes import HashEmbedder

TEXTS = {
    "repair/batteries.md": "# Batteries\n\nA swollen battery must never be posted or charged.",
    "repair/tools.md": "# Tools\n\nThe multimeter hangs in the workshop beside the charger.",
    "minutes/2023/march.txt": "The meeting agreed to buy folding chairs.",
    "minutes/2024/may.txt": "The meeting agreed to sell folding chairs.",
    "Letters to the council.txt": "We asked the council for a bench.",
}


@pytest.fixture
def library(settings: Settings, tmp_path: Path) -> Iterator[Assistant]:
    for name, words in TEXTS.items():
        file = tmp_path / "drive" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words, encoding="utf-8")
    real = weights.embedder(settings)
    embedder = HashEmbedder()
    embedder.count = MiniLM(real.folder, real.identity).count  # type: ignore[method-assign]
    opened = Assistant(settings, embedder=embedder)
    for _ in opened.sync((opened.source_for(tmp_path / "drive"),)):
        pass
    yield opened
    opened.close()


@pytest.fixture
def store(library: Assistant) -> Store:
    return library._store


@pytest.fixture
def is_word(library: Assistant) -> IsWord:
    return lambda letters: library.embedder().count([letters]) == [1]


@pytest.mark.parametrize(
    ("before", "words", "whole"),
    [
        (
            "What is Sticky Keys?",
            "How do I switch it on in Windows?",
            "How do I switch Sticky Keys on in Windows?",
        ),
        (
            "Who runs the National Databank?",
            "Can people apply to them directly?",
            "Can people apply to National Databank directly?",
        ),
        ("How do I wipe a hard drive?", "And an SSD?", "And an SSD (hard drive)?"),
        ("What is a quorum?", "How large should that be?", "How large should quorum be?"),
    ],
)
def test_a_follow_up_gets_the_topic_of_the_question_before(
    before: str, words: str, whole: str
) -> None:
    assert with_topic(words, (before,)) == whole


@pytest.mark.parametrize(
    "words",
    [
        "Where can I borrow a sewing machine on Saturday?",
        "What does a retrofit coordinator do under PAS 2035?",
        "How long should minutes of a meeting be kept by the secretary?",
        "Is it safe to charge a swollen battery overnight?",
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(words: str) -> None:
    assert not leans(words)
    assert with_topic(words, ("What is Sticky Keys?",)) == words


def test_without_a_question_before_nothing_is_added() -> None:
    assert with_topic("How do I switch it on?", ()) == "How do I switch it on?"


def test_a_follow_up_that_names_its_topic_stays_as_it_is() -> None:
    words = "And how do I switch Sticky Keys on?"
    assert with_topic(words, ("What is Sticky Keys?",)) == words


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            "What does the hall cost, and who keeps the key of the store?",
            ("What does the hall cost?", "who keeps the key of the store?"),
        ),
        (
            "How long is a class? And how long is a one-to-one session?",
            ("How long is a class?", "how long is a one-to-one session?"),
        ),
        ("Who buys tea and biscuits?", ("Who buys tea and biscuits?",)),
        ("Is it safe and can I?", ("Is it safe and can I?",)),
        (
            "What is a quorum in a society, and how large should it be at first?",
            (
                "What is a quorum in a society?",
                "how large should quorum be at first?",
            ),
        ),
    ],
)
def test_a_question_of_two_parts_is_two_questions(words: str, parts: tuple[str, ...]) -> None:
    assert rewrite.parts(words) == parts


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("swolen batery can i post it", "swollen battery can i post it"),
        ("where is the mulitmeter", "where is the multimeter"),
        ("Chargre for the drill", "charger for the drill"),
    ],
)
def test_slips_are_mended_with_words_that_the_library_has(
    store: Store, is_word: IsWord, slip: str, meant: str
) -> None:
    assert mend(slip, store, is_word) == meant


@pytest.mark.parametrize(
    "words",
    [
        "Who is Chargre Swolen?",  # a name
        "What is part BATERY-17?",  # a code
        "when does the bus to the beach leave",  # nothing is near
        "swollen battery",
    ],
)
def test_names_codes_and_words_far_away_are_left_alone(
    store: Store, is_word: IsWord, words: str
) -> None:
    assert mend(words, store, is_word) == words


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        ("What did we agree on chairs in the minutes?", "minutes/*"),
        ("What did we agree on chairs in the minutes of 2024?", "minutes/*2024*"),
        ("What did we agree on chairs in the minutes of 1999?", ""),
        ("What do we ask for in the letters to the council?", "Letters to the council.txt"),
        ("Where in the workshop is the multimeter?", ""),
    ],
)
def test_a_folder_or_file_that_is_named_limits_the_search(
    store: Store, is_word: IsWord, words: str, scope: str
) -> None:
    assert understand(Question(words), store, is_word).question.scope == scope


def test_a_scope_that_was_given_stays(store: Store, is_word: IsWord) -> None:
    asked = Question("What did we agree on in the minutes?", "repair/*")
    assert understand(asked, store, is_word).question.scope == "repair/*"


def test_the_person_sees_what_was_searched_for(library: Assistant) -> None:
    asked = Question("swolen batery, can I post it?")
    events = list(library.ask(asked))
    told = next(e for e in events if isinstance(e, Understood))
    assert "swollen battery" in told.words
    done = next(e for e in events if isinstance(e, Done))
    assert done.answer.question == asked


def test_what_needs_no_change_is_not_talked_of(library: Assistant) -> None:
    events = library.ask(Question("Where does the multimeter hang?"))
    assert not any(isinstance(e, Understood) for e in events)


@given(words=st.text(max_size=80), before=st.text(max_size=80))
def test_any_words_are_taken(words: str, before: str) -> None:
    assert isinstance(with_topic(words, (before,)), str)
