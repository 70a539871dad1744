"""Subtitles: running speech, labelled with its time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading
from assistant.parse import reading
from assistant.parse.file import File


def read(content: str | bytes, name: str = "talk.vtt") -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return reading.read(File(name, data))


def texts(content: str | bytes, name: str = "talk.vtt") -> list[tuple[str, str]]:
    return [(section.label, section.text) for section in read(content, name).sections]


def vtt(*cues: str, step: int = 2) -> str:
    def clock(seconds: float) -> str:
        return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}.000"

    blocks = (f"{clock(n * step)} --> {clock((n + 1) * step)}\n{cue}" for n, cue in enumerate(cues))
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def test_cues_are_joined_to_running_speech() -> None:
    assert texts(vtt("The hall is", "open\non Friday.")) == [
        ("0:00:00", "The hall is open on Friday.")
    ]


def test_who_speaks_stands_before_what_is_said() -> None:
    found = texts(vtt("<v.loud Ann>Hello.</v> <i>laughs</i>", "<v Ann>Again.", "<v Bo>Yes.", "Oh."))
    assert found == [("0:00:00", "Ann: Hello. laughs Again.\n\nBo: Yes.\n\nOh.")]


def test_a_dash_is_another_person() -> None:
    assert texts(vtt("- Where?\n- Here.")) == [("0:00:00", "- Where?\n\n- Here.")]


def test_tags_go_and_characters_are_read() -> None:
    assert texts(vtt(r"{\an8}<c.x>Soup</c> &amp; <00:00:01.000><b>bread</b>, 1 < 2")) == [
        ("0:00:00", "Soup & bread, 1 < 2")
    ]


def test_notes_styles_and_the_names_of_cues_are_left_out() -> None:
    content = (
        "WEBVTT - A talk\nKind: captions\n\nNOTE\nsecret\n\nSTYLE\n::cue {}\n\n"
        "intro-1\n00:01.000 --> 00:02.000 align:start\nWords.\n\nNOTE the end\n"
    )
    assert texts(content) == [("0:00:01", "Words.")]
    assert read(content).title == "A talk"


def test_a_new_section_begins_about_each_minute_after_a_sentence() -> None:
    cues = [f"Sentence {n}." if n % 3 else f"Sentence {n} goes on" for n in range(40)]
    found = texts(vtt(*cues, step=5))
    assert [label for label, _ in found] == ["0:00:00", "0:01:00", "0:02:00", "0:03:00"]
    assert all(text.endswith(".") for _, text in found[:-1])


def test_times_over_an_hour_are_told_in_hours() -> None:
    assert texts("WEBVTT\n\n04:03:09.500 --> 04:06:00.000\nLate.\n")[0][0] == "4:03:09"


def test_rolling_captions_are_said_once() -> None:
    content = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nhello there\n\n"
        "00:02.000 --> 00:02.010\nhello there\n \n\n"
        "00:02.010 --> 00:04.000\nhello there\nhow <00:03.000><c> are you</c>\n\n"
        "00:04.000 --> 00:04.010\nhow  are you\n \n\n"
        "00:04.010 --> 00:06.000\nhow  are you\nall today\n"
    )
    assert texts(content) == [("0:00:00", "hello there how are you all today")]


def test_captions_that_grow_word_by_word_are_said_once() -> None:
    assert texts(vtt("The", "The hall", "The hall is open.")) == [("0:00:00", "The hall is open.")]


def test_what_is_said_twice_is_kept() -> None:
    assert texts(vtt("No.", "No.")) == [("0:00:00", "No. No.")]


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_srt_is_read_with_and_without_blank_lines(gap: str) -> None:
    content = f"1\r\n00:00:01,000 --> 00:00:02,500\r\nOne{gap}2\n00:00:02,500 --> 00:00:04,000\nTwo"
    assert texts(content, "a.srt") == [("0:00:01", "One Two")]


def test_srt_in_an_old_encoding_is_read() -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\nUn café très chaud\n".encode("cp1252")
    assert texts(content, "a.srt") == [("0:00:01", "Un café très chaud")]


@given(st.lists(st.sampled_from(
    ["WEBVTT\n", "\n", "1\n", "00:00:01,000 --> 00:00:02,000\n", "00:09.1 --> 99:59:59.999\n",
     "words\n", "<v Ann>hm\n", "NOTE x\n", "<", ">", "- ", "&amp;", "<v ", "9999"]
)))  # fmt: skip
def test_wild_subtitles_are_read(parts: list[str]) -> None:
    found = read("WEBVTT\n" + "".join(parts))
    assert all(s.text.strip() and s.label for s in found.sections)
