"""What documents tell of themselves comes out under the same keys, whatever the format."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import docx
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading
from assistant.parse import Parser, properties
from assistant.parse.file import File
from assistant.parse.reading import read
from tests.parse.test_readers import ODT_NAMES, epub, odt, pdf, zipped
from tests.parse.test_slides import pptx, shape

CORE = (
    '<x xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:creator>Amina Okafor</dc:creator><dcterms:created>2024-03-05T10:00:00Z</dcterms:created>"
    "<keywords>keys; hall</keywords><dc:subject>Safety</dc:subject></x>"
)
TOLD = (
    ("author", "Amina Okafor"),
    ("date", "2024-03-05"),
    ("keywords", "keys"),
    ("keywords", "hall"),
    ("keywords", "Safety"),
)


def told(name: str, data: str | bytes) -> tuple[tuple[str, str], ...]:
    return read(File(name, data.encode() if isinstance(data, str) else data)).properties


def test_front_matter_gives_a_pair_for_each_value() -> None:
    text = (
        "---\ntitle: Roofs\nTags: [solar, 'roofs']\nauthors:\n  - Amina\n  - Bo\n"
        "reviewed: 2026-11-23\ndraft: false\nyear: 2024\nlast_checked-by: Cy\n"
        "nested: {a: b}\ndeep: [[1], 2]\n"
        "empty: ''\nnothing:\n---\nWords.\n"
    )
    assert told("a.md", text) == (
        ("keywords", "solar"),
        ("keywords", "roofs"),
        ("author", "Amina"),
        ("author", "Bo"),
        ("reviewed", "2026-11-23"),
        ("draft", "no"),
        ("year", "2024"),
        ("last checked by", "Cy"),
        ("deep", "2"),
    )


def test_front_matter_in_toml() -> None:
    text = "+++\nlicense = 'CC0'\ndate = 2024-05-01T10:00:00Z\n[params]\na = 1\n+++\nWords.\n"
    assert told("a.md", text) == (("licence", "CC0"), ("date", "2024-05-01"))


@pytest.mark.parametrize(
    ("front", "found"),
    [
        ('author: "A\\e[31m\\n  B\\u202e"', (("author", "A B"),)),
        ("number: 0x" + "f" * 5000, ()),
        ("'1': one\n? [a]\n: b\n", ()),
        ("a: &x [b, *x]", (("a", "b"),)),
        (f"k: {'x' * 1000}", (("k", "x" * (properties.VALUE_LIMIT - 1) + "…"),)),
        ("tags: a, b,, a", (("keywords", "a"), ("keywords", "b"))),
    ],
)
def test_hostile_front_matter_is_cleaned(front: str, found: tuple[tuple[str, str], ...]) -> None:
    assert told("a.md", f"---\n{front}\n---\nWords.\n") == found


def test_there_is_an_end_to_what_a_document_may_tell() -> None:
    many = "".join(f"k{number}: v\n" for number in range(1000))
    assert len(told("a.md", f"---\n{many}---\nWords.\n")) == properties.COUNT_LIMIT


@given(st.lists(st.tuples(st.text(), st.text())))
def test_any_pairs_come_out_short_and_on_one_line(pairs: list[tuple[str, str]]) -> None:
    for key, value in properties.tidy(pairs):
        assert key == key.strip().lower()
        assert 0 < len(value) <= properties.VALUE_LIMIT
        assert len(value.splitlines()) == 1


def test_office_documents() -> None:
    document, data = docx.Document(), io.BytesIO()
    document.add_paragraph("Hello.")
    document.core_properties.author = "Amina Okafor"
    document.core_properties.created = datetime.datetime(2024, 3, 5)
    document.core_properties.keywords = "keys; hall"
    document.core_properties.subject = "Safety"
    document.save(data)
    assert told("a.docx", data.getvalue()) == TOLD
    deck = io.BytesIO(pptx(shape("Hello.")))
    with zipfile.ZipFile(deck, "a") as file:
        file.writestr("docProps/core.xml", CORE)
    assert told("a.pptx", deck.getvalue()) == TOLD


def test_spreadsheets() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        book.add_worksheet().write(0, 0, "Hello")
        created = datetime.datetime(2024, 3, 5)
        told_by_hand = {"author": "Amina Okafor", "keywords": "keys; hall", "subject": "Safety"}
        book.set_properties({**told_by_hand, "created": created})
    assert told("a.xlsx", data.getvalue()) == TOLD


def test_open_document() -> None:
    meta = (
        f"<office:document-meta {ODT_NAMES} "
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta>'
        "<meta:initial-creator>Amina Okafor</meta:initial-creator><dc:creator>Bo</dc:creator>"
        "<meta:creation-date>2024-03-05T10:00:00</meta:creation-date>"
        "<dc:subject>Safety</dc:subject><meta:keyword>keys</meta:keyword>"
        "<meta:keyword>hall</meta:keyword></office:meta></office:document-meta>"
    )
    members = odt("<text:p>Hello.</text:p>") | {"meta.xml": meta}
    assert sorted(told("a.odt", zipped(members))) == sorted(TOLD)


def test_pdf_web_page_book_and_mail() -> None:
    facts = "Rules) /Author (Amina Okafor) /CreationDate (D:20240305100000Z) /Keywords (keys, hall"
    assert told("a.pdf", pdf("Hello.", title=facts)) == TOLD[:4]
    page = (
        "<html><head><meta name='Author' content='Amina Okafor'><meta name=date content=2024-03-05>"
        "<meta name=keywords content='keys, hall'><meta name=viewport content=x></head>"
        "Hello.</html>"
    )
    assert told("a.html", page) == TOLD[:4]
    members = epub({"a.html": "<p>Hello.</p>"}, ["a.html"])
    members["OEBPS/book.opf"] = members["OEBPS/book.opf"].replace(
        "</metadata>",
        "<dc:creator>Amina Okafor</dc:creator><dc:date>2024-03-05</dc:date>"
        "<dc:subject>keys</dc:subject><dc:subject>hall</dc:subject></metadata>",
    )
    assert told("a.epub", zipped(members)) == TOLD[:4]
    mail = (
        "From: Amina Okafor <amina@example.org>\nTo: Bo\nDate: Tue, 5 Mar 2024 10:00:00 +0000\n"
        "Subject: Keys\n\nHello.\n"
    )
    assert told("a.eml", mail) == TOLD[:2]


def test_they_come_back_from_the_reading_process(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nauthor: Amina\n---\nWords.\n", encoding="utf-8")
    parser = Parser()
    reading, _ = parser.read(tmp_path / "a.md")
    parser.close()
    assert isinstance(reading, Reading)
    assert reading.properties == (("author", "Amina"),)
