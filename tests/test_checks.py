"""What counts as agreement with a source, and what is caught when it is damaged."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import text
from assistant.checks import Kind, check
from benchmarks import damage

HALL = """The hall > Hiring

The hall opens at 9:30 on weekdays and at 10:00 on Saturdays. It is closed on Sundays and bank
holidays. Hire costs £12 an hour, or £60 for a full day. The hall has 40 folding chairs and twelve
tables. The heater takes 12 volts and 3 A. At least 1,200 people came in 2019, half of them from
Leeds. The work took two weeks.
"""
PEOPLE = """Minutes

Amina Khan pays Dr Bob Müller on 3 May 2024. Bob thanks Carol. Invoice AB-1734 was paid by the
Bristol Cable. Write to help@hall.example.org, or look at https://www.hall.example.org/rooms. The
World Health Organization (WHO) and the United States sent Zoë two letters. The chair's report
names the University of Leeds.
"""
SAFETY = """Batteries > Coin cells

Do not open a swollen battery. Volunteers must not charge packs from e-bikes. Only trained
volunteers may test mains items. Small groups need not register. Never heat PVC, which gives off an
acid gas. Press the button before you lift the lid. The upper shelf is unsafe. Turn off the heater.
Tests are free, unless the item is older than 10 years. The notes do not mention gas.
"""

AGREES = [
    # numbers
    (HALL, "The hall has forty folding chairs."),
    (HALL, "There are 40 folding chairs and 12 tables in the hall."),
    (HALL, "At least 1.2 thousand people came in 2019."),
    (HALL, "Half of the people, 50 per cent, came from Leeds."),
    (HALL, "A full day costs 60 pounds."),
    (HALL, "It costs £12.00 to hire the hall for an hour."),
    # units
    (HALL, "The heater takes 12 V."),
    (HALL, "The heater takes three amps."),
    (HALL, "The work took 14 days."),
    # dates and times
    (HALL, "On Saturdays the hall opens at 10 am."),
    (HALL, "The hall opens at 9.30am on weekdays."),
    (PEOPLE, "Amina Khan pays Bob Müller on May 3, 2024."),
    (PEOPLE, "Amina Khan pays Bob Müller on 03/05/2024."),
    (PEOPLE, "Amina Khan pays Bob Müller on the 3rd of May."),
    # names
    (PEOPLE, "Doctor Bob Muller is paid by Amina Khan."),
    (PEOPLE, "Bob is paid by Amina on 3 May 2024."),
    (PEOPLE, "Invoice AB 1734 was paid by the Bristol Cable."),
    (PEOPLE, "Write to Help@hall.example.org."),
    (PEOPLE, "Look at www.hall.example.org/rooms."),
    (PEOPLE, "The World Health Organization and the US sent Zoe two letters."),
    (PEOPLE, "The report of the chair names the University of Leeds."),
    # negation
    (SAFETY, "Don't open a swollen battery."),
    (SAFETY, "You should never open a swollen battery."),
    (SAFETY, "Packs from e-bikes must not be charged by volunteers."),
    (SAFETY, "Small groups do not need to register."),
    (SAFETY, "The upper shelf is not safe."),
    (HALL, "The hall is not open on Sundays."),
    (SAFETY, "It is not true that the notes do not mention gas."),
    (SAFETY, 'The sign says "Do not open a swollen battery".'),
    (SAFETY, "Mains items may be tested only by trained volunteers."),
    # clauses left out
    (SAFETY, "Tests are free."),
    (SAFETY, "Never heat PVC."),
]
DISAGREES = [
    (Kind.NUMBER, HALL, "The hall has 45 folding chairs."),
    (Kind.NUMBER, HALL, "The hall has twelve folding chairs and 40 tables."),
    (Kind.NUMBER, HALL, "At least 12,000 people came in 2019."),
    (Kind.NUMBER, HALL, "Hire costs £60 an hour."),
    (Kind.NUMBER, HALL, "A third of the people who came were from Leeds."),
    (Kind.UNIT, HALL, "The heater takes 12 amps."),
    (Kind.UNIT, HALL, "The heater takes 3 V."),
    (Kind.UNIT, HALL, "The work took two months."),
    (Kind.UNIT, HALL, "Hire costs $12 an hour."),
    (Kind.DATE, HALL, "The hall opens at 9:30 on Sundays."),
    (Kind.DATE, HALL, "The hall opens at 10 pm on Saturdays."),
    (Kind.DATE, HALL, "At least 1,200 people came in 2018."),
    (Kind.DATE, PEOPLE, "Amina Khan pays Bob Müller on 4 May 2024."),
    (Kind.DATE, PEOPLE, "Amina Khan pays Bob Müller in June 2024."),
    (Kind.NAME, PEOPLE, "Amina Shah pays Bob Müller on 3 May 2024."),
    (Kind.NAME, PEOPLE, "Carol Khan pays Bob Müller on 3 May 2024."),
    (Kind.NAME, PEOPLE, "Carol thanks Bob."),
    (Kind.NAME, PEOPLE, "Invoice AB-1735 was paid by the Bristol Cable."),
    (Kind.NAME, PEOPLE, "Write to help@hall.example.com."),
    (Kind.NAME, PEOPLE, "The report of the chair names the University of Bristol."),
    (Kind.NAME, PEOPLE, "The WHO and the UK sent Zoë two letters."),
    (Kind.NEGATION, SAFETY, "Open a swollen battery."),
    (Kind.NEGATION, SAFETY, "Volunteers may charge packs from e-bikes."),
    (Kind.NEGATION, SAFETY, "Volunteers need not charge packs from e-bikes."),
    (Kind.NEGATION, SAFETY, "Trained volunteers may test mains items."),
    (Kind.NEGATION, SAFETY, "The upper shelf is safe."),
    (Kind.NEGATION, SAFETY, "The lower shelf is unsafe."),
    (Kind.NEGATION, SAFETY, "Press the button after you lift the lid."),
    (Kind.NEGATION, SAFETY, "Turn on the heater."),
    (Kind.NEGATION, SAFETY, "The notes mention gas."),
    (Kind.NEGATION, HALL, "The hall has no folding chairs."),
    (Kind.COMPARISON, HALL, "More than 1,200 people came in 2019."),
    (Kind.COMPARISON, HALL, "Up to 1,200 people came in 2019."),
    (Kind.COMPARISON, HALL, "The hall has over 40 folding chairs."),
    (Kind.UNSUPPORTED, HALL, "Volunteers wear yellow helmets."),
    (Kind.UNSUPPORTED, SAFETY, "The passages do not say."),
]


@pytest.mark.parametrize(("source", "sentence"), AGREES)
def test_what_the_source_says_agrees(source: str, sentence: str) -> None:
    assert check(sentence, source) == ()


@pytest.mark.parametrize(("kind", "source", "sentence"), DISAGREES)
def test_what_the_source_does_not_say_is_a_fault(kind: Kind, source: str, sentence: str) -> None:
    assert kind in {fault.kind for fault in check(sentence, source)}


def test_the_reason_says_what_the_source_has() -> None:
    (fault,) = check("The hall has 45 folding chairs.", HALL)
    assert fault.words == "45"
    assert fault.reason == "The sources say 40, not 45."
    (fault,) = check("The heater takes 12 amps.", HALL)
    assert fault.reason == "The sources say 12 volts, not 12 amps."
    (fault,) = check("Turn on the heater.", SAFETY)
    assert fault.reason == "The sources say “off”, not “on”."


def test_without_a_source_nothing_is_supported() -> None:
    assert check("The hall is warm.", "")
    assert check("...", "") == ()


def test_the_beginning_of_a_sentence_may_not_be_cut_off_where_it_turns_the_rest() -> None:
    assert check("Charge packs from e-bikes.", SAFETY)
    assert check("1,200 people came in 2019, half of them from Leeds.", HALL)


# --- whatever comes -----------------------------------------------------------------------

SENTENCES = [
    text.one_line(source[start:end])
    for source in (HALL, PEOPLE, SAFETY)
    for start, end in text.sentences(source)
    if source[end - 1] == "."
]
PIECES = """not n't no only Amina Khan St. Dr 3 May 2024 12 V £ % 1/2 ½ 10:00 am p.m. half dozen two
hundred and - – , . ( ) " ' and or at least more than U.S. AB-1 a@b.org 1990s the second of in
31/12/99 2024-02-30 Monday ² １２ ٣ 2.42 1,2 -5 -0.5 0 00:00 99 pm °C % per cent / BC AD x3 3D s th
more over none unless 1/0 0/1 5m bn""".split()
wild = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6))).map(" ".join)


@settings(deadline=None)
@given(wild, wild)
def test_nothing_raises(sentence: str, source: str) -> None:
    for fault in check(sentence, source):
        assert fault.reason.endswith(".")


@settings(deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1), st.data())
def test_a_sentence_of_the_source_never_has_a_fault(parts: list[str], data: st.DataObject) -> None:
    source = " ".join(parts)
    assert check(data.draw(st.sampled_from(parts)), source) == ()


@settings(deadline=None)
@given(
    st.sampled_from(SENTENCES),
    st.sampled_from([str.upper, str.lower, str.swapcase]),
    st.sampled_from(["  ", "\n", "\t", "\u2003"]),
)
def test_case_and_white_space_of_the_source_do_not_matter(
    sentence: str, change: Callable[[str], str], space: str
) -> None:
    source = change(" ".join(SENTENCES)).replace(" ", space)
    assert check(sentence, source) == ()


# --- damage -------------------------------------------------------------------------------


def test_most_damage_is_caught_and_true_sentences_pass() -> None:
    """A small part of benchmarks/damage.py, on the bundled documents alone."""
    items = random.Random(3).sample(damage.own_items(), 60)
    light = damage.paraphrases(items, seed=3)
    caught = damage.faulted(damage.damaged([*items, *light], seed=3), show=lambda hit: False)
    hits = [hit for kind in caught.values() for hit in kind]
    assert len(hits) > 150
    assert sum(hits) / len(hits) > 0.95
    for item in islice(items, 60):
        assert check(item.sentence, item.passage) == ()
    true = [check(item.sentence, item.passage) for item in light]
    assert len(true) > 15
    assert sum(map(bool, true)) / len(true) < 0.1
