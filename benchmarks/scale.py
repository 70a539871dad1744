"""How the library grows: time, memory and size from 10,000 to 1,000,000 passages.

    python benchmarks/scale.py --passages 1000000 --plot docs/scale.svg
    python benchmarks/scale.py --files 10000   a folder of files, from the disk to the first answer
    python benchmarks/scale.py --codes         which FAISS code to keep vectors in

Texts are made up. Vectors are mixed from real ones, those of the bundled documents, with some
noise: embedding a million passages would take a day. Everything else is the real thing: store,
full-text index, vector index, search.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from assistant import config
from assistant.chunk import estimate
from assistant.domain import Chunk, Facts, Question, Reading, Section
from assistant.retrieve import search
from assistant.service import Assistant, _StoredVectors
from assistant.store import FileFacts, Store, chunk_hash
from assistant.vectors import VectorIndex

EMBEDDER = "mixed"
A_DOCUMENT = 20  # passages
QUERIES = 20
Row = dict[str, float]


def real_vectors() -> tuple[np.ndarray, list[str]]:
    """(n, 384) embeddings of the bundled documents, and their texts."""
    with tempfile.TemporaryDirectory() as place:
        assistant = Assistant(config.load(Path(place) / "home", {}))
        for _ in assistant.sync():
            pass
        identity = assistant.embedder().identity
        store = assistant._store
        ids = store.embedded_ids(identity)
        block = np.frombuffer(b"".join(v for _, v in store.vectors(identity, ids)), dtype="<f4")
        texts = [p.text for p in store.passages(ids[:900]).values()]
        assistant.close()
    return block.reshape(len(ids), -1).copy(), texts


def mixed(real: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 384) unit vectors: two real ones mixed, and some noise."""
    one, other = rng.integers(0, len(real), (2, count))
    share = rng.uniform(0.3, 1.0, (count, 1)).astype(np.float32)
    noise = rng.normal(0, 0.02, (count, real.shape[1])).astype(np.float32)
    found = share * real[one] + (1 - share) * real[other] + noise
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def fill(
    store: Store, total: int, real: np.ndarray, texts: list[str], step: int
) -> Iterator[tuple[int, float]]:
    """Add documents until there are `total` passages; (passages, seconds) after each `step`."""
    words = sorted({w for t in texts for w in t.split()})
    chance, rng = random.Random(0), np.random.default_rng(0)
    source = store.add_source(Path("/made/up"))
    began = time.perf_counter()
    for number in range(total // A_DOCUMENT):
        passages = [" ".join(chance.choices(words, k=120)) for _ in range(A_DOCUMENT)]
        title = f"Document {number}"
        sections = tuple(Section(f"Part {n}", text) for n, text in enumerate(passages))
        reading = Reading(title, "text/plain", sections)
        file = FileFacts(f"{number}.txt", Facts(0, 0, 0), f"{number:064}", "1")
        store.put_document(source, file, reading, [(Chunk(0, len(p), p),) for p in passages])
        keys = [chunk_hash(title, s.label, s.text) for s in sections]
        vectors = mixed(real, A_DOCUMENT, rng).astype("<f4")
        store.put_vectors(EMBEDDER, [(k, v.tobytes()) for k, v in zip(keys, vectors, strict=True)])
        done = (number + 1) * A_DOCUMENT
        if done % step == 0:
            yield done, time.perf_counter() - began
            began = time.perf_counter()


def measure(store: Store, home: Path, real: np.ndarray, texts: list[str]) -> Row:
    """A cold index, a cached one, and searches; milliseconds and megabytes."""
    rows = _StoredVectors(store, EMBEDDER)
    cache = home / "vectors.faiss"
    cache.unlink(missing_ok=True)
    build, _ = _timed(lambda: VectorIndex(cache).refresh(EMBEDDER, 1, rows))
    index = VectorIndex(cache)
    load, _ = _timed(lambda: index.refresh(EMBEDDER, 1, rows))
    rng = np.random.default_rng(1)
    vectors = mixed(real, QUERIES, rng)
    questions = [Question(" ".join(t.split()[3:11])) for t in texts[:QUERIES]]
    meaning = [_timed(lambda v=v: index.search(v, 50))[0] for v in vectors]
    both = [
        _timed(lambda q=q, v=v: search(q, store, index, v, 4))[0]
        for q, v in zip(questions, vectors, strict=True)
    ]
    return {
        "index built s": build,
        "index loaded s": load,
        "by meaning ms": statistics.median(meaning) * 1000,
        "search ms": statistics.median(both) * 1000,
        "library MB": store.path.stat().st_size / 1e6,
        "vector index MB": cache.stat().st_size / 1e6,
        "peak memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _timed(work: object) -> tuple[float, object]:
    began = time.perf_counter()
    result = work()  # type: ignore[operator]
    return time.perf_counter() - began, result


def grow(total: int, plot: Path | None) -> None:
    real, texts = real_vectors()
    points: list[Row] = []
    marks = [n for n in (10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000) if n <= total]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        store = Store(Path(place) / "library.db")
        adding = 0.0
        added = 0
        for done, seconds in fill(store, total, real, texts, 10_000):
            adding, added = adding + seconds, added + 10_000
            if done in marks:
                row = {"passages": float(done), "added per s": added / adding}
                points.append(row | measure(store, Path(place), real, texts))
                adding, added = 0.0, 0
                print(" | ".join(f"{k} {v:,.1f}" for k, v in points[-1].items()), flush=True)
        store.close()
    names = list(points[0])
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for row in points:
        print(
            "| "
            + " | ".join(f"{row[n]:,.0f}" if row[n] >= 10 else f"{row[n]:.1f}" for n in names)
            + " |"
        )
    if plot is not None:
        plot.write_text(_plot(points), encoding="utf-8")


# --- files ----------------------------------------------------------------------------------------


class MixedEmbedder:
    """Vectors mixed from real ones, at no cost: what is measured is everything else."""

    identity = EMBEDDER

    def __init__(self, real: np.ndarray) -> None:
        self._real, self._rng = real, np.random.default_rng(0)

    def few(self, texts: Sequence[str]) -> np.ndarray:
        return mixed(self._real, len(texts), self._rng)

    many = few

    def count(self, texts: Sequence[str]) -> list[int]:
        return estimate(texts)

    def close(self) -> None:
        pass


def files(count: int) -> None:
    """A folder of `count` files is indexed, then again, then a tenth of it changes."""
    real, texts = real_vectors()
    words = sorted({w for t in texts for w in t.split()})
    chance = random.Random(0)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        folder = Path(place) / "docs"
        for number in range(count):
            path = folder / f"{number // 100:03}" / f"{number:05}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            parts = (" ".join(chance.choices(words, k=140)) for _ in range(A_DOCUMENT))
            text = "\n\n".join(f"## Part {n}\n\n{part}." for n, part in enumerate(parts))
            path.write_text(f"# Document {number}\n\n{text}\n", "utf-8")
        assistant = Assistant(config.load(Path(place) / "home", {}), embedder=MixedEmbedder(real))
        source = assistant.source_for(folder)

        def sync() -> None:
            for _ in assistant.sync((source,)):
                pass

        first, _ = _timed(sync)
        again, _ = _timed(sync)
        for path in sorted(folder.rglob("*.md"))[::10]:
            path.write_text(path.read_text("utf-8").replace("Part 3", "Part three"), "utf-8")
        changed, _ = _timed(sync)
        question = Question(" ".join(texts[0].split()[:8]))
        cold, _ = _timed(lambda: assistant.search(question))
        warm, _ = _timed(lambda: assistant.search(question))
        status = assistant.status()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"files {status.documents:,}, passages {status.passages:,}")
        print(
            f"indexed in {first:.0f} s: {status.documents / first:.0f} files a second, not embedded"
        )
        print(f"nothing changed: {again:.1f} s; a tenth changed: {changed:.1f} s")
        print(f"first search {cold:.2f} s, next {warm * 1000:.0f} ms")
        print(f"library {status.size / 1e6:,.0f} MB, peak memory {peak:,.0f} MB")
        assistant.close()


# --- codes ---------------------------------------------------------------------------------------


def codes(count: int) -> None:
    """Memory, time and recall@50 of FAISS codes over `count` vectors, one thread."""
    import faiss

    faiss.omp_set_num_threads(1)
    real, _ = real_vectors()
    rng = np.random.default_rng(0)
    vectors = mixed(real, count, rng)
    queries = mixed(real, 50, np.random.default_rng(1))
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors)
    truth = exact.search(queries, 50)[1]
    print(f"{count:,} vectors")
    print("| code | MB | train + add s | ms a search | recall@50 |\n|---|---|---|---|---|")
    for name in ("Flat", "SQfp16", "SQ8", "SQ6", "SQ4", "IVF1024,SQ8", "PQ96x8"):
        index = faiss.index_factory(vectors.shape[1], name, faiss.METRIC_INNER_PRODUCT)
        seconds, _ = _timed(lambda index=index: (index.train(vectors[:50_000]), index.add(vectors)))
        if name.startswith("IVF"):
            faiss.extract_index_ivf(index).nprobe = 32
        times = []
        hits = 0
        for query, wanted in zip(queries, truth, strict=True):
            took, found = _timed(lambda q=query, index=index: index.search(q[None], 50)[1][0])
            times.append(took)
            hits += len(set(found) & set(wanted))
        size = len(faiss.serialize_index(index)) / 1e6
        print(
            f"| {name} | {size:,.0f} | {seconds:.1f} | {statistics.median(times) * 1000:.1f}"
            f" | {hits / truth.size:.3f} |",
            flush=True,
        )


# --- the plot ------------------------------------------------------------------------------------


def _plot(points: list[Row]) -> str:
    """Three small charts side by side, each with its own scale, as SVG."""
    panels = (
        ("Size on disk, MB", ("library MB", "vector index MB")),
        ("Milliseconds a search", ("search ms", "by meaning ms")),
        ("Passages stored a second", ("added per s",)),
        ("Peak memory, MB", ("peak memory MB",)),
    )
    width, height = 260, 220
    body = [_panel(title, names, points, n * width) for n, (title, names) in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * len(panels)} {height}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(body)
        + "</svg>\n"
    )


def _panel(title: str, names: tuple[str, ...], points: list[Row], left: int) -> str:
    top = max(row[name] for row in points for name in names) * 1.1
    most = max(row["passages"] for row in points)

    def at(row: Row, name: str) -> str:
        return f"{left + 50 + 190 * row['passages'] / most:.1f},{180 - 140 * row[name] / top:.1f}"

    parts = [f'<text x="{left + 50}" y="20" font-weight="bold">{title}</text>']
    for share in (0.0, 0.5, 1.0):
        y = 180 - 140 * share
        parts.append(f'<path d="M{left + 50} {y}h190" stroke="#ccc"/>')
        parts.append(
            f'<text x="{left + 46}" y="{y + 4}" text-anchor="end">{top * share:,.0f}</text>'
        )
        parts.append(
            f'<text x="{left + 50 + 190 * share}" y="196" text-anchor="middle">'
            f"{most * share / 1000:,.0f}k</text>"
        )
    for number, name in enumerate(names):
        dash = "" if number == 0 else ' stroke-dasharray="4 3"'
        line = " ".join(at(row, name) for row in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"{dash}/>'
        )
        kind = "solid" if number == 0 else "dashed"
        label = f"{name} ({kind})" if len(names) > 1 else "by passages in the library"
        parts.append(f'<text x="{left + 54}" y="{34 + number * 18}">{label}</text>')
    return "".join(parts)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=200_000)
    options.add_argument("--plot", type=Path)
    options.add_argument("--files", type=int)
    options.add_argument("--codes", action="store_true")
    chosen = options.parse_args()
    if chosen.codes:
        codes(chosen.passages)
    elif chosen.files:
        files(chosen.files)
    else:
        grow(chosen.passages, chosen.plot)


if __name__ == "__main__":
    main()
