"""How much of the answers the passages hold: recall, precision and IoU of retrieved chunks.

    python benchmarks/chunking.py [--json] [--half tune|held-back|all] [--home FOLDER]
                                  [--compare] [--passages 10]

Chroma's `chunking_evaluation`: 472 questions over five long documents, with the exact spans of
their answers. The documents go as plain text, cut into sections as the readers cut them, into one
real library (store, vector index, MiniLM); the splitter and the search are those shipped.

Measures, per question, then averaged, as in "Evaluating Chunking Strategies for Retrieval"
(Chroma 2024), but counting characters where they count tokens: recall, the share of the reference
spans that the passages cover; precision, the same characters divided by all characters retrieved
(what neighbours share counts twice); IoU, divided by retrieved and missed together.

The questions are halved by the CRC-32 of their id: look at `tune` while changing the splitter, at
`held-back` afterwards. `--compare` measures other settings too. `--home` keeps the library, so that
the next run need not embed the same chunks again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant import chunk, config, retrieve, weights
from assistant.domain import Facts, Passage, Question, Reading, Section, Source
from assistant.embed import MiniLM
from assistant.parse.outline import cut
from assistant.store import FileFacts, Store
from assistant.text import in_context
from assistant.vectors import VectorIndex

DATA = Path(__file__).parents[2] / "shared" / "data" / "retrieval" / "chunking_evaluation"
Span = tuple[int, int]
# settings of chunk.py, by the names of its constants
OTHERS = {
    "no overlap": {"OVERLAP": 0.0},
    "half overlap": {"OVERLAP": 0.5},
    "half window": {"WINDOW": 128},
}


@dataclass(frozen=True)
class Row:
    splitter: str
    questions: str
    chunks: int
    pieces: float
    recall_words: float
    recall_meaning: float
    recall: float
    whole: float
    precision: float
    iou: float


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--half", choices=["tune", "held-back", "all"], default="tune")
    arguments.add_argument("--home", type=Path)
    arguments.add_argument("--compare", action="store_true")
    arguments.add_argument("--passages", type=int, default=10)
    options = arguments.parse_args()
    if not DATA.exists():
        raise SystemExit(f"{DATA} is not here: nothing to measure with.")
    config.stay_offline()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(options.home or Path(temporary) / "home", options.passages)
        speed = bench.speed()
        rows = bench.rows("shipped", options.half, {})
        for name, settings in OTHERS.items() if options.compare else ():
            rows += bench.rows(name, options.half, settings)
        bench.close()
    if options.json:
        print(json.dumps({"mb_a_second": speed, "rows": [asdict(row) for row in rows]}, indent=1))
    else:
        show(rows, speed, options.passages)


def show(rows: Iterable[Row], speed: float, passages: int) -> None:
    print(f"Splitting: {speed:.1f} MB of text a second of processor time\n")
    print(
        "| splitter | questions | chunks | mean word pieces | words only | meaning only |"
        f" **recall at {passages}** | whole answers | precision | IoU |\n" + "|---" * 10 + "|"
    )
    for row in rows:
        shares = (row.recall_words, row.recall_meaning, row.recall, row.whole, row.precision)
        cells = " | ".join(f"{100 * share:.1f} %" for share in (*shares, row.iou))
        print(
            f"| {row.splitter} | {row.questions} | {row.chunks} | {row.pieces:.0f} | {cells} |",
            flush=True,
        )


class Bench:
    def __init__(self, home: Path, passages: int) -> None:
        home.mkdir(parents=True, exist_ok=True)
        files = weights.embedder(config.load(home, {}))
        self.embedder = MiniLM(files.folder, files.identity)
        self.store = Store(home / "library.db")
        self.source = self.store.add_source(DATA / "docs")
        self.home = home
        self.passages = passages
        self.documents = {
            file.name: Document(file) for file in sorted((DATA / "docs").glob("*.md"))
        }
        lines = (DATA / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        self.questions = [json.loads(line) for line in lines]
        self.vectors = self.embedder.many([q["question"] for q in self.questions])

    def close(self) -> None:
        self.embedder.close()
        self.store.close()

    def speed(self) -> float:
        """Megabytes a second of processor time, the tokenizer loaded before."""
        self.embedder.count(["ready"])
        began = time.process_time()
        for document in self.documents.values():
            document.split(self.embedder.count)
        size = sum(len(d.text.encode()) for d in self.documents.values())
        return size / 1e6 / (time.process_time() - began)

    def rows(self, name: str, half: str, settings: dict[str, float]) -> list[Row]:
        shipped = {key: getattr(chunk, key) for key in settings}
        vars(chunk).update(settings)
        try:
            chunks = [
                d.fill(self.store, self.source, self.embedder.count)
                for d in self.documents.values()
            ]
        finally:
            vars(chunk).update(shipped)
        texts = [text for some in chunks for text in some]
        pieces = float(np.mean(self.embedder.count(texts)))
        index = self.embed()
        halves = ["tune", "held-back", "all"] if half == "all" else [half]
        found = [self.measure(number, index) for number in range(len(self.questions))]
        return [
            Row(name, one, len(texts), pieces, *np.mean(self._of(one, found), axis=0).tolist())
            for one in halves
        ]

    def _of(self, half: str, found: Sequence[list[float]]) -> list[list[float]]:
        wanted = {"tune": (0,), "held-back": (1,), "all": (0, 1)}[half]
        return [
            figures
            for question, figures in zip(self.questions, found, strict=True)
            if zlib.crc32(question["id"].encode()) % 2 in wanted
        ]

    def embed(self) -> VectorIndex:
        bookmark = 0
        while True:
            batch, bookmark = self.store.not_embedded(self.embedder.identity, 256, bookmark)
            if not batch:
                break
            vectors = self.embedder.many([words for _, words in batch])
            self.store.put_vectors(
                self.embedder.identity,
                [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)],
            )
        index = VectorIndex(self.home / "vectors.faiss")
        index.refresh(self.embedder.identity, self.store.generation(), Vectors(self))
        return index

    def measure(self, number: int, index: VectorIndex) -> list[float]:
        """Recall by words, by meaning, by both; then whole, precision and IoU of both."""
        question, vector = self.questions[number], self.vectors[number]
        asked = Question(question["question"])
        by_words = retrieve.search(asked, self.store, None, None, self.passages)
        nearest = [chunk_id for chunk_id, _ in index.search(vector, self.passages)]
        by_meaning = tuple(self.store.passages(nearest).values())
        both = retrieve.search(asked, self.store, index, vector, self.passages)
        words, meaning, fused = (self.spans(p) for p in (by_words, by_meaning, both))
        wanted = union((r["start_index"], r["end_index"]) for r in question["references"])
        total, here = length(wanted), question["doc"]
        covered = shared(wanted, fused[here])
        retrieved = sum(length(spans) for spans in fused.values())
        return [
            shared(wanted, words[here]) / total,
            shared(wanted, meaning[here]) / total,
            covered / total,
            float(covered == total),
            covered / max(retrieved, 1),
            covered / (retrieved + total - covered),
        ]

    def spans(self, passages: Iterable[Passage]) -> dict[str, list[Span]]:
        """Where the passages stand in their documents."""
        found: dict[str, list[Span]] = {name: [] for name in self.documents}
        for passage in passages:
            document = self.documents[passage.document.path]
            offset = document.offsets[passage.label]
            found[passage.document.path].append((offset + passage.start, offset + passage.end))
        return found


class Document:
    """A text, its sections and where they begin in it."""

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self.title = file.stem
        self.text = file.read_text(encoding="utf-8")
        self.sections = cut(Section("", self.text))
        self.offsets: dict[str, int] = {}
        place = 0
        for section in self.sections:
            place = self.text.index(section.text, place)
            self.offsets[section.label] = place
            place += len(section.text)

    def split(self, count: chunk.Count) -> list[tuple[chunk.Chunk, ...]]:
        return [
            tuple(chunk.split(section.text, in_context(self.title, section.label, ""), count))
            for section in self.sections
        ]

    def fill(self, store: Store, source: Source, count: chunk.Count) -> list[str]:
        """Put it into the store; the texts of its chunks."""
        chunks = self.split(count)
        facts = FileFacts(self.name, Facts(len(self.text), 0, 0), self.name, "benchmark")
        reading = Reading(self.title, "text/plain", tuple(self.sections))
        store.put_document(source, facts, reading, chunks)
        return [c.text for some in chunks for c in some]


@dataclass(frozen=True)
class Vectors:
    bench: Bench

    def ids(self) -> list[int]:
        return self.bench.store.embedded_ids(self.bench.embedder.identity)

    def vectors(self, ids: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        return self.bench.store.vectors(self.bench.embedder.identity, ids)


def union(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def shared(wanted: Iterable[Span], found: Iterable[Span]) -> int:
    """How many characters of `wanted` are also in `found`."""
    covering = union(found)
    return sum(
        max(0, min(end, last) - max(start, first))
        for start, end in wanted
        for first, last in covering
    )


if __name__ == "__main__":
    main()
