"""EPUB: the chapters in reading order, each under its own headings.

A chapter without headings is called as the table of contents calls it.
"""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from urllib.parse import unquote

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import Archive, TooLarge
from assistant.parse.data.xmltree import Node, parse_text
from assistant.parse.file import File
from assistant.parse.texts import plain
from assistant.parse.web import html
from assistant.text import clean, one_line

_MEDIA_TYPE = "application/epub+zip"
_CONTENT = re.compile(r"\.(?:x?html?|xml)$", re.IGNORECASE)
_FONT_SCHEMES = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)
_LOCKED = Reading(
    media_type=_MEDIA_TYPE,
    status=Status.LOCKED,
    reason="The book has a copy protection (DRM), so its text cannot be read.",
    remedy="Ask the bookshop or the publisher for a copy without protection.",
)


def read(file: File) -> Reading:
    with Archive(file.data) as archive:
        if _is_protected(archive, file):
            return _LOCKED
        return _Book(archive, file).read()


def _xml(archive: Archive, name: str, file: File) -> Node:
    return parse_text(clean(plain.decode(archive.bytes(name), declared=True)), file).root


def _is_protected(archive: Archive, file: File) -> bool:
    """Whether chapters are encrypted; fonts often are, with a key that stands in the book."""
    if archive.has("META-INF/rights.xml"):
        return True
    if not archive.has("META-INF/encryption.xml"):
        return False
    for data in _all(_xml(archive, "META-INF/encryption.xml", file), "EncryptedData"):
        method = next(iter(_all(data, "EncryptionMethod")), None)
        scheme = method.attributes.get("Algorithm", "") if method else ""
        names = [r.attributes.get("URI", "") for r in _all(data, "CipherReference")]
        if scheme not in _FONT_SCHEMES and any(_CONTENT.search(name) for name in names):
            return True
    return False


def _all(node: Node, name: str) -> list[Node]:
    """All elements of this name below a node, in order."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        node = waiting.pop()
        found += [node] if node.name == name else []
        waiting += reversed(node.elements)
    return found


class _Book:
    def __init__(self, archive: Archive, file: File) -> None:
        self._archive = archive
        self._file = file
        rootfiles = _all(_xml(archive, "META-INF/container.xml", file), "rootfile")
        path = rootfiles[0].attributes.get("full-path", "") if rootfiles else ""
        if not path:
            raise ValueError("the book does not say where its table of contents is")
        self._folder = posixpath.dirname(path)
        self._package = _xml(archive, path, file)
        self._items = {
            item.attributes.get("id", ""): item.attributes for item in _all(self._package, "item")
        }
        self._broken = 0
        self._late = False

    def read(self) -> Reading:
        titles = _all(self._package, "title")
        title = one_line("".join(titles[0].texts())) if titles else ""
        title = title or self._file.stem
        sections = self._sections(title)
        if self._broken and not sections:
            raise ValueError("no chapter can be read")
        problem = ""
        if self._broken:
            which = f"{self._broken} of its chapters are" if self._broken > 1 else "One chapter is"
            problem = f"{which} missing or damaged."
        if self._late:
            problem = "It is so long that only its first chapters were read."
        return Reading(
            title,
            _MEDIA_TYPE,
            tuple(sections),
            Status.PARTLY if problem else Status.READY,
            problem,
            "Get the book again from where it came from." if problem else "",
            properties=self._facts(),
        )

    def _facts(self) -> tuple[tuple[str, str], ...]:
        names = {"creator": "author", "date": "date", "subject": "keywords", "language": "language"}
        return tuple(
            (key, "".join(node.texts()))
            for name, key in names.items()
            for node in _all(self._package, name)
        )

    def _sections(self, title: str) -> list[Section]:
        names = self._contents()
        sections: list[Section] = []
        for number, name in enumerate(self._spine(), start=1):
            if self._file.out_of_time:
                self._late = True
                break
            try:
                data = self._archive.bytes(name)
            except TooLarge:
                raise
            except Exception:  # missing, or packed wrongly: the other chapters are still good
                self._broken += 1
                continue
            sections += _chapter(data, number, title, names.get(name, ""))
        return sections

    def _spine(self) -> list[str]:
        """Names of the chapter files in reading order: what stands beside the text comes last."""
        main: list[str] = []
        beside: list[str] = []
        for ref in _all(self._package, "itemref"):
            item = self._items.get(ref.attributes.get("idref", ""), {})
            properties = item.get("properties", "").split()
            kind = item.get("media-type", "")
            if not item.get("href") or "nav" in properties or kind.startswith("image/"):
                continue
            name = self._path(item["href"], self._folder)
            (beside if ref.attributes.get("linear") == "no" else main).append(name)
        return list(dict.fromkeys(main + beside))

    def _path(self, href: str, folder: str) -> str:
        return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))

    def _contents(self) -> dict[str, str]:
        """What the table of contents calls each file: EPUB 3 has a page for it, EPUB 2 an NCX."""
        names: dict[str, str] = {}
        for item in self._items.values():
            is_nav = "nav" in item.get("properties", "").split()
            if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
                continue
            with suppress(Exception):  # chapters then go without names
                path = self._path(item.get("href", ""), self._folder)
                tree = _xml(self._archive, path, self._file)
                for href, name in _links(tree) if is_nav else _points(tree):
                    names.setdefault(self._path(href, posixpath.dirname(path)), name)
        return names


def _links(tree: Node) -> list[tuple[str, str]]:
    pages = [n for n in _all(tree, "nav") if n.attributes.get("epub:type", "toc") == "toc"]
    return [
        (link.attributes.get("href", ""), one_line("".join(link.texts())))
        for page in pages
        for link in _all(page, "a")
    ]


def _points(tree: Node) -> list[tuple[str, str]]:
    found = []
    for point in _all(tree, "navPoint"):
        label, content = point.find("navLabel"), point.find("content")
        if label is not None and content is not None:
            found.append((content.attributes.get("src", ""), one_line("".join(label.texts()))))
    return found


def _chapter(data: bytes, number: int, book: str, listed: str) -> list[Section]:
    reading = html.read_markup(plain.decode(data, declared=True), "")
    # a chapter's <title> often only repeats the book's, or is the name of its file
    named = reading.title and reading.title != book
    prefix = listed or (reading.title if named else "")
    sections: list[Section] = []
    for section in reading.sections:
        label = section.label
        if prefix and not label.startswith(prefix):
            label = " > ".join(filter(None, (prefix, label)))
        sections.append(Section(label or f"part {number}", section.text))
    return sections
