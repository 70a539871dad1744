"""A question file: JSON lines, each a question with what is known of its answer.

| field | meaning |
|---|---|
| question | the words; the only field that must be there |
| answerable | whether the documents answer it; true unless it says false |
| answers | accepted short answers; any of them will do |
| documents | names of the documents that hold the answer |
| evidence | the same with the words: document, quote, and a gain where some are worth more |
| match | "all" when every answer is needed, "any" when one will do |
| kind | figures are given by kind; for "two", every answer is needed, one from each document |
| history | the questions before a follow-up, first one first: [{"question": "..."}] |
| id, split | a name for the question, and for the part of the file that it belongs to |

Other fields are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from assistant.service import LONGEST_QUESTION
from assistant.text import clean

_HINT = "docs/quality.md lists the fields."


@dataclass(frozen=True, slots=True)
class Gold:
    """A document that holds the answer, the words there if they are known, and its worth."""

    document: str
    quote: str = ""
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is known of its answer. `line`: where it stands in its file."""

    line: int
    question: str
    kind: str
    answerable: bool = True
    answers: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    needs_all: bool = False
    history: tuple[str, ...] = ()
    id: str = ""
    split: str = ""

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What makes it the same question in another run."""
        return self.id, self.question, self.history

    @property
    def gains(self) -> dict[str, float]:
        """The documents that hold the answer, with their worth."""
        best: dict[str, float] = {}
        for gold in self.gold:
            best[gold.document] = max(gold.gain, best.get(gold.document, 0.0))
        return best


def load(path: Path, split: str = "", limit: int | None = None) -> list[Case]:
    """The questions of a file, or the first `limit` of those of one split.

    Raises:
        UsageError: it cannot be read, a line is wrong, or nothing is left to ask.
    """
    cases = list(_cases(path))
    chosen = [case for case in cases if not split or case.split == split]
    if not cases:
        raise UsageError(f"There is no question in {path}.", _HINT)
    if not chosen:
        names = ", ".join(sorted({case.split for case in cases if case.split})) or "none"
        raise UsageError(f'No question in {path} is of the split "{split}".', f"There is: {names}.")
    return chosen[:limit]


def _cases(path: Path) -> Iterator[Case]:
    """Every line is looked at, so that a slip shows at once and not an hour later."""
    seen: dict[object, int] = {}
    for number, line in _lines(path):
        try:
            case = _case(number, _row(line))
            same = case.id or case.key
            if same in seen:
                raise ValueError(
                    f"it is the same question, or has the same id, as line {seen[same]}"
                )
        except ValueError as error:
            raise UsageError(f"Line {number} of {path}: {error}.", _HINT) from None
        seen[same] = number
        yield case


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        words = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"The questions in {path} cannot be read: {error.strerror or error}.",
            "Check the spelling.",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not a text in UTF-8.", "Save it as UTF-8.") from error
    # not splitlines: JSON may hold line separators of other kinds inside a string
    for number, line in enumerate(words.split("\n"), start=1):
        if line.strip():
            yield number, line


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise ValueError('it is no JSON object like {"question": "..."}')
    return row


def _case(number: int, row: Mapping[str, Any]) -> Case:
    kind = _text(row, "kind")
    case = Case(
        number,
        _question(row, "question"),
        kind or ("answerable" if row.get("answerable", True) else "unanswerable"),
        _flag(row, "answerable"),
        _texts(row, "answers"),
        (*map(_gold, _objects(row, "evidence")), *map(Gold, _texts(row, "documents"))),
        _needs_all(row, kind),
        tuple(_question(earlier, "question in history") for earlier in _objects(row, "history")),
        _text(row, "id"),
        _text(row, "split"),
    )
    if not case.answerable and (case.answers or case.gold):
        raise ValueError("it says that there is no answer, and gives one")
    return case


def _question(row: Mapping[str, Any], name: str) -> str:
    words = row.get("question")
    if not isinstance(words, str) or not clean(words).strip():
        raise ValueError(f"the {name} is missing or empty")
    if len(words) > LONGEST_QUESTION:
        raise ValueError(f"the {name} has more than {LONGEST_QUESTION:,} characters")
    return words


def _gold(row: Mapping[str, Any]) -> Gold:
    document, gain = _text(row, "document"), row.get("gain", 1)
    if not document:
        raise ValueError("a piece of evidence names no document")
    if isinstance(gain, bool) or not isinstance(gain, (int, float)) or not 0 < gain < 1e6:
        raise ValueError('"gain" must be a number above 0')
    return Gold(document, _text(row, "quote"), float(gain))


def _needs_all(row: Mapping[str, Any], kind: str) -> bool:
    match = row.get("match", "all" if kind == "two" else "any")
    if match not in ("all", "any"):
        raise ValueError('"match" must be "all" or "any"')
    return bool(match == "all")


def _flag(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name, True)
    if not isinstance(value, bool):
        raise ValueError(f'"{name}" must be true or false')
    return value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f'"{name}" must be a text')
    return value


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise ValueError(f'"{name}" must be a list of texts, none empty')
    return tuple(values)


def _objects(row: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
        raise ValueError(f'"{name}" must be a list of objects')
    return values
