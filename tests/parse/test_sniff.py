"""What kind a file is: its content decides, its name only among texts."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.parse import kinds
from assistant.parse.file import File
from assistant.parse.kinds import Kind
from assistant.parse.sniff import kind_of

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MAIL = b"From: amina@example.org\nTo: hall@example.org\nSubject: Chairs\n\nForty chairs.\n"


def packed(*names: str, mimetype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def kind(name: str, data: bytes | str) -> Kind:
    return kind_of(File(name, data.encode() if isinstance(data, str) else data))


# --- the content decides --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"%PDF-1.7\n%\xe2\xe3", kinds.PDF),
        ("a.doc", b"\n\n%PDF-1.4\n", kinds.PDF),
        ("a.xls", b"<html><body><table><tr><td>1</table>", kinds.HTML),
        ("a.doc", b"<!DOCTYPE html>\n<html>", kinds.HTML),
        ("a.doc", packed("word/document.xml"), kinds.DOCX),
        ("a.zip", packed("xl/workbook.xml"), kinds.SPREADSHEET),
        ("a.pdf", packed("ppt/presentation.xml"), kinds.PPTX),
        ("a.doc", b"{\\rtf1\\ansi Words}", kinds.RTF),
        ("a.pdf", b"\xff\xd8\xff\xe0", kinds.PICTURE),
        ("a.txt", b"\x7fELF\x02\x01", kinds.PROGRAM),
        ("a.txt", b"SQLite format 3\0", kinds.DATABASE),
        ("a.docx", b"\0\0\0\x18ftypmp42", kinds.VIDEO),
        ("a.txt", b"\x1f\x8b\x08\0", kinds.ARCHIVE),
    ],
)
def test_a_name_is_not_believed_against_the_content(name: str, data: bytes, expected: Kind) -> None:
    assert kind(name, data) is expected


@pytest.mark.parametrize(
    ("names", "mimetype", "expected"),
    [
        (("a.txt",), "", kinds.ZIP),
        (("[Content_Types].xml", "word/document.xml"), "", kinds.DOCX),
        (("content.xml",), "application/vnd.oasis.opendocument.text", kinds.ODT),
        (("content.xml",), "application/vnd.oasis.opendocument.text-template", kinds.ODT),
        (("content.xml",), "application/vnd.oasis.opendocument.spreadsheet", kinds.SPREADSHEET),
        (("content.xml",), "application/vnd.oasis.opendocument.presentation", kinds.ODP),
        (("content.xml",), "application/vnd.oasis.opendocument.graphics", kinds.DRAWING),
        (("OEBPS/a.xhtml",), "application/epub+zip", kinds.EPUB),
        (("META-INF/container.xml",), "", kinds.EPUB),
        (("META-INF/MANIFEST.MF", "a.class"), "", kinds.PROGRAM),
        (("FixedDocSeq.fdseq",), "", kinds.XPS),
        (("Index/Document.iwa",), "", kinds.IWORK),
        ((".iwph", "Index.zip"), "", kinds.LOCKED_IWORK),
    ],
)
def test_a_zip_file_is_what_it_holds(names: tuple[str, ...], mimetype: str, expected: Kind) -> None:
    for name in ("a", "a.zip", "a.txt"):
        assert kind(name, packed(*names, mimetype=mimetype)) is expected


def test_a_half_copied_zip_file_is_called_by_its_name() -> None:
    half = packed("word/document.xml")[:50]
    assert kind("a.docx", half) is kinds.DOCX
    assert kind("a.odt", half) is kinds.ODT
    assert kind("a.dat", half) is kinds.ZIP


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("EncryptedPackage", kinds.LOCKED_OFFICE),
        ("WordDocument", kinds.OLD_WORD),
        ("Workbook", kinds.SPREADSHEET),
        ("PowerPoint Document", kinds.OLD_SLIDES),
        ("__properties_version1.0", kinds.OUTLOOK),
        ("Nothing known", kinds.OLD_OFFICE),
    ],
)
def test_an_old_office_file_is_told_by_the_streams_in_it(stream: str, expected: Kind) -> None:
    damaged = OLE + b"\0" * 600 + stream.encode("utf-16-le") + b"\0" * 600
    assert kind("a.docx", damaged) is expected


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a", MAIL, kinds.EMAIL),
        ("a.txt", MAIL, kinds.EMAIL),
        ("a.eml", "Words.", kinds.EMAIL),
        ("a.emlx", b"81\n" + MAIL, kinds.EMAIL),
        ("Inbox", b"From a@b.org Sun Mar 31 14:05:00 2024\n" + MAIL, kinds.MBOX),
        ("a.mbox", b"From - Sun Mar 31 14:05:00 2024\r\n" + MAIL, kinds.MBOX),
        ("a.mht", b"MIME-Version: 1.0\nContent-Type: multipart/related; a=b\n\n", kinds.MHTML),
        (
            "page",
            b"From: <Saved by Blink>\nSubject: x\nContent-Type: multipart/related; a=b\n\n",
            kinds.MHTML,
        ),
        ("letter.txt", "From the hall to you.\nTo all who come.\n", kinds.PLAIN),
        ("minutes.txt", "Present: Amina\nDate: Sunday\n\nChairs.\n", kinds.PLAIN),
    ],
)
def test_mail_is_told_by_its_headers(name: str, data: bytes | str, expected: Kind) -> None:
    assert kind(name, data) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.md", kinds.MARKDOWN),
        ("a.rst", kinds.RST),
        ("a.adoc", kinds.ASCIIDOC),
        ("a.tex", kinds.LATEX),
    ],
)
@pytest.mark.parametrize(
    "quoted", ["<html>\n<body>", "<?xml version='1.0'?>\n<a/>", MAIL.decode(), "WEBVTT\n\n"]
)
def test_a_text_that_quotes_another_format_stays_what_its_name_says(
    name: str, expected: Kind, quoted: str
) -> None:
    assert kind(name, quoted) is expected


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("prices", "Item,Price\nTea,1.50\nCake,2\n", kinds.PLAIN),
        ("prices.csv", "Item,Price\nTea,1.50\n", kinds.DELIMITED),
        ("a.tsv", "Item\tPrice\nTea\t1\n", kinds.DELIMITED),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n", kinds.SUBTITLES),
        ("a.txt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n", kinds.SUBTITLES),
        ("a.txt", '{"a": [1]}', kinds.JSON),
        ("a.txt", "{not JSON}", kinds.PLAIN),
        ("a.txt", "[" * 100_000, kinds.PLAIN),
        ("a.xml", "<?xml version='1.0'?><a>b</a>", kinds.XML),
        ("a.xml", "<html xmlns='http://www.w3.org/1999/xhtml'>", kinds.HTML),
        ("a", "<?xml version='1.0'?><!-- <html> --><FictionBook>", kinds.FB2),
        ("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'>", kinds.DRAWING),
        ("a", "\\documentclass{article}", kinds.LATEX),
        ("a.ipynb", '{"cells": []}', kinds.NOTEBOOK),
    ],
)
def test_texts(name: str, data: str, expected: Kind) -> None:
    assert kind(name, data) is expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_any_encoding_is_text(encoding: str) -> None:
    assert kind("a.txt", "Café, forty chairs".encode(encoding)) is kinds.PLAIN
    assert kind("a.md", "# Café".encode(encoding)) is kinds.MARKDOWN
    assert kind("a.html", "<html><p>Café".encode(encoding)) is kinds.HTML


# --- neither --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "a.doc", "a.xyz"])
def test_bytes_that_are_neither_known_nor_text_are_not_known(name: str) -> None:
    assert kind(name, bytes(range(256)) * 4) is kinds.UNKNOWN


def test_a_kind_has_a_reader_or_says_what_to_do() -> None:
    every = [value for value in vars(kinds).values() if isinstance(value, Kind)]
    assert len(every) > 30
    assert all(bool(value.reader) != bool(value.remedy) for value in every)


STARTS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"PK\x05\x06",
        OLE,
        b"%PDF-",
        b"{\\rtf",
        b"MZ\0",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"From a Sun 2024\n",
        b"From: a\nTo: b\n",
        b"<?xml",
        b"<!--",
        b"<html",
        b"[",
        b"{",
        b"<meta charset=",
        b"<?xml encoding='",
        packed("a"),
        packed("b", mimetype="\xe9"),
    ]
)
NAMES = st.text(max_size=6) | st.sampled_from(
    ["a.txt", "a.json", "a.xml", "a.doc", "a.mht", ".", "..", "", "a.p7m", "/", "a.gz"]
)


@given(NAMES, STARTS, st.binary(max_size=60))
@example("a.html", b"<meta charset=undefined>", b"\xe9")
@example("a.html", b"<meta charset=punycode>", b"\xe9")
@example("a.html", b"<meta charset=idna>", b"\xe9")
@example("a.html", b"<meta charset=hex>", b"\xe9")
def test_every_file_has_a_kind_whatever_its_bytes_and_name(
    name: str, start: bytes, rest: bytes
) -> None:
    assert isinstance(kind(name, start + rest), Kind)


@pytest.mark.parametrize(
    "words", ["OTTO Schmidt keeps the accounts.", "CWS minutes of May", "The new WAVE project"]
)
def test_a_text_that_begins_like_a_mark_is_a_text(words: str) -> None:
    assert kind("a.txt", words.encode()) is kinds.PLAIN
