"""A run as JSON, read back, and set beside another run over the same questions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from assistant.evaluate import Result, Run, figures
from assistant.evaluate.judge import Outcome
from assistant.evaluate.questions import Case


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the questions that both have.

    `changed`: pairs (before, now) whose outcome is another one. `alone_before`, `alone_now`: how
    many questions only one run has.
    """

    before: Run
    figures: Mapping[str, figures.Difference]
    changed: Sequence[tuple[Result, Result]]
    questions: int
    alone_before: int
    alone_now: int


def compare(before: Run, now: Run) -> Comparison:
    """Over the questions of both, in the order of `now`."""
    old = {result.key: result for result in before.results}
    pairs = [(old[result.key], result) for result in now.results if result.key in old]
    return Comparison(
        before,
        figures.differences([one.row for one, _ in pairs], [other.row for _, other in pairs]),
        [(one, other) for one, other in pairs if one.outcome is not other.outcome],
        len(pairs),
        len(before.results) - len(pairs),
        len(now.results) - len(pairs),
    )


def as_json(run: Run, comparison: Comparison | None = None) -> dict[str, Any]:
    """What `load` reads, with the figures for programs that only want these."""
    data = {
        "about": dict(run.about),
        "partial": run.is_partial,
        "total": run.total,
        "figures": {
            kind: {name: dataclasses.asdict(figure) for name, figure in found.items()}
            for kind, found in run.figures().items()
        },
        "questions": [dataclasses.asdict(result) for result in run.results],
    }
    if comparison is not None:
        data["comparison"] = {
            "before": dict(comparison.before.about),
            "questions": comparison.questions,
            "alone_before": comparison.alone_before,
            "alone_now": comparison.alone_now,
            "figures": {n: dataclasses.asdict(d) for n, d in comparison.figures.items()},
            "changed": [
                {"id": now.id, "question": now.question, "before": one.outcome, "now": now.outcome}
                for one, now in comparison.changed
            ],
        }
    return data


def load(path: Path, cases: Sequence[Case]) -> Run:
    """A run that was printed as JSON, to compare with one over `cases`.

    Raises:
        UsageError: the file cannot be read, is something else, or has none of these questions.
    """
    run = _read(path)
    if not {case.key for case in cases} & {result.key for result in run.results}:
        raise UsageError(
            f"The run in {path} has none of these questions.",
            "Compare runs over the same question file.",
        )
    return run


def _read(path: Path) -> Run:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        results = [_result(row) for row in data["questions"]]
        if len({tuple(result.values) for result in results}) > 1:
            raise ValueError("every question has the same measures")
        return Run({str(k): str(v) for k, v in data["about"].items()}, int(data["total"]), results)
    except OSError as error:
        raise UsageError(
            f"The run in {path} cannot be read: {error.strerror or error}.", "Check the spelling."
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} does not hold a whole run.",
            "Save one first: assistant eval QUESTIONS.jsonl --json > run.json",
        ) from error


def _result(row: Mapping[str, Any]) -> Result:
    """Of what is needed to compare; the rest is for people.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is something else.
    """
    support = row["support"]
    return Result(
        str(row["id"]),
        str(row["question"]),
        tuple(map(str, row["history"])),
        str(row["kind"]),
        bool(row["answerable"]),
        Outcome(row["outcome"]),
        str(row["decision"]),
        None if support is None else float(support),
        {str(name): None if v is None else float(v) for name, v in row["values"].items()},
    )
