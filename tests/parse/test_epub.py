"""EPUB: chapters by their names, protection told plainly, broken chapters survived."""

from __future__ import annotations

import io
import zipfile

import pytest

from assistant.domain import Reading, Status
from assistant.parse import reading
from assistant.parse.file import File

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
NAV = (
    '<html xmlns:epub="e"><body><nav epub:type="toc"><ol><li><a href="one.xhtml#x">The <i>First'
    '</i></a></li></ol></nav><nav epub:type="landmarks"><a href="two.xhtml">Start</a></nav></body>'
    "</html>"
)
NCX = (
    '<ncx xmlns="n"><navMap><navPoint><navLabel><text>Old First</text></navLabel>'
    '<content src="one.xhtml"/></navPoint></navMap></ncx>'
)


def pack(files: dict[str, str], spine: str = "", manifest: str = "") -> bytes:
    spine = spine or '<itemref idref="one"/><itemref idref="two"/>'
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<metadata><dc:title>The Book</dc:title></metadata><manifest>"
        '<item id="one" href="one.xhtml"/><item id="two" href="two.xhtml"/>'
        f"{manifest}</manifest><spine>{spine}</spine></package>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        everything = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package, **files}
        for name, content in everything.items():
            archive.writestr(name, content)
    return buffer.getvalue()


CHAPTERS = {
    "OEBPS/one.xhtml": "<html><body><p>First words.</p></body></html>",
    "OEBPS/two.xhtml": "<html><body><h1>Second</h1><p>More words.</p></body></html>",
}


def read(data: bytes) -> Reading:
    return reading.read(File("book.epub", data))


def texts(found: Reading) -> list[tuple[str, str]]:
    return [(section.label, section.text) for section in found.sections]


@pytest.mark.parametrize(
    ("item", "file", "name"),
    [
        ('<item id="n" href="nav.xhtml" properties="nav"/>', {"OEBPS/nav.xhtml": NAV}, "The First"),
        (
            '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
            {"OEBPS/toc.ncx": NCX},
            "Old First",
        ),
    ],
)
def test_a_chapter_without_headings_is_called_as_the_contents_call_it(
    item: str, file: dict[str, str], name: str
) -> None:
    found = read(pack({**CHAPTERS, **file}, manifest=item))
    assert texts(found) == [(name, "First words."), ("Second", "More words.")]
    assert found.title == "The Book"


def test_a_broken_table_of_contents_costs_the_names_alone() -> None:
    item = '<item id="n" href="nav.xhtml" properties="nav"/>'
    found = read(pack({**CHAPTERS, "OEBPS/nav.xhtml": "<<<"}, manifest=item))
    assert found.status is Status.READY
    assert texts(found)[0] == ("part 1", "First words.")


def test_what_stands_beside_the_text_comes_last() -> None:
    spine = '<itemref idref="one" linear="no"/><itemref idref="two"/>'
    assert [text for _, text in texts(read(pack(CHAPTERS, spine)))] == [
        "More words.",
        "First words.",
    ]


def test_a_missing_chapter_costs_itself_alone() -> None:
    found = read(pack({"OEBPS/two.xhtml": CHAPTERS["OEBPS/two.xhtml"]}))
    assert found.status is Status.PARTLY
    assert found.reason == "One chapter is missing or damaged."
    assert texts(found) == [("Second", "More words.")]


def test_a_damaged_chapter_costs_itself_alone() -> None:
    data = pack(CHAPTERS).replace(b"First words", b"First w0rds")  # its checksum is now wrong
    found = read(data)
    assert found.status is Status.PARTLY
    assert texts(found) == [("Second", "More words.")]


def test_a_book_without_any_chapter_is_damaged() -> None:
    assert read(pack({})).status is Status.DAMAGED


def encryption(uri: str, method: str) -> dict[str, str]:
    return {
        "META-INF/encryption.xml": '<encryption xmlns:e="e"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{method}"/><e:CipherData><e:CipherReference URI="{uri}"/>'
        "</e:CipherData></e:EncryptedData></encryption>"
    }


@pytest.mark.parametrize(
    "mark",
    [
        {"META-INF/rights.xml": "<rights/>"},
        encryption("OEBPS/one.xhtml", "http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
    ],
)
def test_a_protected_book_is_locked(mark: dict[str, str]) -> None:
    found = read(pack({**CHAPTERS, **mark}))
    assert found.status is Status.LOCKED
    assert "protection" in found.reason
    assert found.remedy


def test_disguised_fonts_do_not_lock_a_book() -> None:
    mark = encryption("OEBPS/font.otf", "http://www.idpf.org/2008/embedding")
    assert read(pack({**CHAPTERS, **mark})).status is Status.READY


def test_a_chapter_outside_the_book_is_not_looked_for() -> None:
    manifest = '<item id="out" href="../../../etc/passwd"/>'
    found = read(pack(CHAPTERS, '<itemref idref="two"/><itemref idref="out"/>', manifest))
    assert found.status is Status.PARTLY
    assert [text for _, text in texts(found)] == ["More words."]
