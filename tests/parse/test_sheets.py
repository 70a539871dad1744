"""Spreadsheets: what stands on a sheet, under which label, and what is refused with a reason."""

from __future__ import annotations

import datetime
import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read
from assistant.parse.tables import sheet_parts, sheets
from assistant.parse.tables.cells import shown
from tests.conftest import SHARED

Fill = Callable[[Any, Any], object]


def workbook(*sheets: Fill, names: tuple[str, ...] = ()) -> bytes:
    """An XLSX file; each function fills a sheet: `lambda sheet, book: sheet.write("A1", "x")`."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for number, fill in enumerate(sheets):
        fill(book.add_worksheet(names[number] if names else None), book)
    book.close()
    return stream.getvalue()


def table(rows: list[list[Any]], at: tuple[int, int] = (0, 0)) -> Fill:
    def fill(sheet: Any, _: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(at[0] + number, at[1], row)

    return fill


def found(data: bytes, name: str = "a.xlsx") -> list[tuple[str, str]]:
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


def changed(data: bytes, members: dict[str, bytes | None]) -> bytes:
    """The zip file with some members replaced, added, or left out (None)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


PEOPLE = [["Name", "Age"], ["Ali", 40], ["Bo", 9]]


# --- tables on a sheet -----------------------------------------------------------------


def test_rows_carry_their_headings_and_real_row_numbers() -> None:
    data = workbook(table(PEOPLE, (4, 2)), names=("Members",))
    assert found(data) == [("Members, rows 6 to 7", "Name: Ali; Age: 40.\n\nName: Bo; Age: 9.")]


def test_a_title_above_and_a_note_below_stand_alone() -> None:
    rows = [["Members of the club"], *PEOPLE, [], ["Ages as of May"]]
    assert found(workbook(table(rows))) == [
        (
            "Sheet1, rows 1 to 6",
            "Members of the club\n\nName: Ali; Age: 40.\n\nName: Bo; Age: 9.\n\nAges as of May",
        )
    ]


def test_tables_one_below_the_other_have_each_their_own_headings() -> None:
    rows = [*PEOPLE, [], ["Item", "Price", "Shop"], ["Tea", 2, "Corner"]]
    assert found(workbook(table(rows)))[0][1].endswith(
        "Name: Bo; Age: 9.\n\nItem: Tea; Price: 2; Shop: Corner."
    )


def test_tables_side_by_side_are_read_one_after_the_other() -> None:
    rows = [
        ["Name", "Age", None, "Item", "Price"],
        ["Ali", 40, None, "Tea", 2],
        ["Bo", 9, None, "Milk", 1],
        [None, None, None, "Jam", 3],
    ]
    assert [text for _, text in found(workbook(table(rows)))] == [
        "Name: Ali; Age: 40.\n\nName: Bo; Age: 9.\n\n"
        "Item: Tea; Price: 2.\n\nItem: Milk; Price: 1.\n\nItem: Jam; Price: 3."
    ]


def test_an_empty_column_inside_a_table_does_not_part_its_rows() -> None:
    rows = [["Name", "Age", None, "Town"], ["Ali", 40, None, "York"], ["Bo", 9, None, "Hull"]]
    assert found(workbook(table(rows)))[0][1].startswith("Name: Ali; Age: 40; Town: York.")


def test_empty_rows_inside_a_table_keep_its_headings() -> None:
    rows = [["Number", "Square"], [], [1, 1], [2, 4], [], [3, 9]]
    text = found(workbook(table(rows)))[0][1]
    assert "Number: 1; Square: 1." in text
    assert "Number: 3; Square: 9." in text


def test_a_form_is_questions_with_answers() -> None:
    rows = [["Name:", "Oak Hall"], ["Phone:", "01865 1234"], ["Opens:", "nine o'clock"]]
    assert found(workbook(table(rows)))[0][1] == (
        "Name: Oak Hall\n\nPhone: 01865 1234\n\nOpens: nine o'clock"
    )


def test_merged_headings_and_cells_reach_every_column_and_row() -> None:
    def fill(sheet: Any, _: Any) -> None:
        table([["Course"], ["", "Price", "Places", "Price"], ["Yoga", 5, 9, 6], ["", 4, 8, 7]])(
            sheet, None
        )
        sheet.merge_range("A1:A2", "Course")
        sheet.merge_range("B1:C1", "Spring")
        sheet.write("D1", "Autumn")
        sheet.merge_range("A3:A4", "Yoga")

    assert found(workbook(fill))[0][1] == (
        "Course: Yoga; Spring Price: 5; Spring Places: 9; Autumn Price: 6.\n\n"
        "Course: Yoga; Spring Price: 4; Spring Places: 8; Autumn Price: 7."
    )


def test_cells_merged_only_to_be_wider_are_told_once() -> None:
    def fill(sheet: Any, _: Any) -> None:
        for row, (name, town) in enumerate([("Name", "Town"), ("Ali", "York"), ("Bo", "Hull")]):
            sheet.merge_range(row, 0, row, 1, name)
            sheet.write(row, 2, town)
        sheet.merge_range("A9:B9", "Total")
        sheet.write("C9", 2)

    assert found(workbook(fill))[0][1] == (
        "Name: Ali; Town: York.\n\nName: Bo; Town: Hull.\n\nTotal; 2"
    )


def test_a_cell_merged_over_several_headings_stands_under_each() -> None:
    def fill(sheet: Any, _: Any) -> None:
        table([["Room", "Monday", "Tuesday"], ["Hall", "", ""], ["Bar", "Chess", "Bridge"]])(
            sheet, None
        )
        sheet.merge_range("B2:C2", "Yoga")

    assert found(workbook(fill))[0][1].startswith("Room: Hall; Monday: Yoga; Tuesday: Yoga.")


def test_a_merged_title_is_told_once() -> None:
    def fill(sheet: Any, _: Any) -> None:
        table(PEOPLE, (1, 0))(sheet, None)
        sheet.merge_range("A1:B1", "Members")

    assert found(workbook(fill))[0][1].startswith("Members\n\nName: Ali")


def test_a_long_table_keeps_its_headings_to_the_end() -> None:
    rows = [["Name", "Town"], *([f"N{n}", "York"] for n in range(2, 5002))]
    sections = found(workbook(table(rows)))
    assert sections[0][0].startswith("Sheet1, rows 2 to ")
    assert sections[-1][0].endswith(" to 5001")
    assert sections[-1][1].endswith("Name: N5001; Town: York.")
    for label, text in sections:
        first = label.removeprefix("Sheet1, rows ").split()[0]
        assert text.startswith(f"Name: N{first}; ")
        assert len(text) < 1000


# --- values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (-3.5, "-3.5"),
        (0.00001, "0.00001"),
        (1e300, "1e+300"),
        (123456789012345.0, "123456789012345"),
        (7, "7"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime.date(2024, 3, 31), "2024-03-31"),
        (datetime.datetime(2024, 3, 31), "2024-03-31"),
        (datetime.datetime(2024, 3, 31, 9, 30), "2024-03-31 09:30"),
        (datetime.datetime(2024, 3, 31, 9, 29, 59, 999_999), "2024-03-31 09:30"),
        (datetime.datetime.max, "9999-12-31 23:59:59"),
        (datetime.time(9, 30), "09:30"),
        (datetime.time(0, 0), "00:00"),
        (datetime.time(9, 30, 5), "09:30:05"),
        (datetime.timedelta(hours=36), "36:00:00"),
        ("  two   spaces ", "two spaces"),
        ("one\n\n two\r\nthree", "one\ntwo\nthree"),
        ("a\x1b[31mb\u202ec", "abc"),
        ("#DIV/0!", "#DIV/0!"),
        ("", ""),
    ],
)
def test_a_value_is_told_as_a_person_sees_it(value: object, words: str) -> None:
    assert shown(value) == words


def test_zero_and_false_are_values() -> None:
    assert found(workbook(table([["Name", "Debt"], ["Ali", 0], [False, 0]])))[0][1] == (
        "Name: Ali; Debt: 0.\n\nName: FALSE; Debt: 0."
    )


def test_a_formula_is_its_last_result() -> None:
    data = workbook(lambda sheet, _: sheet.write_formula("A1", '="a"&"b"', None, "ab"))
    assert found(data) == [("Sheet1, row 1", "ab")]


# --- sheets ----------------------------------------------------------------------------


def test_hidden_sheets_are_read_and_say_so() -> None:
    def hidden(sheet: Any, _: Any) -> None:
        sheet.write("A1", "two")
        sheet.hide()

    def very_hidden(sheet: Any, _: Any) -> None:
        sheet.write("A1", "three")
        sheet.very_hidden()

    data = workbook(table([["one"]]), hidden, very_hidden)
    assert found(data) == [
        ("Sheet1, row 1", "one"),
        ("Sheet2 (hidden), row 1", "two"),
        ("Sheet3 (hidden), row 1", "three"),
    ]


def test_a_protected_sheet_is_read() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.write("A1", "one")
        sheet.protect("secret")

    assert found(workbook(fill)) == [("Sheet1, row 1", "one")]


def test_the_title_of_the_properties_comes_before_the_name_of_the_file() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write("A1", "one")
        book.set_properties({"title": "Budget 2024"})

    assert read(File("a.xlsx", workbook(fill))).title == "Budget 2024"
    assert read(File("My sums.xlsx", workbook(table([["one"]])))).title == "My sums"


def test_an_empty_workbook_has_no_text() -> None:
    reading = read(File("a.xlsx", workbook(table([]))))
    assert reading.status is Status.NO_TEXT
    assert reading.reason


def test_comments_are_found_under_their_cell() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.write("B7", 5)
        sheet.write_comment("B7", "Ask the bank", {"author": "Amina"})

    assert found(workbook(fill, names=("Costs",))) == [
        ("Costs, row 7", "5"),
        ("Costs, cell B7", "Comment by Amina: Ask the bank"),
    ]


def test_text_boxes_and_the_words_of_charts_are_read() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write("A1", 5)
        sheet.insert_textbox("C1", "Closed in August")
        chart = book.add_chart({"type": "bar"})
        chart.set_title({"name": "Visitors"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$1"})
        sheet.insert_chart("C9", chart)

    assert ("Sheet1, text box", "Closed in August") in found(workbook(fill))
    assert ("Sheet1, chart", "Visitors") in found(workbook(fill))


def test_broken_comments_do_not_cost_the_cells() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.write("B7", "five")
        sheet.write_comment("B7", "Ask the bank")

    data = changed(workbook(fill), {"xl/comments1.xml": b"<comments><oops"})
    assert found(data) == [("Sheet1, row 7", "five")]


def test_a_broken_sheet_does_not_cost_the_others() -> None:
    data = workbook(table([["one"]]), table([["two"]]), names=("Good", "Bad"))
    reading = read(File("a.xlsx", changed(data, {"xl/worksheets/sheet2.xml": b"<worksheet><oops"})))
    assert reading.status is Status.PARTLY
    assert [s.text for s in reading.sections] == ["one"]
    assert "Bad" in reading.reason
    assert "Good" not in reading.reason
    assert reading.remedy


# --- OpenDocument ----------------------------------------------------------------------

_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    "<office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)


def ods(rows: str, manifest: str = "") -> bytes:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>{manifest}</m:manifest>',
        )
        content = _ODS.format(f'<table:table table:name="Stock">{rows}</table:table>')
        archive.writestr("content.xml", content)
    return stream.getvalue()


def ods_row(*cells: str, more: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f"<table:table-row{more}>{inner}</table:table-row>"


def test_opendocument_sheets_are_read_with_real_row_numbers() -> None:
    empty = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    endless = (
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    data = ods(empty + ods_row("Item", "Shop") + ods_row("Tea", "Corner") + endless)
    assert found(data, "a.ods") == [("Stock, row 5", "Item: Tea; Shop: Corner.")]
    assert read(File("a.ods", data)).media_type.endswith("opendocument.spreadsheet")


def test_an_encrypted_opendocument_sheet_is_locked() -> None:
    reading = read(File("a.ods", ods(ods_row("x"), manifest="<m:encryption-data/>")))
    assert reading.status is Status.LOCKED


def test_a_cell_repeated_without_end_is_too_large() -> None:
    wide = ods_row("x").replace("<table:table-cell", "<table:table-cell "
        'table:number-columns-repeated="16384"')  # fmt: skip
    data = ods(
        wide.replace("<table:table-row", '<table:table-row table:number-rows-repeated="99999"')
    )
    assert read(File("a.ods", data)).status is Status.TOO_LARGE


# --- hostile files -----------------------------------------------------------------------


def test_a_sheet_with_far_cells_is_named_and_the_others_are_read() -> None:
    def far(sheet: Any, _: Any) -> None:
        sheet.write("A1", "first")
        sheet.write("XFD1048576", "last")

    reading = read(File("a.xlsx", workbook(table([["one"]]), far, names=("Near", "Far"))))
    assert reading.status is Status.PARTLY
    assert [s.text for s in reading.sections] == ["one"]
    assert "Far" in reading.reason
    assert read(File("a.xlsx", workbook(far))).status is Status.TOO_LARGE


def test_cells_far_from_the_corner_are_read_if_they_are_near_to_each_other() -> None:
    assert found(workbook(table([["one"]], (1_048_575, 16_383)))) == [
        ("Sheet1, row 1048576", "one")
    ]


def test_an_empty_formatted_cell_far_away_does_no_harm() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write("A1", "one")
        sheet.write_blank("XFD1048576", None, book.add_format({"bold": True}))

    assert found(workbook(fill)) == [("Sheet1, row 1", "one")]


def test_a_million_empty_rows_between_two_cells() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.write("A1", "one")
        sheet.write("A1048576", "two")

    assert [text for _, text in found(workbook(fill))] == ["one\n\ntwo"]


def test_a_zip_bomb_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.parse.archive.UNPACKED_LIMIT", 1_000_000)
    data = changed(workbook(table([["one"]])), {"xl/bomb.xml": b" " * 2_000_000})
    assert read(File("a.xlsx", data)).status is Status.TOO_LARGE


def test_entities_are_not_resolved() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.write("A1", "one")
        sheet.write_comment("A1", "two")

    comments = (
        b'<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]><comments><authors/><commentList>'
        b'<comment ref="A1"><text><t>&x;</t></text></comment></commentList></comments>'
    )
    assert found(changed(workbook(fill), {"xl/comments1.xml": comments})) == [
        ("Sheet1, row 1", "one")
    ]


def test_out_of_time_the_rows_so_far_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(table([["Name", "Age"], *([f"N{n}", n] for n in range(3000))]), table(PEOPLE))
    clock = iter([0.0, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock, 2.0))
    reading = sheets.read(File("a.xlsx", data, deadline=1.0))
    assert reading.status is Status.PARTLY
    assert "Sheet1 was read to row 1,000" in reading.reason
    assert reading.sections[-1].label.endswith("to 1000")


def test_a_flood_of_text_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "TEXT_LIMIT", 1000)
    data = workbook(table([["Name", "Age"], *([f"N{n}", n] for n in range(5000))]))
    reading = read(File("a.xlsx", data))
    assert reading.status is Status.PARTLY
    assert "row 2,000" in reading.reason


def test_looking_for_far_cells_is_not_quadratic() -> None:
    for hostile in (b"<c " * 300_000, b'<c r="' * 200_000, b"<c " + b'r="AA1" ' * 200_000):
        assert sheet_parts._xlsx_extent(hostile) >= 0
    assert sheet_parts._ods_extent(b"<table:table-cell " * 100_000) == 0


SMALL = workbook(table(PEOPLE))


@settings(max_examples=60)
@given(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_with_a_reason(place: int, junk: bytes) -> None:
    check(read(File("a.xlsx", SMALL[:place] + junk + SMALL[place + len(junk) :])))
    check(read(File("a.xlsx", SMALL[:place])))


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from('<>/crowv12AZ="t '), max_size=80))
def test_a_sheet_of_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    sheet = f"<worksheet><sheetData><row><c>{text}</c></row></sheetData></worksheet>".encode()
    check(read(File("a.xlsx", changed(SMALL, {"xl/worksheets/sheet1.xml": sheet}))))


def check(reading: Reading) -> None:
    assert reading.status is Status.READY or reading.reason
    assert bool(reading.sections) == reading.status.has_text
    assert all(section.text.strip() for section in reading.sections)


# --- real files ---------------------------------------------------------------------------

needs_shared = pytest.mark.skipif(
    not (SHARED / "documents").is_dir(), reason="the shared collection of awkward files is not here"
)


@needs_shared
@pytest.mark.parametrize(
    ("name", "status", "label", "words"),
    [
        ("xls/docling__legacy_sample.xls", Status.READY, "Duck Observations, rows 2", "Year: 2019"),
        ("xls/tika__testEXCEL_5.xls", Status.READY, "Feuil1, rows 1 to", "Number: 2; Square: 4."),
        ("xls/tika__password.xls", Status.LOCKED, "", ""),
        ("xlsx/tika__testEXCEL_charts.xlsb", Status.READY, "Sheet1, rows 2", "MONTH: January"),
        ("xlsx/tika__testEXCEL.strict.xlsx", Status.READY, "First Sheet, rows 1", "2nd row"),
        ("xlsx/tika__protectedSheets.xlsx", Status.READY, "Лист1, rows 1", "pass"),
        ("xlsx/tika__testEXCEL_template.xltx", Status.READY, "Sheet1, row 1", "a template"),
        ("xlsx/tika__testEXCEL.xlsb", Status.DAMAGED, "", ""),
    ],
)
def test_real_files(name: str, status: Status, label: str, words: str) -> None:
    path = SHARED / "documents" / name
    reading = read(File(path.name, path.read_bytes()))
    assert reading.status is status, reading
    if reading.sections:
        assert reading.sections[0].label.startswith(label)
        assert words in reading.sections[0].text


@needs_shared
def test_threaded_comments_name_each_author_and_come_once() -> None:
    path = SHARED / "documents/xlsx/docling__xlsx_comments.xlsx"
    reading = read(File(path.name, path.read_bytes()))
    comments = [(s.label, s.text) for s in reading.sections if "Comment" in s.text]
    assert [label for label, _ in comments] == [
        f"Sheet1, cell {c}" for c in ("F7", "G12", "A1", "B2")
    ]
    assert comments[0][1] == (
        "Comment by Jane Smith (JS): Minimum number of saltwater ducks\n\n"
        "Comment by Marcus Sterling (MS): I never thought it would be so low"
    )
