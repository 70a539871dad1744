"""Vector search with FAISS over the store's embeddings. The only room that imports faiss.

Exact up to `EXACT_LIMIT` vectors; beyond, each number of a vector is kept in 8 bits, which needs a
quarter of the memory (docs/experiments.md has the recall). The index is a cache: its file is
checked as a whole, brought up to date by what differs, and rebuilt from the database whenever it
is missing, damaged or of another space (library and embedder). Deleting it loses nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from assistant import config

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

EXACT_LIMIT = 200_000
TRAINING = 50_000  # vectors from which the range of the 8-bit code is learned
BATCH = 10_000  # vectors in memory beside the index
_DIGEST_SIZE = 32
_BLOCK = 1024 * 1024
_SLOW = 0.2  # seconds: after a refresh that took longer, the next one waits a little
_PAUSE = 5  # times as long as the last refresh took


class Rows(Protocol):
    """The embeddings of one embedder. A chunk id stands for the same vector for ever."""

    def ids(self) -> Sequence[int]:
        """The chunk ids that have a vector, each once."""
        ...

    def vectors(self, ids: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        """(chunk id, little-endian float32 of length 1) for these ids, in any order."""
        ...


class VectorIndex:
    """Vectors by chunk id. Thread-safe: a search sees the state before or after a refresh."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._space = ""
        self._generation = -1
        self._index: Any = None
        self._ids: Ids | None = None
        self._due = 0.0

    def refresh(self, space: str, generation: int, rows: Rows) -> None:
        """Make the index that of this space and generation; `rows` is read only if needed.

        `space` names the library and its embedder: ids and vectors of another are not these.

        While a large library is being indexed, it may stay a few seconds behind.
        """
        with self._lock:
            if space != self._space:
                self._load(space)
            elif generation == self._generation or time.monotonic() < self._due:
                return
            began = time.monotonic()
            if generation != self._generation:
                self._update(rows)
                self._generation = generation
            took = time.monotonic() - began
            self._due = time.monotonic() + _PAUSE * took if took > _SLOW else 0.0

    def search(
        self, vector: NDArray[np.float32], count: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """(chunk id, cosine) of the nearest, best first. `allowed` limits the chunk ids."""
        import faiss
        import numpy as np

        with self._lock:
            if self._index is None or self._ids is None or not len(self._ids):
                return []
            parameters = None
            if allowed is not None:
                places = np.flatnonzero(np.isin(self._ids, np.asarray(allowed, dtype=np.int64)))
                parameters = faiss.SearchParameters(  # type: ignore[call-arg]
                    sel=faiss.IDSelectorBatch(places)
                )
            query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
            scores, places = self._index.search(
                query, min(count, len(self._ids)), params=parameters
            )
            ids = self._ids
        return [
            (int(ids[place]), float(score))
            for place, score in zip(places[0], scores[0], strict=True)
            if place >= 0
        ]

    # --- bringing it up to date -----------------------------------------------------------

    def _update(self, rows: Rows) -> None:
        import faiss
        import numpy as np

        # two threads of FAISS beside two of everything else only wait for each other
        faiss.omp_set_num_threads(1)
        wanted = np.sort(np.array(rows.ids(), dtype=np.int64))
        before = self._ids if self._ids is not None else np.empty(0, dtype=np.int64)
        gone = np.flatnonzero(~np.isin(before, wanted))
        fresh = wanted[~np.isin(wanted, before)]
        if self._index is None or _is_exact(self._index) != (len(wanted) <= EXACT_LIMIT):
            self._index, gone, before, fresh = None, gone[:0], before[:0], wanted
        if len(gone):
            self._index.remove_ids(faiss.IDSelectorBatch(gone))  # the rest keeps its order
        self._ids = np.delete(before, gone)
        for ids, block in _blocks(rows, fresh):
            if self._index is None:
                self._index = _new_index(block, rows, wanted)
            self._index.add(block)
            self._ids = np.concatenate([self._ids, ids])
        if len(gone) + len(fresh) > len(wanted) // 20:  # a small difference is soon made again
            self._save()

    # --- the cache file: digest, then space, number of ids, ids, FAISS's own bytes ---------

    def _save(self) -> None:
        """Not being able to keep a cache is no error."""
        import faiss

        if self._index is None or self._ids is None:
            return
        with contextlib.suppress(OSError), config.atomic_file(self._path) as file:
            digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)

            def write(data: bytes) -> int:
                digest.update(data)
                return file.write(data)

            file.write(bytes(_DIGEST_SIZE))
            name = self._space.encode()
            write(len(name).to_bytes(8, "little") + name)
            write(len(self._ids).to_bytes(8, "little") + self._ids.astype("<i8").tobytes())
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, _BLOCK))  # type: ignore[attr-defined]
            file.seek(0)
            file.write(digest.digest())

    def _load(self, space: str) -> None:
        """The cached index of this space, of whatever generation; an empty one without."""
        self._space, self._generation, self._due = space, -1, 0.0
        self._index = self._ids = None
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            # only bytes that we wrote ourselves, whole, reach FAISS's own reader
            if _is_whole(file):
                self._read(file, space)

    def _read(self, file: BinaryIO, space: str) -> None:
        import faiss
        import numpy as np

        if file.read(_length(file)).decode() != space:
            return
        count = _length(file)
        ids = np.frombuffer(file.read(8 * count), dtype="<i8").astype(np.int64)
        self._index = faiss.read_index(faiss.PyCallbackIOReader(file.read, _BLOCK))  # type: ignore[attr-defined]
        self._ids = ids
        faiss.omp_set_num_threads(1)


def _length(file: BinaryIO) -> int:
    return int.from_bytes(file.read(8), "little")


def _is_whole(file: BinaryIO) -> bool:
    """Whether the digest at the start is that of the rest; leaves the file behind the digest."""
    expected = file.read(_DIGEST_SIZE)
    digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    while block := file.read(_BLOCK):
        digest.update(block)
    file.seek(_DIGEST_SIZE)
    return digest.digest() == expected


def _is_exact(index: Any) -> bool:
    import faiss

    return isinstance(index, faiss.IndexFlat)


def _new_index(block: NDArray[np.float32], rows: Rows, wanted: Ids) -> Any:
    import faiss
    import numpy as np

    dimensions = block.shape[1]
    if len(wanted) <= EXACT_LIMIT:
        return faiss.IndexFlatIP(dimensions)
    index = faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    sample = np.random.default_rng(0).choice(wanted, min(TRAINING, len(wanted)), replace=False)
    index.train(np.concatenate([part for _, part in _blocks(rows, np.sort(sample))]))
    return index


def _blocks(rows: Rows, ids: Ids) -> Iterator[tuple[Ids, NDArray[np.float32]]]:
    """(ids, vectors (n, dimensions)) of these ids, in batches."""
    import numpy as np

    for start in range(0, len(ids), BATCH):
        found = list(rows.vectors(ids[start : start + BATCH].tolist()))
        if found:
            block = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4")
            vectors = block.reshape(len(found), -1).astype(np.float32)
            yield np.array([chunk for chunk, _ in found], dtype=np.int64), vectors
