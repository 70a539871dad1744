"""The vector index: the exact order, and a cache file that is believed only when it is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.vectors import VectorIndex

EMBEDDER = "hash@1"
DIMENSIONS = 16


def unit_vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    block = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return block / np.linalg.norm(block, axis=1, keepdims=True)


VECTORS = unit_vectors(300)
IDS = [7 * n + 5 for n in range(300)]  # chunk ids have gaps
QUERY = unit_vectors(1, seed=1)[0]


class Stored:
    """Vectors as the store hands them out."""

    def __init__(self, pairs: Iterable[tuple[int, NDArray[np.float32]]]) -> None:
        self._vectors = {chunk: vector.astype("<f4").tobytes() for chunk, vector in pairs}
        self.asked: list[int] = []

    def ids(self) -> list[int]:
        return list(self._vectors)

    def vectors(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        self.asked += ids
        yield from ((chunk, self._vectors[chunk]) for chunk in ids)


def rows() -> Stored:
    return Stored(zip(IDS, VECTORS, strict=True))


def one() -> Stored:
    return Stored([(1, QUERY)])


class Unread(Stored):
    def __init__(self) -> None:
        super().__init__([])

    def ids(self) -> list[int]:
        pytest.fail("the rows were read although nothing has changed")


def without_vectors() -> Stored:
    """The ids of `rows()`; their vectors must not be needed."""
    stored = rows()
    stored.vectors = lambda _: pytest.fail("vectors were read although the cache file is good")  # type: ignore[method-assign]
    return stored


def scan(count: int, allowed: set[int] | None = None) -> list[int]:
    scores = VECTORS @ QUERY
    order = [IDS[n] for n in np.argsort(-scores)]
    return [i for i in order if allowed is None or i in allowed][:count]


def ids(found: list[tuple[int, float]]) -> list[int]:
    return [chunk for chunk, _ in found]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good cache file of generation 1."""
    path = tmp_path / "vectors.faiss"
    VectorIndex(path).refresh(EMBEDDER, 1, rows())
    return path


# --- search -----------------------------------------------------------------------------


def test_the_order_and_the_scores_are_those_of_a_full_scan(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    found = index.search(QUERY, 50)
    assert ids(found) == scan(50)
    expected = np.sort(VECTORS @ QUERY)[::-1][:50]
    np.testing.assert_allclose([score for _, score in found], expected, atol=1e-5)


def test_a_vector_finds_itself_with_a_cosine_of_one(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    for number in (0, 150, 299):
        ((chunk, cosine),) = index.search(VECTORS[number], 1)
        assert (chunk, cosine) == (IDS[number], pytest.approx(1.0, abs=1e-5))


def test_only_allowed_chunks_are_found_in_their_order(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    allowed = [*IDS[::9], 1, 2, 10**9]  # with some that are not there
    assert ids(index.search(QUERY, 500, allowed)) == scan(500, set(allowed))
    assert ids(index.search(QUERY, 3, allowed)) == scan(3, set(allowed))
    assert index.search(QUERY, 5, []) == []


def test_asking_for_more_than_there_is_gives_what_there_is(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    assert ids(index.search(QUERY, 10_000)) == scan(300)


def test_more_vectors_than_one_batch_are_all_indexed(tmp_path: Path) -> None:
    many = unit_vectors(10_500, seed=2)
    index = VectorIndex(tmp_path / "vectors.faiss")
    index.refresh(EMBEDDER, 1, Stored(enumerate(many)))
    assert ids(index.search(many[10_499], 1)) == [10_499]
    assert len(index.search(QUERY, 20_000)) == 10_500


@pytest.mark.parametrize("refreshed", [True, False])
def test_an_empty_library_finds_nothing_and_writes_no_file(tmp_path: Path, refreshed: bool) -> None:
    index = VectorIndex(tmp_path / "vectors.faiss")
    if refreshed:
        index.refresh(EMBEDDER, 1, Stored([]))
    assert index.search(QUERY, 5) == []
    assert list(tmp_path.iterdir()) == []


def test_beyond_the_limit_a_smaller_code_finds_nearly_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.vectors.EXACT_LIMIT", 299)
    path = tmp_path / "vectors.faiss"
    index = VectorIndex(path)
    index.refresh(EMBEDDER, 1, rows())
    found = index.search(QUERY, 50)
    assert len(set(ids(found)) & set(scan(50))) >= 47
    expected = np.sort(VECTORS @ QUERY)[::-1][:50]
    np.testing.assert_allclose([score for _, score in found], expected, atol=0.02)
    again = VectorIndex(path)
    again.refresh(EMBEDDER, 1, without_vectors())
    assert again.search(QUERY, 50) == found


def test_a_library_that_grows_beyond_the_limit_and_back_changes_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.vectors.EXACT_LIMIT", 200)
    index = VectorIndex(tmp_path / "vectors.faiss")
    few = Stored(list(zip(IDS, VECTORS, strict=True))[:100])
    for generation, stored, exact in ((1, few, True), (2, rows(), False), (3, few, True)):
        index.refresh(EMBEDDER, generation, stored)
        own = index.search(VECTORS[0], 1)[0]
        assert own[0] == IDS[0]
        assert (own[1] == pytest.approx(1.0, abs=1e-6)) is exact


# --- refresh ----------------------------------------------------------------------------


def test_a_refresh_of_the_same_generation_reads_nothing(file: Path) -> None:
    index = VectorIndex(file.with_name("other"))
    index.refresh(EMBEDDER, 1, rows())
    file.with_name("other").unlink()
    index.refresh(EMBEDDER, 1, Unread())
    assert ids(index.search(QUERY, 5)) == scan(5)


def test_a_new_generation_replaces_the_old_one(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    index.refresh(EMBEDDER, 2, one())
    assert ids(index.search(QUERY, 5)) == [1]
    index.refresh(EMBEDDER, 3, Stored([]))
    assert index.search(QUERY, 5) == []


def test_only_what_differs_is_read(file: Path) -> None:
    """Some are gone, some are new, in the middle and at the end."""
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    pairs = list(zip(IDS, VECTORS, strict=True))
    new = {6: unit_vectors(1, seed=3)[0], 10**6: unit_vectors(1, seed=4)[0]}
    changed = Stored([*pairs[:40], *pairs[60:], *new.items()])
    index.refresh(EMBEDDER, 2, changed)
    assert sorted(changed.asked) == sorted(new)
    for chunk, vector in new.items():
        assert ids(index.search(vector, 1)) == [chunk]
    left = set(IDS) - set(IDS[40:60])
    assert [i for i in ids(index.search(QUERY, 400)) if i not in new] == scan(400, left)


def test_a_good_cache_file_is_used_instead_of_the_rows(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, without_vectors())
    assert ids(index.search(QUERY, 300)) == scan(300)
    assert ids(index.search(QUERY, 5, IDS[:10])) == scan(5, set(IDS[:10]))


@pytest.mark.parametrize(("embedder", "generation"), [("hash@2", 1), (EMBEDDER, 2), ("hash", 11)])
def test_a_cache_file_of_another_library_state_is_ignored(
    file: Path, embedder: str, generation: int
) -> None:
    index = VectorIndex(file)
    index.refresh(embedder, generation, one())
    assert ids(index.search(QUERY, 5)) == [1]


def flip(place: int) -> Callable[[bytes], bytes]:
    def damage(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[place] ^= 1
        return bytes(changed)

    return damage


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a few bytes": lambda data: data[:10],
    "only the checksum": lambda data: data[:32],
    "half": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte more": lambda data: data + b"\0",
    "a bit of the checksum": flip(0),
    "a bit of the embedder": flip(32 + 8),
    "a bit of the chunk ids": flip(60),
    "a bit of the index": flip(32 + 8 + len(EMBEDDER) + 8 + 8 * 300 + 4),
    "a bit of the last vector": flip(-1),
    "something else": lambda _: b"not an index " * 1000,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_file_is_rebuilt_from_the_rows(file: Path, damage: str) -> None:
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 1, rows())
    assert ids(index.search(QUERY, 300)) == scan(300)
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "missing folder" / "vectors.faiss")
    index.refresh(EMBEDDER, 1, rows())
    assert ids(index.search(QUERY, 5)) == scan(5)


def test_searching_while_another_thread_refreshes_sees_one_state_or_the_other(file: Path) -> None:
    index = VectorIndex(file)
    index.refresh(EMBEDDER, 0, one())
    seen: list[list[int]] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            seen.append(ids(index.search(QUERY, 3)))

    thread = threading.Thread(target=search)
    thread.start()
    for generation in range(2, 22):
        index.refresh(EMBEDDER, generation, one() if generation % 2 else rows())
    done.set()
    thread.join(60)
    assert seen
    assert all(found in ([1], scan(3)) for found in seen)
