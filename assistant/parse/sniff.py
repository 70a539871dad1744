"""What kind of file some bytes are: by their content first, by the ending only among texts.

Old office folders are full of web pages called .xls and of Word files called .pdf; a name alone
is never believed. Nothing here reads more of a file than it must to tell.
"""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress

from assistant.parse import kinds
from assistant.parse.file import File
from assistant.parse.kinds import Kind
from assistant.parse.texts import plain

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_START = 4096  # bytes looked at for marks of a text format

# (where, what is there, kind); the first that fits counts
_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", kinds.PICTURE),
    (0, b"\xff\xd8\xff", kinds.PICTURE),
    (0, b"GIF8", kinds.PICTURE),
    (0, b"II*\0", kinds.PICTURE),
    (0, b"MM\0*", kinds.PICTURE),
    (8, b"WEBP", kinds.PICTURE),
    (4, b"ftypheic", kinds.PICTURE),
    (4, b"ftypheix", kinds.PICTURE),
    (4, b"ftypmif1", kinds.PICTURE),
    (4, b"ftypavif", kinds.PICTURE),
    (0, b"\0\0\0\x0cjP  ", kinds.PICTURE),
    (0, b"8BPS", kinds.PHOTOSHOP),
    (4, b"ftypM4A", kinds.SOUND),
    (4, b"ftyp", kinds.VIDEO),
    (4, b"moov", kinds.VIDEO),
    (8, b"AVI ", kinds.VIDEO),
    (0, b"\x1aE\xdf\xa3", kinds.VIDEO),
    (0, b"FLV\x01", kinds.VIDEO),
    (0, b"FWS", kinds.VIDEO),
    (0, b"CWS", kinds.VIDEO),
    (0, b"\0\0\x01\xba", kinds.VIDEO),
    (0, b"0&\xb2u\x8ef\xcf\x11", kinds.VIDEO),
    (8, b"WAVE", kinds.SOUND),
    (0, b"ID3", kinds.SOUND),
    (0, b"\xff\xfb", kinds.SOUND),
    (0, b"\xff\xf3", kinds.SOUND),
    (0, b"OggS", kinds.SOUND),
    (0, b"fLaC", kinds.SOUND),
    (0, b"MThd", kinds.SOUND),
    (0, b"ZIM\x04", kinds.ZIM),
    (0, b"Rar!", kinds.ARCHIVE),
    (0, b"7z\xbc\xaf'\x1c", kinds.ARCHIVE),
    (0, b"\x1f\x8b", kinds.ARCHIVE),
    (0, b"BZh", kinds.ARCHIVE),
    (0, b"\xfd7zXZ\0", kinds.ARCHIVE),
    (0, b"(\xb5/\xfd", kinds.ARCHIVE),
    (0, b"MSCF", kinds.ARCHIVE),
    (257, b"ustar", kinds.ARCHIVE),
    (0, b"WARC/", kinds.CRAWL),
    (0, b"ITSF", kinds.CHM),
    (0, b"HWP Document File", kinds.HWP),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", kinds.ONENOTE),
    (0, b"AC10", kinds.DRAWING),
    (0, b"SQLite format 3\0", kinds.DATABASE),
    (4, b"Standard Jet DB", kinds.DATABASE),
    (4, b"Standard ACE DB", kinds.DATABASE),
    (12, b"\x62\x31\x05\0", kinds.DATABASE),
    (12, b"\x61\x15\x06\0", kinds.DATABASE),
    (0, b"\x7fELF", kinds.PROGRAM),
    (0, b"\xca\xfe\xba\xbe", kinds.PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", kinds.PROGRAM),
    (0, b"\0\x01\0\0\0", kinds.FONT),
    (0, b"OTTO", kinds.FONT),
    (0, b"wOFF", kinds.FONT),
    (0, b"wOF2", kinds.FONT),
)
_OPENDOCUMENT = {
    "text": kinds.ODT,
    "spreadsheet": kinds.SPREADSHEET,
    "presentation": kinds.ODP,
}
# what a zip file holds -> what it is; prefixes of member names, the first that fits counts
_MEMBERS: tuple[tuple[str, Kind], ...] = (
    ("word/", kinds.DOCX),
    ("xl/", kinds.SPREADSHEET),
    ("ppt/", kinds.PPTX),
    ("visio/", kinds.VISIO),
    (".iwpv2", kinds.LOCKED_IWORK),
    (".iwph", kinds.LOCKED_IWORK),
    ("Index/", kinds.IWORK),
    ("Index.zip", kinds.IWORK),
    ("index.apxl", kinds.IWORK),
    ("index.xml", kinds.IWORK),
    ("FixedDocSeq.fdseq", kinds.XPS),
    ("FixedDocumentSequence.fdseq", kinds.XPS),
    ("META-INF/container.xml", kinds.EPUB),
    ("META-INF/MANIFEST.MF", kinds.PROGRAM),
    ("AndroidManifest.xml", kinds.PROGRAM),
)
_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("EncryptedPackage", kinds.LOCKED_OFFICE),
    ("WordDocument", kinds.OLD_WORD),
    ("Workbook", kinds.SPREADSHEET),
    ("Book", kinds.SPREADSHEET),
    ("PowerPoint Document", kinds.OLD_SLIDES),
    ("__properties_version1.0", kinds.OUTLOOK),
    ("VisioDocument", kinds.VISIO),
    ("Quill", kinds.PUBLISHER),
    ("HwpSummaryInformation", kinds.HWP),
    ("\x05HwpSummaryInformation", kinds.HWP),
    ("MatOST", kinds.WORKS),
    ("WksSSWorkBook", kinds.WORKS),
)
_ENDINGS = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd"), kinds.MARKDOWN),
    **dict.fromkeys((".rst", ".rest"), kinds.RST),
    **dict.fromkeys((".adoc", ".asciidoc", ".asc"), kinds.ASCIIDOC),
    **dict.fromkeys((".tex", ".latex", ".ltx"), kinds.LATEX),
    **dict.fromkeys((".html", ".htm", ".xhtml"), kinds.HTML),
    **dict.fromkeys((".csv", ".tsv", ".tab"), kinds.DELIMITED),
    **dict.fromkeys((".vtt", ".srt"), kinds.SUBTITLES),
    **dict.fromkeys((".eml", ".emlx"), kinds.EMAIL),
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".geojson"), kinds.JSON),
    ".mbox": kinds.MBOX,
    ".ipynb": kinds.NOTEBOOK,
    **dict.fromkeys(
        (".xml", ".nxml", ".dbk", ".docbook", ".tei", ".rss", ".atom", ".opml", ".kml", ".gpx"),
        kinds.XML,
    ),
    ".wps": kinds.WORKS,
}
# zip files whose ending says what they should be
_PACKED = {
    ".docx": kinds.DOCX,
    ".docm": kinds.DOCX,
    ".dotx": kinds.DOCX,
    ".xlsx": kinds.SPREADSHEET,
    ".xlsm": kinds.SPREADSHEET,
    ".xlsb": kinds.SPREADSHEET,
    ".xltx": kinds.SPREADSHEET,
    ".xltm": kinds.SPREADSHEET,
    ".ots": kinds.SPREADSHEET,
    ".ods": kinds.SPREADSHEET,
    ".pptx": kinds.PPTX,
    ".odt": kinds.ODT,
    ".odp": kinds.ODP,
    ".epub": kinds.EPUB,
    ".zip": kinds.ZIP,
}
# texts in which marks of another format are only quoted
_BELIEVED = (kinds.MARKDOWN, kinds.RST, kinds.ASCIIDOC, kinds.LATEX, kinds.JSON, kinds.NOTEBOOK)
_SUBTITLE = re.compile(r"\s*(?:\d+\s*\n)?\s*\d+:\d\d:\d\d[,.]\d+\s*-->")
_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S)
_ROOT = re.compile(r"<(?![?!])([\w.-]+:)?([\w.-]+)")
_HEADER = re.compile(
    r"(?:(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version|Delivered-To"
    r"|X-[\w-]+|Content-Type|Status|Reply-To|Sender|DKIM-Signature):[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.I,
)
_MBOX = re.compile(r"From \S+.*\d{4}.*\n(?:>?[\w-]+:|\s)")


def kind_of(file: File) -> Kind:
    """The kind of a file; `kinds.UNKNOWN` for bytes that are neither known nor text."""
    start = file.data[:_START]
    if b"%PDF-" in start[:1024]:
        return kinds.PDF
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _packed(file)
    if start.startswith(_OLE):
        return _compound(file)
    if start.lstrip().startswith(b"{\\rtf"):
        return kinds.RTF
    if start.startswith(b"MZ") and plain.looks_binary(file.data):
        return kinds.PROGRAM
    for place, mark, kind in _MAGIC:
        # marks of letters alone may begin a text too: "OTTO keeps the accounts"
        if start[place : place + len(mark)] == mark and (
            not mark.isalnum() or plain.looks_binary(file.data)
        ):
            return kind
    if start[:2] == b"BM" and start[6:10] == bytes(4):
        return kinds.PICTURE
    if file.ending in (".p7m", ".p7s", ".gpg", ".pgp") or start.startswith(b"-----BEGIN PGP"):
        return kinds.SIGNED
    if plain.looks_binary(file.data):
        return _binary(file)
    return _text(file, plain.decode(start, declared=True))


def _binary(file: File) -> Kind:
    """Bytes without a mark, whose ending says what they should be: its reader finds the damage."""
    if file.ending == ".pdf":
        return kinds.PDF
    if file.ending in (".tar", ".gz", ".tgz", ".bz2", ".rar", ".7z"):
        return kinds.ARCHIVE
    if file.ending in _PACKED:
        return _PACKED[file.ending]
    if file.ending == ".wps":
        return kinds.WORKS
    if file.ending in _ENDINGS or file.ending in (".txt", ".text"):
        return kinds.PLAIN
    return kinds.UNKNOWN


def _packed(file: File) -> Kind:
    """What a zip file is: many kinds of document are zip files inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            names = archive.namelist()
            mimetype = archive.read("mimetype")[:200] if "mimetype" in names else b""
    except MemoryError:
        raise
    except Exception:  # a half copied document is still called by its name, and found damaged
        return _named_zip(file)
    if mimetype.startswith(b"application/epub"):
        return kinds.EPUB
    if mimetype.startswith(b"application/vnd.oasis.opendocument."):
        what = mimetype.decode("ascii", "replace").rsplit(".", 1)[-1].split("-")[0].strip()
        return _OPENDOCUMENT.get(what, kinds.DRAWING)
    for prefix, kind in _MEMBERS:
        if any(name.startswith(prefix) for name in names):
            return kind
    return _named_zip(file)


def _named_zip(file: File) -> Kind:
    return _PACKED.get(file.ending, kinds.ZIP)


def _compound(file: File) -> Kind:
    """What an OLE file is: the container of the old Office formats and of encrypted new ones."""
    import olefile

    streams: set[str] = set()
    # a damaged directory: its names may still stand in the bytes
    with suppress(Exception), olefile.OleFileIO(io.BytesIO(file.data)) as ole:
        streams = {entry[0].casefold() for entry in ole.listdir(streams=True, storages=True)}
    for name, kind in _STREAMS:
        if name.casefold() in streams or (not streams and name.encode("utf-16-le") in file.data):
            return kind
    return kinds.OLD_OFFICE


def _text(file: File, start: str) -> Kind:
    by_name = _ENDINGS.get(file.ending)
    if by_name in _BELIEVED:
        return by_name
    if start.startswith("WEBVTT") or _SUBTITLE.match(start):
        return kinds.SUBTITLES
    if start.startswith("From ") and _MBOX.match(start):
        return kinds.MBOX
    if _HEADER.match(start):
        return _mail(file, start)
    if by_name is not kinds.XML and _HTML.match(start):
        return kinds.HTML
    if start.lstrip().startswith("<"):
        return _marked_up(start, by_name)
    return by_name or _guessed(file, start)


def _mail(file: File, start: str) -> Kind:
    web = re.search(r"^Content-Type:\s*multipart/related", start, re.I | re.M)
    if file.ending in (".mht", ".mhtml") or (web and "<Saved by " in start):
        return kinds.MHTML
    return kinds.EMAIL


def _marked_up(start: str, by_name: Kind | None) -> Kind:
    root = _ROOT.search(re.sub(r"<!--.*?-->", "", start, flags=re.S))
    name = root[2].lower() if root else ""
    if name == "html":
        return kinds.HTML
    if name == "fictionbook":
        return kinds.FB2
    if name == "document" and "opendocument:xmlns:office" in start:
        return kinds.FLAT_ODF
    if name == "svg":
        return kinds.DRAWING
    if by_name is not None:
        return by_name
    doctype = re.search(r"<!DOCTYPE\s+([\w:.-]+)", start, re.I)
    if doctype and doctype[1].lower() != "html":
        return kinds.XML
    return kinds.XML if start.lstrip().startswith("<?xml") else kinds.HTML if root else kinds.PLAIN


def _guessed(file: File, start: str) -> Kind:
    """A text whose ending says nothing."""
    if file.ending in ("", ".txt", ".text") and start.startswith(("{", "[")):
        import json

        with suppress(ValueError, RecursionError):
            json.loads(file.data)
            return kinds.JSON
    if re.match(r"\s*\\documentclass", start):
        return kinds.LATEX
    return kinds.PLAIN
