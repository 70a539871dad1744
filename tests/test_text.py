"""Cleaning, words and sentences: what every room takes for granted about text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import text

# Text as it never comes from a typewriter: marks that end sentences and marks that only seem to.
MARKS = """. ! ? … 。 ！ ؟ ۔ " ' ” ’ ) ] ( - * • 1. 12) A É x word e.g. Dr. No. St. 会議""".split()
SPACES = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\n \n",
    "\t",
    "\u2003",
    "\u3000",
    "\u00a0",
    "\x1c",
    "\x85",
    "\u2028",
]
wild = st.lists(st.one_of(st.sampled_from(MARKS + SPACES), st.text(max_size=12))).map("".join)
# Pieces of which escape codes are made, in every wrong order.
ESCAPES = [
    "\x1b",
    "[",
    "]",
    "0;",
    "31m",
    "\x07",
    "\\",
    "\x9b",
    "\x9d",
    "\u200b",
    "\u200c",
    "\u200d",
    "ب",
    "\u202e",
    "\ufeff",
    "\r",
    "\n",
]
hostile = st.lists(
    st.one_of(st.sampled_from(ESCAPES), st.text(st.characters(), max_size=5))  # with surrogates
).map("".join)


# --- clean ------------------------------------------------------------------------------


@settings(deadline=None)
@given(hostile)
def test_clean_leaves_no_control_character_and_no_escape_code(raw: str) -> None:
    cleaned = text.clean(raw)
    controls = {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs")}
    assert controls <= {"\n", "\t"}
    assert not set(cleaned) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\ufeff")


@settings(deadline=None)
@given(hostile)
def test_clean_twice_is_clean_once(raw: str) -> None:
    assert text.clean(text.clean(raw)) == text.clean(raw)


@settings(deadline=None)
@given(st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" \t\n")))
def test_clean_keeps_every_visible_character(visible: str) -> None:
    assert text.clean(visible) == visible


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;a new window title\x07words", "words"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x1b\x1b[2Jb", "ab"),
        ("one\r\ntwo\rthree\u2028four\u2029five", "one\ntwo\nthree\nfour\nfive"),
        ("\ufefffirst", "first"),
        ("tab\tstays", "tab\tstays"),
        ("पि\u200dता", "पि\u200dता"),  # joiners belong to the spelling of some languages
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f"),  # ... and of emoji
    ],
)
def test_clean_removes_escape_codes_whole(raw: str, cleaned: str) -> None:
    assert text.clean(raw) == cleaned


def test_clean_loses_at_most_a_line_to_an_escape_code_that_never_ends() -> None:
    assert "The hall opens at ten." in text.clean("a\x1b]0;title\nThe hall opens at ten.\n")


@pytest.mark.parametrize(
    "mark",
    [
        *("\u034f", "\u061c", "\u180e", "\u200c", "\u200d\u200c", "\u206a", "\ufff9"),
        *("\U000e0041", "\U000e007f", "\U000e0141"),
    ],
)
def test_clean_removes_every_mark_that_reorders_or_hides_text(mark: str) -> None:
    assert text.clean(f"a{mark}b") == "ab"


# --- one_line and shorten ---------------------------------------------------------------


@settings(deadline=None)
@given(wild)
def test_one_line_holds_the_same_words_with_single_spaces(raw: str) -> None:
    line = text.one_line(raw)
    assert line.split(" ") == (raw.split() or [""])


@settings(deadline=None)
@given(wild, st.integers(1, 40))
def test_shorten_never_exceeds_the_width_and_says_when_it_cut(raw: str, width: int) -> None:
    short = text.shorten(raw, width)
    whole = text.one_line(raw)
    assert len(short) <= width
    if short != whole:
        assert short.endswith("…")
        assert whole.startswith(short[:-1])
        assert len(whole) > width


def test_shorten_leaves_no_space_before_the_dots() -> None:
    assert text.shorten("one two three", 5) == "one…"


# --- words and terms --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("März, ÉLAN", ["marz", "elan"]),
        ("The hall's keys", ["the", "hall", "keys"]),
        ("the hall’s keys", ["the", "hall", "keys"]),
        ("repair-café 2024", ["repair", "cafe", "2024"]),
        ("— … !", []),
        ("", []),
    ],
)
def test_words_are_folded_and_bare(raw: str, words: list[str]) -> None:
    assert text.words(raw) == words


def test_words_in_single_quotes_keep_their_first_letter() -> None:
    assert text.words("the 'second' and 'small' ones") == ["the", "second", "and", "small", "ones"]


def test_terms_are_stems_without_the_words_of_asking() -> None:
    assert text.terms("What are the opening hours of the cafés?") == ["open", "hour", "cafe"]


def test_terms_of_a_question_without_a_telling_word_are_all_its_words() -> None:
    assert text.terms("Who are we?") == ["who", "are", "we"]
    assert text.terms("?!") == []


def test_terms_match_other_forms_of_the_same_word() -> None:
    assert text.terms("meetings") == text.terms("meeting")


# --- sentences --------------------------------------------------------------------------


def found(raw: str) -> list[str]:
    return [raw[start:end] for start, end in text.sentences(raw)]


@settings(deadline=None, max_examples=300)
@given(wild)
def test_sentences_are_in_order_trimmed_and_leave_out_only_white_space(raw: str) -> None:
    last = 0
    for start, end in text.sentences(raw):
        assert last <= start < end <= len(raw)
        assert not raw[last:start].strip()
        assert raw[start:end] == raw[start:end].strip()
        last = end
    assert not raw[last:].strip()


@pytest.mark.parametrize(
    "whole",
    [
        "Dr. Okafor keeps the accounts.",
        "Bring tools, e.g. a screwdriver.",
        "J. R. Smith wrote it.",
        "It costs 3.50 a day.",
        "The line\nends here but the sentence does not.",
        "1. First item",
    ],
)
def test_a_sentence_is_not_cut_in_the_middle(whole: str) -> None:
    assert found(whole) == [whole]


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("It rains. We stay.", ["It rains.", "We stay."]),
        ("Why? Because! So…\nYes.", ["Why?", "Because!", "So…", "Yes."]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        ("A heading\n\nA paragraph", ["A heading", "A paragraph"]),
        ("Bring:\n- a lamp\n- a cup", ["Bring:", "- a lamp", "- a cup"]),
        ("Steps:\n1. Open\n2) Close", ["Steps:", "1. Open", "2) Close"]),
        ("会議は十時。昼食は正午。", ["会議は十時。", "昼食は正午。"]),
        ("كم عمرك؟ عشرة", ["كم عمرك؟", "عشرة"]),
        ("   \n\n ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(raw: str, parts: list[str]) -> None:
    assert found(raw) == parts


# --- in_context -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "label", "heading"),
    [
        ("Keys", "", "Keys"),
        ("Minutes", "Finance > Grants", "Minutes > Finance > Grants"),
        ("Opening hours", "Opening hours", "Opening hours"),
    ],
)
def test_a_passage_is_embedded_under_its_title_and_heading(
    title: str, label: str, heading: str
) -> None:
    assert text.in_context(title, label, "The words.") == f"{heading}\nThe words."
