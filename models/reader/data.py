"""What the evidence reader learns from: our own questions, and public sets from ../shared.

    python models/reader/data.py        counts what there is, by set and split

Everything is split by document, so that no text is in two splits. Four of the SQuAD 2.0 documents
are held back for the figures in docs/quality.md, one more is for looking at while training.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant import chunk, text
from assistant.domain import Section
from assistant.parse.file import File
from assistant.parse.reading import read

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "corpus"
SHARED = HERE.parents[2] / "shared" / "data"
NYCMESH = SHARED / "community" / "nycmesh-docs" / "content"
SQUAD = SHARED / "qa" / "squad2"
TEST_DOCUMENTS = 4
LABELS = ("support", "contradict", "neutral")


@dataclass(frozen=True)
class Example:
    """A question (or claim) and a text.

    `answers`: whether the text answers it; None where a set does not say.
    `spans`: characters of the text in which an answer stands; several where a set only knows the
    sentence (the answer is somewhere in it).
    `exact`: the one span is the answer itself, not a sentence around it.
    `label`: for a claim, an index in `LABELS`.
    """

    source: str
    group: str
    question: str
    passage: str
    answers: bool | None = None
    spans: tuple[tuple[int, int], ...] = ()
    exact: bool = True
    label: int | None = None
    weight: float = 1.0


def split_of(group: str) -> str:
    """`dev` for one group in twelve."""
    return "dev" if hashlib.sha256(group.encode()).digest()[0] < 21 else "train"


def plain(words: str) -> str:
    """For comparing: one kind of quote and dash, small letters. As long as `words`."""
    table = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\n": " "}
    lowered = words.translate(str.maketrans(table))
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in lowered)


# --- our own questions ----------------------------------------------------------------------------


@cache
def sections(name: str) -> tuple[str, tuple[Section, ...]]:
    """Title and sections of a document that our questions are about."""
    place, _, path = name.partition("/")
    if place == "own":
        return _own_document((HERE / "documents" / f"{path}.txt").read_text("utf-8"), path)
    file = (CORPUS if place == "corpus" else NYCMESH) / path
    reading = read(File(file.name, file.read_bytes()))
    return reading.title, reading.sections


def _own_document(words: str, name: str) -> tuple[str, tuple[Section, ...]]:
    parts = re.split(r"(?m)^\[(.+)\]\s*$", words)
    found = [Section("", parts[0])] if parts[0].strip() else []
    found += [Section(label, body) for label, body in zip(parts[1::2], parts[2::2], strict=True)]
    title = found[0].label or name.partition("-")[2].replace("-", " ")
    return title, tuple(replace(s, text=s.text.strip()) for s in found if s.text.strip())


@cache
def chunks(name: str, count: chunk.Count | None = None) -> tuple[tuple[str, str], ...]:
    """(context, text) of each passage of a document, as the library would hold it."""
    title, parts = sections(name)
    found = []
    for section in parts:
        context = text.in_context(title, section.label, "")
        found += [(context, c.text) for c in chunk.split(section.text, context, count)]
    return tuple(found)


def own_records() -> Iterator[dict]:
    for file in sorted((HERE / "questions").glob("*.jsonl")):
        if file.name.startswith("nycmesh") and not NYCMESH.is_dir():
            continue
        for line in file.read_text("utf-8").splitlines():
            yield {**json.loads(line), "file": file.stem}


def own(rng: random.Random, count: chunk.Count) -> Iterator[Example]:
    """Both kinds of question over a passage that holds the quote, whole or in part."""
    for record in own_records():
        name = record["doc"]
        holding = [
            (context, words)
            for context, words in chunks(name, count)
            if plain(record["quote"]) in plain(words)
        ]
        for question in (*record["ask"], *record["miss"]):
            if not holding:
                continue
            context, words = rng.choice(holding)
            answers = question in record["ask"]
            quote, answer = plain(record["quote"]), plain(record["answer"])
            words = _window(words, plain(words).find(quote), len(quote), rng)
            start = len(context) + plain(words).find(quote) + quote.find(answer)
            span = (start, start + len(answer))
            yield Example(
                f"own:{record['file']}",
                name,
                question,
                context + words,
                answers,
                (span,) if answers else (),
                weight=1.0,
            )


def _window(words: str, start: int, length: int, rng: random.Random) -> str:
    """Half of the time all of it, else some of the sentences around start..start+length."""
    if rng.random() < 0.5:
        return words
    before = rng.randint(0, 300)
    after = rng.randint(0, 300)
    spans = list(text.sentences(words)) or [(0, len(words))]
    first = max((a for a, b in spans if a <= max(start - before, 0)), default=0)
    last = min((b for a, b in spans if b >= start + length + after), default=len(words))
    return words[first:last]


# --- SQuAD 2.0 ------------------------------------------------------------------------------------


def squad_documents() -> dict[str, str]:
    """Each document's split: test, dev or train."""
    names = {p.name for p in (SQUAD / "docs").glob("*.md")}
    ordered = sorted(names, key=lambda n: hashlib.sha256(n.encode()).hexdigest())
    return {
        n: "test" if i < TEST_DOCUMENTS else "dev" if i == TEST_DOCUMENTS else "train"
        for i, n in enumerate(ordered)
    }


@cache
def squad_paragraphs(name: str) -> tuple[str, ...]:
    """The paragraphs; the file's first block is its title."""
    return tuple((SQUAD / "docs" / name).read_text("utf-8").split("\n\n")[1:])


def squad_rows() -> list[dict]:
    return [json.loads(line) for line in (SQUAD / "questions_all.jsonl").open(encoding="utf-8")]


def squad(split: str) -> Iterator[Example]:
    splits = squad_documents()
    for row in squad_rows():
        if splits[row["doc"]] != split:
            continue
        context = row["doc"].removesuffix(".md").replace("_", " ") + "\n"
        passage = squad_paragraphs(row["doc"])[row["paragraph"]].strip()
        if row["answerable"]:
            answer = min(row["answers"], key=len)
            place = passage.find(answer)
            if place < 0:
                continue
            span = ((len(context) + place, len(context) + place + len(answer)),)
        yield Example(
            "squad2",
            row["doc"],
            row["question"],
            context + passage,
            row["answerable"],
            span if row["answerable"] else (),
        )


# --- the sets of ../shared/data/train -------------------------------------------------------------


def records(name: str) -> Iterator[dict]:
    with gzip.open(SHARED / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def spans_set(
    name: str, share: float, rng: random.Random, kinds: Sequence[bool]
) -> Iterator[Example]:
    """A set that says where the answer is; `kinds`: which of answerable and not to take."""
    for row in records(name):
        if row["answerable"] not in kinds or rng.random() > share:
            continue
        if row["answerable"] and row["answer_start"] is None:
            continue
        yield Example(
            name,
            f"{name}:{row['split_group']}",
            row["question"],
            row["passage"],
            row["answerable"],
            ((row["answer_start"], row["answer_start"] + len(row["answer"])),)
            if row["answerable"]
            else (),
        )


def sentence_set(name: str, share: float, rng: random.Random) -> Iterator[Example]:
    """Sentences of one question put together, in which one or none answers."""
    by_question: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for row in records(name):
        by_question[row["split_group"], row["question"]].append(row)
    for (group, question), rows in by_question.items():
        if rng.random() > share:
            continue
        rng.shuffle(rows)
        yes = [r["passage"] for r in rows if r["answerable"]]
        no = [r["passage"] for r in rows if not r["answerable"]][:4]
        answers = bool(yes) and (not no or rng.random() < 0.6)
        if not answers and not no:
            continue
        chosen = [*no, yes[0]] if answers else no
        rng.shuffle(chosen)
        passage = " ".join(chosen)
        spans = ()
        if answers:
            start = passage.find(yes[0])
            spans = ((start, start + len(yes[0])),)
        yield Example(name, f"{name}:{group}", question, passage, answers, spans, exact=False)


def claims(name: str, share: float, rng: random.Random) -> Iterator[Example]:
    for row in records(name):
        keep = share * (0.3 if row["label"] == "neutral" else 1.0)
        if rng.random() < keep:
            yield Example(
                name,
                f"{name}:{row['split_group']}",
                row["question"],
                row["passage"],
                label=LABELS.index(row["label"]),
            )


# --- made from the others -------------------------------------------------------------------------

_YEAR = re.compile(r"\b(1[0-9]{3}|20[0-2][0-9])\b")
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_NAME = re.compile(r"\b[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*\b")


def renamed(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """The text changed so that it speaks of something else: the same question, no answer now.

    A name or number that question and text share is replaced, in the text, by another of its kind.
    """
    names = sorted({m for e in examples for m in _NAME.findall(e.passage[30:])})
    for example in examples:
        if not example.answers or not example.exact:
            continue
        start, end = example.spans[0]
        shared = [
            m
            for m in dict.fromkeys(
                _NAME.findall(example.question[1:]) + _NUMBER.findall(example.question)
            )
            if m in example.passage and m not in example.passage[start:end]
        ]
        if not shared:
            continue
        old = rng.choice(shared)
        if _YEAR.fullmatch(old):
            new = str(int(old) + rng.choice([-40, -9, -3, -1, 1, 2, 7, 30]))
        elif old[0].isdigit():
            new = str(rng.randint(2, 99))
        else:
            new = rng.choice(names)
        if new == old or new in example.passage:
            continue
        changed = re.sub(rf"\b{re.escape(old)}\b", new, example.passage)
        yield replace(
            example, source="renamed", passage=changed, answers=False, spans=(), weight=0.7
        )


def without_answer(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """The sentence with the answer taken out, where enough is left."""
    for example in examples:
        if not example.answers or not example.exact:
            continue
        start, end = example.spans[0]
        answer = example.passage[start:end]
        head, _, _ = example.passage.partition("\n")
        kept = [
            example.passage[a:b]
            for a, b in text.sentences(example.passage)
            if answer.lower() not in example.passage[a:b].lower()
        ]
        passage = " ".join(kept)
        if len(passage) > max(150, len(head) + 80):
            yield replace(
                example, source="removed", passage=passage, answers=False, spans=(), weight=0.7
            )


def others(
    examples: Sequence[Example], passages: Sequence[str], rng: random.Random
) -> Iterator[Example]:
    """The question with a passage that shares its words and does not hold the answer.

    Chosen by how many of the question's rare words it has, as a search would.
    """
    index: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        for term in set(text.terms(passage)):
            index[term].append(number)
    lowered = [plain(p) for p in passages]
    for example in examples:
        if not example.answers or not example.exact:
            continue
        start, end = example.spans[0]
        answer = plain(example.passage[start:end])
        own_text = plain(example.passage)
        scores: dict[int, float] = defaultdict(float)
        for term in set(text.terms(example.question)):
            for number in index.get(term, ()):
                scores[number] += 1 / (5 + len(index[term]))
        best = sorted(scores, key=lambda n: -scores[n])[:8]
        usable = [
            n for n in best if answer not in lowered[n] and lowered[n][60:200] not in own_text
        ]
        if usable:
            passage = passages[rng.choice(usable[:3])]
            yield replace(
                example, source="others", passage=passage, answers=False, spans=(), weight=0.7
            )


# --- all together ---------------------------------------------------------------------------------


def build(count: chunk.Count, seed: int = 0) -> dict[str, list[Example]]:
    """train and dev, in random order."""
    rng = random.Random(seed)
    mine = list(own(rng, count))
    squad_train = list(squad("train"))
    found = [*mine, *squad_train]
    found += spans_set("unansq_squad2train", 1.0, rng, (True, False))
    found += spans_set("qed_nq", 1.0, rng, (True, False))
    found += spans_set("qamr", 0.4, rng, (True, False))
    found += spans_set("medquad", 0.4, rng, (False,))
    found += spans_set("selqa_passage", 0.25, rng, (False,))
    found += sentence_set("selqa_sentence", 1.0, rng)
    found += sentence_set("squad_train_sentences", 0.5, rng)
    exact = [e for e in found if e.answers and e.exact]
    found += rng.sample(list(renamed(exact, rng)), k=2500)
    found += rng.sample(list(without_answer([*mine, *squad_train], rng)), k=1500)
    passages = [c + t for d in sorted({e.group for e in mine}) for c, t in chunks(d, count)]
    found += rng.sample(list(others([e for e in mine if e.answers], passages, rng)), k=2500)
    documents = [d for d, split in squad_documents().items() if split == "train"]
    paragraphs = [
        f"{d.removesuffix('.md').replace('_', ' ')}\n{p}"
        for d in documents
        for p in squad_paragraphs(d)
    ]
    found += rng.sample(list(others(squad_train, paragraphs, rng)), k=800)
    found += claims("fool_me_twice", 1.0, rng)
    found += claims("fever_symmetric", 1.0, rng)
    found += claims("synth_swap_nli", 0.4, rng)
    rng.shuffle(found)
    train = [e for e in found if split_of(e.group) == "train" or e.source == "squad2"]
    dev = [e for e in found if split_of(e.group) == "dev" and e.source != "squad2"]
    return {"train": train, "dev": [*dev, *squad("dev")]}


def main() -> None:
    from collections import Counter

    for split, examples in build(chunk.estimate).items():
        print(split, len(examples))
        for (source, answers), number in sorted(
            Counter((e.source, str(e.answers)) for e in examples).items()
        ):
            words = sum(len(e.passage.split()) for e in examples if e.source == source)
            print(f"  {source} {answers}: {number}, {words} words in all of the set")


if __name__ == "__main__":
    main()
