"""FictionBook: chapters under their titles, verse in its lines, no pictures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse import kinds, sniff
from assistant.parse.file import File
from assistant.parse.web import fb2

ABOUT = (
    "<description><title-info><author><first-name>Ada</first-name><last-name>Lund</last-name>"
    "</author><book-title>The Hall</book-title><annotation><p>About a hall.</p></annotation>"
    "</title-info></description>"
)


def read(inside: str, encoding: str = "utf-8") -> Reading:
    book = (
        f'<?xml version="1.0" encoding="{encoding}"?><FictionBook xmlns="fb" '
        f'xmlns:l="http://www.w3.org/1999/xlink">{inside}</FictionBook>'
    )
    return fb2.read(File("hall.fb2", book.encode(encoding)))


def texts(inside: str) -> list[tuple[str, str]]:
    found = read(inside)
    assert found.status is Status.READY, found
    return [(section.label, section.text) for section in found.sections]


def test_the_title_authors_and_annotation_come_from_the_description() -> None:
    found = read(ABOUT + "<body><section><p>Words.</p></section></body>")
    assert found.title == "The Hall"
    assert found.sections[0].text == "Ada Lund\n\nAbout a hall.\n\nWords."


def test_chapters_stand_under_their_titles() -> None:
    assert texts(
        "<body><title><p>The Hall</p></title><section><title><p>Part</p><p>One</p></title>"
        "<section><title><p>Chapter 1</p></title><p>It <emphasis>was</emphasis> cold.</p></section>"
        "<section><title><p>Chapter 2</p></title><p>It was warm.</p></section></section></body>"
    ) == [
        ("Part One > Chapter 1", "It was cold."),
        ("Part One > Chapter 2", "It was warm."),
    ]


def test_verse_keeps_its_lines() -> None:
    assert texts(
        "<body><section><poem><title><p>Song</p></title><stanza><v>One</v><v>Two</v></stanza>"
        "<text-author>Anon</text-author></poem></section></body>"
    ) == [("", "Song\n\nOne\nTwo\n\nAnon")]


def test_notes_have_their_own_label() -> None:
    found = texts(
        "<description><title-info><book-title>Hall</book-title></title-info></description>"
        '<body><section><p>Text<a l:href="#n1">[1]</a>.</p></section></body><body name="notes">'
        '<section id="n1"><title><p>1</p></title><p>A note.</p></section></body>'
    )
    assert found == [("", "Text[1]."), ("Notes > 1", "A note.")]


def test_pictures_are_left_out() -> None:
    assert texts("<body><section><p>x</p></section></body><binary>QUJD</binary>") == [("", "x")]


def test_the_encoding_of_the_header_is_believed() -> None:
    found = read("<body><section><p>Привет из зала</p></section></body>", "windows-1251")
    assert found.sections[0].text == "Привет из зала"


def test_a_book_that_breaks_off_is_read_up_to_there() -> None:
    found = read("<body><section><p>Good.</p></body>")
    assert found.status is Status.PARTLY
    assert found.reason
    assert found.sections[0].text == "Good."


def test_endless_nesting_is_survived() -> None:
    assert read("<body>" + "<section>" * 50_000 + "<p>x</p>").status is Status.PARTLY


def test_books_are_known_by_their_root() -> None:
    assert sniff.kind_of(File("x", b'<?xml version="1.0"?><FictionBook>')) is kinds.FB2


@given(st.lists(st.sampled_from(
    ["<body>", "</body>", "<section>", "</section>", "<title>", "</title>", "<p>", "</p>", "<v>",
     "</v>", "words", "<table><tr><td>", "</td></tr></table>", '<body name="notes">', "&"]
)))  # fmt: skip
def test_wild_books_are_read(parts: list[str]) -> None:
    assert all(s.text.strip() for s in read(ABOUT + "".join(parts)).sections)
