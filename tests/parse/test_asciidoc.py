"""AsciiDoc: headings, lists, tables and blocks are read; markup and comments go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read as read_file
from assistant.parse.texts import asciidoc


def read(content: str, name: str = "guide.adoc") -> Reading:
    return read_file(File(name, content.encode()))


def words(content: str) -> str:
    reading = read(content)
    assert reading.status is Status.READY, reading
    return "\n\n".join(section.text for section in reading.sections)


def test_headings_become_labels() -> None:
    reading = read("= Guide\n\nHello.\n\n== Money ==\n=== Grants\nOne.\n\nUnder\n-----\nTwo.\n")
    assert (reading.title, reading.media_type) == ("Guide", "text/asciidoc")
    assert [(s.label, s.text) for s in reading.sections] == [
        ("", "Hello."),
        ("Money > Grants", "One."),
        ("Under", "Two."),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("*b* _i_ `m` **un**bold x^2^ H~2~O [.r]#marked#", "b i m unbold x2 H2O marked"),
        ("https://x.org[our site,window=_blank] https://y.org", "our site https://y.org"),
        ("<<a,the part>> xref:b.adoc[other] link:c[here^]", "the part other here"),
        ("kbd:[Ctrl] btn:[OK] menu:File[Save]", "Ctrl OK File > Save"),
        ("a +\nb\nc", "a\nb c"),
        ("\\*not bold* 2*3*4 a_b_c", "*not bold* 2*3*4 a_b_c"),
        ('"`quoted`" &amp; ((term)) (((a,b)))[[here]]', "“quoted” & term"),
        ("A image:x.png[blue door,20]", "A blue door"),
        (":hall: Town Hall\n\nThe {hall}, {unknown}.", "The Town Hall, {unknown}."),
    ],
)
def test_markup_goes_and_words_stay(content: str, text: str) -> None:
    assert words(content) == text


def test_lists_keep_their_marks_numbers_and_terms() -> None:
    bullets = words("* a lamp\n** or two\n* a cup\n\nText.")
    assert bullets == "- a lamp\n  - or two\n- a cup\n\nText."
    assert words(". Open\n+\nWait.\n\n. Close\n") == "1. Open\nWait.\n2. Close"
    assert words("CPU:: The brain.\nRAM::\n  Memory.\n") == "CPU: The brain.\nRAM: Memory."


@pytest.mark.parametrize(
    "table",
    [
        "|===\n|Day |Opens\n\n|Monday |10\n|===",
        "|===\n|Day |Opens |\n|Monday |10 |\n|===",
        '[cols="1,1",options="header"]\n|===\n|Day\n|Opens\n\n|Monday\n|10\n|===',
        "[cols=2*]\n|===\n^.^h|Day >|Opens\na|Monday s|10\n|===",
        "[format=csv]\n|===\nDay,Opens\nMonday,10\n|===",
        ",===\nDay,Opens\nMonday,10\n,===",
        "|Day |Opens|\n|Monday |10|",
    ],
)
def test_table_rows_carry_their_column_headings(table: str) -> None:
    assert words(f"{table}\n\nAfter.") == "Day: Monday; Opens: 10.\n\nAfter."


def test_cells_that_span_are_in_each_of_their_columns() -> None:
    content = "[cols=2]\n|===\n|Day|Fee\n.2+|Monday|5\n|6\n2+|closed\n|==="
    assert words(content) == (
        "Day: Monday; Fee: 5.\n\nDay: Monday; Fee: 6.\n\nDay: closed; Fee: closed."
    )


def test_blocks_captions_and_admonitions_are_read() -> None:
    content = (
        ".A caption\n[source,sh]\n----\n* no list\n// kept\n----\n\nNOTE: Bring a lamp.\n\n"
        "[WARNING]\n====\nHot.\n====\n\n[quote, Amina]\n____\nBe kind.\n____\n\n"
        "image::x.png[A door, 200]\n\n literal  text\n"
    )
    assert words(content) == (
        "A caption\n\n* no list\n// kept\n\nNOTE: Bring a lamp.\n\nWARNING: Hot.\n\nBe kind."
        "\n\n— Amina\n\nA door\n\n literal  text"
    )


def test_footnotes_come_after_their_paragraph() -> None:
    assert words("The key.footnote:[It is *blue*.]\n\nEnd.") == "The key.\n\nIt is blue.\n\nEnd."


def test_comments_includes_and_attributes_are_not_read() -> None:
    content = (
        "// no\n:no: no\n////\nno\n////\ninclude::/etc/passwd[]\nifdef::x[]\nShown.\nendif::[]\n"
    )
    assert words(content) == "Shown."


def test_attributes_do_not_grow_into_one_another() -> None:
    content = (
        ":a: " + "x" * 2000 + "\n:b: {a}{a}{a}\n:c: {b}{b}{b}\n\n" + "{c}" * 5000 + " The key."
    )
    assert "The key." in words(content)
    assert len(words(content)) < 60_000


@pytest.mark.parametrize("part", ["|===\n", "----\n", "====\n", "* a\n", "[[", "<<", "*", "a::\n"])
def test_any_number_of_marks_is_read(part: str) -> None:
    assert read("The key.\n\n" + part * 3000).status is Status.READY


def test_a_table_with_huge_counts_stays_small() -> None:
    content = "[cols=999*]\n|===\n" + "999.999+|word " * 200 + "\n|==="
    assert sum(len(s.text) for s in read(content).sections) < 500_000


@given(
    st.lists(
        st.sampled_from(
            "=|== |* |** |. |+\n|----\n|====\n|____\n|\n|\n\n|[quote,a]\n|[NOTE]\n|.t\n|:a: b\n|{a}"
            "|a::|//|image::a[b]|<<|>>|`|_|#|[|]|footnote:[|\\|include::x[]\n|2+".split("|")
        )
        | st.sampled_from(["|", "|===\n", ",===\n"])
        | st.text("ab \n", max_size=4),
        max_size=30,
    )
)
def test_wild_input_is_read(parts: list[str]) -> None:
    reading = asciidoc.read(File("a.adoc", "".join(parts).encode()))
    assert all(section.text.strip() for section in reading.sections)
