"""What leads an answer, what is declined, and what becomes of the model's words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import ground
from assistant.domain import Decision, Document, Evidence, Passage, Sentence, Status
from assistant.ground import evidence
from assistant.ground.conflict import disagreement

DOCUMENT = Document(
    "notes", Path("/notes"), "hall.md", "The hall", "text/markdown", 1, Status.READY
)


def passage(number: int, text: str, label: str = "Chairs") -> Passage:
    return Passage(number, number, number, DOCUMENT, label, None, 0, len(text), text)


PASSAGES = (
    passage(1, "The hall has 40 folding chairs. They are kept in the cellar."),
    passage(2, "The blue door leads to the kitchen. Amina keeps its key."),
)


def check(written: str, step: int = 4) -> list[Sentence]:
    checker = ground.Checker(PASSAGES)
    pieces = [written[i : i + step] for i in range(0, len(written), step)]
    return [s for piece in pieces for s in checker.feed(piece)] + list(checker.end())


def test_the_sentence_with_the_questions_words_leads() -> None:
    weights = dict.fromkeys(("fold", "chair", "hall"), 1.0)
    grounds = ground.weigh("How many folding chairs?", PASSAGES, weights, ground.Tools())
    assert grounds.decision is Decision.ANSWERED
    assert grounds.evidence[0].text == "The hall has 40 folding chairs."


def test_nothing_close_is_declined() -> None:
    weights = dict.fromkeys(("grand", "nation", "1987"), 1.0)
    grounds = ground.weigh("What won the 1987 Grand National?", PASSAGES, weights, ground.Tools())
    assert grounds.decision is Decision.DECLINED
    assert grounds.evidence == ()


def test_evidence_offsets_point_at_the_quoted_words() -> None:
    section = "Before. " + PASSAGES[1].text + " After."
    moved = Passage(2, 2, 2, DOCUMENT, "", None, 8, 8 + len(PASSAGES[1].text), PASSAGES[1].text)
    grounds = ground.weigh("Who keeps the key?", [moved], {"keep": 1.0, "key": 1.0}, ground.Tools())
    citations = ground.cite(grounds.evidence, lambda _: section)
    assert [section[c.start : c.end] for c in citations] == [c.quote for c in citations]
    assert all(c.verified for c in citations)


def test_a_citation_of_text_that_has_changed_is_not_verified() -> None:
    grounds = ground.weigh(
        "Who keeps the key?", PASSAGES, {"keep": 1.0, "key": 1.0}, ground.Tools()
    )
    assert not ground.cite(grounds.evidence, lambda _: "quite another text")[0].verified


def test_a_list_is_quoted_with_the_line_that_introduces_it() -> None:
    text = "To open the hall:\n\n1. Fetch the key.\n2. Switch the alarm off.\n3. Open the shutters."
    spans = [(text[a:b]) for a, b in evidence._lists(text)]
    assert spans == [text]


def test_a_faithful_sentence_is_supported_and_cited() -> None:
    (sentence,) = check("The hall has 40 folding chairs [1].")
    assert sentence.supported
    assert sentence.citations == (1,)
    assert sentence.text == "The hall has 40 folding chairs."


def test_a_changed_figure_is_not_supported_and_the_reason_is_told() -> None:
    (sentence,) = check("The hall has 45 folding chairs [1].")
    assert not sentence.supported
    assert sentence.citations == ()
    assert sentence.faults == ("The sources say 40, not 45.",)


def test_a_sentence_is_held_to_the_passage_that_it_cites() -> None:
    (right,) = check("Amina keeps the key of the blue door [2].")
    (wrong,) = check("Amina keeps the key of the blue door [1].")
    assert right.supported
    assert right.faults == ()
    assert not wrong.supported


def test_a_number_in_words_is_a_figure_too() -> None:
    (same,) = check("The hall has forty folding chairs [1].")
    (other,) = check("The hall has fifty folding chairs [1].")
    assert same.supported
    assert not other.supported


def test_an_invented_sentence_is_not_supported() -> None:
    (sentence,) = check("Volunteers must wear yellow helmets on Tuesdays.")
    assert not sentence.supported


def test_a_sentence_without_a_number_gets_the_closest_passage() -> None:
    (sentence,) = check("Amina keeps the key of the blue door.")
    assert sentence.citations == (2,)


@given(st.text(alphabet="The hall has 40 chairs.[]0123456789\n ", max_size=200), st.integers(1, 9))
def test_numbers_of_passages_that_do_not_exist_never_get_through(written: str, step: int) -> None:
    for sentence in check(written, step):
        assert set(sentence.citations) <= {1, 2}
        assert "[7]" not in sentence.text
        assert "[12]" not in sentence.text


@given(st.text(max_size=120), st.integers(1, 9))
def test_how_the_text_is_cut_into_pieces_does_not_matter(written: str, step: int) -> None:
    assert check(written, step) == check(written, max(1, len(written)))


# --- sources that disagree --------------------------------------------------------------------


def said(name: str, words: str, score: float = 0.9) -> Evidence:
    document = replace(DOCUMENT, path=name, title=name)
    found = replace(passage(1, words), document=document)
    return Evidence(found, 0, len(words), words, score)


OLD = said("rules 2019.md", "The hire of the large hall costs 12 pounds an hour.")
NEW = said("rules 2024.md", "The hire of the large hall costs 18 pounds an hour.", 0.8)


def test_the_same_with_another_figure_is_a_disagreement() -> None:
    assert disagreement("How much is the large hall?", (OLD, NEW)) == (OLD, NEW)


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("Who may hire the large hall?", NEW),  # no figure is asked for
        ("How much is the large hall?", said("rules 2019.md", NEW.text)),  # one document
        ("How much is the large hall?", said("b.md", "A locker in the cellar costs 2 pounds.")),
        ("How much is the large hall?", replace(NEW, score=0.2)),  # hardly an answer
        ("How much is the large hall?", said("b.md", "The large hall costs money an hour.")),
    ],
)
def test_other_sentences_do_not_disagree(question: str, other: Evidence) -> None:
    assert disagreement(question, (OLD, other)) == ()
