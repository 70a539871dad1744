"""Words in pictures: in which order, in which pictures, and what is said where there are none."""

from __future__ import annotations

import io
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from assistant.domain import Reading, Status
from assistant.parse import extras
from assistant.parse.file import File
from assistant.parse.pages import ocr, picture
from assistant.parse.pages.layout import Line, in_reading_order
from assistant.parse.reading import read as read_file

needs_ocr = pytest.mark.skipif(not extras.ocr(), reason="the extra ocr is not installed")


def saved(image: Image.Image, kind: str = "PNG", **facts: Any) -> bytes:
    to = io.BytesIO()
    image.save(to, kind, **facts)
    return to.getvalue()


def letter(text: str = "The key hangs behind\nthe blue door.") -> Image.Image:
    image = Image.new("RGB", (900, 300), "white")
    ImageDraw.Draw(image).text((60, 60), text, "black", ImageFont.load_default(size=56))
    return image


def read(name: str, data: bytes) -> Reading:
    return read_file(File(name, data, ocr=True))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pictures that recognition is given; it finds "Words." in each."""
    images: list[Any] = []

    def recognise(image: Any) -> str:
        images.append(image)
        return "Words."

    monkeypatch.setattr(ocr, "recognise", recognise)
    return images


# --- pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF"])
def test_without_the_extra_a_picture_says_what_it_needs(kind: str) -> None:
    reading = read_file(File("poster.x", saved(letter(), kind)))
    assert (reading.status, reading.scanned, reading.title) == (Status.NO_TEXT, 1, "poster")
    assert "small-assistant[ocr]" in reading.remedy


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
def test_pictures_of_every_common_kind_are_opened(seen: list[Any], kind: str) -> None:
    reading = picture.read(File("a.x", saved(letter(), kind), ocr=True))
    assert (reading.status, reading.sections[0].text) == (Status.READY, "Words.")
    assert reading.sections[0].label == ""
    assert seen[0].shape == (300, 900, 3)
    assert reading.media_type == f"image/{kind.lower()}"


def test_a_photograph_is_turned_as_its_camera_was(seen: list[Any]) -> None:
    facts = Image.Exif()
    facts[0x0112] = 6  # a quarter turn
    read("a.jpg", saved(letter(), "JPEG", exif=facts))
    assert seen[0].shape == (900, 300, 3)


def test_what_is_see_through_is_paper(seen: list[Any]) -> None:
    read("a.png", saved(Image.new("RGBA", (50, 40), (0, 0, 0, 0))))
    assert seen[0].min() == 255


def test_each_page_of_a_fax_is_a_section(seen: list[Any]) -> None:
    data = saved(letter(), "TIFF", save_all=True, append_images=[letter(), letter()])
    reading = read("a.tif", data)
    assert [(s.label, s.page) for s in reading.sections] == [("p. 1", 1), ("p. 2", 2), ("p. 3", 3)]


def test_pages_that_there_was_no_time_for_are_told(
    seen: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([False, True])
    monkeypatch.setattr(File, "out_of_time", property(lambda _: next(left)))
    reading = read("a.tif", saved(letter(), "TIFF", save_all=True, append_images=[letter()]))
    assert reading.status is Status.PARTLY
    assert reading.reason == "Only its first page was read: it took too long."


def test_a_picture_without_words_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "recognise", lambda _: "")
    reading = read("a.png", saved(letter()))
    assert (reading.status, reading.scanned) == (Status.NO_TEXT, 0)
    assert reading.reason == "No words were found in the picture."


def test_a_picture_of_enormous_size_is_refused_before_it_is_decoded(seen: list[Any]) -> None:
    data = saved(Image.new("1", (20_000, 20_000)))
    assert read("a.png", data).status is Status.TOO_LARGE
    assert seen == []


def test_a_large_photograph_is_decoded_small(seen: list[Any]) -> None:
    read("a.jpg", saved(Image.new("L", (9000, 7000)), "JPEG"))
    assert max(seen[0].shape) <= 2 * ocr.SIDE


@pytest.mark.parametrize("kept", [30, 200])
def test_a_half_copied_picture_is_damaged(seen: list[Any], kept: int) -> None:
    reading = read("a.png", saved(letter())[:kept])
    assert reading.status is Status.DAMAGED
    assert reading.remedy


def test_a_kind_of_picture_that_is_not_read_is_named(seen: list[Any]) -> None:
    reading = read("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40)
    assert reading.status is Status.UNSUPPORTED
    assert "JPEG" in reading.remedy


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 600))
def test_wild_pictures_are_read_or_refused(junk: bytes, place: int) -> None:
    whole = saved(letter().resize((90, 30)), "PNG")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ocr, "recognise", lambda _: "Words.")
        reading = read("a.png", whole[:place] + junk + whole[place + len(junk) :])
    assert reading.status is Status.READY or reading.reason


# --- reading order ----------------------------------------------------------------------


def line(words: str, left: float, top: float, width: float = 300) -> Line:
    return Line(left, top, left + width, top + 20, words)


def test_lines_close_together_are_a_paragraph() -> None:
    lines = [line("three", 0, 90), line("one", 0, 0), line("two", 0, 25)]
    assert in_reading_order(lines) == "one\ntwo\n\nthree"


def test_a_word_cut_by_a_hyphen_is_joined() -> None:
    lines = [line("the commu-", 0, 0), line("nity hall", 0, 25), line("Co-", 0, 90)]
    assert in_reading_order(lines) == "the community hall\n\nCo-"


def test_cells_of_a_row_stay_together() -> None:
    cells = [line(f"{row}{column}", 200 * n, 30 * row, 60)
             for row in range(1, 6) for n, column in enumerate("abc")]  # fmt: skip
    assert in_reading_order(cells).split("\n")[0].split() == ["1a", "1b", "1c"]


def test_columns_are_read_one_after_the_other_below_their_heading() -> None:
    lines = [line("Heading across", 0, 0, 700)]
    lines += [line(f"left{n}", 0, 60 + 25 * n) for n in range(4)]
    lines += [line(f"right{n}", 400, 60 + 25 * n) for n in range(4)]
    lines += [line("Footer across both", 0, 300, 700)]
    expected = ["left0", "left1", "left2", "left3", "right0", "right1", "right2", "right3"]
    text = in_reading_order(lines).split()
    assert text == ["Heading", "across", *expected, "Footer", "across", "both"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 500))))
def test_no_line_is_lost_or_doubled(places: list[tuple[int, int, int]]) -> None:
    lines = [line(f"w{n}", x, y, width) for n, (x, y, width) in enumerate(places)]
    assert sorted(in_reading_order(lines).split()) == sorted(x.words for x in lines)


def test_a_picture_as_long_as_a_web_page_is_read_in_parts() -> None:
    image = np.zeros((9000, 1000, 3), dtype=np.uint8)
    parts = ocr._slices(image)
    assert sum(len(part) for part in parts) == 9000
    assert all(len(part) <= 2 * 1000 for part in parts)
    strip = np.zeros((9000, 10, 3), dtype=np.uint8)
    assert len(ocr._slices(strip)) == 1


# --- the models themselves --------------------------------------------------------------


@needs_ocr
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_print_is_read_whichever_way_up(turns: int) -> None:
    image = np.rot90(np.asarray(letter()), turns)
    assert ocr.recognise(image) == "The key hangs behind\nthe blue door."


@needs_ocr
def test_recognition_asks_nothing_of_the_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    ocr._engine.cache_clear()
    (tmp_path / "a.png").write_bytes(saved(letter("Ask Amina.")))
    assert read("a.png", (tmp_path / "a.png").read_bytes()).sections[0].text == "Ask Amina."


@needs_ocr
def test_an_empty_picture_has_no_words() -> None:
    assert ocr.recognise(np.full((200, 4000, 3), 255, dtype=np.uint8)) == ""
