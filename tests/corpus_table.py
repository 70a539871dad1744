"""The table of the bundled library: python -m tests.corpus_table [--write]

Prints documents, words and median reading age by topic; --write puts it into corpus/README.md.
Also what tests/test_corpus.py needs to read the corpus.
"""

from __future__ import annotations

import re
import statistics
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import textstat
import yaml

from assistant.parse.file import File
from assistant.parse.reading import read

CORPUS = Path(__file__).parents[1] / "corpus"
_BEGIN, _END = "<!-- table begins -->", "<!-- table ends -->"


@dataclass(frozen=True)
class CorpusDocument:
    path: str
    front: dict[str, object]
    body: str
    """The words as a reader of the assistant sees them: sections joined by blank lines."""

    @property
    def words(self) -> int:
        return len(self.body.split())

    @property
    def reading_age(self) -> float:
        """Automated Readability Index (Senter and Smith 1967), a school grade, plus five years.

        It counts letters, not syllables, so it needs no pronouncing dictionary. Headings and
        list marks are left out; a list item or table row counts as a sentence.
        """
        lines = [re.sub(r"^\s*(?:-|\d+\.)\s+", "", line) for line in self.body.splitlines()]
        ended = [line if line[-1:] in ".!?:" else f"{line}." for line in lines if line.strip()]
        return textstat.automated_readability_index("\n".join(ended)) + 5


@cache
def documents() -> tuple[CorpusDocument, ...]:
    found = []
    for path in sorted(CORPUS.rglob("*.md")):
        _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
        reading = read(File(path.name, path.read_bytes()))
        body = "\n\n".join(section.text for section in reading.sections)
        name = path.relative_to(CORPUS).as_posix()
        found.append(CorpusDocument(name, yaml.safe_load(front), body))
    return tuple(found)


def table() -> str:
    rows = ["| topic | documents | words | median reading age |", "|---|---|---|---|"]
    # this README is about the corpus, and its table would count itself
    chosen = [d for d in documents() if d.path != "README.md"]
    for topic in sorted({str(d.front["topic"]) for d in chosen}):
        rows.append(_row(topic, [d for d in chosen if d.front["topic"] == topic]))
    rows.append(_row("all", chosen))
    return "\n".join(rows)


def _row(name: str, chosen: list[CorpusDocument]) -> str:
    age = statistics.median(d.reading_age for d in chosen)
    return f"| {name} | {len(chosen)} | {sum(d.words for d in chosen):,} | {age:.1f} |"


def main() -> None:
    print(table())
    if "--write" in sys.argv:
        readme = CORPUS / "README.md"
        before, rest = readme.read_text(encoding="utf-8").split(_BEGIN)
        after = rest.split(_END)[1]
        readme.write_text(f"{before}{_BEGIN}\n{table()}\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
