"""Exact vector search with FAISS over the store's embeddings. The only room that imports faiss.

The index is a cache: its file is checked as a whole and rebuilt from the database whenever it is
missing, damaged, or of another generation or embedder. Deleting it loses nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import config

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIGEST_SIZE = 32


class VectorIndex:
    """Vectors by chunk id. Thread-safe; `refresh` swaps the whole index at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._key = ""
        self._index: Any = None
        self._ids: NDArray[np.int64] | None = None

    def refresh(self, embedder: str, generation: int, rows: Iterable[tuple[int, bytes]]) -> None:
        """Make the index that of this embedder and generation; `rows` is read only if needed.

        Args:
            rows: (chunk id, little-endian float32 vector of length 1).
        """
        key = f"{embedder}/{generation}"
        with self._lock:
            if key != self._key and not self._load(key):
                self._build(rows)
                self._save(key)
            self._key = key

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

    def _build(self, rows: Iterable[tuple[int, bytes]]) -> None:
        import faiss
        import numpy as np

        # two threads of FAISS beside two of everything else only wait for each other
        faiss.omp_set_num_threads(1)
        ids: list[int] = []
        index: Any = None
        batch: list[bytes] = []

        def flush() -> None:
            nonlocal index
            if batch:
                block = np.frombuffer(b"".join(batch), dtype="<f4").reshape(len(batch), -1)
                index = index or faiss.IndexFlatIP(block.shape[1])
                index.add(np.ascontiguousarray(block, dtype=np.float32))
                batch.clear()

        for chunk_id, blob in rows:
            ids.append(chunk_id)
            batch.append(blob)
            if len(batch) == 10_000:
                flush()
        flush()
        self._index, self._ids = index, np.array(ids, dtype=np.int64)

    def _save(self, key: str) -> None:
        """Digest, count, ids, index. Not being able to keep a cache is no error."""
        import faiss

        if self._index is None or self._ids is None:
            return
        payload = (
            len(self._ids).to_bytes(8, "little")
            + self._ids.astype("<i8").tobytes()
            + faiss.serialize_index(self._index).tobytes()
        )
        with contextlib.suppress(OSError):
            config.write_atomically(self._path, _digest(key, payload) + payload)

    def _load(self, key: str) -> bool:
        import faiss
        import numpy as np

        try:
            data = self._path.read_bytes()
        except OSError:
            return False
        digest, payload = data[:_DIGEST_SIZE], data[_DIGEST_SIZE:]
        # only bytes that we wrote ourselves, whole, reach FAISS's own reader
        if digest != _digest(key, payload):
            return False
        faiss.omp_set_num_threads(1)
        count = int.from_bytes(payload[:8], "little")
        self._ids = np.frombuffer(payload, dtype="<i8", count=count, offset=8).astype(np.int64)
        self._index = faiss.deserialize_index(
            np.frombuffer(payload, dtype=np.uint8, offset=8 + 8 * count)
        )
        return True


def _digest(key: str, payload: bytes) -> bytes:
    secret = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(payload, key=secret, digest_size=_DIGEST_SIZE).digest()
