"""The bundled library keeps its promises, and so do the questions over it."""

from __future__ import annotations

import collections
import datetime
import hashlib
import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from assistant.text import fold, one_line, terms, words
from tests.corpus_table import CORPUS, CorpusDocument, documents, table

QUESTIONS = Path(__file__).parent / "eval" / "questions.jsonl"
TOPICS = {
    "community-energy", "community-media", "community-networks", "data-and-ai",
    "digital-inclusion", "funding-and-measurement", "help", "making-and-growing", "organising",
    "repair-and-reuse", "thinking-party",
}  # fmt: skip
KEYS = ["title", "topic", "summary", "licence", "sources", "reviewed", "jurisdiction", "keywords"]
LEAST = {
    "single": 200, "two": 40, "near-miss": 80, "far-off": 20, "library": 20, "follow-up": 20,
    "misspelt": 20,
}  # fmt: skip
README = "README.md"


@cache
def questions() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines())


def plain(text: str) -> str:
    """For comparing: one kind of quote and dash, one space, small letters."""
    text = text.translate(str.maketrans("“”‘’–—", "\"\"''--"))
    return one_line(text).casefold()


@cache
def bodies() -> dict[str, str]:
    return {d.path: plain(d.body) for d in documents()}


each_document = pytest.mark.parametrize("document", documents(), ids=lambda d: d.path)
each_question = pytest.mark.parametrize("row", questions(), ids=lambda r: r["id"])


def test_there_are_documents_on_every_topic() -> None:
    found = collections.Counter(str(d.front["topic"]) for d in documents())
    assert set(found) == TOPICS
    assert sum(found.values()) >= 60


@each_document
def test_front_matter_is_whole(document: CorpusDocument) -> None:
    front = document.front
    assert list(front) == KEYS
    assert document.path == README or document.path.startswith(f"{front['topic']}/")
    assert front["licence"] == "CC BY 4.0"
    assert isinstance(front["reviewed"], datetime.date)
    assert front["reviewed"] <= datetime.date(2100, 1, 1)
    for key in ("sources", "keywords"):
        assert isinstance(front[key], list)
        assert front[key]
        assert all(isinstance(value, str) and value.strip() for value in front[key])
    assert all(str(front[key]).strip() for key in ("title", "summary", "jurisdiction"))


@each_document
def test_length_and_reading_age(document: CorpusDocument) -> None:
    if document.path != README:
        assert 600 <= document.words <= 1500
    # a glossary of terms, and this README with its table, read harder than they are
    assert 8 <= document.reading_age <= 13.5 or document.path in (
        README,
        "thinking-party/glossary.md",
    )


@each_document
def test_links_are_well_formed(document: CorpusDocument) -> None:
    source = (CORPUS / document.path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]*)\)", source):
        if not re.fullmatch(r"https?://[\w.-]+(?:/\S*)?", target):
            assert (CORPUS / document.path).parent.joinpath(target).exists(), target
    assert source.count("```") % 2 == 0
    assert source.split("\n---\n", 1)[1].lstrip().startswith(f"# {document.front['title']}")


def test_no_two_documents_are_nearly_the_same() -> None:
    runs = {}
    for document in documents():
        found = words(document.body)
        runs[document.path] = {tuple(found[i : i + 8]) for i in range(len(found) - 7)}
    for (one, a), (other, b) in combinations(runs.items(), 2):
        assert len(a & b) <= 0.05 * min(len(a), len(b)), f"{one} and {other} repeat each other"


def test_the_table_in_the_readme_is_that_of_the_corpus() -> None:
    assert table() in (CORPUS / README).read_text(encoding="utf-8")


def test_there_are_enough_questions_of_each_kind() -> None:
    found = collections.Counter(r["kind"] for r in questions())
    assert {kind: found[kind] for kind in LEAST if found[kind] < LEAST[kind]} == {}
    assert set(found) == set(LEAST)
    assert len(questions()) >= 400
    assert len({r["id"] for r in questions()}) == len(questions())
    assert len({fold(r["question"]) for r in questions()}) == len(questions())


@each_question
def test_the_split_follows_the_id(row: dict[str, Any]) -> None:
    test = hashlib.sha256(row["id"].encode()).digest()[0] % 4 == 0
    assert row["split"] == ("test" if test else "dev")


@each_question
def test_answers_and_quotes_stand_in_the_documents(row: dict[str, Any]) -> None:
    for evidence in row["evidence"]:
        assert plain(evidence["quote"]) in bodies()[evidence["document"]], evidence["quote"]
    kind = row["kind"]
    if kind in ("near-miss", "far-off"):
        assert not row["answerable"]
        assert row["answers"] == row["evidence"] == []
        return
    assert row["answerable"]
    assert row["answers"]
    if kind != "library":
        quotes = plain(" ".join(e["quote"] for e in row["evidence"]))
        assert any(plain(answer) in quotes for answer in row["answers"])
    if kind == "two":
        assert len({e["document"] for e in row["evidence"]}) == 2
    if kind == "follow-up":
        assert row["history"][0]["question"].strip()


@each_question
def test_near_misses_are_near_and_their_wrong_answers_are_absent(row: dict[str, Any]) -> None:
    if row["kind"] != "near-miss":
        return
    vocabulary = _vocabulary()
    asked = set(terms(row["question"]))
    assert len(asked & vocabulary) >= 0.5 * len(asked)
    assert row["wrong_answers"]
    for wrong in row["wrong_answers"]:
        assert not any(plain(wrong) in body for body in bodies().values()), wrong


@cache
def _vocabulary() -> set[str]:
    return {term for d in documents() for term in terms(d.body)}


def test_library_questions_have_the_answers_that_the_front_matter_gives() -> None:
    """Counts by topic, worked out anew: a new document must not leave an old answer behind."""
    counts = collections.Counter(str(d.front["topic"]) for d in documents())
    for row in questions():
        named = [t for t in TOPICS if t.replace("-", " ") in row["question"].casefold()]
        if row["kind"] == "library" and row["question"].startswith("How many documents") and named:
            assert str(counts[named[0]]) in row["answers"], row["question"]
