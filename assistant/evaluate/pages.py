"""Runs and comparisons as Markdown, for a terminal, a file or a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assistant.evaluate import Result, Run
from assistant.evaluate.figures import AUROC, Difference, Figure
from assistant.evaluate.judge import Outcome
from assistant.evaluate.saved import Comparison
from assistant.text import clean, shorten

WIDTH = 120  # characters of a question or a quotation in a table
_NOT_WRONG = (Outcome.RIGHT, Outcome.ANSWERED)
_MEANT = re.compile(r"[\\|<`*_\[\]]")


def page(run: Run, comparison: Comparison | None = None, most: int | None = None) -> str:
    """All of a run: what it was, the figures, and the questions that went wrong.

    Args:
        most: how many of those; None for all, and all the other questions too.
    """
    parts = [_about(run)]
    if run.is_partial:
        parts.append(f"**Partial: stopped after {len(run.results):,} of {run.total:,} questions.**")
    parts.append(figures_table(run.figures()))
    if comparison is not None:
        parts.append(compared(comparison, run))
    wrong = [r for r in run.results if r.outcome not in _NOT_WRONG]
    if wrong:
        parts.append(f"## What went wrong ({len(wrong):,} of {len(run.results):,})")
        parts.append(_questions(wrong[:most]))
    if most is not None and len(wrong) > most:
        parts.append("There are more. To see every question: --report FILE.md, or --json")
    if most is None and len(wrong) < len(run.results):
        parts.append("## The other questions")
        parts.append(_questions([r for r in run.results if r.outcome in _NOT_WRONG]))
    return "\n\n".join(parts) + "\n"


def figures_table(groups: Mapping[str, Mapping[str, Figure]]) -> str:
    """One line for each figure of each kind."""
    rows = [
        (
            kind,
            name,
            shown(name, f.value),
            f"{shown(name, f.low)} to {shown(name, f.high)}",
            f.count,
        )
        for kind, found in groups.items()
        for name, f in found.items()
    ]
    return _table(("kind", "figure", "value", "95 % interval", "questions"), rows)


def compared(comparison: Comparison, now: Run) -> str:
    """Before and now side by side, and which questions changed."""
    before = comparison.before
    parts = [
        f"## Compared with the run of {before.about.get('date', 'an unknown date')}",
        f"{comparison.questions:,} questions are in both runs, "
        f"{comparison.alone_before:,} only in the one before, {comparison.alone_now:,} only in "
        "this one; those are left out here.",
    ]
    if before.is_partial:
        parts.append("The run before was stopped early.")
    if other := _different(before, now):
        parts.append(_table(("", "before", "now"), other))
    parts.append(
        _table(
            ("figure", "before", "now", "difference", "95 % interval", "questions"),
            [_compared(name, figure) for name, figure in comparison.figures.items()],
        )
    )
    changed = [(r.id, r.kind, r.question, b.outcome, r.outcome) for b, r in comparison.changed]
    if changed:
        parts.append(f"### Questions that changed ({len(changed):,})")
        parts.append(_table(("id", "kind", "question", "before", "now"), changed))
    return "\n\n".join(parts)


def shown(name: str, value: float, sign: str = "") -> str:
    """A share as a percentage; what is no share of questions as a number from 0 to 1.

    >>> shown("recall@10", 0.8412), shown("nDCG@10", 0.8412)
    ('84.1 %', '0.841')
    """
    if name == AUROC or name.startswith("nDCG"):
        return f"{value:{sign}.3f}"
    return f"{100 * value:{sign}.1f} %"


def _compared(name: str, figure: Difference) -> Sequence[object]:
    low, high = shown(name, figure.low, "+"), shown(name, figure.high, "+")
    return (
        name,
        shown(name, figure.before),
        shown(name, figure.now),
        shown(name, figure.now - figure.before, "+"),
        f"{low} to {high}",
        figure.count,
    )


def _different(before: Run, now: Run) -> list[Sequence[object]]:
    """What else differs between the runs, beside the date."""
    names = [name for name in {**before.about, **now.about} if name != "date"]
    told = [(n, str(before.about.get(n, "")), str(now.about.get(n, ""))) for n in names]
    return [(name, one, other) for name, one, other in told if one != other]


def _about(run: Run) -> str:
    facts = (f"- {name}: {_cell(str(value))}" for name, value in run.about.items())
    return "\n".join(["# How well the library answers", "", *facts])


def _questions(results: Iterable[Result]) -> str:
    head = ("id", "kind", "question", "outcome", "shown", "expected", "found")
    return _table(head, (_question(result) for result in results))


def _question(result: Result) -> Sequence[object]:
    return (
        result.id,
        result.kind,
        " / ".join((*result.history, result.question)),
        result.outcome,
        " / ".join(result.shown),
        " / ".join(result.answers) or ", ".join(result.documents),
        ", ".join(result.found[:3]),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(_cell(str(value)) for value in row)} |"


def _cell(words: str) -> str:
    """Documents are strangers: nothing in them may become a link, a picture or a tag here."""
    return _MEANT.sub(r"\\\g<0>", shorten(clean(words), WIDTH))
