"""833 awkward files: what became of each, whether that is right, whether the words are all there.

    python benchmarks/documents.py                  the table by format
    python benchmarks/documents.py --format docx    one format, with each file below the mark

Words are compared as bags (multisets) of lower-case words. A table row repeats its column
headings in our text, on purpose, and does so once in the expected text; so the headings of a
table are counted once on our side too.
"""

from __future__ import annotations

import argparse
import csv
import re
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import Reading, Status
from assistant.parse import Parser

DOCUMENTS = Path(__file__).parents[2] / "shared" / "data" / "documents"
_WORD = re.compile(r"\w+")
# labels that we make, and that no document holds
_MADE = re.compile(
    r"(?:p\.|slide|part|message|cell|rows?|lines?|\(part) [\d,]+(?: to [\d,]+)?\)?"
    r"|\d+:\d\d(?::\d\d)?"
)
_MARKUP = re.compile(r"<!--.*?-->|(?<=\])\([^()\s]*\)|^\|[\s|:-]+\|$|&\w+;", re.M)


@dataclass(frozen=True)
class Outcome:
    file: str
    reading: Reading
    seconds: float
    f1: float | None


def words_of(reading: Reading, stem: str) -> Counter[str]:
    """The words of a reading, its headings included, each heading of a table row once."""
    lines: list[str] = [] if reading.title == stem else [reading.title]
    before: list[str] = []
    cells: set[str] = set()
    for section in reading.sections:
        parts = [_MADE.sub("", part) for part in section.label.split(" > ")]
        lines += [part for n, part in enumerate(parts) if before[n : n + 1] != [part]]
        before = parts
        lines.append(_row_headings_once(section.text, cells))
    return Counter(_WORD.findall("\n".join(lines).lower()))


def _row_headings_once(text: str, seen: set[str]) -> str:
    """`text` without the headings ("Price: ") that a row repeats from the row before."""

    def once(match: re.Match[str]) -> str:
        if match[0] in seen:
            return " "
        seen.add(match[0])
        return match[0]

    rows = []
    for block in text.split("\n\n"):
        is_row = re.match(r"[^\n:;]{1,60}: [^\n]*", block) and (";" in block or len(block) < 200)
        if not is_row:
            seen.clear()  # the table has ended
        rows.append(re.sub(r"(?:^|(?<=; ))[^\n:;]{1,60}: ", once, block) if is_row else block)
    return "\n\n".join(rows)


def expected_words(markdown: str) -> Counter[str]:
    return Counter(_WORD.findall(_MARKUP.sub(" ", markdown).replace("\\_", "_").lower()))


def f1(found: Counter[str], expected: Counter[str]) -> float:
    common = sum((found & expected).values())
    if not common:
        return float(not found and not expected)
    precision, recall = common / sum(found.values()), common / sum(expected.values())
    return 2 * precision * recall / (precision + recall)


# --- hazards: what each reason of HAZARDS.tsv allows -------------------------------------------

_REFUSED = {Status.UNSUPPORTED, Status.LOCKED, Status.DAMAGED, Status.NO_TEXT}
_READ = {Status.READY, Status.PARTLY}
_ALLOWED: tuple[tuple[str, set[Status]], ...] = (
    ("ENCRYPTED_needs_password", {Status.LOCKED}),
    ("OK+enc", {*_READ, Status.NO_TEXT, Status.LOCKED}),
    ("password/encrypted/protected", {Status.LOCKED, Status.UNSUPPORTED}),
    ("no text layer", {Status.NO_TEXT, Status.PARTLY}),
    ("format most tools do not support", _REFUSED),
    ("damaged", {*_READ, Status.DAMAGED, Status.NO_TEXT}),
    ("recursion/embedding/size", {*_READ, Status.TOO_LARGE, Status.NO_TEXT, Status.DAMAGED}),
    ("active content", {*_READ, Status.NO_TEXT}),
    ("empty", {*_READ, Status.NO_TEXT}),
)
# files whose row says less than their content does: (allowed, what was seen in the file)
_LOOKED_AT: dict[str, tuple[set[Status], str]] = {
    "xlsx/tika__protectedSheets.xlsx": (_READ, "sheets are protected, nothing is encrypted"),
    "pdf/tika__testPopupAnnotation.pdf": (_READ, "it holds a comment"),
    "pdf/tika__testPDFFileEmbInAnnotation_noContents.pdf": (_READ, "a document is attached to it"),
    "other_bin/tika__test.json": (_READ, "JSON is read here"),
    "other_bin/tika__test-with-unpack.json": (_READ, "JSON is read here"),
}


def hazard_is_right(file: str, why: str, reading: Reading) -> bool:
    allowed = _LOOKED_AT.get(file, (None, ""))[0]
    if allowed is None:
        allowed = next(statuses for mark, statuses in _ALLOWED if mark in why)
    explained = reading.status is Status.READY or bool(reading.reason and reading.remedy)
    return reading.status in allowed and explained


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--format", help="only this folder of the collection")
    options.add_argument("--ocr", action="store_true", help="recognise words in pictures")
    options.add_argument("--below", type=float, default=0.9, help="list files with an F1 below it")
    chosen = options.parse_args()
    if not DOCUMENTS.is_dir():
        raise SystemExit(f"{DOCUMENTS} is not here: nothing to measure.")
    gold = {row["input"]: row["gold"] for row in _rows("GOLD_MAP.tsv")}
    hazards = {row["file"]: row["why"] for row in _rows("HAZARDS.tsv")}
    files = sorted(row["file"] for row in _rows("MANIFEST.tsv"))
    outcomes = defaultdict(list)
    parser = Parser()
    for file in files:
        kind = file.split("/")[0]
        # the collection's own expected texts are no input
        if kind == "gold_docling_md" or (chosen.format and kind != chosen.format):
            continue
        outcomes[kind].append(_outcome(parser, file, gold.get(file), chosen.ocr))
    parser.close()
    _print(outcomes, hazards, chosen.below if chosen.format else None)


def _outcome(parser: Parser, file: str, gold: str | None, ocr: bool) -> Outcome:
    path = DOCUMENTS / file
    began = time.perf_counter()
    reading, _ = parser.read(path)
    if ocr and reading.scanned:
        reading, _ = parser.recognise(path, reading.scanned)
    seconds = time.perf_counter() - began
    score = None
    if gold:
        expected = expected_words((DOCUMENTS / gold).read_text(encoding="utf-8"))
        score = f1(words_of(reading, path.stem), expected)
    return Outcome(file, reading, seconds, score)


def _rows(name: str) -> list[dict[str, str]]:
    with (DOCUMENTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _print(
    outcomes: dict[str, list[Outcome]], hazards: dict[str, str], below: float | None
) -> None:
    print("| format | files | statuses | hazards right | F1 median | F1 p10 | slowest s |")
    print("|---|---|---|---|---|---|---|")
    everything: list[Outcome] = []
    for kind, results in [*sorted(outcomes.items()), ("all", everything)]:
        if kind != "all":
            everything += results
        statuses = Counter(o.reading.status.value for o in results)
        told = ", ".join(f"{n} {status}" for status, n in statuses.most_common())
        risky = [o for o in results if o.file in hazards]
        right = [o for o in risky if hazard_is_right(o.file, hazards[o.file], o.reading)]
        scores = sorted(o.f1 for o in results if o.f1 is not None)
        median = f"{statistics.median(scores):.3f}" if scores else ""
        p10 = f"{scores[int(len(scores) * 0.1)]:.3f}" if scores else ""
        slowest = max(o.seconds for o in results)
        print(
            f"| {kind} | {len(results)} | {told} | {len(right)} of {len(risky)} | {median} | {p10}"
            f" | {slowest:.1f} |"
        )
    for o in everything:
        if o.file in hazards and not hazard_is_right(o.file, hazards[o.file], o.reading):
            print(f"hazard: {o.file} ({hazards[o.file]}): {o.reading.status} {o.reading.reason}")
        if below is not None and o.f1 is not None and o.f1 < below:
            print(f"F1 {o.f1:.3f}: {o.file} ({o.reading.status} {o.reading.reason})")


if __name__ == "__main__":
    main()
