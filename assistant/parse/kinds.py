"""The kinds of file that we know: which reader each gets, or why none and what to do instead.

A reader is named "folder.module.function" and imported only when a file needs it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """`words` names it in a sentence: "a video". Without a `reader`, `remedy` says what to do."""

    words: str
    reader: str = ""
    remedy: str = ""
    locked: bool = False


_LOCKED = "Open it with its password and save a copy without one."
_AS_OFFICE = "Open it in the program that made it and save it as PDF or DOCX."

MARKDOWN = Kind("a Markdown text", "texts.markdown.read")
PLAIN = Kind("a plain text", "texts.plain.read")
RST = Kind("a reStructuredText", "texts.rst.read")
ASCIIDOC = Kind("an AsciiDoc text", "texts.asciidoc.read")
LATEX = Kind("a LaTeX text", "texts.latex.read")
RTF = Kind("a rich text", "texts.rtf.read")
HTML = Kind("a web page", "web.html.read")
MHTML = Kind("a saved web page", "bundles.mail.read_mhtml")
PDF = Kind("a PDF", "pages.pdf.read")
DOCX = Kind("a Word document", "office.word.read")
ODT = Kind("an OpenDocument text", "office.opendocument.read_text")
ODP = Kind("an OpenDocument presentation", "office.opendocument.read_slides")
FLAT_ODF = Kind("a flat OpenDocument file", "office.opendocument.read_flat")
SPREADSHEET = Kind("a spreadsheet", "tables.sheets.read")
DELIMITED = Kind("a table as text", "tables.delimited.read")
PPTX = Kind("a presentation", "office.slides.read")
EPUB = Kind("an EPUB book", "web.epub.read")
FB2 = Kind("an FB2 book", "web.fb2.read")
EMAIL = Kind("an e-mail", "bundles.mail.read_message")
MBOX = Kind("a mailbox", "bundles.mail.read_mailbox")
NOTEBOOK = Kind("a notebook", "data.notebook.read")
SUBTITLES = Kind("subtitles", "texts.subtitles.read")
XML = Kind("an XML file", "data.xmldoc.read")
JSON = Kind("a JSON file", "data.jsondoc.read")
ZIP = Kind("a zip archive", "bundles.archives.read_zip")
PICTURE = Kind("a picture", "pages.picture.read")
OLD_WORD = Kind("an old Word document", "office.legacy.read_text")
OLD_SLIDES = Kind("an old presentation", "office.legacy.read_slides")

LOCKED_OFFICE = Kind("an Office document with a password", "", _LOCKED, locked=True)
LOCKED_IWORK = Kind("an iWork document with a password", "", _LOCKED, locked=True)
ZIM = Kind("a Kiwix archive", "", "Add it as a source of its own: assistant index FILE.zim")
OUTLOOK = Kind("an Outlook message", "", "Save it in the mail program as EML.")
WORKS = Kind("a Microsoft Works document", "", _AS_OFFICE)
HWP = Kind("a Hangul document", "", _AS_OFFICE)
VISIO = Kind("a Visio drawing", "", "Save it as PDF.")
PUBLISHER = Kind("a Publisher document", "", "Save it as PDF.")
OLD_OFFICE = Kind("an old Office file", "", _AS_OFFICE)
IWORK = Kind("an iWork document", "", "Open it in Pages, Numbers or Keynote and export it as PDF.")
XPS = Kind("an XPS document", "", "Open it and print it to a PDF file.")
CHM = Kind("a Windows help file", "", "Unpack it into web pages with a program such as 7-Zip.")
ONENOTE = Kind("a OneNote notebook", "", "Export it from OneNote as PDF or DOCX.")
ARCHIVE = Kind("a packed archive", "", "Unpack it into the folder.")
DATABASE = Kind("a database", "", "Export the tables that matter as CSV.")
DRAWING = Kind("a drawing", "", "Save it as PDF.")
PHOTOSHOP = Kind("a Photoshop picture", "", "Save it as PNG or PDF if it holds words.")
VIDEO = Kind("a video", "", "Add its subtitles (VTT or SRT) if there are any.")
SOUND = Kind("a sound recording", "", "Add a written transcript if there is one.")
PROGRAM = Kind("a program", "", "Nothing to do: it holds no document.")
SIGNED = Kind("a signed or encrypted message", "", "Open it in the mail program and save the text.")
CRAWL = Kind("a web archive", "", "Save the pages that matter as HTML or PDF.")
FONT = Kind("a font", "", "Nothing to do: it holds no document.")
UNKNOWN = Kind(
    "a file of an unknown type", "", "If it holds words, save it as PDF, DOCX or plain text."
)
