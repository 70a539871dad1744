"""Fits the order of sentences and the decision, on questions the reader has not learned from.

    python models/reader/calibrate.py --cache /var/tmp/calibration [--write]

Two logistic regressions (Cox 1958) over the features of assistant/ground/evidence.py: does this
sentence hold the answer; does the library answer this question. The questions: the `dev` part of
our own, the `dev` questions of tests/eval, and the SQuAD 2.0 document that data.py keeps for this.
--write puts the weights into decision.json. Figures on the very questions that were fitted flatter;
benchmarks/quality.py has others.
"""

from __future__ import annotations

import argparse
import json
import pickle
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import data

from assistant import config, weights
from assistant.domain import Question
from assistant.embed.reader import EvidenceReader
from assistant.evaluate import figures
from assistant.ground import evidence, term_weights
from assistant.service import Assistant

EVAL = data.HERE.parents[1] / "tests" / "eval" / "questions.jsonl"
READER = data.HERE / "reader.safetensors"
SENTENCE = ("share", "answers", "somewhere", "meaning", "words", "found", "length")
DECISION = (
    "best", "answers", "most answers", "other answers", "somewhere", "meaning", "most meaning",
    "words", "exact",
)  # fmt: skip
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


@dataclass
class Asked:
    """`answers`: accepted words; `quote`: the sentence that they stand in, where it is known."""

    set: str
    question: str
    answerable: bool
    answers: tuple[str, ...]
    quote: str = ""


def squad_questions() -> Iterator[Asked]:
    names = {n for n, split in data.squad_documents().items() if split == "dev"}
    for row in data.squad_rows():
        if row["doc"] in names:
            yield Asked("squad2", row["question"], row["answerable"], tuple(row["answers"]))


def own_questions() -> Iterator[Asked]:
    for record in data.own_records():
        if data.split_of(record["doc"]) != "dev":
            continue
        for question in record["ask"]:
            yield Asked("own", question, True, (record["answer"],), record["quote"])
        for question in record["miss"]:
            yield Asked("own", question, False, ())


def eval_questions() -> Iterator[Asked]:
    for line in EVAL.open(encoding="utf-8"):
        row = json.loads(line)
        if row["split"] == "dev" and row["kind"] in ("single", "misspelt", "near-miss", "far-off"):
            quotes = [e["quote"] for e in row["evidence"]]
            yield Asked(
                f"corpus {row['kind']}", row["question"], row["answerable"],
                tuple(row["answers"]), quotes[0] if quotes else "",
            )  # fmt: skip


def library(place: Path, folders: list[Path]) -> Assistant:
    assistant = Assistant(config.load(place, {"ASSISTANT_MODEL": "none"}))
    for folder in folders:
        for _ in assistant.sync((assistant.source_for(folder),)):
            pass
    return assistant


def holds(words: str, asked: Asked) -> bool:
    inside = _flat(words)
    if asked.quote and _flat(asked.quote)[:60] in inside:
        return True
    return any(f" {_flat(a)} " in f" {inside} " for a in asked.answers)


def _flat(words: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in data.plain(words)).split())


Place = tuple[int, int, int]


@dataclass
class Row:
    """A question and every sentence that may answer it; `holds`: whether the one there does."""

    set: str
    answerable: bool
    found: list[evidence.Candidate]
    holds: dict[Place, bool]

    def ranked(self, weights: evidence.Weights) -> list[evidence.Candidate]:
        return evidence.rank(self.found, weights)

    def hits(self, weights: evidence.Weights) -> list[bool]:
        """Whether each sentence holds the answer, best first."""
        return [self.holds[place(c)] for c in self.ranked(weights)]


def place(candidate: evidence.Candidate) -> Place:
    found = candidate.evidence
    return found.passage.chunk_id, found.start, found.end


def measure(assistant: Assistant, asked: Asked, tools: evidence.Tools) -> Row | None:
    """As the program does it: what a person meant, the passages, the candidates."""
    question = assistant._understood(Question(asked.question)).question
    passages = assistant._search(question, assistant.settings.passages)
    total = assistant._store.count_passages()
    terms = term_weights(question.text, assistant._store.frequency, total)
    found = evidence.candidates(question.text, passages, terms, tools)
    if not found:
        return None
    holding = {place(c): asked.answerable and holds(c.evidence.text, asked) for c in found}
    return Row(asked.set, asked.answerable, found, holding)


def measured(cache: Path, limit: int) -> list[Row]:
    file = cache / "measured.pickle"
    if file.exists():
        return pickle.loads(file.read_bytes())
    cache.mkdir(parents=True, exist_ok=True)
    documents = cache / "community"
    if not documents.exists():
        shutil.copytree(data.CORPUS, documents / "corpus")
        shutil.copytree(data.HERE / "documents", documents / "own")
        if data.NYCMESH.is_dir():
            shutil.copytree(data.NYCMESH, documents / "nycmesh")
    rng = np.random.default_rng(0)
    community = [*eval_questions()]
    own = list(own_questions())
    community += [own[n] for n in rng.permutation(len(own))[:limit]]
    found = []
    for name, folders, questions in (
        ("squad", [data.SQUAD / "docs"], list(squad_questions())[:limit]),
        ("home", [documents], community),
    ):
        assistant = library(cache / name, folders)
        reader = EvidenceReader(weights.embedder(assistant.settings).folder, READER)
        tools = evidence.Tools(assistant.embedder().few, reader.read)
        for number, asked in enumerate(questions):
            if number % 50 == 0:
                print(f"{name}: {number} of {len(questions)}", flush=True)
            if row := measure(assistant, asked, tools):
                found.append(row)
        assistant.close()
    file.write_bytes(pickle.dumps(found))
    return found


# --- fitting ------------------------------------------------------------------------------------


def fit(rows: list[list[float]], labels: list[bool], names: tuple[str, ...]) -> dict[str, float]:
    """Weights for features as they are: those of the standardised ones, put back."""
    from sklearn.linear_model import LogisticRegression

    x, y = np.array(rows), np.array(labels)
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=1000).fit((x - middle) / spread, y)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - (weights * middle).sum())
    return {"bias": bias, **{n: float(w) for n, w in zip(names, weights, strict=True)}}


def sentence_weights(rows: list[Row]) -> dict[str, float]:
    x, y = [], []
    for row in rows:
        if any(row.holds.values()):
            x += [[c.features[n] for n in SENTENCE] for c in row.found]
            y += [row.holds[place(c)] for c in row.found]
    return fit(x, y, SENTENCE)


def decision_weights(rows: list[Row], weights: evidence.Weights) -> dict[str, float]:
    features = [evidence.decision_features(row.ranked(weights)) for row in rows]
    labels = [row.answerable and any(row.holds.values()) for row in rows]
    return fit([[f[n] for n in DECISION] for f in features], labels, DECISION)


def support(row: Row, weights: evidence.Weights) -> float:
    features = evidence.decision_features(row.ranked(weights))
    return evidence.logistic(evidence.linear(features, weights.decision))


def report(rows: list[Row], weights: evidence.Weights) -> None:
    """One line a set, with the thresholds that could be chosen."""
    head = " | ".join(f"declined at {t}: yes, no" for t in THRESHOLDS)
    print(f"| set | questions | found | first | first 2 | AUROC | {head} |")
    print("|---" * (6 + len(THRESHOLDS)) + "|")
    for name in sorted({r.set for r in rows}):
        some = [r for r in rows if r.set == name]
        supports = [support(r, weights) for r in some]
        kinds = [r.answerable for r in some]
        hits = [r.hits(weights) for r in some if r.answerable]
        cells = [name, str(len(some)), *(_share([any(h[:n]) for h in hits]) for n in (None, 1, 2))]
        cells.append(f"{figures.auroc(supports, kinds):.3f}" if len(set(kinds)) == 2 else "")
        for threshold in THRESHOLDS:
            declined = {
                kind: [s < threshold for s, k in zip(supports, kinds, strict=True) if k is kind]
                for kind in (True, False)
            }
            cells.append(f"{_share(declined[True])}, {_share(declined[False])}")
        print("| " + " | ".join(cells) + " |")


def _share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f} %" if values else ""


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--limit", type=int, default=500, help="questions of each large set")
    options.add_argument("--threshold", type=float, default=0.25)
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    rows = measured(chosen.cache, chosen.limit)
    fitted = evidence.Weights(sentence_weights(rows), {}, chosen.threshold)
    fitted = replace(fitted, decision=decision_weights(rows, fitted))
    print(json.dumps({"sentence": fitted.sentence, "decision": fitted.decision}, indent=1))
    report(rows, fitted)
    if chosen.write:
        (data.HERE / "decision.json").write_text(
            json.dumps(asdict(fitted), indent=1) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
