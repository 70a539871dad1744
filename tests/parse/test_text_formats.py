"""Plain text, Markdown and web pages: encodings, pages, definitions, notes, form fields, tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read as read_file
from assistant.parse.texts import markdown, plain
from assistant.parse.web import html

GERMAN = "Der Schlüssel hängt in der Küche. Die Größe ist größer, und das Öl ist überall."


def read(name: str, content: str | bytes) -> Reading:
    return read_file(File(name, content.encode() if isinstance(content, str) else content))


def words(name: str, content: str | bytes) -> str:
    reading = read(name, content)
    assert reading.status is Status.READY, reading
    return "\n\n".join(section.text for section in reading.sections)


# --- plain text -------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
@pytest.mark.parametrize(
    "text", [GERMAN, "Ключ от зала, за дверью.\nДа.", "鍵は台所 のドア。\nはい"]
)
def test_wide_encodings_are_read_without_a_mark(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert not plain.looks_binary(data)
    assert plain.decode(data) == text


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"MZ\x90\0\3\0\0\0" * 100, b"\0" * 64, b"\1\0\2\0" * 50],
)
def test_binary_data_is_not_taken_for_a_wide_encoding(data: bytes) -> None:
    assert plain.looks_binary(data)


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("text", ["Das Café öffnet im März.", "Señora Ibáñez, à bientôt", GERMAN])
def test_a_few_western_words_are_read_from_windows_dos_and_the_macintosh(
    text: str, encoding: str
) -> None:
    assert plain.decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("It’s “quoted”: the café costs £5 and the key hangs behind the blue door. ", "cp1252"),
        ("La clé est derrière la porte, à côté de l'évier. Où êtes-vous né ? ", "cp1252"),
        ("Nyckeln hänger bakom den blå dörren på köket. Frågorna är många. ", "cp1252"),
        ("Článek týdne. Původními vlastníky knihovny byli esejci, věřte. ", "cp1250"),
        ("Klucz wisi za niebieskimi drzwiami. Zażółć gęślą jaźń, proszę. ", "cp1250"),
        ("Cheia atârnă în spatele uşii albastre. Ţară şi în bucătărie. ", "cp1250"),
        ("A kulcs az ajtó mögött lóg a konyhában. Őrült űrhajós. ", "cp1250"),
        ("Não há informações sobre as reuniões; a chave está atrás. ", "cp1252"),
        ("La clé est derrière la porte, à côté de l'évier. Où êtes-vous né ? ", "cp850"),
        ("Nyckeln hänger bakom den blå dörren på köket. Frågorna är många. ", "mac_roman"),
    ],
)
def test_a_long_text_from_the_west_is_told_from_one_from_central_europe(
    text: str, encoding: str
) -> None:
    assert plain.decode((text * 10).encode(encoding)) == text * 10


def test_a_bad_byte_or_a_cut_character_does_not_spoil_a_text() -> None:
    data = (GERMAN * 20).encode()
    assert plain.decode(data + b"\xff" + data).startswith(GERMAN)
    assert plain.decode(data + "ü".encode()[:1]) == GERMAN * 20


@pytest.mark.parametrize("charset", ["utf-16", "punycode", "undefined", "unicode_escape", "utf-7"])
def test_an_encoding_that_a_page_cannot_be_in_is_not_believed(charset: str) -> None:
    data = f'<meta charset="{charset}"><p>Das Café öffnet.</p>'.encode("cp1252")
    assert words("a.html", data) == "Das Café öffnet."


def test_a_text_with_page_breaks_is_read_by_pages() -> None:
    reading = read("a.txt", "One.\n\f\n\n\fThree.\n\f")
    assert [(s.label, s.text, s.page) for s in reading.sections] == [
        ("p. 1", "One.", 1),
        ("p. 3", "Three.", 3),
    ]


def test_one_page_break_at_the_end_makes_no_pages() -> None:
    assert [(s.label, s.text) for s in read("a.txt", "One.\n\f").sections] == [("", "One.\n")]


def test_one_very_long_line_loses_no_word() -> None:
    line = "word " * 20_000
    assert words("a.txt", line).split() == line.split()


# --- Markdown ---------------------------------------------------------------------------


def test_markdown_terms_stand_before_what_explains_them() -> None:
    text = words("a.md", "Key\n: It is *blue*.\n\nDoor\n: One.\n: Two.\n\nEnd.")
    assert text == "Key: It is blue.\n\nDoor: One.\n\nTwo.\n\nEnd."


def test_markdown_footnotes_are_kept_with_their_marks() -> None:
    text = words("a.md", "The key[^1] hangs.\n\n[^1]: It is blue.\n\nEnd.")
    assert text == "The key [1] hangs.\n\nEnd.\n\n[1] It is blue."


def test_markdown_marks_of_empty_items_and_notes_do_not_stray() -> None:
    assert words("a.md", "- a\n-\n\nText.\n\n1.\n\n## Next\n\nMore.") == "- a\n\nText.\n\nMore."


def test_markdown_struck_words_lose_their_marks() -> None:
    assert words("a.md", "~~old~~ new") == "old new"


def test_markdown_takes_its_title_from_front_matter_in_toml() -> None:
    reading = read("a.md", '+++\ntitle = "Grants"\n+++\nApply.\n')
    assert (reading.title, reading.sections[0].text) == ("Grants", "Apply.")
    assert "not toml" in words("a.md", "+++\nnot toml\n+++\n")


@given(
    st.lists(
        st.sampled_from(
            ["# ", "- ", "1. ", "> ", "\n\n", "    ", "[^1]", ": ", "| a |\n|-|\n", "`"]
        )
        | st.sampled_from(["<b>", "<!--", "~~", "![a](b)", "---\n", "+++\n", "a:\n", "\\", "&#0;"])
        | st.text("ab \n", max_size=4),
        max_size=25,
    )
)
def test_wild_markdown_is_read(parts: list[str]) -> None:
    reading = markdown.read(File("a.md", "".join(parts).encode()))
    assert all(section.text.strip() for section in reading.sections)


# --- HTML -------------------------------------------------------------------------------


def test_html_terms_stand_before_what_explains_them() -> None:
    content = "<dl><dt>Key<dd>It is blue.<dt>Lone<dt>Door<dd>One.<dd>Two.<dt>Last</dl><p>End."
    assert words("a.html", content) == (
        "Key: It is blue.\n\nLone\n\nDoor: One.\n\nTwo.\n\nLast\n\nEnd."
    )


def test_html_list_items_keep_their_marks_and_numbers() -> None:
    content = (
        "<ul><li><p>a lamp</p><p>or two</p><li></li></ul><ol start=3><li>Open<li>Close"
        "<ul><li>twice</ul></ol>"
    )
    assert words("a.html", content) == ("- a lamp\n\nor two\n\n3. Open\n\n4. Close\n\n- twice")


def test_html_pictures_and_form_fields_say_what_they_show() -> None:
    content = (
        '<p>A <img alt="blue door" src=x> <img src=y></p><form><input value="Ann">'
        '<input placeholder="Your name"><input type=hidden value=no><input type=password value=no>'
        "<select><option>Hall<option>Room</select><textarea>Notes</textarea>"
        "<button>Send</button></form><figure><img><figcaption>Below</figcaption></figure>"
        "<details><summary>More</summary>Inside.</details>"
    )
    text = words("a.html", content)
    assert text.startswith("A blue door")
    shown = ["Ann", "Your name", "Hall", "Room", "Notes", "Send", "Below", "More", "Inside."]
    assert [w for w in shown if w not in text] == []
    assert "no" not in text.split()


def test_html_cells_keep_words_together_and_apart() -> None:
    content = (
        "<table><tr><th>What<th>How<tr><td>H<sub>2</sub>O<td><p>one</p><p>two</p>"
        "<b>Large</b>, <i>loud</i><img alt=pic></table>"
    )
    assert words("a.html", content) == "What: H2O; How: one two Large, loud pic."


def test_html_table_inside_a_cell_stays_in_that_cell() -> None:
    content = (
        "<table><tr><th>Bird<th>Sound<tr><td>Duck<td><table><tr><td>Quack<td>loud</table>"
        "<tr><td>Goose<td>Honk</table>"
    )
    assert words("a.html", content) == (
        "Bird: Duck; Sound: Quack loud.\n\nBird: Goose; Sound: Honk."
    )


@pytest.mark.parametrize(
    "content",
    [
        "<table><tr><td><h2>News</h2>The hall is open.<td>Menu</table>",
        "<table role=presentation><tr><td><h2>News</h2></td></tr><tr><td>The hall is open.</table>",
        "<table><tr><td><h2>News</h2><table><tr><td>The hall is open.</table></table>",
    ],
)
def test_html_tables_that_only_place_things_keep_their_headings(content: str) -> None:
    section = read("a.html", f"<title>T</title>{content}").sections[0]
    assert section.label == "News"
    assert "The hall is open." in section.text


def test_html_row_whose_cells_all_go_on_below_is_no_row() -> None:
    content = (
        "<table><tr><th>Year<th>Month<tr><th rowspan=3>2025</th></tr>"
        "<tr><td>May<tr><td>June</table>"
    )
    assert words("a.html", content) == "Year: 2025; Month: May.\n\nYear: 2025; Month: June."


def test_html_cells_that_span_much_do_not_multiply_much() -> None:
    cell = f"<td colspan=9999 rowspan=9999>{'word ' * 2000}"
    reading = read("a.html", "<table>" + f"<tr>{cell * 3}" * 50 + "</table>")
    assert sum(len(section.text) for section in reading.sections) < 3_000_000


@given(
    st.lists(
        st.sampled_from(
            "p div li ul ol dl dt dd table tr td th h1 b br pre img input option".split()
        )
        | st.text("ab <>&/=\"'\n", max_size=5),
        max_size=30,
    )
)
def test_wild_html_is_read(parts: list[str]) -> None:
    content = "".join(f"<{p}>x" if p.isalnum() else p for p in parts)
    reading = html.read(File("a.html", content.encode()))
    assert all(section.text.strip() for section in reading.sections)


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(data: bytes) -> None:
    reading = plain.read(File("a.txt", data))
    assert all(section.text.strip() for section in reading.sections)
