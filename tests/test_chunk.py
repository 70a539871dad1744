"""The promises of chunk.py, held against text that nobody would write."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import chunk, config, weights
from assistant.domain import Chunk
from assistant.embed import MiniLM
from assistant.errors import WeightsError
from assistant.parse.outline import rows_as_text
from assistant.text import in_context
from tests.conftest import SHARED


def repeated(piece: str, most: int) -> st.SearchStrategy[str]:
    return st.integers(1, most).map(lambda times: piece * times)


wild = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["\n\n", "\n", " ", "\t", ". ", "; ", "\u3000", "\x1c", "—", "/", "\n- "]),
        st.sampled_from(["| a | b |\n", "Name: Amina; Post: Chair.", "You need:\n", "[SEP]", "é"]),
        repeated("x", 5000),  # a word longer than a chunk
        repeated("x9.", 900),
        repeated("word ", 400),
        repeated("unbelievably,", 200),
        repeated("会議", 700),  # no spaces at all
        repeated("한글", 400),
        repeated("።", 700),
        repeated("🙂", 400),
        repeated("a\u0301", 600),
        repeated("A sentence, of words; here.\n", 100),
        repeated("- an item of a list\n", 100),
        repeated(" ", 3000),
        repeated("\n\n", 300),
    ),
    max_size=8,
).map("".join)

wildly = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)


@cache
def counter() -> chunk.Count | None:
    """The embedder's own count, where it is installed."""
    try:
        files = weights.embedder(config.load(Path("/nowhere"), {}))
    except WeightsError:
        return None
    return MiniLM(files.folder, files.identity).count


def split(text: str, context: str = "") -> tuple[Chunk, ...]:
    return tuple(chunk.split(text, context, counter()))


@cache
def tokenizer() -> Any:
    """Counted here by another way than chunk.py finds and counts: the whole text at once."""
    from tokenizers import Tokenizer

    try:
        files = weights.embedder(config.load(environ={}))
    except WeightsError:
        pytest.skip("the embedding model is not installed")
    made = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def pieces(text: str) -> int:
    return len(tokenizer().encode(text))


def cover(text: str, chunks: tuple[Chunk, ...]) -> None:
    seen = 0
    for piece in chunks:
        assert text[piece.start : piece.end] == piece.text
        assert piece.text.strip()
        assert not text[seen : piece.start].strip()
        assert piece.end > seen
        seen = piece.end
    assert not text[seen:].strip()
    assert all(a.start < b.start for a, b in pairwise(chunks))


@wildly
@given(wild, st.text(max_size=40))
def test_chunks_are_spans_in_order_that_leave_out_only_white_space(text: str, title: str) -> None:
    cover(text, split(text, title))


@wildly
@given(wild, st.text(max_size=60))
def test_the_model_reads_all_of_a_chunk_and_its_context(text: str, title: str) -> None:
    for piece in split(text, in_context(title, "Costs > Grants", "")):
        assert pieces(in_context(title, "Costs > Grants", piece.text)) <= chunk.WINDOW
        assert len(piece.text) <= chunk.MOST_CHARACTERS


@wildly
@given(wild)
def test_neighbours_share_less_than_half_a_window(text: str) -> None:
    for one, other in pairwise(split(text)):
        assert pieces(text[other.start : max(one.end, other.start)]) <= chunk.WINDOW // 2


@settings(parent=wildly, max_examples=50)
@given(text=wild)
def test_without_the_tokenizer_the_same_holds_by_estimate(text: str) -> None:
    chunks = tuple(chunk.split(text))
    cover(text, chunks)
    assert all(len(c.text) <= chunk.MOST_CHARACTERS for c in chunks)


@pytest.mark.skipif(not SHARED.exists(), reason="shared data not present")
def test_real_documents_fill_the_window_and_never_pass_it() -> None:
    title = "A long enough title > And a heading"
    sizes = []
    for file in sorted((SHARED / "retrieval" / "chunking_evaluation" / "docs").glob("*.md")):
        text = file.read_text(encoding="utf-8")[:60_000]
        chunks = split(text, title)
        cover(text, chunks)
        sizes += [pieces(in_context(title, "", c.text)) for c in chunks]
    assert max(sizes) <= chunk.WINDOW
    assert sum(sizes) / len(sizes) > 0.75 * chunk.WINDOW


@pytest.mark.parametrize("empty", ["", " ", "\n\n\t", "\u3000\u2003", " " * 5000, "\n" * 200_000])
def test_white_space_alone_makes_no_chunk(empty: str) -> None:
    assert split(empty) == ()


def test_a_short_text_is_one_chunk() -> None:
    (only,) = split("The spare key hangs behind the door.\n\nAsk Amina.")
    assert only.text == "The spare key hangs behind the door.\n\nAsk Amina."


def words(count: int) -> str:
    """`count` words of one piece each, and the full stop."""
    return " ".join(["Word", *["word"] * (count - 1)]) + "."


def test_a_long_text_is_cut_between_paragraphs() -> None:
    first, second = split(f"{words(200)}\n\n{words(200)}")
    assert (first.text, second.text) == (words(200), words(200))


def test_a_paragraph_end_is_taken_before_a_later_sentence_end() -> None:
    text = f"{words(90)} {words(90)}\n\n{words(40)} {words(120)}"
    assert split(text)[0].text == f"{words(90)} {words(90)}"


def test_the_last_chunk_is_not_a_crumb() -> None:
    text = " ".join(words(10) for _ in range(25))
    sizes = [pieces(c.text) for c in split(text)]
    assert len(sizes) == 2
    assert min(sizes) > 100


def test_a_longer_context_makes_shorter_chunks() -> None:
    text = " ".join(words(10) for _ in range(100))
    assert len(split(text, "word " * 100)) > len(split(text))


def test_neighbours_share_whole_sentences() -> None:
    text = " ".join(f"The hall opens at {hour} on every day of the week." for hour in range(80))
    chunks = split(text)
    assert any(other.start < one.end for one, other in pairwise(chunks))
    assert all(c.text.startswith("The hall") and c.text.endswith("week.") for c in chunks)


TABLE = [["Form", "Owners", "Rules"]] + [
    [f"Form {n}", f"Its {n} members. And others", "One vote each. No more"] for n in range(40)
]


def parts(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize(
    "text",
    [
        rows_as_text(TABLE),
        "\n".join("| " + " | ".join(row) + " |" for row in TABLE),
        "\n".join("\t".join(row) for row in TABLE),
        "\n".join(f"- Step {n}. Do it well. Then rest for {n} hours." for n in range(60)),
        "\n".join(f"{n}. Ask {n} people. Write it down." for n in range(80)),
    ],
    ids=["rows", "pipes", "tabs", "bullets", "numbers"],
)
def test_rows_and_list_items_are_never_cut(text: str) -> None:
    chunks = split(text)
    assert len(chunks) > 2
    for piece in chunks:
        assert parts(piece.text) <= parts(text)


def test_sentences_that_fit_are_never_cut() -> None:
    found = [words(n % 60 + 3) for n in range(0, 900, 17)]
    for piece in split(" ".join(found)):
        assert piece.text.startswith("Word")
        assert piece.text.endswith(".")


def test_a_sentence_larger_than_the_window_is_cut_at_a_clause() -> None:
    first, *_ = split(", ".join(["the members of the hall meet"] * 80) + ".")
    assert first.text.endswith("meet,")


@pytest.mark.parametrize("before", range(120, 250, 13))
def test_a_lead_in_stays_with_its_list(before: int) -> None:
    items = "\n".join(f"- {words(20)}" for _ in range(8))
    chunks = split(f"{words(before)}\n\nTo open an account you need:\n{items}")
    holding = [c.text for c in chunks if "you need:" in c.text]
    assert holding
    assert all("you need:\n- " in text for text in holding)


@pytest.mark.parametrize("before", range(120, 250, 13))
def test_a_heading_stays_with_what_follows(before: int) -> None:
    text = f"{words(before)}\n\nOpening hours\n\n{words(60)}\n\n{words(150)}"
    holding = [c.text for c in split(text) if "Opening hours" in c.text]
    assert holding
    assert all("Opening hours\n\nWord" in text for text in holding)


def test_text_without_spaces_is_cut_by_its_length() -> None:
    assert len(split("会議" * 1000)) > 3
    assert len(split("x" * 10_000)) == 5


class Work:
    """What splitting costs: the characters that were counted, and the sizes that were compared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        size = chunk._Shelf._size
        monkeypatch.setattr(chunk._Shelf, "_size", lambda *a: self.tick() or size(*a))

    def counting(self, count: chunk.Count) -> Callable[[Any], list[int]]:
        def counted(texts: list[str]) -> list[int]:
            self.done += sum(map(len, texts)) + len(texts)
            return count(texts)

        return counted

    def tick(self) -> None:
        self.done += 1

    def of(self, text: str) -> int:
        self.done = 0
        list(chunk.split(text, "", self.counting(counter() or chunk.estimate)))
        return self.done


@pytest.mark.parametrize(
    "piece",
    ["x", "\n", "x\n", "x\n\n", ". ", "A. ", "word ", "会", "።", "a,", "- \n", "|", "\t", "a:\n",
     "a: b; ", " \n", "\u0301", "[SEP]", "-" * 300 + "\n", "Word word. " * 20 + "\n"],
    ids=json.dumps,
)  # fmt: skip
def test_work_grows_with_the_length_of_the_text(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)
    short = work.of(piece * (20_000 // len(piece)))
    long = work.of(piece * (160_000 // len(piece)))
    assert long <= 12 * short + 100_000  # eight times the text
    assert long <= 60 * 160_000
