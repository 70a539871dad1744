"""Which passages a question finds: ways to fuse words and meaning, over four sets at once.

    python benchmarks/retrieval.py [--json] [--half tune|held-back|all] [--home FOLDER]

Every set is read, cut, embedded and indexed as the product does it, into a library of its own.

| set | questions | measure |
|---|---|---|
| chunks | 472 of Chroma's `chunking_evaluation`, written from the text | recall of spans |
| squad | 320 of SQuAD 2.0, by people who read the paragraph | a passage with an accepted answer |
| cranfield | 225 by the people who did the research | nDCG of 10 documents, gain 5 - code |
| bundled | our own (dev: single, two, misspelt), by people's needs | right document, words |

A hit in `squad` and `bundled` is a passage of the right document with an accepted answer in it (for
a question over two documents: both). `chunks` is halved by the CRC-32 of the question's id: look at
`tune` while changing the search, at `held-back` afterwards. `--home` keeps the libraries, so that
the next run need not embed the same passages again. "average" is that of the four sets.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chunking
import numpy as np

from assistant import chunk, config, retrieve, weights
from assistant.domain import Facts, Passage, Question
from assistant.embed import MiniLM
from assistant.evaluate import figures
from assistant.parse.file import File
from assistant.parse.reading import read
from assistant.store import FileFacts, Store
from assistant.text import STOPWORDS, in_context, one_line, tokens
from assistant.vectors import VectorIndex

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
FOUND = 30  # passages looked at: enough for ten documents
CANDIDATES = (50, 100, 200)
Judge = Callable[[Sequence[Passage]], Sequence[float]]
Scores = dict[int, float]


@dataclass
class Library:
    """One set: a real library, and questions with what their passages, best first, are worth."""

    name: str
    measures: Sequence[str]
    store: Store
    index: VectorIndex
    questions: Sequence[tuple[str, Judge]] = ()
    vectors: Any = None


class Builder:
    """Makes libraries under `home`."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        files = weights.embedder(config.load(home, {}))
        self.embedder = MiniLM(files.folder, files.identity)

    def library(self, name: str, measures: Sequence[str]) -> Library:
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        return Library(
            name, measures, Store(folder / "library.db"), VectorIndex(folder / "vectors.faiss")
        )

    def fill(self, library: Library, files: Iterable[Path]) -> None:
        source = library.store.add_source(self.home / library.name)
        for file in files:
            reading = read(File(file.name, file.read_bytes()))
            chunks = [
                chunk.split(
                    section.text,
                    in_context(reading.title, section.label, ""),
                    self.embedder.count,
                )
                for section in reading.sections
            ]
            facts = FileFacts(file.name, Facts(0, 0, 0), file.name, "benchmark")
            library.store.put_document(source, facts, reading, chunks)

    def finish(self, library: Library, questions: Sequence[tuple[str, Judge]]) -> Library:
        """Embed passages and questions."""
        store, identity = library.store, self.embedder.identity
        bookmark = 0
        while True:
            batch, bookmark = store.not_embedded(identity, 256, bookmark)
            if not batch:
                break
            vectors = self.embedder.many([words for _, words in batch])
            rows = [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)]
            store.put_vectors(identity, rows)
        library.index.refresh(identity, store.generation(), Rows(store, identity))
        library.questions = questions
        library.vectors = self.embedder.many([text for text, _ in questions])
        return library


@dataclass(frozen=True)
class Rows:
    store: Store
    identity: str

    def ids(self) -> list[int]:
        return self.store.embedded_ids(self.identity)

    def vectors(self, ids: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        return self.store.vectors(self.identity, ids)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def plain(text: str) -> str:
    """For comparing: one kind of quote and dash, one space, small letters."""
    return one_line(text.translate(str.maketrans("“”‘’–—", "\"\"''--"))).casefold()


# --- the sets -------------------------------------------------------------------------------------


def chunks_set(builder: Builder, half: str) -> Library:
    folder = DATA / "retrieval" / "chunking_evaluation"
    documents = {f.name: chunking.Document(f) for f in sorted((folder / "docs").glob("*.md"))}
    library = builder.library("chunks", ["recall at 10"])
    source = library.store.add_source(builder.home / library.name)
    for document in documents.values():
        document.fill(library.store, source, builder.embedder.count)
    wanted = {"tune": (0,), "held-back": (1,), "all": (0, 1)}[half]

    def judge(question: dict[str, Any]) -> Judge:
        spans = chunking.union((r["start_index"], r["end_index"]) for r in question["references"])

        def recall(passages: Sequence[Passage]) -> list[float]:
            found = []
            for passage in passages[:10]:
                if passage.document.path == question["doc"]:
                    offset = documents[question["doc"]].offsets[passage.label]
                    found.append((offset + passage.start, offset + passage.end))
            return [chunking.shared(spans, found) / chunking.length(spans)]

        return recall

    questions = lines(folder / "questions.jsonl")
    chosen = [q for q in questions if zlib.crc32(q["id"].encode()) % 2 in wanted]
    return builder.finish(library, [(q["question"], judge(q)) for q in chosen])


def squad_set(builder: Builder) -> Library:
    folder = DATA / "qa" / "squad2"

    def judge(question: dict[str, Any]) -> Judge:
        answers = [plain(answer) for answer in question["answers"]]

        def hits(passages: Sequence[Passage]) -> list[float]:
            good = [
                p.document.path == question["doc"] and any(a in plain(p.text) for a in answers)
                for p in passages[:10]
            ]
            return [float(any(good[:4])), float(any(good))]

        return hits

    library = builder.library("squad", ["answer in 4", "in 10"])
    builder.fill(library, sorted((folder / "docs").glob("*.md")))
    chosen = [q for q in lines(folder / "questions_sample640.jsonl") if q["answerable"]]
    return builder.finish(library, [(q["question"], judge(q)) for q in chosen])


def cranfield_set(builder: Builder) -> Library:
    folder = DATA / "retrieval" / "cranfield"
    gains: dict[str, dict[int, int]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, gain = line.split("\t")
        gains.setdefault(query, {})[int(document)] = int(gain)

    def judge(wanted: dict[int, int]) -> Judge:
        def ndcg(passages: Sequence[Passage]) -> list[float]:
            found = list(dict.fromkeys(int(Path(p.document.path).stem) for p in passages))
            return [figures.ndcg(found, wanted, 10)]

        return ndcg

    library = builder.library("cranfield", ["nDCG at 10"])
    builder.fill(library, sorted((folder / "docs_txt").iterdir()))
    chosen = [q for q in lines(folder / "queries.jsonl") if q["_id"] in gains]
    return builder.finish(library, [(q["text"], judge(gains[q["_id"]])) for q in chosen])


def bundled_set(builder: Builder) -> Library:
    def judge(question: dict[str, Any]) -> Judge:
        documents = {Path(e["document"]).name for e in question["evidence"]}
        answers = [plain(answer) for answer in question["answers"]]
        enough = all if question["kind"] == "two" else any

        def hits(passages: Sequence[Passage]) -> list[float]:
            right = [p for p in passages[:4] if p.document.path in documents]
            words = "\n".join(plain(p.text) for p in right)
            found = {p.document.path for p in right} >= documents
            return [float(found), float(enough(answer in words for answer in answers))]

        return hits

    library = builder.library("bundled", ["document in 4", "words in 4"])
    builder.fill(
        library, sorted(f for f in (ROOT / "corpus").rglob("*.md") if f.name != "README.md")
    )
    chosen = [
        q
        for q in lines(ROOT / "tests" / "eval" / "questions.jsonl")
        if q["split"] == "dev" and q["kind"] in ("single", "two", "misspelt")
    ]
    return builder.finish(library, [(q["question"], judge(q)) for q in chosen])


# --- ways to fuse ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lists:
    """What a question finds, best first, as deep as the deepest way looks; and scores of all."""

    words: Sequence[int]
    meaning: Sequence[int]
    phrases: Sequence[int]
    bm25: Scores
    similarity: Scores
    most: float
    """What BM25 could be at most."""

    def either(self, depth: int) -> set[int]:
        return {*self.words[:depth], *self.meaning[:depth]}


@dataclass
class Way:
    """A name and a score for each candidate."""

    name: str
    score: Callable[[Lists], Scores] = field(repr=False)

    def ranked(self, lists: Lists) -> list[int]:
        scores = self.score(lists)
        return sorted(scores, key=lambda c: (-scores[c], c))


def ranks(k: int, words: float, depth: int = 50, phrases: float = 0.0) -> Way:
    """Weighted reciprocal ranks."""

    def score(lists: Lists) -> Scores:
        scores: Scores = {}
        parts = ((words, lists.words), (1.0, lists.meaning), (phrases, lists.phrases))
        for weight, found in parts:
            for rank, c in enumerate(found[:depth] if weight else (), start=1):
                scores[c] = scores.get(c, 0.0) + weight / (k + rank)
        return scores

    extra = f", phrases {phrases:g}" if phrases else ""
    return Way(f"ranks: k {k}, words {words:g}, {depth} each{extra}", score)


def of_best(share: float) -> Way:
    """BM25 and cosine, each divided by its highest."""

    def score(lists: Lists) -> Scores:
        most = max(lists.bm25.values(), default=1.0)
        best = max(lists.similarity.values())
        return {
            c: share * lists.bm25.get(c, 0) / most + (1 - share) * lists.similarity[c] / best
            for c in lists.either(50)
        }

    return Way(f"scores over their best: words {share:g}", score)


def min_max(share: float) -> Way:
    """Each list from its last (0) to its first (1)."""

    def score(lists: Lists) -> Scores:
        by_words = [lists.bm25[c] for c in lists.words[:50]] or [0.0]
        by_meaning = [lists.similarity[c] for c in lists.meaning[:50]]
        return {
            c: share * _between(by_words, lists.bm25.get(c, 0.0))
            + (1 - share) * _between(by_meaning, lists.similarity[c])
            for c in lists.either(50)
        }

    return Way(f"scores, min to max: words {share:g}", score)


def _between(found: Sequence[float], score: float) -> float:
    return (score - found[-1]) / max(found[0] - found[-1], 1e-9)


def of_most(share: float, depth: int = 50) -> Way:
    """BM25 as a share of the most that it can be, and the cosine as it is."""

    def score(lists: Lists) -> Scores:
        return {
            c: share * lists.bm25.get(c, 0) / lists.most + (1 - share) * lists.similarity[c]
            for c in lists.either(depth)
        }

    return Way(f"scores over the possible: words {share:g}, {depth} each", score)


WAYS = [
    Way("words alone", lambda found: {c: -n for n, c in enumerate(found.words)}),
    Way("meaning alone", lambda found: {c: -n for n, c in enumerate(found.meaning)}),
    *(ranks(k, words) for k in (10, 20, 40, 60) for words in (1, 1.5, 2, 3)),
    *(ranks(10, 1.2, depth) for depth in CANDIDATES),
    *(ranks(20, 1, 50, phrases) for phrases in (0.5, 1)),
    *(min_max(share) for share in (0.4, 0.5, 0.6)),
    *(of_best(share) for share in (0.3, 0.4, 0.5, 0.6)),
    *(of_most(share) for share in (0.4, 0.45, 0.5, 0.55, 0.6, 0.7)),
    *(of_most(0.5, depth) for depth in (20, 100, 200)),
]


def lists_of(library: Library, question: str, vector: Any) -> Lists:
    store, index, depth = library.store, library.index, max(CANDIDATES)
    words = retrieve.query_words(question)
    by_words = store.search_words(words, depth)
    by_meaning = [c for c, _ in index.search(vector, depth)]
    phrases = [
        f"{one} {two}"
        for one, two in zip(tokens(question), tokens(question)[1:], strict=False)
        if not {one.casefold(), two.casefold()} & STOPWORDS
    ]
    either = list({*by_words, *by_meaning})
    return Lists(
        by_words,
        by_meaning,
        store.search_words(phrases, depth),
        store.word_scores(words, either),
        dict(index.search(vector, len(either), either)),
        retrieve.most_by_words(words, store),
    )


# --- measuring ------------------------------------------------------------------------------------


def measure(libraries: Sequence[Library]) -> dict[str, list[float]]:
    """By the name of each way: its measures over the sets, and the average of the sets."""
    table: dict[str, list[float]] = {}
    for library in libraries:
        found: dict[str, list[Sequence[float]]] = {}
        for (text, judge), vector in zip(library.questions, library.vectors, strict=True):
            lists = lists_of(library, text, vector)
            asked = retrieve.search(Question(text), library.store, library.index, vector, FOUND)
            found.setdefault("shipped", []).append(judge(asked))
            for way in WAYS:
                best = way.ranked(lists)[:FOUND]
                passages = library.store.passages(best)
                found.setdefault(way.name, []).append(judge([passages[c] for c in best]))
        for name, values in found.items():
            table.setdefault(name, []).extend((100 * np.mean(values, axis=0)).tolist())
    widths = [len(library.measures) for library in libraries]
    for row in table.values():
        sets = np.split(np.array(row), np.cumsum(widths)[:-1])
        row.append(float(np.mean([part.mean() for part in sets])))
    return table


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--half", choices=["tune", "held-back", "all"], default="tune")
    arguments.add_argument("--home", type=Path)
    options = arguments.parse_args()
    if not DATA.exists():
        raise SystemExit(f"{DATA} is not here: nothing to measure with.")
    config.stay_offline()
    with tempfile.TemporaryDirectory() as temporary:
        builder = Builder(options.home or Path(temporary) / "home")
        libraries = [
            chunks_set(builder, options.half),
            *(make(builder) for make in (squad_set, cranfield_set, bundled_set)),
        ]
        builder.embedder.close()
        table = measure(libraries)
        for library in libraries:
            library.store.close()
    if options.json:
        print(json.dumps(table, indent=1))
        return
    columns = [f"{lib.name}: {measure}" for lib in libraries for measure in lib.measures]
    print(f"| way | {' | '.join([*columns, 'average'])} |\n" + "|---" * (len(columns) + 2) + "|")
    for name, row in table.items():
        print(f"| {name} | {' | '.join(f'{value:.1f}' for value in row)} |")


if __name__ == "__main__":
    main()
