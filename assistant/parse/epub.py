"""EPUB: the chapters in reading order, each under its own headings."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from assistant.domain import Reading, Section
from assistant.parse import html, plain
from assistant.parse.archive import Archive
from assistant.text import clean, one_line

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def read(path: Path) -> Reading:
    with Archive(path) as archive:
        root = archive.xml("META-INF/container.xml")
        rootfile = root.find(f".//{_CONTAINER}rootfile")
        package_path = rootfile.get("full-path") if rootfile is not None else ""
        package = archive.xml(package_path)
        title = one_line(clean(package.findtext(f".//{_DC}title") or "")) or path.stem
        sections: list[Section] = []
        for number, name in enumerate(_spine(package, package_path), start=1):
            if archive.has(name):
                sections.extend(_chapter(archive.bytes(name), number, title))
    return Reading(title, "application/epub+zip", tuple(sections))


def _spine(package: Any, package_path: str) -> list[str]:
    """Names of the chapter files, in reading order."""
    folder = posixpath.dirname(package_path)
    files = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iter(f"{_OPF}item")
    }
    order = [files.get(ref.get("idref")) for ref in package.iter(f"{_OPF}itemref")]
    return [name for name in order if name]


def _chapter(data: bytes, number: int, book: str) -> list[Section]:
    reading = html.read_markup(plain.decode(data, declared=True), "")
    # a chapter's <title> often only repeats the book's
    named = reading.title and reading.title != book
    prefix = reading.title if named else ""
    sections = []
    for section in reading.sections:
        label = section.label
        if prefix and not label.startswith(prefix):
            label = " > ".join(filter(None, (prefix, label)))
        sections.append(Section(label or f"part {number}", section.text))
    return sections
