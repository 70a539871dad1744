"""RTF: what is shown is read, in its encoding; what is hidden or only data is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read as read_file
from assistant.parse.texts import rtf
from tests.conftest import SHARED

COLLECTION = SHARED / "documents" / "rtf"
FONTS = (
    r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset2 Symbol;}"
    r"{\f3\fcharset128 MS Gothic;}}"
)
STYLES = (
    r"{\stylesheet{\ql Normal;}{\s1\sb240 heading 1;}{\s2 heading 2;}{\s3\outlinelevel1 Kop 2;}"
    r"{\s5 Title;}{\*\cs10 Default Paragraph Font;}}"
)


def read(body: str, name: str = "letter.rtf") -> Reading:
    return read_file(
        File(name, f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{FONTS}{body}}}".encode("latin-1"))
    )


def words(body: str) -> str:
    reading = read(body)
    assert reading.status is Status.READY, reading
    return "\n\n".join(section.text for section in reading.sections)


def test_paragraphs_are_kept_apart_and_line_breaks_inside_them() -> None:
    assert words(r"One\line more.\par Two\tab three.\par") == "One\nmore.\n\nTwo three."


def test_headings_become_labels_by_their_style_whatever_its_language() -> None:
    reading = read(
        STYLES
        + r"\pard\s5 Guide\par\pard Hello.\par\pard\s1 Money\par\pard\s3 Grants\par\pard Ask.\par"
    )
    assert reading.title == "Guide"
    assert [(s.label, s.text) for s in reading.sections] == [
        ("", "Hello."),
        ("Money > Grants", "Ask."),
    ]


def test_the_title_comes_from_the_document_s_own_facts() -> None:
    reading = read(r"{\info{\title Opening hours}{\author Ann}}Ten to four.")
    assert (reading.title, reading.media_type) == ("Opening hours", "application/rtf")
    assert [s.text for s in reading.sections] == ["Ten to four."]


def test_a_document_without_a_title_is_called_by_its_file() -> None:
    assert read("Hello.").title == "letter"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"Caf\'e9 \'93so\'94", "Café “so”"),
        (r"{\f1 \'ea\'eb\'fe\'f7} \'e9", "ключ é"),
        (r"{\f3 \'8c\'ae}", "鍵"),
        (r"\u233?t\u8217\'92s", "ét’s"),
        (r"\uc0\u233 t\u-10240\u-8398", "ét\U00010332"),
        (r"{\uc2\u24180\'94\'4e}!", "年!"),
        (r"a\~b\_c\-d\emdash e\bullet", "a b-cd—e•"),
        (r"\{x\\y\}", "{x\\y}"),
        (r"{\upr{old}{\*\ud{new}}}", "new"),
        (r"lone \u-10240? here", "lone here"),
    ],
)
def test_letters_are_read_in_the_encoding_of_their_font(body: str, text: str) -> None:
    assert words(body) == text


@pytest.mark.parametrize(
    ("start", "text"),
    [(r"\ansi\ansicpg1250", "ł"), (r"\mac", "≥"), (r"\pca", "│"), (r"\ansi\ansicpg99999", "³")],
)
def test_the_encoding_of_the_document_holds_where_no_font_names_one(start: str, text: str) -> None:
    data = rf"{{\rtf1{start} \'b3}}".encode()
    assert read_file(File("a.rtf", data)).sections[0].text == text


def test_table_rows_carry_their_column_headings() -> None:
    row = r"\trowd\cellx1\cellx2\pard\intbl %s\cell %s\cell\row"
    body = row % ("Day", "Opens") + row % ("Monday", r"10\par or 11") + r"\pard After.\par"
    assert words(body) == "Day: Monday; Opens: 10\nor 11.\n\nAfter."


def test_cells_merged_downwards_say_the_same_in_each_row() -> None:
    body = (
        r"\trowd\cellx1\cellx2\intbl Day\cell Fee\cell\row"
        r"\trowd\clvmgf\cellx1\cellx2\intbl Monday\cell 5\cell\row"
        r"\trowd\clvmrg\cellx1\cellx2\intbl\cell 6\cell\row"
    )
    assert words(body) == "Day: Monday; Fee: 5.\n\nDay: Monday; Fee: 6."


def test_lists_keep_their_marks_and_numbers() -> None:
    body = (
        r"{\listtext\f2\'b7\tab}a lamp\par{\listtext\f2\'b7\tab}a cup\par"
        r"{\pntext 1.\tab}Open\par{\pntext 2.\tab}Close\par"
    )
    assert words(body) == "- a lamp\n\n- a cup\n\n1. Open\n\n2. Close"


def test_footnotes_comments_and_text_boxes_come_after_their_paragraph() -> None:
    body = (
        r"The key{\footnote It is blue.} hangs{\*\atnid A}{\*\annotation Where?} here."
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv no}}{\shptxt Boxed.\par}}{\shprslt Boxed again.}}"
        r"\par End."
    )
    assert words(body) == "The key hangs here.\n\nIt is blue.\n\nWhere?\n\nBoxed.\n\nEnd."


def test_headers_and_footers_are_read_once_under_their_own_label() -> None:
    reading = read(r"{\header Hall\par}{\footer Page}Text.\par{\headerr Hall\par}More.")
    assert [(s.label, s.text) for s in reading.sections] == [
        ("", "Text.\n\nMore."),
        ("header", "Hall"),
        ("footer", "Page"),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        r"{\v no}",
        r"\v no\v0 ",
        r"{\deleted no}",
        r"{\pict\pngblip 00ff00ff}",
        r"{\*\shppict{\pict 00ff}}",
        r"{\object{\*\objdata 00ff}}",
        r"{\*\unknown no}",
        r"{\field{\*\fldinst HYPERLINK no}{\fldrslt}}",
        r"{\xe no}",
        r"{\colortbl;\red1;}",
        r"{\pict\bin3 }}\'00}",
    ],
)
def test_what_is_hidden_or_only_data_is_not_read(hidden: str) -> None:
    assert words(f"a{hidden}b") in ("ab", "a\nb")


def test_the_words_of_a_link_are_read_and_its_address_is_not() -> None:
    body = r'See {\field{\*\fldinst HYPERLINK "http://x.org"}{\fldrslt the hall}}.'
    assert words(body) == "See the hall."


def test_the_description_of_a_picture_is_read_unless_it_is_a_file_name() -> None:
    picture = r"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv %s}}}00ff}}"
    assert words("a" + picture % "A blue door" + picture % r"C:\'5cx.jpg") == "a A blue door"


def test_a_document_that_breaks_off_is_read_in_part() -> None:
    reading = read_file(File("a.rtf", rb"{\rtf1\ansi The key hangs {\b here"))
    assert (reading.status, reading.sections[0].text) == (Status.PARTLY, "The key hangs here")
    assert reading.reason
    assert reading.remedy


def test_a_document_that_runs_out_of_time_is_read_in_part() -> None:
    data = rb"{\rtf1\ansi " + rb"word\par " * 30_000 + b"}"
    assert read_file(File("a.rtf", data, deadline=0)).status is Status.PARTLY


@pytest.mark.parametrize(
    "part", ["{", "}", r"{\*\a", r"{\footnote a", r"\cell", r"\trowd\clvmrg\cellx1", r"\bin99999 "]
)
def test_any_number_of_groups_and_marks_is_read(part: str) -> None:
    data = (r"{\rtf1\ansi The key. " + part * 20_000).encode()
    assert read_file(File("a.rtf", data)).status in (Status.READY, Status.PARTLY)


@given(
    st.lists(
        st.sampled_from(
            r"{ } \par \cell \row \trowd \intbl \u233? \'e9 \v \pict \* \footnote \fonttbl "
            r"\stylesheet \s1 \f1 \fcharset2 \upr \ud \bin5 \uc3 \listtext \nestcell \ ".split(" ")
        )
        | st.text("abc \\{}'-019\n", max_size=5),
        max_size=40,
    )
)
def test_wild_input_is_read_or_is_no_text(parts: list[str]) -> None:
    reading = rtf.read(File("a.rtf", (r"{\rtf1 " + "".join(parts)).encode("utf-8")))
    assert all(section.text.strip() for section in reading.sections)


@pytest.mark.skipif(not COLLECTION.is_dir(), reason="the shared document collection is not here")
def test_every_document_of_the_collection_is_read_without_data_in_its_text() -> None:
    for path in sorted(COLLECTION.glob("*.rtf")):
        reading = read_file(File(path.name, path.read_bytes()))
        assert reading.status in (Status.READY, Status.PARTLY, Status.NO_TEXT), path.name
        text = "\n".join(section.text for section in reading.sections)
        assert "\\par" not in text, path.name
        assert "010009000003" not in text, path.name  # how a picture begins


def test_raw_bytes_beyond_the_end_are_told_of() -> None:
    reading = read_file(File("a.rtf", rb"{\rtf1 First.\par {\pict\bin99999 xx}Last.}"))
    assert reading.status is Status.PARTLY
