"""How good the answers are, over three open sets: the figures of docs/quality.md.

    python benchmarks/quality.py [--set bundled] [--set squad] [--set cranfield]
        [--split dev|test] [--limit N] [--cache FOLDER] [--write]

| set | questions | what is measured |
|---|---|---|
| bundled | tests/eval/questions.jsonl over the bundled documents | as `assistant eval` |
| squad | SQuAD 2.0, 16 documents indexed together, near misses among the questions | as above |
| cranfield | 225 by the people who did the research | nDCG@10 of the search and of its two halves |

`squad` asks only about documents that no model of ours has learned from: the one for looking at
(dev), or the four that are held back (test); models/reader/data.py says which. `cranfield` has no
such parts. Nobody tunes to `--split test`. No model writes: the quoted sentences are judged.

`--cache` keeps the libraries, so that the next run need not index them again; what was asked of
the library in FOLDER/squad stands in FOLDER/squad.jsonl, so that single answers can be looked at:
`assistant --home FOLDER/squad eval FOLDER/squad.jsonl --split dev --report report.md`.
`--limit` takes that many questions at random, the same each time. `--write` puts the tables into
docs/quality.md.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import shlex
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import retrieval

from assistant import __version__, config, evaluate
from assistant.cli.evaluation import asking
from assistant.cli.indexing import progress
from assistant.domain import Progress, Question
from assistant.evaluate import figures, pages, questions
from assistant.retrieve import search
from assistant.service import NO_MODEL, Assistant

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "quality.md"
DEPTH = 10
SEED = 7


@dataclass(frozen=True)
class Options:
    split: str
    limit: int | None
    home: Path


@dataclass(frozen=True)
class Table:
    """The figures of one set. `place`: what its place in docs/quality.md is called."""

    place: str
    about: str
    markdown: str


def bundled(options: Options) -> Table:
    return answers("bundled", None, ROOT / "tests" / "eval" / "questions.jsonl", options)


def squad(options: Options) -> Table:
    sys.path.append(str(ROOT / "models" / "reader"))
    from data import SQUAD, squad_documents, squad_rows

    splits = squad_documents()
    file = options.home / "squad.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for row in squad_rows():
            if splits[row["doc"]] != "train":
                lines.write(json.dumps(squad_question(row, splits[row["doc"]])) + "\n")
    return answers("squad", SQUAD / "docs", file, options)


def squad_question(row: dict, split: str) -> dict:
    """As `assistant eval` reads it."""
    return {
        "id": row["id"],
        "question": row["question"],
        "kind": "answerable" if row["answerable"] else "near miss",
        "answerable": row["answerable"],
        "answers": row["answers"],
        "documents": [row["doc"]] if row["answerable"] else [],
        "split": split,
    }


def answers(name: str, folder: Path | None, file: Path, options: Options) -> Table:
    """What `assistant eval` measures over a library of its own. `folder`: None for the bundled."""
    settings = replace(config.load(options.home / name, {}), model=NO_MODEL)
    with closing(Assistant(settings)) as assistant:
        source = assistant.source_for(folder) if folder else assistant.add_bundled()
        with progress() as show:
            for event in assistant.sync((source,)):
                if isinstance(event, Progress):
                    show(event)
        cases = sample(questions.load(file, options.split), options.limit)
        shelf = evaluate.shelf(assistant, cases)
        facts = evaluate.about(assistant, file, options.split, cases, DEPTH)
        rows = []
        with asking(len(cases)) as tell:
            for result in evaluate.run(assistant, cases, shelf, DEPTH):
                rows.append(result.row)
                tell(len(rows), result.question)
    about = (
        f"{len(cases):,} questions over {facts['documents']:,} documents in "
        f"{facts['passages']:,} passages; search model {facts['search model']}, no writing model."
    )
    if "follow-ups" in facts:
        about += f" Follow-ups are {facts['follow-ups']}."
    return Table(f"{name} {options.split}", about, pages.figures_table(figures.by_kind(rows)))


def cranfield(options: Options) -> Table:
    builder = retrieval.Builder(options.home)
    library = retrieval.cranfield_set(builder)
    builder.embedder.close()
    asked = list(zip(library.questions, library.vectors, strict=True))
    rows = []
    for (text, judge), vector in sample(asked, options.limit):
        near = [chunk for chunk, _ in library.index.search(vector, retrieval.FOUND)]
        by_meaning = library.store.passages(near)
        found = {
            "words and meaning": passages(library, text, vector),
            "words alone": passages(library, text, None),
            "meaning alone": [by_meaning[chunk] for chunk in near],
        }
        values = {f"nDCG@10, {way}": judge(best)[0] for way, best in found.items()}
        rows.append(figures.Row("", True, values))
    library.store.close()
    about = f"{len(rows):,} questions; search model {builder.embedder.identity}."
    return Table("cranfield", about, pages.figures_table(figures.by_kind(rows)))


def passages(library: retrieval.Library, text: str, vector: object) -> Sequence:
    return search(Question(text), library.store, library.index, vector, retrieval.FOUND)


def sample(rows: Sequence, limit: int | None) -> list:
    if limit is None or limit >= len(rows):
        return list(rows)
    return random.Random(SEED).sample(list(rows), limit)


def place(page: str, table: Table, words: str) -> str:
    """`page` with `words` between the two marks of this table's place."""
    begin, end = f"<!-- {table.place} begins -->", f"<!-- {table.place} ends -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{words}\n\n{end}{rest.split(end)[1]}"


SETS = {"bundled": bundled, "squad": squad, "cranfield": cranfield}


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--set", action="append", choices=SETS, dest="sets")
    arguments.add_argument("--split", choices=["dev", "test"], default="dev")
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--cache", type=Path)
    arguments.add_argument("--write", action="store_true")
    options = arguments.parse_args()
    if options.write and options.limit:
        arguments.error("--write is for whole sets: leave --limit out")
    config.stay_offline()
    sets = options.sets or list(SETS)
    if sets != ["bundled"] and not retrieval.DATA.exists():
        raise SystemExit(f"{retrieval.DATA} is not here; only --set bundled can be measured.")
    with tempfile.TemporaryDirectory() as temporary:
        home = (options.cache or Path(temporary)).resolve()
        home.mkdir(parents=True, exist_ok=True)
        for name in sets:
            table = SETS[name](Options(options.split, options.limit, home))
            words = f"{command(name, options)}\n{table.about}\n\n{table.markdown}"
            print(f"## {table.place}\n\n{words}\n")
            if options.write:
                PAGE.write_text(place(PAGE.read_text("utf-8"), table, words), "utf-8")


def command(name: str, options: argparse.Namespace) -> str:
    """How to get the table again, and when and with which program it was made."""
    parts = ["python", "benchmarks/quality.py", "--set", name]
    parts += [] if name == "cranfield" else ["--split", options.split]
    parts += ["--limit", str(options.limit)] if options.limit else []
    today = datetime.date.today()
    return f"`{shlex.join(parts)}`, {today.day} {today:%B %Y}, version {__version__}."


if __name__ == "__main__":
    main()
