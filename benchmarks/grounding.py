"""How well the evidence and the decision do on SQuAD 2.0: the figures behind ground.py's constants.

    python benchmarks/grounding.py [--questions 200] [--half tune|held-back]

Indexes the 16 documents together and asks sampled questions without any writing model. Prints, for
each share of meaning (against words), how often the first 1, 2 and 3 sentences hold the answer;
and for a row of thresholds on the similarity of the closest sentence how many answerable
questions, near misses and questions from far away are declined. The documents are split by name
into a half to tune on and a half held back; questions of one half are asked of the whole library.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from pathlib import Path

from assistant import config, ground
from assistant.domain import Passage, Question
from assistant.service import Assistant

SQUAD = Path(__file__).parents[2] / "shared" / "data" / "qa" / "squad2"
FAR_OFF = [
    "What won the 1987 Grand National?", "How long do you boil an egg?",
    "Who scored in the 1966 World Cup final?", "What is the capital of Peru?",
    "How do I change the oil in a Ford Fiesta?", "Which actor played James Bond in Skyfall?",
    "What is the boiling point of mercury?", "When does the last bus to Leeds leave?",
    "How many strings does a cello have?", "What rhymes with orange?",
]  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--questions", type=int, default=200)
    arguments.add_argument("--half", choices=["tune", "held-back"], default="tune")
    options = arguments.parse_args()
    if not SQUAD.exists():
        raise SystemExit(f"{SQUAD} is not here: nothing to measure with.")
    with tempfile.TemporaryDirectory() as home:
        assistant = Assistant(config.load(Path(home) / "home", {}))
        for _ in assistant.sync((assistant.source_for(SQUAD / "docs"),)):
            pass
        rows = sample(options.questions, options.half)
        print(f"{len(rows)} questions of the {options.half} half, {len(FAR_OFF)} far off\n")
        measured = [(row, measure(assistant, row["question"])) for row in rows]
        far = [measure(assistant, question) for question in FAR_OFF]
        print("| share of meaning | first | first 2 | first 3 |\n|---|---|---|---|")
        for share in (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0):
            report(measured, share)
        print()
        decide(measured, far)
        assistant.close()


def sample(count: int, half: str) -> list[dict]:
    rows = [json.loads(line) for line in (SQUAD / "questions_sample640.jsonl").open()]
    wanted = 0 if half == "tune" else 1
    rows = [r for r in rows if hashlib.sha256(r["doc"].encode()).digest()[0] % 2 == wanted]
    random.Random(7).shuffle(rows)
    answerable = [r for r in rows if r["answerable"]][: count // 2]
    return answerable + [r for r in rows if not r["answerable"]][: count // 2]


Measured = tuple[list[str], list[float], list[float]]


def measure(assistant: Assistant, question: str) -> Measured:
    """(sentences, their similarity of meaning, the share of question words they cover)."""
    passages: tuple[Passage, ...] = assistant.search(Question(question), 4)
    weights = ground.term_weights(
        question, assistant._store.frequency, assistant._store.count_passages()
    )
    candidates = [e for p in passages for e in ground._candidates(p)]
    texts = [ground.one_line(e.text) for e in candidates]
    vectors = assistant.embedder().few([question, *texts])
    meaning = [max(0.0, float(s)) for s in vectors[1:] @ vectors[0]]
    covered = [ground._coverage(weights, ground._with_context(e)) for e in candidates]
    return texts, meaning, covered


def report(measured: list[tuple[dict, Measured]], share: float) -> None:
    hits = [0, 0, 0]
    answerable = [(row, m) for row, m in measured if row["answerable"]]
    for row, (texts, meaning, covered) in answerable:
        scores = [share * m + (1 - share) * c for m, c in zip(meaning, covered, strict=True)]
        ranked = [t for _, t in sorted(zip(scores, texts, strict=True), reverse=True)]
        for n in range(3):
            shown = " ".join(ranked[: n + 1]).lower()
            hits[n] += any(answer.lower() in shown for answer in row["answers"])
    shares = " | ".join(f"{100 * hit / len(answerable):.0f} %" for hit in hits)
    print(f"| {share} | {shares} |")


def decide(measured: list[tuple[dict, Measured]], far: list[Measured]) -> None:
    """The decision by the similarity of the closest sentence alone."""
    groups: dict[str, list[float]] = {"answerable": [], "near misses": [], "far off": []}
    for row, (_, meaning, _) in measured:
        groups["answerable" if row["answerable"] else "near misses"].append(max(meaning))
    groups["far off"] = [max(meaning) for _, meaning, _ in far]
    for name in ("near misses", "far off"):
        pairs = [(a, b) for a in groups["answerable"] for b in groups[name]]
        wins = sum((a > b) + (a == b) / 2 for a, b in pairs)
        print(f"AUROC of answerable against {name}: {wins / len(pairs):.2f}")
    print("\n| declined at | " + " | ".join(groups) + " |\n|---|---|---|---|")
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55):
        cells = (
            f"{100 * sum(v < threshold for v in values) / len(values):.0f} %"
            for values in groups.values()
        )
        print(f"| {threshold} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
