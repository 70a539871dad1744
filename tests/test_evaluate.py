"""Figures against values worked out by hand, the question file, and the whole command."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import config, evaluate
from assistant.domain import Document as LibraryDocument
from assistant.domain import Event, Facts, Question, Status
from assistant.errors import UsageError
from assistant.evaluate import Shelf, figures, pages, questions, saved
from assistant.evaluate.figures import Row
from assistant.evaluate.judge import Outcome, Shown, Text, outcome, values
from assistant.evaluate.questions import Case, Gold
from assistant.service import Assistant
from tests.conftest import Run

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
KEY = {"question": "Where does the spare key hang?", "answers": ["behind the blue door"],
       "documents": ["keys.md"], "id": "key"}  # fmt: skip
ACCOUNTS = {
    "question": "Who keeps the accounts?", "id": "accounts", "kind": "people",
    "evidence": [{"document": "März 2024.txt", "quote": "Amina Okafor keeps the accounts."}],
}  # fmt: skip
FAR = {"question": "What won the 1987 Grand National?", "answerable": False, "kind": "far-off"}


# --- one question -----------------------------------------------------------------------------


def test_recall_counts_right_documents_and_depth() -> None:
    assert figures.recall(["a", "x", "b"], {"a", "b"}, 3) == 1
    assert figures.recall(["a", "x", "b"], {"a", "b"}, 2) == 0.5
    assert figures.recall([], {"a"}, 10) == 0


def test_precision_counts_right_citations() -> None:
    assert figures.precision(["a", "x"], {"a", "b"}) == 0.5
    assert figures.precision(["a"], {"a", "b"}) == 1


def test_ndcg_weighs_gains_by_rank() -> None:
    gains = {"a": 3.0, "b": 1.0}
    best = 3 + 1 / math.log2(3)
    assert figures.ndcg(["a", "b"], gains, 10) == 1
    assert figures.ndcg(["b", "x", "a"], gains, 10) == pytest.approx((1 + 3 / 2) / best)
    assert figures.ndcg(["x", "a"], gains, 1) == 0
    assert figures.ndcg(["b"], gains, 1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It opens at TEN.", "ten"),
        ("the “blue\n door”", '"blue door"'),
        ("open 10–11 o’clock", "10-11 o'clock"),
        ("Take a child to the A&E", "take the child to A&E"),
        ("Vitamin A is fine", "vitamin A"),
        ("costs £5.", "£5"),
        ("März, in NFD: Ma\u0308rz", "märz, in nfd: märz"),
        ("修理カフェは十時に開きます", "十時"),
    ],
)
def test_a_text_holds_an_answer_whatever_its_typography(text: str, answer: str) -> None:
    assert figures.holds(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("in 2011", "11"), ("the bluebell", "blue"), ("ten, no: eleven", "ten eleven"), ("x", "the")],
)
def test_a_text_does_not_hold_parts_of_words(text: str, answer: str) -> None:
    assert not figures.holds(text, answer)


def test_overlap_needs_half_of_the_shorter_and_no_mere_word() -> None:
    quote = "Do not post it, and do not take it on a bus or train."
    assert figures.overlaps("Do not post it.", quote)
    assert figures.overlaps(f"Batteries: {quote} Ask first.", quote)
    assert not figures.overlaps("Do it on Monday, when the shop and the post office open.", quote)
    assert not figures.overlaps("not it", quote)
    assert not figures.overlaps("", quote)


def test_auroc_against_hand_counted_pairs() -> None:
    assert figures.auroc([0.9, 0.2, 0.5, 0.1], [True, True, False, False]) == 0.75
    assert figures.auroc([0.5, 0.5, 0.5], [True, False, False]) == 0.5
    assert figures.auroc([1, 1, 0], [True, False, False]) == 0.75
    assert math.isnan(figures.auroc([0.1, 0.2], [True, True]))
    assert math.isnan(figures.auroc([], []))


words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12)


@given(words, words, words)
def test_a_text_holds_what_was_put_into_it(before: str, answer: str, after: str) -> None:
    assert figures.holds(f"{before} {answer} {after}", answer)


@given(
    st.lists(st.integers(0, 20), unique=True),
    st.dictionaries(st.integers(0, 20), st.floats(0.1, 5), min_size=1),
    st.integers(1, 25),
)
def test_search_figures_stay_in_bounds(found: list[int], gains: dict[int, float], k: int) -> None:
    assert 0 <= figures.ndcg(found, gains, k) <= 1 + 1e-9
    assert 0 <= figures.recall(found, gains, k) <= figures.recall(found, gains, k + 1) <= 1
    perfect = sorted(gains, key=lambda d: -gains[d])
    assert figures.ndcg(perfect, gains, k) == pytest.approx(1)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.7, 1.0]), st.booleans()), min_size=1))
def test_auroc_is_that_of_the_pairs(drawn: list[tuple[float, bool]]) -> None:
    supports, answerable = [s for s, _ in drawn], [a for _, a in drawn]
    pairs = [(a, b) for a, yes in drawn if yes for b, other in drawn if not other]
    found = figures.auroc(supports, answerable)
    if not pairs:
        assert math.isnan(found)
    else:
        wins = sum((a > b) + (a == b) / 2 for a, b in pairs)
        assert found == pytest.approx(wins / len(pairs))


# --- many questions ---------------------------------------------------------------------------


def decided(answerable: bool, declined: bool, support: float | None = None) -> Row:
    case = Case(1, "?", "one", answerable)
    return Row("one", answerable, values(case, Shown(declined), 10), support)


def test_decisions_against_hand_counted_figures() -> None:
    rows = [
        *[decided(True, False, 0.9)] * 3, decided(True, True, 0.1),
        decided(False, True, 0.2), decided(False, False, 0.9),
    ]  # fmt: skip
    found = figures.figures(rows)
    assert found[figures.ANSWERED].value == 0.75
    assert found[figures.DECLINED].value == 0.5
    assert found[figures.PRECISION].value == 0.5
    assert found[figures.BALANCED].value == 0.625
    # of 8 pairs: 3 x 1 won, 3 x 1 tied, 2 lost
    assert found[figures.AUROC].value == pytest.approx(4.5 / 8)
    assert {name: f.count for name, f in found.items()} == {
        figures.ANSWERED: 4, figures.DECLINED: 2, figures.PRECISION: 2,
        figures.BALANCED: 6, figures.AUROC: 6,
    }  # fmt: skip


def test_figures_that_say_nothing_are_left_out() -> None:
    assert figures.figures([]) == {}
    all_declined = figures.figures([decided(True, True), decided(True, True)])
    assert set(all_declined) == {figures.ANSWERED}
    assert all_declined[figures.ANSWERED] == figures.Figure(0, 0, 0, 2)
    none_declined = figures.figures([decided(True, False), decided(False, False)])
    assert figures.PRECISION not in none_declined
    assert none_declined[figures.BALANCED].value == 0.5


def test_the_interval_is_as_wide_as_the_textbook_says_and_the_same_each_time() -> None:
    rows = [Row("one", True, {"right": float(i % 2)}) for i in range(400)]
    found = figures.figures(rows)["right"]
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.006)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.006)
    assert figures.figures(rows)["right"] == found


def test_kinds_have_figures_of_their_own() -> None:
    rows = [Row("a", True, {"right": 1.0}), Row("b", True, {"right": 0.0})]
    found = figures.by_kind(rows)
    assert {kind: f["right"].value for kind, f in found.items()} == {"all": 0.5, "a": 1, "b": 0}
    assert set(figures.by_kind(rows[:1])) == {"all"}


def test_a_paired_difference_is_narrower_than_its_two_sides() -> None:
    before = [Row("", True, {"right": float(i % 2)}) for i in range(200)]
    now = [replace(r, values={"right": 1.0}) if i < 20 else r for i, r in enumerate(before)]
    found = figures.differences(before, now)["right"]
    assert (found.before, found.now, found.count) == (0.5, 0.55, 200)
    assert 0 < found.low < 0.05 < found.high < 0.1
    same = figures.differences(before, before)["right"]
    assert (same.low, same.high) == (0, 0)
    assert figures.differences([], []) == {}


measured = st.builds(
    Row,
    st.sampled_from("ab"),
    st.booleans(),
    st.fixed_dictionaries(
        {name: st.none() | st.floats(0, 1) for name in ("x", figures.ANSWERED, figures.DECLINED)}
    ),
    st.none() | st.floats(0, 1),
)


@given(st.lists(measured, min_size=1, max_size=12))
def test_every_figure_and_interval_stays_between_0_and_1(rows: list[Row]) -> None:
    for group in figures.by_kind(rows).values():
        for f in group.values():
            assert -1e-9 <= f.low <= f.high <= 1 + 1e-9
            assert -1e-9 <= f.value <= 1 + 1e-9
            assert 1 <= f.count <= len(rows)


# --- what was shown against what is known -----------------------------------------------------

TWO = Case(1, "?", "two", answers=("blue", "ten"), gold=(Gold("a"), Gold("b")), needs_all=True)


def test_two_answers_are_both_needed() -> None:
    half = Shown(False, evidence=(Text("a", "It is blue."),), cited=("a",))
    whole = replace(half, evidence=(*half.evidence, Text("b", "At ten.")), cited=("a", "b"))
    assert values(TWO, half, 10)["answer shown"] == 0
    assert values(TWO, whole, 10)["answer shown"] == 1
    assert values(TWO, whole, 10)["answer in first sentence"] == 0
    assert values(TWO, whole, 10)["answer in first two"] == 1
    assert values(TWO, half, 10)["citation recall"] == 0.5
    assert (outcome(TWO, half), outcome(TWO, whole)) == (Outcome.NOT_SHOWN, Outcome.RIGHT)


def test_the_search_is_judged_by_right_documents_alone() -> None:
    case = Case(1, "?", "one", answers=("11",), gold=(Gold("a"),))
    wrong, right = Text("x", "On 11 May."), Text("a", "There are 11.")
    found = values(case, Shown(True, found=(wrong, wrong, right)), 2)
    assert found["recall@2"] == found["nDCG@2"] == found["answer in 2 passages"] == 0
    found = values(case, Shown(True, found=(wrong, wrong, right)), 3)
    assert found["recall@3"] == found["answer in 3 passages"] == 1
    assert found["nDCG@3"] == pytest.approx(1 / math.log2(3)), "two passages of x are one document"
    assert found["citation recall"] is None, "nothing was answered"


def test_a_quote_counts_only_from_its_document() -> None:
    case = Case(1, "?", "one", gold=(Gold("a", "The key hangs behind the blue door."),))
    words = "So the key hangs behind the blue door in the hall."
    shown = Shown(False, evidence=(Text("a", words),))
    assert values(case, shown, 10)["answer shown"] == 1
    assert values(case, shown, 10)["answer in first sentence"] is None
    elsewhere = Shown(False, evidence=(Text("b", words),))
    assert outcome(case, elsewhere) is Outcome.NOT_SHOWN


def test_a_list_about_the_library_is_judged_by_its_lines() -> None:
    case = Case(1, "?", "library", answers=("Keys", "Hours"), gold=(Gold("a"),), needs_all=True)
    shown = Shown(False, listing=("Keys (keys.md)", "Hours (hours.md)"))
    found = values(case, shown, 10)
    assert found["answer shown"] == 1
    assert outcome(case, replace(shown, listing=shown.listing[:1])) is Outcome.NOT_SHOWN
    assert [n for n, v in found.items() if v is not None] == ["answer shown", figures.ANSWERED]


def test_outcomes_without_an_answer_to_compare_with() -> None:
    unknown, none = Case(1, "?", "one"), Case(1, "?", "one", answerable=False)
    assert outcome(unknown, Shown(False)) is Outcome.ANSWERED
    assert outcome(unknown, Shown(True)) is Outcome.DECLINED
    assert outcome(none, Shown(True)) is Outcome.RIGHT
    assert outcome(none, Shown(False)) is Outcome.BLUFFED


def test_the_models_own_words_are_judged_where_it_wrote() -> None:
    case = Case(1, "?", "one", answers=("blue",))
    shown = Shown(False, own_words=("It is the blue one.", "Well."), resolved=1)
    found = values(case, shown, 10)
    assert found["own words hold the answer"] == 1
    assert found["own words with citations that resolve"] == 0.5
    silent = values(case, replace(shown, own_words=(), resolved=0), 10)
    assert silent["own words hold the answer"] == 0
    assert silent["own words with citations that resolve"] is None
    assert "own words hold the answer" not in values(case, Shown(False), 10)


# --- the question file ------------------------------------------------------------------------


def write(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_line_with_every_field(tmp_path: Path) -> None:
    row = {
        "question": "And the other\u2028one?", "id": "q1", "split": "dev", "kind": "two",
        "answers": ["x", "y"], "history": [{"question": "Which one?"}], "why": ["ignored"],
        "evidence": [{"document": "a", "quote": "q", "gain": 3}, {"document": "a", "quote": "r"}],
        "documents": ["b"],
    }  # fmt: skip
    file = write(tmp_path / "q.jsonl", "\ufeff" + json.dumps(row, ensure_ascii=False), "")
    (case,) = questions.load(file)
    assert case.question == row["question"]
    assert (case.needs_all, case.answerable, case.history) == (True, True, ("Which one?",))
    assert case.gains == {"a": 3, "b": 1}
    assert case.key == ("q1", row["question"], ("Which one?",))


def test_kinds_are_made_up_where_none_is_given(tmp_path: Path) -> None:
    file = write(tmp_path / "q", {"question": "a"}, {"question": "b", "answerable": False})
    assert [c.kind for c in questions.load(file)] == ["answerable", "unanswerable"]


def test_splits_and_limits(tmp_path: Path) -> None:
    rows = [{"question": f"{n}?", "split": "dev" if n % 2 else "test"} for n in range(6)]
    file = write(tmp_path / "q", *rows)
    assert [c.question for c in questions.load(file, "dev", 2)] == ["1?", "3?"]
    with pytest.raises(UsageError, match="There is: dev, test"):
        questions.load(file, "nonesuch")
    with pytest.raises(UsageError, match="no question"):
        questions.load(write(tmp_path / "empty"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ("[1]", "no JSON object"),
        ("{}", "question is missing"),
        ('{"question": " "}', "question is missing"),
        ('{"question": "\\u001b[2J"}', "question is missing"),
        ({"question": "a" * 5_000}, "4,000 characters"),
        ({"question": "a", "answerable": "no"}, "true or false"),
        ({"question": "a", "answers": "b"}, "list of texts"),
        ({"question": "a", "answers": [""]}, "list of texts"),
        ({"question": "a", "documents": [1]}, "list of texts"),
        ({"question": "a", "evidence": ["b"]}, "list of objects"),
        ({"question": "a", "evidence": [{"quote": "b"}]}, "names no document"),
        ({"question": "a", "evidence": [{"document": "b", "gain": 0}]}, "gain"),
        ('{"question": "a", "evidence": [{"document": "b", "gain": NaN}]}', "gain"),
        ({"question": "a", "history": [{}]}, "in history is missing"),
        ({"question": "a", "match": "some"}, '"all" or "any"'),
        ({"question": "a", "id": 7}, "must be a text"),
        ({"question": "a", "answerable": False, "answers": ["b"]}, "gives one"),
        ({"question": "first"}, "as line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: Any, words: str) -> None:
    file = write(tmp_path / "q", {"question": "first"}, "", line)
    with pytest.raises(UsageError) as error:
        questions.load(file)
    assert error.value.message.startswith(f"Line 3 of {file}: ")
    assert words in error.value.message
    assert "\n" not in str(error.value)


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        questions.load(tmp_path / "q")
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            questions.load(path)


def test_the_page_tells_of_every_field_and_has_a_place_for_every_table() -> None:
    page = PAGE.read_text("utf-8")
    for field in re.findall(r"^\| (.+?) \|", str(questions.__doc__), re.MULTILINE)[1:]:
        assert f"\n| {field} |" in page
    for place in ("bundled dev", "bundled test", "squad dev", "squad test", "cranfield"):
        begin, end = f"<!-- {place} begins -->", f"<!-- {place} ends -->"
        assert page.count(begin) == page.count(end) == 1
        assert page.index(begin) < page.index(end)


# --- the documents of a library ---------------------------------------------------------------


def document(path: str, sha256: str = "") -> LibraryDocument:
    facts = Facts(0, 0, 0)
    return LibraryDocument("s", Path("/s"), path, path, "", facts, Status.READY, sha256=sha256)


def test_documents_are_known_by_the_end_of_their_path_and_by_their_copies() -> None:
    case = Case(1, "?", "one", gold=(Gold("minutes/Ma\u0308rz.txt"), Gold("README.md")))
    held = [
        document("old/minutes/März.txt", "1"), document("README.md", "2"),
        document("help/README.md", "3"), document("copy.txt", "1"),
    ]  # fmt: skip
    shelf = Shelf(held, [case])
    assert [shelf.name(d, case) for d in held] == [
        "minutes/Ma\u0308rz.txt", "README.md", "help/README.md", "minutes/Ma\u0308rz.txt",
    ]  # fmt: skip


def test_documents_that_are_not_held_are_named() -> None:
    cases = [Case(n, "?", "one", gold=(Gold(f"{n}.md"),)) for n in range(1, 9)]
    with pytest.raises(UsageError) as error:
        Shelf([document("1.md"), document("x2.md")], cases)
    assert "2.md (line 2), 3.md (line 3)" in error.value.message
    assert "1.md" not in error.value.message
    assert "and 2 more" in error.value.message


# --- asking a real library --------------------------------------------------------------------


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed_home, tmp_path / "home"))


class Telling(Assistant):
    """Tells more than this version does, in events of its own."""

    def ask(self, question: Question, *rest: Any) -> Iterator[Event]:
        yield SimpleNamespace(surprise="an event that nobody knows")  # type: ignore[misc]
        yield from super().ask(question, *rest)


def ask(assistant: Assistant, cases: Sequence[Case]) -> list[evaluate.Result]:
    return list(evaluate.run(assistant, cases, evaluate.shelf(assistant, cases), 2))


def test_real_answers_are_judged(home: Path, tmp_path: Path) -> None:
    cases = questions.load(write(tmp_path / "q", KEY, ACCOUNTS, FAR))
    with closing(Assistant(replace(config.load(home, {}), model="none"))) as assistant:
        key, accounts, far = ask(assistant, cases)
    assert key.outcome is accounts.outcome is far.outcome is Outcome.RIGHT
    assert key.values["answer in first sentence"] == 1
    assert key.found[0] == "keys.md"
    assert len(key.found) == 2, "no more passages than were asked for"
    assert "blue door" in key.shown[0]
    assert accounts.documents == ("März 2024.txt",)
    assert accounts.found[0] == "März 2024.txt", "as the question calls it"
    assert (far.decision, far.shown) == ("declined", ())
    supports = [r.support for r in (key, accounts, far)]
    assert all(s is not None and 0 <= s <= 1 for s in supports)
    assert supports[2] == min(supports)  # type: ignore[type-var]


def test_a_listing_is_judged_and_other_events_are_passed_over(home: Path) -> None:
    case = Case(1, "Which documents are there about keys?", "library", answers=("Keys",))
    with closing(Telling(replace(config.load(home, {}), model="none"))) as assistant:
        (result,) = ask(assistant, [case])
    assert result.support is None, "the catalogue is asked, not weighed"
    assert "Keys (keys.md)" in result.shown[-1]
    assert result.values["answer shown"] == 1


def test_a_run_survives_being_saved(home: Path, tmp_path: Path) -> None:
    cases = questions.load(write(tmp_path / "q", KEY, FAR))
    with closing(Assistant(replace(config.load(home, {}), model="none"))) as assistant:
        run = evaluate.Run({"date": "today"}, 2, ask(assistant, cases))
    file = tmp_path / "run.json"
    file.write_text(json.dumps(saved.as_json(run)), "utf-8")
    loaded = saved.load(file, cases)
    assert loaded.figures() == run.figures()
    assert saved.compare(loaded, run).changed == []
    with pytest.raises(UsageError, match="none of these questions"):
        saved.load(file, [replace(c, question="another") for c in cases])


def test_nothing_in_a_report_becomes_a_link_or_a_tag() -> None:
    row = evaluate.Result("", "a | b ![x](http://x)\n<script>", (), "k", True, Outcome.DECLINED,
                          "declined", None, {}, shown=("\x1b[31m`red`",))  # fmt: skip
    page = pages.page(evaluate.Run({}, 1, [row]))
    assert "a \\| b !\\[x\\](http://x) \\<script>" in page
    assert "\x1b" not in page


# --- the command ------------------------------------------------------------------------------


def plain(ended: subprocess.CompletedProcess[str], code: int) -> str:
    """The error, after checking that it is one sentence and nothing was measured."""
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    return ended.stderr


def test_the_command_prints_figures_failures_and_what_was_measured(
    run: Run, home: Path, tmp_path: Path
) -> None:
    wrong = {"question": "Which folding chairs were agreed?", "answers": ["sixty"]}
    file = write(tmp_path / "q.jsonl", KEY, FAR, wrong)
    report = tmp_path / "report.md"
    ended = run("eval", str(file), "--report", str(report), "-k", "3", home=home)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"\| all \| answer shown \| 50\.0 % \| .* to .* \| 2 \|", ended.stdout)
    assert "| far-off | decline recall | 100.0 %" in ended.stdout
    assert "recall@3" in ended.stdout
    assert "What went wrong (1 of 3)" in ended.stdout
    assert "the answer is not in what is shown" in ended.stdout
    assert "- documents: 3" in ended.stdout
    assert "- writing model: none" in ended.stdout
    assert "Partial" not in ended.stdout
    assert "Where does the spare key hang?" not in ended.stdout
    assert "Where does the spare key hang?" in report.read_text("utf-8")


def test_json_is_whole_and_a_comparison_finds_what_changed(
    run: Run, home: Path, tmp_path: Path
) -> None:
    file, old = write(tmp_path / "q.jsonl", KEY, ACCOUNTS, FAR), tmp_path / "old.json"
    old.write_text(run("eval", str(file), "--json", home=home).stdout, "utf-8")
    before = json.loads(old.read_text("utf-8"))
    assert {"date", "program", "search model", "documents", "passages"} <= set(before["about"])
    assert before["figures"]["all"]["answer shown"]["value"] == 1
    assert [q["outcome"] for q in before["questions"]] == ["right"] * 3
    before["questions"][0]["outcome"] = Outcome.NOT_SHOWN
    before["questions"][0]["values"]["answer shown"] = 0.0
    old.write_text(json.dumps(before), "utf-8")
    ended = run("eval", str(file), "--limit", "2", "--compare", str(old), home=home)
    assert ended.returncode == 0, ended.stderr
    assert "2 questions are in both runs, 1 only in the one before" in ended.stdout
    assert "| answer shown | 50.0 % | 100.0 % | +50.0 % | +0.0 % to +100.0 % | 2 |" in ended.stdout
    assert "Questions that changed (1)" in ended.stdout
    compared = json.loads(
        run("eval", str(file), "--json", "--compare", str(old), home=home).stdout
    )["comparison"]
    assert compared["changed"] == [
        {"id": "key", "question": KEY["question"], "before": Outcome.NOT_SHOWN, "now": "right"}
    ]


def test_a_model_writes_only_when_it_is_named(run: Run, home: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "q.jsonl", KEY)
    ended = run("eval", str(file), "--model", "starter", "--json", home=home)
    data = json.loads(ended.stdout)
    assert data["about"]["writing model"] == "starter"
    assert data["figures"]["all"]["own words hold the answer"]["count"] == 1
    assert "starter" in plain(run("eval", str(file), "--model", "nonesuch", home=home), 1)


def test_nothing_is_measured_without_a_library(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "q.jsonl", KEY)
    assert "There is no library" in plain(run("eval", str(file)), 1)
    assert not (tmp_path / "home").exists()
    (tmp_path / "docs").mkdir()
    run("index", str(tmp_path / "docs"))
    assert "empty" in plain(run("eval", str(file)), 1)


def test_mistakes_of_the_caller_are_one_sentence(run: Run, home: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jsonl", KEY, "no json")
    assert "Line 2 of" in plain(run("eval", str(bad), home=home), 2)
    assert "cannot be read" in plain(run("eval", str(tmp_path / "none"), home=home), 2)
    absent = write(tmp_path / "absent.jsonl", KEY | {"documents": ["locks.md"]})
    assert "no text of locks.md (line 1)" in plain(run("eval", str(absent), home=home), 2)
    good, old = write(tmp_path / "good.jsonl", KEY), tmp_path / "old.json"
    for words in ("", "[]", "{}", '{"questions": [{}], "about": {}, "total": 1}', "[" * 99_999):
        old.write_text(words)
        ended = run("eval", str(good), "--compare", str(old), home=home)
        assert "does not hold a whole run" in plain(ended, 2)


def test_ctrl_c_shows_what_was_measured_as_partial(home: Path, tmp_path: Path) -> None:
    rows = [{"question": f"Where does the spare key number {n} hang?"} for n in range(5_000)]
    file = write(tmp_path / "q.jsonl", *rows)
    parent, child = pty.openpty()  # the bar is shown on a terminal alone
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "--home", str(home), "eval", str(file)],
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "150"},
        # tests run in the background inherit an ignored SIGINT, and so would this process
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )
    os.close(child)
    told = b""
    while not re.search(rb"[1-9]\d*/5000.*left", told):
        told += os.read(parent, 4096)
    process.send_signal(signal.SIGINT)
    page, _ = process.communicate(timeout=60)
    with suppress(OSError):  # how Linux says that the other end has closed
        while block := os.read(parent, 4096):
            told += block
    assert process.returncode == 130, told
    asked = re.search(r"\*\*Partial: stopped after ([\d,]+) of 5,000 questions\.\*\*", page)
    assert asked
    assert f"Stopped. {asked[1]} of 5,000 questions were asked." in told.decode()
    assert f"| {asked[1].replace(',', '')} |" in page
    assert "Traceback" not in told.decode()
