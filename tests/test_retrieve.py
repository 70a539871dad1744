"""Words and meaning find passages together; each passage says how it was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.domain import Chunk, Facts, Question, Reading, Section, Status
from assistant.retrieve import fuse, most_by_words, search
from assistant.store import FileFacts, Store
from assistant.vectors import VectorIndex
from tests.fakes import HashEmbedder

EMBEDDER = "by hand"
TEXTS = {
    "kettle.txt": "The kettle in the hall kitchen is descaled on the first Monday.",
    "invoice.txt": "Invoice AB-1734 was paid by the treasurer in March.",
    "other.txt": "Invoice AB-1735 was paid by the treasurer in March.",
    "bus.txt": "The community bus leaves from the church at nine.",
    "choir.txt": "The choir sings in the church on Thursdays.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "library.db")
    source = opened.add_source(tmp_path)
    for name, text in TEXTS.items():
        file = FileFacts(name, Facts(len(text), 0, 0), name, "test")
        reading = Reading(name, "text/plain", (Section("", text),))
        opened.put_document(source, file, reading, [[Chunk(0, len(text), text)]])
    yield opened
    opened.close()


class Embedded:
    """Vectors by the name of the document, for an index."""

    def __init__(self, store: Store, vectors: dict[str, np.ndarray]) -> None:
        ids = store.chunk_ids_in("")
        paths = {c: p.document.path for c, p in store.passages(ids).items()}
        self._vectors = {c: vectors[path] for c, path in paths.items() if path in vectors}

    def ids(self) -> Sequence[int]:
        return sorted(self._vectors)

    def vectors(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        return ((c, self._vectors[c].astype("<f4").tobytes()) for c in ids)


def index_of(store: Store, tmp_path: Path, vectors: dict[str, np.ndarray]) -> VectorIndex:
    index = VectorIndex(tmp_path / "vectors.faiss")
    index.refresh(EMBEDDER, store.generation(), Embedded(store, vectors))
    return index


def at(cosine: float) -> np.ndarray:
    """A unit vector with this cosine to `QUESTION`."""
    return np.array([cosine, (1 - cosine**2) ** 0.5], dtype=np.float32)


QUESTION = np.array([1.0, 0.0], dtype=np.float32)


def test_a_score_is_the_mean_of_the_share_of_words_and_the_cosine() -> None:
    scores = fuse({1: 3.0, 2: 1.0}, 4.0, {1: 0.25, 2: 0.75, 3: 0.5})
    assert scores == {1: 0.5, 2: 0.5, 3: 0.25}


def test_a_passage_that_is_not_embedded_yet_counts_as_the_furthest() -> None:
    scores = fuse({1: 2.0}, 4.0, {2: 0.5, 3: 0.25})
    assert scores[1] == 0.5 * 0.5 + 0.5 * 0.25


def test_no_passage_has_more_than_the_most_that_words_can_score(store: Store) -> None:
    for words in (["treasurer"], ["invoice", "ab", "1734"], ["the"], ["church", "unheard"]):
        scores = store.word_scores(words, store.chunk_ids_in(""))
        assert scores
        assert 0 < max(scores.values()) <= most_by_words(words, store)


def test_a_code_is_found_whatever_lies_nearer_in_meaning(store: Store, tmp_path: Path) -> None:
    vectors = {name: at(0.4) for name in TEXTS} | {"other.txt": at(0.5)}
    index = index_of(store, tmp_path, vectors)
    found = search(Question("Who paid AB-1734?"), store, index, QUESTION, 3)
    assert [p.document.path for p in found[:2]] == ["invoice.txt", "other.txt"]


def test_without_a_word_in_common_meaning_decides(store: Store, tmp_path: Path) -> None:
    vectors = {name: at(0.1) for name in TEXTS} | {"kettle.txt": at(0.6)}
    index = index_of(store, tmp_path, vectors)
    found = search(Question("limescale removal schedule"), store, index, QUESTION, 2)
    assert found[0].document.path == "kettle.txt"
    assert (found[0].word_rank, found[0].meaning_rank) == (None, 1)
    assert found[0].similarity == pytest.approx(0.6)
    assert found[0].score == pytest.approx(0.3)


def test_one_word_among_many_does_not_outweigh_meaning(store: Store, tmp_path: Path) -> None:
    """The best of the list by words is poor here; it is not taken for good because it is first."""
    vectors = {name: at(0.1) for name in TEXTS} | {"bus.txt": at(0.6)}
    index = index_of(store, tmp_path, vectors)
    question = Question("Which vehicle could fetch my grandmother for choir practice tomorrow?")
    found = search(question, store, index, QUESTION, 2)
    assert [p.document.path for p in found] == ["bus.txt", "choir.txt"]
    assert (found[1].word_rank, found[1].similarity) == (1, pytest.approx(0.1))


def test_without_vectors_words_alone_decide(store: Store) -> None:
    found = search(Question("When does the bus leave from the church?"), store, None, None, 5)
    assert [p.document.path for p in found] == ["bus.txt", "choir.txt"]
    assert [(p.number, p.word_rank, p.meaning_rank) for p in found] == [(1, 1, None), (2, 2, None)]
    assert found[0].similarity is None


def test_a_file_that_changed_since_is_passed_over(store: Store) -> None:
    question = Question("When does the bus leave from the church?")
    found = search(question, store, None, None, 5, is_current=lambda d: d.path != "bus.txt")
    assert [(p.number, p.document.path) for p in found] == [(1, "choir.txt")]


def test_only_documents_of_the_scope_are_found(store: Store, tmp_path: Path) -> None:
    index = index_of(store, tmp_path, {name: at(0.5) for name in TEXTS})
    question = Question("Who paid AB-1734?", "other*")
    found = search(question, store, index, QUESTION, 5)
    assert [p.document.path for p in found] == ["other.txt"]


@pytest.mark.parametrize("words", ["", "?", "___", "the of and", '"', "NEAR(", "x" * 5000])
def test_no_question_is_too_odd(store: Store, tmp_path: Path, words: str) -> None:
    search(Question(words), store, None, None, 3)
    index = index_of(store, tmp_path, {name: at(0.5) for name in TEXTS})
    assert len(search(Question(words), store, index, QUESTION, 3)) == 3


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.db")
    vector = HashEmbedder().few(["bus"])[0]
    assert search(Question("bus"), store, VectorIndex(tmp_path / "v"), vector, 3) == ()
    store.close()


# --- disks that are not connected, and copies -----------------------------------------------------


def add_copy(store: Store, folder: Path, name: str) -> None:
    """A duplicate of `kettle.txt` in a source of its own."""
    source = store.add_source(folder)
    twin = Reading("", "text/plain", (), Status.DUPLICATE, "It is the same.")
    store.put_document(source, FileFacts(name, Facts(1, 0, 0), "kettle.txt", "test"), twin, ())


def test_a_copy_is_cited_where_the_original_is_not_as_it_was(store: Store, tmp_path: Path) -> None:
    add_copy(store, tmp_path / "stick", "copy.txt")
    found = search(
        Question("kettle"), store, None, None, 3, lambda document: document.path != "kettle.txt"
    )
    assert [(p.document.path, p.text) for p in found] == [("copy.txt", TEXTS["kettle.txt"])]


def test_what_is_not_connected_does_not_crowd_out_what_is(store: Store, tmp_path: Path) -> None:
    away = store.add_source(tmp_path / "away")
    for number in range(150):
        text = "Church church church."
        file = FileFacts(f"{number}.txt", Facts(len(text), 0, 0), f"away {number}", "test")
        reading = Reading("Church", "text/plain", (Section("", text),))
        store.put_document(away, file, reading, [[Chunk(0, len(text), text)]])
    found = search(
        Question("church"),
        store,
        None,
        None,
        5,
        lambda document: document.folder == tmp_path,
        lambda folder: folder == tmp_path,
    )
    assert {p.document.path for p in found} == {"bus.txt", "choir.txt"}


def test_a_copy_of_what_is_not_connected_is_found(store: Store, tmp_path: Path) -> None:
    add_copy(store, tmp_path / "stick", "copy.txt")
    found = search(
        Question("kettle"),
        store,
        None,
        None,
        3,
        lambda document: document.folder != tmp_path,
        lambda folder: folder != tmp_path,
    )
    assert [p.document.path for p in found] == ["copy.txt"]
