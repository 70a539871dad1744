"""CSV and its relatives: delimiters, headings, row numbers, and what people's programs write."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.outline import SECTION_LIMIT
from assistant.parse.reading import read
from assistant.parse.tables import delimited


def rows(content: str | bytes, name: str = "a.csv") -> list[tuple[str, str]]:
    data = content.encode() if isinstance(content, str) else content
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


def words(content: str | bytes, name: str = "a.csv") -> str:
    return "\n\n".join(text for _, text in rows(content, name))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_carry_their_headings_whatever_stands_between_the_cells(delimiter: str) -> None:
    text = "Name,Town,Age\nAli,Leeds,40\nBo,York,9\n".replace(",", delimiter)
    assert rows(text) == [
        ("rows 2 to 3", "Name: Ali; Town: Leeds; Age: 40.\n\nName: Bo; Town: York; Age: 9.")
    ]


def test_title_and_type() -> None:
    reading = read(File("Members 2024.csv", b"a,b\n1,2\n"))
    assert (reading.title, reading.media_type) == ("Members 2024", "text/csv")
    assert read(File("a.tsv", b"a\tb\n1\t2\n")).media_type == "text/tab-separated-values"


def test_commas_in_numbers_do_not_cut_a_file_of_semicolons() -> None:
    assert words("Item;Price\nTea;1,50\nMilk;0,95\n") == "Item: Tea; Price: 1,50.\n\n" + (
        "Item: Milk; Price: 0,95."
    )


def test_the_line_in_which_excel_names_the_delimiter_is_no_row() -> None:
    assert rows("sep=;\r\nA;B\r\n1;2\r\n") == [("row 2", "A: 1; B: 2.")]
    assert words("sep=^\r\nA^B\r\n1^2,3\r\n") == "A: 1; B: 2,3."


def test_a_cell_may_hold_line_ends_and_delimiters_and_counts_as_one_row() -> None:
    text = 'Name,Note\nAli,"one, two\nthree ""four"""\nBo,five\nCy,six\n'
    assert rows(text) == [
        ("rows 2 to 4", 'Name: Ali; Note: one, two\nthree "four".\n\n' + "Name: Bo; Note: five.\n\n"
        "Name: Cy; Note: six.")
    ]  # fmt: skip


def test_without_a_heading_row_no_cell_gets_a_heading() -> None:
    assert rows("1,Ali,40\n2,Bo,9\n3,,7\n") == [("rows 1 to 3", "1; Ali; 40\n\n2; Bo; 9\n\n3; 7")]


def test_a_row_with_names_further_down_is_no_heading() -> None:
    assert words("1,Ali,x\n,Bo,y\n2,Cy,z\n") == "1; Ali; x\n\nBo; y\n\n2; Cy; z"


def test_years_may_be_headings() -> None:
    assert words("Grant,2023,2024\nHall,500,650\n") == "Grant: Hall; 2023: 500; 2024: 650."


def test_rows_of_uneven_length_keep_all_their_cells() -> None:
    text = "Name,Age,Town\nAli,40,York\nBo\nCy,7,Leeds,extra\n"
    assert words(text) == (
        "Name: Ali; Age: 40; Town: York.\n\nName: Bo.\n\nName: Cy; Age: 7; Town: Leeds; extra."
    )


def test_a_title_above_and_a_note_below_stand_alone() -> None:
    text = "Members of the club\n\nName,Age\nAli,40\nBo,9\n\nAges as of the first of May\n"
    assert rows(text) == [
        (
            "rows 1 to 7",
            "Members of the club\n\nName: Ali; Age: 40.\n\nName: Bo; Age: 9.\n\n"
            "Ages as of the first of May",
        )
    ]


def test_empty_rows_count_and_a_table_goes_on_after_one() -> None:
    assert rows("Name,Age\nAli,40\n\nBo,9\n") == [
        ("rows 2 to 4", "Name: Ali; Age: 40.\n\nName: Bo; Age: 9.")
    ]


def test_a_label_points_to_few_rows() -> None:
    text = "Name,Note\n" + "".join(f"N{n},{'word ' * 20}\n" for n in range(2, 42))
    found = rows(text)
    assert found[0][0] == "rows 2 to 8"
    assert found[-1][0].endswith(" to 41")
    for label, section in found:
        first = int(label.split()[1])
        assert section.startswith(f"Name: N{first};")
        assert len(section) < 1000


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows() -> None:
    text = 'Name,Note\nAli,"tall\n' + "".join(f"N{n},x\n" for n in range(300))
    assert rows(text)[-1][1].endswith("Name: N299; Note: x.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    data = "Name,Straße\nZoë,Café\n".encode(encoding)
    assert words(data) == "Name: Zoë; Straße: Café."


def test_nul_bytes_are_left_out() -> None:
    # not by way of the sniffer, which calls such bytes no text
    reading = delimited.read(File("a.csv", b"Na\0me,Age\nAl\0i,40\n"))
    assert [s.text for s in reading.sections] == ["Name: Ali; Age: 40."]


def test_control_characters_are_left_out() -> None:
    assert words("A,B\n\x1b[31mred\x1b[0m,1\n") == "A: red; B: 1."


def test_a_very_long_cell_is_cut_into_sections() -> None:
    found = rows("A,B\n1," + "word " * 40_000 + "\n")
    assert all(len(text) <= SECTION_LIMIT for _, text in found)
    assert found[1][0] == "row 2 (part 2)"


def test_very_many_columns() -> None:
    assert "c9999: 9999." in words(
        ",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join(map(str, range(10_000)))
    )


def test_a_huge_row_is_not_repeated_as_a_heading() -> None:
    huge = "x" * 1_000_000
    for gap in ("", "\n"):
        data = f"{huge},{huge}\n{gap}" + "1,2\n" * 100
        reading = delimited.read(File("a.csv", data.encode()))
        assert sum(len(s.text) for s in reading.sections) < 2_010_000


def test_many_empty_columns_do_not_part_a_table() -> None:
    text = ",,".join(f"h{n}" for n in range(100)) + ("\n" + ",,".join(["5"] * 100)) * 3
    assert words(text).startswith("h0: 5; h1: 5; h2: 5; ")


def test_prose_in_a_csv_file_is_kept_as_it_is() -> None:
    assert words("A line.\nAnother line of it.\n") == "A line.\n\nAnother line of it."


def test_out_of_time_the_rows_so_far_are_kept() -> None:
    data = "Name,Age\n" + "Ali,40\n" * 3000
    reading = read(File("a.csv", data.encode(), deadline=time.monotonic() - 1))
    assert reading.status is Status.PARTLY
    assert "row 1,000" in reading.reason
    assert reading.remedy
    assert reading.sections[-1].label.endswith("to 1000")


def test_a_flood_of_text_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "TEXT_LIMIT", 1000)
    reading = read(File("a.csv", b"Name,Age\n" + b"Ali,40\n" * 5000))
    assert reading.status is Status.PARTLY
    assert "row 2,000" in reading.reason


@given(st.text(alphabet=st.sampled_from("ab1, ;\t|\"\n\r'=\0é.:-"), max_size=200))
def test_any_text_is_read(text: str) -> None:
    check(delimited.read(File("a.csv", text.encode())))


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    check(delimited.read(File("a.csv", data)))


@given(st.lists(st.lists(st.sampled_from(["", "x", "Name", "5"]), max_size=6), max_size=12))
def test_no_word_of_any_table_is_lost(table: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in table)
    reading = delimited.read(File("a.csv", text.encode()))
    check(reading)
    found = " ".join(s.text for s in reading.sections)
    assert not {cell for row in table for cell in row if cell and cell not in found}


def check(reading: Reading) -> None:
    for section in reading.sections:
        assert section.text.strip()
        assert "\0" not in section.text
        assert section.label.startswith("row")
