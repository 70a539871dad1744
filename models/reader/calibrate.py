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
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import data

from assistant import config, weights
from assistant.domain import Question
from assistant.embed.reader import EvidenceReader
from assistant.ground import evidence, term_weights
from assistant.service import Assistant

EVAL = data.HERE.parents[1] / "tests" / "eval" / "questions.jsonl"
READER = data.HERE / "reader.safetensors"
SENTENCE = ("share", "answers", "somewhere", "meaning", "words", "found", "length")
DECISION = (
    "best", "answers", "most answers", "other answers", "somewhere", "meaning", "most meaning",
    "words", "exact",
)  # fmt: skip
PASSAGES = 6


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


def measure(assistant: Assistant, asked: Asked, tools: evidence.Tools) -> dict | None:
    """Features and labels of every candidate sentence."""
    passages = assistant.search(Question(asked.question), PASSAGES)
    total = assistant._store.count_passages()
    terms = term_weights(asked.question, assistant._store.frequency, total)
    found = evidence.candidates(asked.question, passages, terms, tools)
    if not found:
        return None
    return {
        "set": asked.set,
        "question": asked.question,
        "answerable": asked.answerable,
        "features": [dict(c.features) for c in found],
        "holds": [asked.answerable and holds(c.evidence.text, asked) for c in found],
        "passage": [c.evidence.passage.chunk_id for c in found],
        "texts": [c.evidence.text for c in found],
        "contexts": [evidence._in_context(c.evidence.passage) for c in found],
    }


def measured(cache: Path, limit: int) -> list[dict]:
    file = cache / "measured.json"
    if file.exists():
        return json.loads(file.read_text("utf-8"))
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
    for place, folders, questions in (
        ("squad", [data.SQUAD / "docs"], list(squad_questions())[:limit]),
        ("home", [documents], community),
    ):
        assistant = library(cache / place, folders)
        reader = EvidenceReader(weights.embedder(assistant.settings).folder, READER)
        tools = evidence.Tools(assistant.embedder().few, reader.read)
        for number, asked in enumerate(questions):
            if number % 50 == 0:
                print(f"{place}: {number} of {len(questions)}", flush=True)
            if row := measure(assistant, asked, tools):
                found.append(row)
        assistant.close()
    file.write_text(json.dumps(found), "utf-8")
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


def sentence_weights(rows: list[dict]) -> dict[str, float]:
    x, y = [], []
    for row in rows:
        if any(row["holds"]):
            x += [[f[n] for n in SENTENCE] for f in row["features"]]
            y += row["holds"]
    return fit(x, y, SENTENCE)


def ranked(row: dict, weights: evidence.Weights) -> list[int]:
    scores = [evidence.linear(f, weights.sentence) for f in row["features"]]
    return sorted(range(len(scores)), key=lambda n: -scores[n])


def decision_row(row: dict, weights: evidence.Weights) -> dict[str, float]:
    order = ranked(row, weights)
    features = row["features"]
    first = order[0]
    others = [n for n in order if row["passage"][n] != row["passage"][first]]
    return {
        "best": evidence.linear(features[first], weights.sentence),
        "answers": features[first]["answers"],
        "most answers": max(f["answers"] for f in features),
        "other answers": max((features[n]["answers"] for n in others), default=-5.0),
        "somewhere": features[first]["somewhere"],
        "meaning": features[first]["meaning"],
        "most meaning": max(f["meaning"] for f in features),
        "words": features[first]["words"],
        "exact": evidence._exact(row["question"], row["contexts"][first]),
    }


def auroc(yes: list[float], no: list[float]) -> float:
    order = np.argsort(np.argsort(np.array(yes + no), kind="stable"), kind="stable") + 1
    return float((order[: len(yes)].sum() - len(yes) * (len(yes) + 1) / 2) / (len(yes) * len(no)))


def report(rows: list[dict], weights: evidence.Weights) -> None:
    print("| set | questions | found | first | first 2 | AUROC | declined yes | declined no |")
    print("|---|---|---|---|---|---|---|---|")
    for name in sorted({r["set"] for r in rows}):
        some = [r for r in rows if r["set"] == name]
        yes = [r for r in some if r["answerable"]]
        scores = {
            kind: [
                evidence.logistic(evidence.linear(decision_row(r, weights), weights.decision))
                for r in some
                if r["answerable"] is kind
            ]
            for kind in (True, False)
        }
        hits = [[r["holds"][n] for n in ranked(r, weights)] for r in yes]
        cells = [name, str(len(some))]
        cells += [_share([any(h) for h in hits]), _share([h[0] for h in hits])]
        cells += [_share([any(h[:2]) for h in hits])]
        both = scores[True] and scores[False]
        cells += [f"{auroc(scores[True], scores[False]):.3f}" if both else ""]
        cells += [_share([s < weights.threshold for s in scores[k]]) for k in (True, False)]
        print("| " + " | ".join(cells) + " |")


def _share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f} %" if values else ""


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--cache", type=Path, required=True)
    options.add_argument("--limit", type=int, default=500, help="questions of each large set")
    options.add_argument("--threshold", type=float, default=0.5)
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    rows = measured(chosen.cache, chosen.limit)
    fitted = evidence.Weights(sentence_weights(rows), {"bias": 0.0}, chosen.threshold)
    features = [decision_row(r, fitted) for r in rows]
    decision = fit(
        [[f[n] for n in DECISION] for f in features],
        [r["answerable"] and any(r["holds"]) for r in rows],
        DECISION,
    )
    fitted = evidence.Weights(fitted.sentence, decision, chosen.threshold)
    print(json.dumps({"sentence": fitted.sentence, "decision": decision}, indent=1))
    for threshold in (0.3, 0.4, 0.5, 0.6):
        print(f"\nthreshold {threshold}")
        report(rows, evidence.Weights(fitted.sentence, decision, threshold))
    if chosen.write:
        kept = {"sentence": fitted.sentence, "decision": decision, "threshold": chosen.threshold}
        (data.HERE / "decision.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
