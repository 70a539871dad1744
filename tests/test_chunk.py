"""The promise of chunk.py, held against text that nobody would write."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import chunk


def repeated(piece: str, most: int) -> st.SearchStrategy[str]:
    return st.integers(1, most).map(lambda times: piece * times)


wild = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["\n\n", "\n", " ", "\t", ". ", "; ", "\u3000", "\x1c", "—", "/"]),
        repeated("x", 2500),  # a word longer than a chunk
        repeated("word ", 400),
        repeated("会議", 700),  # no spaces at all
        repeated("🙂", 400),
        repeated("A sentence, of words; here.\n", 100),
        repeated(" ", 3000),
    ),
    max_size=6,
).map("".join)

wildly = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)


@wildly
@given(wild)
def test_chunks_are_spans_in_order_that_leave_out_only_white_space(text: str) -> None:
    last = 0
    for piece in chunk.split(text):
        assert text[piece.start : piece.end] == piece.text
        assert piece.text.strip()
        assert last <= piece.start
        assert not text[last : piece.start].strip()
        last = piece.end
    assert not text[last:].strip()


@wildly
@given(wild)
def test_no_chunk_is_larger_than_the_embedder_reads(text: str) -> None:
    assert all(chunk._count(c.text) <= chunk.WORDS_A_CHUNK for c in chunk.split(text))


@pytest.mark.parametrize("empty", ["", " ", "\n\n\t", "\u3000\u2003", " " * 5000])
def test_white_space_alone_makes_no_chunk(empty: str) -> None:
    assert chunk.split(empty) == ()


def test_a_short_text_is_one_chunk() -> None:
    (only,) = chunk.split("The spare key hangs behind the door.\n\nAsk Amina.")
    assert only.text == "The spare key hangs behind the door.\n\nAsk Amina."


def test_a_long_text_is_cut_between_paragraphs() -> None:
    paragraph = " ".join(["word"] * (chunk.WORDS_A_CHUNK - 10))
    first, second = chunk.split(f"{paragraph}\n\n{paragraph}")
    assert (first.text, second.text) == (paragraph, paragraph)


def test_text_without_spaces_is_cut_by_its_length() -> None:
    assert len(chunk.split("会議" * 1000)) > 3
