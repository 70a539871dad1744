"""PDF beyond plain pages of text: scans, notes, forms, attachments, bookmarks, odd letters."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import DEPTH_LIMIT, File
from assistant.parse.pages import ocr, pdf, pdf_found, pdf_page
from assistant.parse.reading import read as read_file
from tests.conftest import SHARED

DOCUMENTS = SHARED / "documents" / "pdf"
needs_documents = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the collection is not here")


def read(data: bytes, name: str = "a.pdf", **facts: float) -> Reading:
    return read_file(File(name, data, **facts))  # type: ignore[arg-type]


def read_shared(name: str) -> Reading:
    return read((DOCUMENTS / name).read_bytes(), name)


def labels(reading: Reading) -> list[str]:
    return [section.label for section in reading.sections]


def words(reading: Reading) -> str:
    return "\n\n".join(section.text for section in reading.sections)


def built(*objects: str) -> bytes:
    """A PDF of these objects, numbered from 1; 1 is the catalogue, 2 the title."""
    data = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return data + (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 2 0 R >>\n"
        f"startxref\n{len(data)}\n%%EOF\n"
    ).encode("latin-1")


def stream(content: str, extra: str = "") -> str:
    return f"<< /Length {len(content)} {extra} >>\nstream\n{content}\nendstream"


def line(text: str) -> str:
    return f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"


FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
IMAGE = stream(
    "0" * 4, "/Type /XObject /Subtype /Image /Width 1200 /Height 1600 /ColorSpace /DeviceGray "
    "/BitsPerComponent 1"
)  # fmt: skip
SCAN = "q 612 0 0 792 0 0 cm /I1 Do Q"


def pages(
    *contents: str, title: str = "", catalogue: str = "", page: str = "", more: tuple[str, ...] = ()
) -> bytes:
    """A PDF with a page for each content stream. `more` objects are numbered from 10 on."""
    first = 10 + len(more)
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(contents)))
    objects = [
        f"<< /Type /Catalog /Pages 3 0 R {catalogue} >>",
        f"<< /Title ({title}) >>",
        f"<< /Type /Pages /Count {len(contents)} /Kids [{kids}] >>",
        FONT,
        IMAGE,
        *["null"] * 4,
        *more,
    ]
    for number, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 3 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 4 0 R"
            f" >> /XObject << /I1 5 0 R >> >> /Contents {first + 2 * number + 1} 0 R {page} >>"
        )
        objects.append(stream(content))
    return built(*objects)


# --- pages without text -----------------------------------------------------------------


def test_a_document_of_pictures_alone_is_called_a_scan() -> None:
    reading = read(pages(SCAN, SCAN, SCAN))
    assert reading.status is Status.NO_TEXT
    assert reading.reason == "Its 3 pages are pictures without text: probably a scan."
    assert 'pip install "small-assistant[ocr]"' in reading.remedy
    assert reading.scanned == 3


def test_pictures_among_pages_of_text_are_named() -> None:
    contents = [SCAN if n in (3, 7, 9, 10, 11) else line(f"Page {n}.") for n in range(1, 13)]
    reading = read(pages(*contents))
    assert reading.status is Status.PARTLY
    assert reading.reason == "Pages 3, 7 and 9 to 11 are pictures without text."
    assert "ocr" in reading.remedy
    assert reading.scanned == 5
    assert [s.page for s in reading.sections] == [1, 2, 4, 5, 6, 8, 12]


def test_blank_pages_are_no_loss() -> None:
    reading = read(pages(line("One."), "", "0 0 m 100 100 l S", line("Two.")))
    assert (reading.status, reading.reason, reading.scanned) == (Status.READY, "", 0)
    assert labels(reading) == ["p. 1", "p. 4"]


def test_a_document_of_blank_pages_is_no_scan() -> None:
    reading = read(pages("", ""))
    assert reading.status is Status.NO_TEXT
    assert reading.reason == "Its 2 pages are without words."
    assert reading.scanned == 0
    assert "ocr" not in reading.remedy


def test_a_drawing_of_many_lines_may_hold_words() -> None:
    drawing = "".join(f"{n} 0 m {n} 90 l S\n" for n in range(40))
    assert read(pages(drawing, line("Words."))).reason == "Page 1 is a picture without text."


def test_a_scan_with_the_stamp_of_its_program_is_still_a_scan() -> None:
    stamps = (line("Scanned with CamScanner"), line("Page 2 of 2"))
    reading = read(pages(*(f"{SCAN} {stamp}" for stamp in stamps)))
    assert (reading.status, reading.scanned) == (Status.NO_TEXT, 2)
    assert words(read(pages(f"{SCAN} {line('Summer fair')}"))) == "Summer fair"


def test_hidden_text_below_a_scan_is_text() -> None:
    reading = read(pages(f"{SCAN} BT 3 Tr /F1 12 Tf 72 720 Td (The key hangs here.) Tj ET"))
    assert (reading.status, words(reading)) == (Status.READY, "The key hangs here.")


def test_many_pages_are_counted_rather_than_listed() -> None:
    assert pdf_found._named(list(range(1, 60, 2))) == "30 pages (the first is page 1)"
    assert pdf_found._named([4]) == "Page 4"


# --- letters ----------------------------------------------------------------------------


def letters(mapping: dict[str, str], text: str) -> bytes:
    """A page in a font that says which letters its codes stand for."""
    table = "".join(
        f"<{ord(code):02x}> <{letter.encode('utf-16-be').hex()}>\n"
        for code, letter in mapping.items()
    )
    cmap = f"begincmap\n{len(mapping)} beginbfchar\n{table}endbfchar\nendcmap"
    font = FONT.replace(">>", "/ToUnicode 10 0 R >>")
    content = f"BT /F2 12 Tf 72 720 Td ({text}) Tj ET"
    return pages(content, more=(stream(cmap), font)).replace(b"/F1 4 0 R", b"/F2 11 0 R")


@pytest.mark.parametrize(
    ("letter", "told"), [("\ufb01", "fi"), ("\ufb03", "ffi"), ("\ufb06", "st")]
)
def test_letters_joined_for_print_can_be_found(letter: str, told: str) -> None:
    assert words(read(letters({"#": letter}, "of#ce"))) == f"of{told}ce"


def test_a_page_whose_font_names_no_letters_counts_as_without_text() -> None:
    secret = {chr(code): chr(0xE000 + code) for code in range(97, 123)}
    reading = read(letters(secret, "nobody can read this"))
    assert reading.status is Status.NO_TEXT
    assert "letters" in reading.reason
    assert reading.scanned == 1


def test_bullets_of_symbol_fonts_are_bullets() -> None:
    assert words(read(letters({"#": "\uf0b7"}, "# a lamp"))) == "• a lamp"


@needs_documents
def test_arabic_lam_alef_keeps_its_order() -> None:
    text = words(read_shared("docling__right_to_left_01.pdf"))
    assert "المشكلات" in text
    assert "المشكالت" not in text


# --- titles and bookmarks ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "taken"),
    [
        ("House rules", "House rules"),
        ("Grants for 2024: a guide", "Grants for 2024: a guide"),
        ("Income/expenditure of the hall", "Income/expenditure of the hall"),
        ("Microsoft Word - minutes.doc", "stem"),
        ("untitled", "stem"),
        ("Document1", "stem"),
        ("PowerPoint Presentation", "stem"),
        ("final_version_3", "stem"),
        ("Minutes of May.docx", "stem"),
        ("C:\\\\Documents and Settings\\\\x", "stem"),
        ("file:///tmp/a page of it", "stem"),
        ("???", "stem"),
        ("", "stem"),
    ],
)
def test_a_title_is_taken_when_a_person_wrote_it(title: str, taken: str) -> None:
    assert read(pages(line("Words."), title=title), "stem.pdf").title == taken


def outlined(*bookmarks: str) -> bytes:
    first = 11
    more = [f"<< /Type /Outlines /First {first} 0 R /Last {first} 0 R >>", *bookmarks]
    start = 10 + len(more)
    data = pages(
        *(line(f"Page {n}.") for n in range(1, 6)), catalogue="/Outlines 10 0 R", more=tuple(more)
    )
    for number in range(5):
        data = data.replace(b"PAGE%d " % (number + 1), b"%d 0 R" % (start + 2 * number))
    return data


def test_bookmarks_name_the_part_of_the_document() -> None:
    data = outlined(
        "<< /Title (Funding) /Parent 10 0 R /Dest [PAGE2  /Fit] /First 12 0 R /Last 12 0 R "
        "/Next 13 0 R >>",
        "<< /Title (Grants) /Parent 11 0 R /Dest [PAGE3  /Fit] >>",
        "<< /Title (Page 5) /Parent 10 0 R /Dest [PAGE5  /Fit] >>",
    )
    reading = read(data)
    assert labels(reading) == [
        "p. 1",
        "p. 2, Funding",
        "p. 3, Funding > Grants",
        "p. 4, Funding > Grants",
        "p. 5, Funding > Grants",
    ]
    assert [s.page for s in reading.sections] == [1, 2, 3, 4, 5]


def test_bookmarks_that_go_round_in_a_circle_end() -> None:
    data = outlined("<< /Title (Funding) /Dest [PAGE1  /Fit] /First 11 0 R /Next 11 0 R >>")
    assert len(read(data).sections) == 5


# --- notes, fields, attachments ---------------------------------------------------------


def test_comments_are_read_with_their_page() -> None:
    notes = (
        "<< /Subtype /Text /Rect [9 9 20 20] /Contents (Ask Amina first.) >> "
        "<< /Subtype /FreeText /Rect [9 9 20 20] /Contents (Closed in May.) >> "
        "<< /Subtype /Text /F 2 /Rect [9 9 20 20] /Contents (hidden) >> "
        "<< /Subtype /Link /Rect [9 9 20 20] /Contents (link) >>"
    )
    reading = read(pages(line("Rules."), page=f"/Annots [{notes}]"))
    assert words(reading) == "Rules.\n\nComment: Ask Amina first.\n\nClosed in May."


def test_a_filled_in_form_tells_what_was_filled_in() -> None:
    fields = (
        "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (Full name) /V (Amina) >>",
        "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (form[0].x) "
        "/TU (Room wanted) /V (Kitchen) >>",
        "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (empty) >>",
        "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Btn /T (member) /V /Yes /AS /Yes "
        "/AP << /N << /Yes 4 0 R /Off 4 0 R >> >> >>",
    )
    data = pages(
        line("Booking."),
        catalogue="/AcroForm << /Fields [10 0 R 11 0 R 12 0 R 13 0 R] >>",
        page="/Annots [10 0 R 11 0 R 12 0 R 13 0 R]",
        more=fields,
    )
    assert words(read(data)).split("\n\n")[:3] == [
        "Booking.",
        "Full name: Amina",
        "Room wanted: Kitchen",
    ]
    assert "empty" not in words(read(data))


def with_attachments(data: bytes, **files: bytes) -> bytes:
    document = pypdfium2.PdfDocument(data)
    for name, content in files.items():
        document.new_attachment(name.replace("_", ".")).set_data(content)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def test_attachments_are_read_under_their_name() -> None:
    data = with_attachments(pages(line("See below.")), rules_md=b"# Rules\n\n## Keys\n\nAsk.\n")
    reading = read(data)
    assert reading.status is Status.READY
    assert labels(reading) == ["p. 1", "attachment rules.md > Keys"]
    assert words(reading) == "See below.\n\nAsk."


def test_an_attachment_that_cannot_be_read_is_told() -> None:
    reading = read(with_attachments(pages(line("See below.")), film_mp4=b"\0\0\0\x18ftypisom" * 9))
    assert reading.status is Status.PARTLY
    assert reading.reason.startswith("Its attachment film.mp4 was not read: It is a video")
    assert reading.remedy


def test_attachments_within_attachments_come_to_an_end() -> None:
    data = pages(line("Deep."))
    for _ in range(8):
        data = with_attachments(pages(line("Deep.")), inner_pdf=data)
    assert words(read(data)).count("Deep.") == DEPTH_LIMIT + 1


def test_a_form_that_only_one_program_shows_is_told() -> None:
    data = pages(
        line("Please wait..."),
        catalogue="/NeedsRendering true /AcroForm << /Fields [] /XFA 10 0 R >>",
        more=(stream("<xdp/>"),),
    )
    reading = read(data)
    assert reading.status is Status.NO_TEXT
    assert "Adobe Reader" in reading.reason


# --- trouble ----------------------------------------------------------------------------


def test_a_long_document_is_read_until_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([False] * 3 + [True] * 100)
    monkeypatch.setattr(File, "out_of_time", property(lambda _: next(left)))
    reading = read(pages(*(line(f"Page {n}.") for n in range(1, 9))))
    assert reading.status is Status.PARTLY
    assert reading.reason == "Pages 1 to 3 of 8 were read: it took too long."
    assert reading.remedy == "Split it into smaller files."
    assert len(reading.sections) == 3


def test_a_broken_page_costs_that_page_alone() -> None:
    data = pages(*(line(f"Page {n}.") for n in range(1, 4)))
    broken = re.sub(rb"12 0 obj\n<< /Type /Page ", b"12 0 obj\n<< /Type /Pagg ", data)
    reading = read(broken)
    assert "Page 1." in words(reading)
    assert "Page 3." in words(reading)


@needs_documents
def test_a_document_that_may_not_be_copied_from_may_be_read() -> None:
    reading = read_shared("tika__testPDF_no_extract_yes_accessibility_owner_empty.pdf")
    assert reading.status is Status.READY


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_wild_bytes_are_read_or_refused(junk: bytes, place: int) -> None:
    whole = pages(line("One."), SCAN, page="/Annots [<< /Subtype /Text /Contents (x) >>]")
    for data in (b"%PDF-1.4\n" + junk, whole[:place] + junk + whole[place + len(junk) :]):
        reading = pdf.read(File("a.pdf", data))
        assert reading.status is Status.READY or reading.reason
        assert all(section.text.strip() for section in reading.sections)


# --- with text recognition --------------------------------------------------------------


def test_recognised_words_stand_under_their_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "recognise", lambda image: f"{len(image.shape)} axes")
    reading = read_file(File("a.pdf", pages(line("One."), SCAN, line("Three.")), ocr=True))
    assert (reading.status, reading.scanned) == (Status.READY, 0)
    assert labels(reading) == ["p. 1", "p. 2", "p. 3"]
    assert reading.sections[1].text == "3 axes"


def test_pictures_in_which_no_words_are_found_are_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "recognise", lambda _: "")
    reading = read_file(File("a.pdf", pages(line("One."), SCAN), ocr=True))
    assert reading.status is Status.READY
    reading = read_file(File("a.pdf", pages(SCAN), ocr=True))
    assert reading.status is Status.NO_TEXT
    assert reading.reason == "No words were found in the pictures of its pages."


def test_pictures_that_there_was_no_time_for_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "recognise", lambda _: "Read.")
    left = iter([False] * 4 + [True] * 100)
    monkeypatch.setattr(File, "out_of_time", property(lambda _: next(left)))
    reading = read_file(File("a.pdf", pages(SCAN, SCAN, SCAN), ocr=True))
    assert reading.status is Status.PARTLY
    assert reading.reason == "Pages 2 and 3 are pictures without text."
    assert (words(reading), reading.scanned) == ("Read.", 2)


def test_a_page_as_large_as_a_wall_is_drawn_small(tmp_path: Path) -> None:
    data = pages(SCAN).replace(b"[0 0 612 792]", b"[0 0 99999 999]")
    document = pypdfium2.PdfDocument(data)
    assert max(pdf_page.picture(document, 0, ocr.SIDE).shape) <= ocr.SIDE + 1
    document.close()
