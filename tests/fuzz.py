"""Damaged and hostile documents without end, for the readers: what hangs, crashes or breaks a rule.

    python -m tests.fuzz markdown html              one minute each
    python -m tests.fuzz --minutes 10 --seed 3 all  every format, ten minutes each

Seeds are small documents of /work/shared where it is present, and those made below. A case is
made from the seed and its number alone, so that it can be made again after its process is gone.
Its reader is called by name: a damaged mark at the start must not hide it. Needs fork(): not for
Windows.
"""

# ruff: noqa: E501 - the tables of fragments read best with one fragment after the other

from __future__ import annotations

import argparse
import faulthandler
import functools
import importlib
import io
import json
import os
import random
import re
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from assistant import chunk
from assistant.domain import Reading, Status
from assistant.parse import kinds, reading, sniff
from assistant.parse.file import File
from assistant.parse.kinds import Kind
from tests.conftest import SHARED

MEMORY = 2 * 1024**3  # bytes of address space, as a reader has
BOUND = 20.0  # seconds a case may take
SLOW = 3.0  # seconds from which the slowest case is kept
DEADLINE = 8.0  # seconds after which a reader of many parts should return what it has
SEEDS = 60  # of each format
SEED_SIZE = 150_000  # bytes
CASE_SIZE = 1_000_000  # bytes; larger cases cost time and find the same

# errors that say "this line expected something else", not "this file is damaged"
BUGS = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    NameError,
    RecursionError,
    StopIteration,
    TypeError,
    ZeroDivisionError,
)
# errors that say "this file is damaged", or that it is refused; by name, they are of many libraries
HONEST = (
    "BadZipFile",
    "DTDForbidden",
    "EntitiesForbidden",
    "ExternalReferenceForbidden",
    "ParseError",
    "TooLarge",
    "XMLSyntaxError",
)


class Format(NamedTuple):
    """`tokens` are what a mutation puts in; two with "|" between them are nested in each other."""

    kinds: tuple[Kind, ...]
    tokens: tuple[str, ...]


class Seed(NamedTuple):
    name: str
    data: bytes
    reader: str


_MARKUP = (
    "<a>|</a>", "<", ">", "&amp;", "&#27;", "&#0;", "&#x10FFFF;", "<!--", "-->", "<![CDATA[", "]]>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", 'xml:space="preserve"', "<?x ?>", "\x00", "\u202e",
)  # fmt: skip
_HTML = (
    *_MARKUP, "<div>|</div>", "<table>|</table>", "<tr>", "<td colspan=9999 rowspan=9999>", "<th>",
    "<h1>|</h1>", "<pre>", "<br>", "<ul><li>|</ul>", "<title>", "<svg>", "<template>", "<plaintext>",
    '<p style="display:none">', "<meta charset=punycode>", "<caption>", "<select><option>", "<base>",
)  # fmt: skip
_OFFICE = (
    *_MARKUP, "<w:p><w:r><w:t>a</w:t></w:r></w:p>", "<w:tbl>|</w:tbl>", "<w:tr>|</w:tr>",
    "<w:tc>|</w:tc>", '<w:gridSpan w:val="99999999"/>', "<w:vMerge/>", "<w:sdt>|</w:sdt>",
    '<w:pStyle w:val="Heading1"/>', "<w:txbxContent>|</w:txbxContent>", "<w:tab/>", "<w:br/>",
    "<w:instrText>", "<w:footnoteReference w:id='-1'/>", "<a:t>a</a:t>", "<a:p>|</a:p>", "<a:tbl>",
    "<p:sp>|</p:sp>", "<p:grpSp>|</p:grpSp>", "<mc:AlternateContent>|</mc:AlternateContent>",
)  # fmt: skip
_OPENDOCUMENT = (
    *_MARKUP, "<text:p>|</text:p>", '<text:h text:outline-level="999">', '<text:s text:c="999999999"/>',
    "<text:list>|</text:list>", "<text:list-item>|</text:list-item>", "<text:tab/>", "<text:note>",
    "<table:table>|</table:table>", '<table:table-row table:number-rows-repeated="1048576">',
    '<table:table-cell table:number-columns-repeated="16384">', "<table:covered-table-cell/>",
    "<text:section>|</text:section>", "<draw:frame>|</draw:frame>", "<draw:page>", "<text:span>|</text:span>",
)  # fmt: skip
_CELLS = (
    *_MARKUP, '<c r="XFD1048576" t="s"><v>99999999</v></c>', '<row r="1048576">', "<v>1e309</v>", "<v>-1</v>",
    '<c r="A1" t="inlineStr"><is><t>a</t></is></c>', '<mergeCell ref="A1:XFD1048576"/>', 't="d"', 's="9999"',
    '<c r="@@"/>', '<dimension ref="A1:XFD1048576"/>', "<f>A1</f>", "<si><t>a</t></si>", *_OPENDOCUMENT[-8:],
)  # fmt: skip
_MAIL = (
    "\n\n", "\r\n", "From a@b Mon Jan  1 00:00:00 2024\n", "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    "--b--\n", "--b\n", "Content-Type: message/rfc822\n\n", "Content-Type: text/html; charset=undefined\n",
    "Content-Type: multipart/alternative; boundary=c\n\n--c\n", "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n", "Content-Transfer-Encoding: x-uuencode\n", "=?utf-8?b?",
    "=?x?q?=?=", "?=", "=", ";", '"', "charset*0*=''", "filename*=utf-8''%ff", "Date: Mon, 99 Foo 99999\n",
    "Content-Disposition: attachment; filename=\"=?utf-8?q?a=0A?=.txt\"\n", "format=flowed; delsp=yes", ">",
    "-----BEGIN PGP MESSAGE-----\n", "Subject: =?utf-8?q?=1b[31m?=\n", "Content-ID: <a>\n", "begin 644 a\n",
)  # fmt: skip
_OLD_MAC = ("\r", "\x0c", "\x85", "\u2028", "\t", "\x1b[31m", "\ufeff", "\x00", "\ud7ff")

FORMATS = {
    "markdown": Format(
        (kinds.MARKDOWN,),
        ("# ", "> ", "- ", "1. ", "999999999. ", "```\n", "~~~", "    ", "|", "|-|-|\n", "[", "](", "![",
         "*|*", "**", "_|_", "`", "<div>", "<br>", "---\n", "&#27;", "\\", "[a]: b\n", "---\ntitle: &a [*a]\n---\n",
         "===\n", "<!--", "|a|b|\n|-|-|\n|c|d|\n"),
    ),
    "html": Format((kinds.HTML,), _HTML),
    "plain": Format((kinds.PLAIN,), _OLD_MAC),
    "rst": Format(
        (kinds.RST,),
        ("====\n", "----\n", ".. ", ".. note::\n\n   ", ".. include:: /etc/passwd\n", ".. |a| replace:: |a|\n",
         "::\n\n", "   ", "- ", "#. ", ":a: b\n", "`|`", "`a`_", "|a|", "[1]_", ".. [1] a\n", "*", "**", "``",
         "+--+--+\n| a| b|\n+--+--+\n", "== ==\na  b\n== ==\n", ".. csv-table::\n\n   a,b\n", "__ a\n",
         ".. raw:: html\n\n   <b>\n", ".. math::\n", ".. _a: a_\n", ".. list-table::\n\n   * - a\n", ">>> "),
    ),
    "asciidoc": Format(
        (kinds.ASCIIDOC,),
        ("= ", "== ", "====== ", "----\n", "====\n", "|===\n", "|a |b\n", "include::/etc/passwd[]\n", "* ", "***** ",
         ". ", "a:: b\n", "[[a]]", "<<a>>", "{a}", ":a: {a}\n", "ifdef::a[]\n", "endif::[]\n", "////\n", "....\n",
         "****\n", "____\n", "++++\n", "[source]\n", "*|*", "_|_", "`", "+\n", "link:a[b]", "image::a[]\n", "99999+|"),
    ),
    "latex": Format(
        (kinds.LATEX,),
        ("\\", "{|}", "[", "]", "$", "$$", "%", "\\begin{a}|\\end{a}", "\\begin{document}", "\\end{document}",
         "\\begin{tabular}{ll}", "\\end{tabular}", "&", "\\\\\n", "\\section{", "\\item ", "\\def\\a{\\a\\a}", "\\a",
         "\\newcommand{\\b}[9]{#1\\b}", "\\input{/etc/passwd}", "\\verb|", "\\begin{verbatim}", "\\multicolumn{99999}",
         "\\footnote{", "\\'", "\\char", "\\title{", "~", "\\iffalse", "\\fi"),
    ),
    "rtf": Format(
        (kinds.RTF,),
        ("{|}", "\\", "\\par ", "\\u8364?", "\\u-99999 ", "\\uc99999999 ", "\\bin999999999 ", "\\'e9", "\\'zz",
         "{\\*\\a ", "\\cell ", "\\row ", "\\trowd ", "\\ansicpg99999 ", "\\fonttbl", "\\f0\\fcharset128 ", "\\info",
         "\\field", "\\fldinst", "\\objdata ", "\\pict ", "\\upr", "\\ud", "\\v ", "\\deleted ", "\\intbl ", "\\itap99 "),
    ),
    "docx": Format((kinds.DOCX,), _OFFICE),
    "odf": Format((kinds.ODT, kinds.ODP, kinds.FLAT_ODF), _OPENDOCUMENT),
    "pptx": Format((kinds.PPTX,), _OFFICE),
    "sheets": Format((kinds.SPREADSHEET,), _CELLS),
    "csv": Format(
        (kinds.DELIMITED,),
        (",", ";", "\t", '"', '""', "\n", "\r", '"\n', "|", "\\", "sep=;\n", "1,5", "\x00", "'", ",,,,,,,,", "a,b\n"),
    ),
    "epub": Format(
        (kinds.EPUB,), (*_HTML, '<itemref idref="a"/>', '<item id="a" href="../../a"/>', "<navPoint>|</navPoint>")
    ),
    "fb2": Format(
        (kinds.FB2,),
        (*_MARKUP, "<section>|</section>", "<title><p>", "<p>a</p>", "<table><tr><td colspan='99999'>", "<binary>",
         "<poem><stanza><v>", "<empty-line/>", "<body name='notes'>"),
    ),
    "xml": Format((kinds.XML,), (*_MARKUP, "<row><a>b</a></row>", " a='b'", "xmlns:a='b'", "<a:b>")),
    "json": Format(
        (kinds.JSON,),
        ("{|}", "[|]", '{"a":|}', ",", ":", '"', "\\u0000", "\\ud800", "1e999", "NaN", "-", "null", "true", "9" * 5000,
         "\n", '{"a":1}\n', '{"type":"FeatureCollection","features":[]}'),
    ),
    "notebook": Format(
        (kinds.NOTEBOOK,),
        ("{|}", "[|]", '"cells":', "null", '"source":', '"outputs":[', '{"cell_type":"markdown","source":1}', "1e999",
         '"worksheets":', '"text/html":', '"data":', '"metadata":null', '"\\ud800"', ",", '"text":'),
    ),
    "subtitles": Format(
        (kinds.SUBTITLES,),
        ("00:00:01.000 --> 00:00:02.000\n", "99:99:99,999 --> ", "-->", "\n\n", "<v Amina>", "<c.a>|</c>", "NOTE ",
         "STYLE\n", "1\n", "999999999999999999:00:00.000 --> 1\n", "<00:00:01.000>", "{\\an8}", "WEBVTT\n", "\r", "&lt;"),
    ),
    "mail": Format((kinds.EMAIL, kinds.MHTML), _MAIL),
    "mbox": Format((kinds.MBOX,), _MAIL),
    "zip": Format((kinds.ZIP,), (*_OLD_MAC, "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x07\x08", "From a\n")),
    "pdf": Format(
        (kinds.PDF,),
        ("<<|>>", "[|]", "(|)", "1 0 obj\n", "endobj\n", "stream\n", "endstream\n", "xref\n", "trailer\n", "1 0 R",
         "/Kids [1 0 R]", "/Parent 1 0 R", "/Count 999999999", "/Length -1", "/Filter /FlateDecode", "BT (a) Tj ET",
         "/MediaBox [0 0 1e9 1e9]", "/Rotate 91", "/Contents", "/Encrypt", "startxref\n0\n", "%%EOF"),
    ),
    "doc": Format((kinds.OLD_WORD,), ()),
    "ppt": Format((kinds.OLD_SLIDES,), ()),
    "picture": Format((kinds.PICTURE,), ()),
    "sniff": Format((), (*_HTML, *_MAIL, "PK\x03\x04", "%PDF-", "{\\rtf1", "\x1f\x8b", "\xd0\xcf\x11\xe0")),
}  # fmt: skip


# --- seeds --------------------------------------------------------------------------------------


def packed(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.'
    'openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships"'
)
_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
    for name, full in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
    )
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _ooxml(main: str, content_type: str, parts: dict[str, str], related: str = "") -> bytes:
    """An Office file: `related` says what the main part refers to, as "id type target"."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    )
    links = "".join(
        f'<Relationship Id="{i}" Type="{_RELATION}/{kind}" Target="{target}"/>'
        for i, kind, target in (line.split() for line in related.splitlines())
    )
    folder, name = main.split("/")
    base = f"application/vnd.openxmlformats-officedocument.{content_type}"
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
            'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
            'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/{main}" ContentType="{base}.main+xml"/></Types>',
            "_rels/.rels": f'{relations}<Relationship Id="a" Type="{_RELATION}/officeDocument"'
            f' Target="{main}"/></Relationships>',
            f"{folder}/_rels/{name}.rels": f"{relations}{links}</Relationships>",
            **parts,
        }
    )


def _document(what: str, body: str) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{what}"
    content = f"<office:document-content {_ODF}><office:body>{body}</office:body></office:document-content>"
    return packed({"mimetype": mimetype, "content.xml": content})


_HTML_SEED = (
    "<html><title>T</title><body><h1>A</h1><p>b <b>c</b><table><tr><th>d<th>e<tr><td>f<td colspan=2>g"
    "</table><ul><li>h<li>i</ul><pre>j\nk</pre></body></html>"
)
_MAIL_SEED = (
    "From: Amina <a@example.org>\nTo: b@example.org\nDate: Sun, 31 Mar 2024 14:05:00 +0100\n"
    "Subject: =?utf-8?q?Caf=C3=A9?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain; charset=utf-8;"
    " format=flowed\n\nHello \nthere.\n> quoted\n--c\nContent-Type: text/html\n\n<p>Hello there.\n--c--\n"
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\nFrom: c@d\n\nInner words.\n--b\n"
    "Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=a.csv\n"
    "Content-Transfer-Encoding: base64\n\nYSxiCjEsMgo=\n--b--\n"
)
_NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A\n", "b"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "2", "text/html": "<b>2</b>"},
                },
            ],
        },
    ],
    "metadata": {"kernelspec": {"language": "python"}},
    "nbformat": 4,
}
_PDF_SEED = (
    "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\n"
    "endobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F"
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>\nendobj\n4 0 obj\n<</Length 38>>\nstream\n"
    "BT /F 12 Tf 20 100 Td (Hello all) Tj ET\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
)


def made() -> dict[str, list[tuple[str, str | bytes]]]:
    """A few seeds of our own for each format that can be written by hand."""
    wrap = f"<w:document {_W}><w:body>{{}}</w:body></w:document>"
    row = "<w:tr><w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    docx = wrap.format(
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>A</w:t></w:r></w:p>'
        f"<w:tbl>{row.format('b')}{row.format('c')}</w:tbl><w:p><w:r><w:t>d</w:t></w:r></w:p>"
    )
    sheet = (
        f'<worksheet {_S}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1"><v>1</v>'
        '</c></row><row r="2"><c r="A2"><v>2</v></c></row></sheetData></worksheet>'
    )
    book = f'<workbook {_S} xmlns:r="{_RELATION}"><sheets><sheet name="S" sheetId="1" r:id="b"/></sheets></workbook>'
    slide = (
        f"<p:sld {_P}><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>a</a:t></a:r></a:p></p:txBody></p:sp>"
        "</p:spTree></p:cSld></p:sld>"
    )
    show = f'<p:presentation {_P}><p:sldIdLst><p:sldId id="256" r:id="b"/></p:sldIdLst></p:presentation>'
    odt = (
        '<office:text><text:h text:outline-level="1">A</text:h><text:p>b<text:s text:c="2"/>c</text:p><table:table>'
        "<table:table-row><table:table-cell><text:p>d</text:p></table:table-cell></table:table-row></table:table>"
        "<text:list><text:list-item><text:p>e</text:p></text:list-item></text:list></office:text>"
    )
    odp = "<office:presentation><draw:page><draw:frame><text:p>a</text:p></draw:frame></draw:page></office:presentation>"
    ods = (
        '<office:spreadsheet><table:table table:name="S"><table:table-row><table:table-cell><text:p>a</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet>"
    )
    epub = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="a.opf"/></rootfiles></container>',
        "a.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="a" href="a.xhtml"/>'
        '</manifest><spine><itemref idref="a"/></spine></package>',
        "a.xhtml": _HTML_SEED,
    }
    return {
        "markdown": [("a.md", "---\ntitle: T\n---\n# A\n\nb *c* `d`\n\n- e\n  1. f\n\n> g\n\n|h|i|\n|-|-|\n|j|k|\n\n```\nl\n```\n")],
        "html": [("a.html", _HTML_SEED)],
        "plain": [("a.txt", "One line.\n\nAnd another, é.\n"), ("b.txt", "Ünicode".encode("utf-16"))],
        "rst": [("a.rst", "A\n=\n\nb *c* ``d``\n\n- e\n\n1. f\n\n.. note:: g\n\n== ==\nh  i\n== ==\nj  k\n== ==\n\n::\n\n  l\n")],
        "asciidoc": [("a.adoc", "= A\n:x: y\n\n== B\n\nc *d* {x}\n\n* e\n** f\n\n|===\n|g |h\n|i |j\n|===\n\n----\nk\n----\n")],
        "latex": [("a.tex", "\\documentclass{article}\n\\title{A}\n\\begin{document}\n\\section{B}\nc \\emph{d} $e$ % f\n"
                   "\\begin{itemize}\\item g\\end{itemize}\n\\begin{tabular}{ll}h & i \\\\ j & k\\end{tabular}\n\\end{document}\n")],
        "rtf": [("a.rtf", "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 A;}}{\\info{\\title T}}\\pard b\\'e9 \\u8364?\\par"
                 "\\trowd\\intbl c\\cell d\\cell\\row {\\*\\x e}f\\par}")],
        "docx": [("a.docx", _ooxml("word/document.xml", "wordprocessingml.document", {"word/document.xml": docx}))],
        "odf": [("a.odt", _document("text", odt)), ("a.odp", _document("presentation", odp)),
                ("a.fodt", f"<?xml version='1.0'?><office:document {_ODF}><office:body>{odt}</office:body></office:document>")],
        "pptx": [("a.pptx", _ooxml("ppt/presentation.xml", "presentationml.presentation",
                 {"ppt/presentation.xml": show, "ppt/slides/slide1.xml": slide}, "b slide slides/slide1.xml"))],
        "sheets": [("a.xlsx", _ooxml("xl/workbook.xml", "spreadsheetml.sheet",
                   {"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}, "b worksheet worksheets/sheet1.xml")),
                   ("a.ods", _document("spreadsheet", ods))],
        "csv": [("a.csv", 'a,b\n1,"c\nd"\n2,e\n'), ("b.csv", "sep=;\na;b\n1,5;c\n"), ("c.tsv", "a\tb\n1\t2\n")],
        "epub": [("a.epub", packed(epub))],
        "fb2": [("a.fb2", '<?xml version="1.0"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description>'
                 "<title-info><book-title>T</book-title></title-info></description><body><section><title><p>A</p></title>"
                 "<p>b</p><section><p>c</p></section></section></body></FictionBook>")],
        "xml": [("a.xml", '<?xml version="1.0"?><list><row id="1"><name>a</name><x>b</x></row><row><name>c</name></row></list>')],
        "json": [("a.json", '{"a": [1, {"b": "c"}], "d": null}'), ("b.jsonl", '{"a": 1}\n{"a": 2}\n')],
        "notebook": [("a.ipynb", json.dumps(_NOTEBOOK))],
        "subtitles": [("a.vtt", "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Amina>Hello\n\n00:03.000 --> 00:04.000\nall\n"),
                      ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nall\n")],
        "mail": [("a.eml", _MAIL_SEED),
                 ("a.mht", "From: <Saved by A>\nSubject: T\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type:"
                  f" text/html\n\n{_HTML_SEED}\n--b--\n")],
        "mbox": [("a.mbox", f"From a@b Sun Mar 31 14:05:00 2024\n{_MAIL_SEED}\nFrom a@b Sun Mar 31 14:06:00 2024\nSubject: s\n\nx\n")],
        "zip": [("a.zip", packed({"a/b.txt": "Words.", "c.html": _HTML_SEED, "d.eml": _MAIL_SEED, "e.zip": packed({"f.md": "# G\n\nh"})}))],
        "pdf": [("a.pdf", _PDF_SEED)],
    }  # fmt: skip


def seeds_of(name: str, generator: random.Random) -> list[Seed]:
    wanted = FORMATS[name].kinds
    files = [(n, d.encode() if isinstance(d, str) else d) for n, d in made().get(name, [])]
    if name == "sniff":
        files = [
            (n, d.encode() if isinstance(d, str) else d) for m in made().values() for n, d in m
        ]
    paths = [p for p in sorted((SHARED / "documents").glob("*/*")) if p.stat().st_size <= SEED_SIZE]
    generator.shuffle(paths)
    found = []
    for path_name, data in (*files, *((p.name, p.read_bytes()) for p in paths)):
        kind = sniff.kind_of(File(path_name, data))
        if len(found) < SEEDS and (kind in wanted or not wanted):
            found.append(Seed(path_name, data, kind.reader))
    return found


# --- mutations ----------------------------------------------------------------------------------


def _flip(data: bytearray, r: random.Random, _: Format, __: bytes) -> None:
    for _n in range(r.choice((1, 1, 3, 10, 50))):
        if data:
            data[r.randrange(len(data))] = r.choice(
                (0, 255, 10, 13, 32, 60, 62, 34, r.randrange(256))
            )


def _truncate(data: bytearray, r: random.Random, _: Format, __: bytes) -> None:
    del data[r.randrange(len(data) + 1) :]


def _delete(data: bytearray, r: random.Random, _: Format, __: bytes) -> None:
    start = r.randrange(len(data) + 1)
    del data[start : start + r.choice((1, 4, 30, 500))]


def _repeat(data: bytearray, r: random.Random, _: Format, __: bytes) -> None:
    start = r.randrange(len(data) + 1)
    piece = data[start : start + r.choice((1, 3, 20, 200, 2000))]
    data[start:start] = bytes(piece) * r.choice((*[1] * 10, 2, 2, 10, 10, 100, 3000))


def _splice(data: bytearray, r: random.Random, _: Format, other: bytes) -> None:
    start = r.randrange(len(other) + 1)
    piece = other[start : start + r.choice((10, 100, 1000, 100_000))]
    place = r.randrange(len(data) + 1)
    data[place : place + r.choice((0, len(piece)))] = piece


def _token(data: bytearray, r: random.Random, form: Format, _: bytes) -> None:
    if form.tokens:
        opening, bar, closing = r.choice(form.tokens).partition("|")
        times = r.choice((*[1] * 10, 5, 5, 50, 50, 1000, 1000, 20_000))
        place = r.randrange(len(data) + 1)
        wrapped = b"x" if bar and closing else b""
        new = opening.encode("utf-8", "replace") * times + wrapped
        if closing:
            new += closing.encode("utf-8", "replace") * r.choice((times, times, 0))
        elif bar:
            new += b"|" * times
        data[place:place] = new


def _number(data: bytearray, r: random.Random, _: Format, __: bytes) -> None:
    numbers = list(re.finditer(rb"-?\d+", bytes(data[:200_000])))
    if numbers:
        found = r.choice(numbers)
        data[found.start() : found.end()] = r.choice(
            (
                b"0",
                b"-1",
                b"99999999",
                b"4294967296",
                b"1048576",
                b"1e308",
                b"9" * 5000,
                b"",
                b"0x1F",
                b"NaN",
            )
        )


Mutation = Callable[[bytearray, random.Random, Format, bytes], None]
MUTATIONS: tuple[Mutation, ...] = (
    _flip, _truncate, _delete, _repeat, _splice, _token, _token, _token, _number,
)  # fmt: skip


def mutated(data: bytes, r: random.Random, form: Format, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(r.choice((1, 1, 2, 4, 8))):
        r.choice(MUTATIONS)(changed, r, form, other)
        del changed[CASE_SIZE:]
    return bytes(changed)


@functools.cache
def members_of(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # a damaged seed is changed as bytes
        return {}


def case(form: Format, seeds: list[Seed], r: random.Random) -> Seed:
    """A changed seed. Of zipped documents most often one member is changed, so that it opens."""
    seed, other = r.choice(seeds), r.choice(seeds)
    members = members_of(seed.data) if seed.data.startswith(b"PK\x03\x04") else {}
    if not members or r.random() < 0.2:
        return seed._replace(data=mutated(seed.data, r, form, other.data))
    members = dict(members)
    for _ in range(r.choice((1, 1, 2))):
        inner = r.choice(
            [n for n in members if n.endswith((".xml", "html", ".opf"))] or list(members)
        )
        others = list(members_of(other.data).values()) or [other.data]
        members[inner] = mutated(members[inner], r, form, r.choice(others))
    return seed._replace(data=packed(dict(members)))


# --- one case -----------------------------------------------------------------------------------


def broken_rules(found: Reading) -> Iterator[str]:
    """What a `Reading` promises and this one does not keep."""
    if _is_odd(found.title):
        yield "title with a control character"
    if found.status.has_text and not found.sections:
        yield f"{found.status} without sections"
    if not found.status.has_text and found.sections:
        yield f"{found.status} with sections"
    if found.status is not Status.READY and not (found.reason and found.remedy):
        yield f"{found.status} without a reason or remedy"
    if _is_odd(found.reason):
        yield "reason with a control character"
    for section in found.sections[:2000]:
        if not section.text.strip():
            yield "section without text"
        if _is_odd(section.label):
            yield "label with a control character"
        if _is_odd(section.text[:20_000].replace("\n", "").replace("\t", "")):
            yield "text with a control character"
    for section in found.sections[:3]:
        if len(section.text) < 20_000 and not _keeps_chunk_promise(section.text):
            yield "chunks are not spans of the text"


def _is_odd(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in text)


def _keeps_chunk_promise(text: str) -> bool:
    end, chunks = 0, chunk.split(text)
    for part in chunks:
        if text[part.start : part.end] != part.text or text[end : part.start].strip():
            return False
        end = part.end
    return not text[end:].strip()


def run_case(name: str, made_case: Seed) -> list[str]:
    """What is wrong, each as a key that is the same for the same fault."""
    file = File(made_case.name, made_case.data, time.monotonic() + DEADLINE)
    try:
        if name == "sniff":
            sniff.kind_of(file)
            return []
        module, _, function = made_case.reader.rpartition(".")
        found = getattr(importlib.import_module(f"assistant.parse.{module}"), function)(file)
        return sorted(set(broken_rules(reading._tidy(found))))
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return [fault(error)]


def fault(error: BaseException) -> str:
    """The error's type, our line that it passed, where it was raised, and a word to judge it by.

    "bug": raised in our own line, and not about the file. "honest": it is damaged. "look": either.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/assistant/" in f.filename and "site-packages" not in f.filename]
    last = ours[-1] if ours else frames[-1]
    where = f"{Path(last.filename).name}:{last.lineno} ({last.name})"
    raised = frames[-1]
    direct = "" if raised is last else f", in {Path(raised.filename).name}:{raised.lineno}"
    if type(error).__name__ in HONEST:
        word = "honest"
    else:
        word = "bug" if isinstance(error, BUGS) and raised is last else "look"
    return f"{word} {type(error).__name__} at {where}{direct}"


# --- many cases in a child process --------------------------------------------------------------


@dataclass
class Outcome:
    cases: int = 0
    slowest: float = 0.0
    slowest_case: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)  # fault -> number of the first case

    def add(self, key: str, number: int) -> None:
        self.faults[key] += 1
        self.examples.setdefault(key, number)


class Fuzzer:
    def __init__(self, name: str, seed: int, keep: Path) -> None:
        self._name = name
        self._seed = seed
        self._keep = keep
        self._form = FORMATS[name]
        self._seeds = seeds_of(name, random.Random(f"{seed} {name}"))
        self._stack = keep / f"{name}-stack.txt"
        self.outcome = Outcome()

    def case(self, number: int) -> Seed:
        return case(self._form, self._seeds, random.Random(f"{self._seed} {self._name} {number}"))

    def run(self, seconds: float) -> None:
        if not self._seeds:
            print(f"{self._name}: no seeds here")
            return
        until = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until:
            number = self._run_child(number, until)
        for key, example in self.outcome.examples.items():
            if not _is_honest(key):
                self._save(key, example)
        if self.outcome.slowest > SLOW:
            self._save("slowest", self.outcome.slowest_case)

    def _run_child(self, number: int, until: float) -> int:
        """Cases from `number` on, until the time is up or the child is lost; the next number."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            self._work(number, until, writer)
        os.close(writer)
        try:
            with os.fdopen(reader, "rb", buffering=0) as answers:
                return self._watch(child, answers, number)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def _work(self, number: int, until: float, writer: int) -> None:
        """In the child. It never returns."""
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            with self._stack.open("w") as stack:
                faulthandler.register(signal.SIGUSR1, file=stack)
                faulthandler.enable(file=stack)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries complain there
                while time.monotonic() < until:
                    made_case = self.case(number)
                    begin = time.process_time()  # others use this machine too
                    faults = run_case(self._name, made_case)
                    answer = json.dumps([number, time.process_time() - begin, faults])
                    os.write(writer, f"{answer}\n".encode())
                    number += 1
        except BaseException:  # a fault of this tool
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
            os._exit(1)
        os._exit(0)

    def _watch(self, child: int, answers: Any, number: int) -> int:
        rest = b""
        while True:
            if not select.select([answers], [], [], BOUND)[0]:
                os.kill(child, signal.SIGUSR1)  # write down where it is
                time.sleep(0.5)
                self.outcome.add(f"bug longer than {BOUND:.0f} s: {self._place()}", number)
                return number + 1
            data = answers.read(65536)
            if not data:
                self._lost(child, number)
                return number + 1
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                number = self._count(*json.loads(line)) + 1

    def _count(self, number: int, seconds: float, faults: list[str]) -> int:
        self.outcome.cases += 1
        if seconds > self.outcome.slowest:
            self.outcome.slowest, self.outcome.slowest_case = seconds, number
        for key in faults:
            self.outcome.add(key, number)
        return number

    def _lost(self, child: int, number: int) -> None:
        """The child ended: on its own when time is up, or because it crashed."""
        info = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if info is not None and info.si_code == os.CLD_EXITED and info.si_status:
            raise SystemExit("the fuzzer itself failed")
        if info is not None and info.si_code != os.CLD_EXITED:
            self.outcome.add(f"bug crash by signal {info.si_status}: {self._place()}", number)

    def _place(self) -> str:
        """The innermost line of ours in the stack that the child wrote."""
        stack = self._stack.read_text(errors="replace")
        ours = re.findall(r'File "[^"]*/assistant/([^"]+)", line (\d+) in (\w+)', stack)
        return "{}:{} ({})".format(*ours[0]) if ours else "outside of our code"

    def _save(self, key: str, number: int) -> None:
        made_case = self.case(number)
        word = re.sub(r"\W+", "-", key)[:100]
        path = self._keep / f"{self._name}-{word}-{number}{Path(made_case.name).suffix}"
        path.write_bytes(made_case.data)

    def report(self, seconds: float) -> None:
        found = self.outcome
        print(
            f"{self._name}: {found.cases} inputs from {len(self._seeds)} seeds,"
            f" {found.cases / seconds:.0f} a second, slowest {found.slowest:.1f} s,"
            f" {sum(not _is_honest(key) for key in found.faults)} findings"
        )
        for key, count in sorted(found.faults.items(), key=lambda item: (item[0][:3], -item[1])):
            if not _is_honest(key):
                print(f"  {count:6} x {key} (case {found.examples[key]})")
        print(f"  {sum(n for key, n in found.faults.items() if _is_honest(key)):6} x honest errors")
        sys.stdout.flush()


def _is_honest(key: str) -> bool:
    return key.startswith("honest ")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("formats", nargs="+", choices=[*FORMATS, "all"], metavar="FORMAT")
    options.add_argument("--minutes", type=float, default=1.0, help="for each format")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="folder for one example of each finding")
    chosen = options.parse_args()
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    for name in FORMATS if "all" in chosen.formats else chosen.formats:
        fuzzer = Fuzzer(name, chosen.seed, keep)
        fuzzer.run(chosen.minutes * 60)
        fuzzer.report(chosen.minutes * 60)
    print(f"examples: {keep}")


if __name__ == "__main__":
    main()
