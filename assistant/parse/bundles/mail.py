"""E-mail: messages, mailboxes and saved web pages; what was written, then what is attached.

One bad message costs itself, never the mailbox around it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import Message
from html import escape

from assistant.domain import Reading, Section, Status
from assistant.parse.bundles.archives import Inside
from assistant.parse.bundles.message import (
    NESTING,
    children_of,
    disposition,
    file_name,
    header,
    leaves,
    parse,
    payload,
    root_of,
    sender,
    sent_on,
    split_mailbox,
    unflowed,
    words_of,
)
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.parse.web import html
from assistant.text import clean, shorten

_SHOWN_LIMIT = 1000  # characters of a header that are shown: a long list of recipients
_SHORT = 200  # characters: a text this short may only say that there is a web page

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_SIGNATURES = re.compile(
    r"application/(?:x-)?(?:pkcs7-signature|pgp-signature|pgp-keys)|.*/x?-?applefile"
)
_ENCRYPTED = re.compile(r"application/(?:x-)?pkcs7-mime|multipart/encrypted")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
_NUMBER = re.compile(r"message \d+")
_BYTE_COUNT = re.compile(rb"\s*(\d{1,10})[ \t]*\r?\n")

_LOCKED = Reading(
    status=Status.LOCKED,
    reason="The message is encrypted.",
    remedy="Open it in the mail program and save the text.",
)
_REMEDY = "Open the message in a mail program and save what is missing into the folder."


# --- the three kinds of file ------------------------------------------------------------


def read_message(file: File) -> Reading:
    data = file.data
    if file.ending == ".emlx" and (count := _BYTE_COUNT.match(data)):  # Apple Mail
        data = data[count.end() : count.end() + int(count[1])]
    inside = Inside(file, "The attachment ")
    message = parse(data, inside)
    if message.get_content_type() == "multipart/related" and not header(message, "To"):
        return _web_page(message, inside)
    letter = _Letter(message, "", inside)
    letter.read()
    title = header(message, "Subject") or file.stem
    if letter.locked and not inside.sections:
        return _LOCKED
    reading = _result(title, "message/rfc822", inside)
    return replace(reading, properties=(("author", sender(message)), ("date", sent_on(message))))


def read_mailbox(file: File) -> Reading:
    inside = Inside(file, "The attachment ")
    locked = lost = number = 0
    for number, raw in enumerate(split_mailbox(file.data), start=1):
        if file.out_of_time or inside.full:
            inside.gap(f"It is long: only its first {number - 1} messages are read.")
            break
        try:
            locked += _message_of_mailbox(raw, number, inside)
        except Exception:  # whatever is wrong with it, the next one may be whole
            lost += 1
    if locked:
        inside.gap(f"{locked} of its messages {'is' if locked == 1 else 'are'} encrypted.")
    if lost:
        inside.gap(f"{lost} of its messages {'is' if lost == 1 else 'are'} damaged.")
    if locked == number > 0:
        return _LOCKED
    return _result(file.stem, "application/mbox", inside)


def _message_of_mailbox(raw: bytes, number: int, inside: Inside) -> bool:
    """Whether it is encrypted."""
    message = parse(raw, inside)
    subject = shorten(header(message, "Subject"), 80)
    letter = _Letter(
        message, f"message {number}: {subject}" if subject else f"message {number}", inside
    )
    letter.read()
    return letter.locked


def read_mhtml(file: File) -> Reading:
    inside = Inside(file)
    return _web_page(parse(file.data, inside), inside)


def _web_page(message: Message, inside: Inside) -> Reading:
    pages = [
        p for p in leaves(message) if p.get_content_type() in ("text/html", "application/xhtml+xml")
    ]
    root = root_of(message) if message.get_content_type() == "multipart/related" else None
    if root is not None and any(p is root for p in pages):
        pages = [root, *(p for p in pages if p is not root)]
    name = header(message, "Subject") or inside.file.stem
    title = ""
    for page in pages:  # the first is the page; others are its frames, wanted where it has no words
        found = html.read_markup(words_of(page), name)
        title = title or found.title
        inside.keep(list(found.sections))
        if inside.sections:
            break
    return _result(title or name, "multipart/related", inside)


def _result(title: str, media_type: str, inside: Inside) -> Reading:
    reason = inside.reason()
    return Reading(
        title,
        media_type,
        tuple(inside.sections),
        Status.PARTLY if reason else Status.READY,
        reason,
        _REMEDY if reason else "",
        inside.scanned,
    )


# --- one message ----------------------------------------------------------------------------


class _Letter:
    """One message: its headers and text, then what is attached to it."""

    def __init__(self, message: Message, label: str, inside: Inside, depth: int = 0) -> None:
        self._message = message
        self._label = label
        self._inside = inside
        self._depth = depth
        self._body: list[Section] = []
        self._attached: list[Message] = []
        self.locked = False

    def read(self) -> None:
        self._visit(self._message, self._depth)
        if self.locked and not self._body:
            return
        self._inside.keep(self._with_headers())
        for part in self._attached:
            self._attachment(part)

    def _visit(self, part: Message, depth: int) -> None:
        kind = part.get_content_type()
        if depth > NESTING:
            self._inside.gap("Its parts are nested too deep; the deepest are not read.")
        elif _ENCRYPTED.fullmatch(kind):
            self.locked = True
        elif kind == "multipart/alternative":
            self._body += self._best(part, depth)
        elif kind == "multipart/related":
            self._related(part, depth)
        elif kind.startswith("multipart/") and part.is_multipart():
            for child in children_of(part):
                self._visit(child, depth + 1)
        elif self._is_body(part, kind):
            self._body += self._text(part)
        elif not _is_decoration(part, kind):
            self._attached.append(part)

    def _is_body(self, part: Message, kind: str) -> bool:
        if kind not in ("text/plain", "text/html", "text/enriched") and not (
            kind.startswith("multipart/")  # without parts: its boundary is missing
        ):
            return False
        return part is self._message or not (disposition(part) == "attachment" or file_name(part))

    def _best(self, part: Message, depth: int) -> list[Section]:
        """Plain words if there are any, else the last form that has some."""
        plainest: list[Section] = []
        richest: list[Section] = []
        before, self._body = self._body, []
        for child in children_of(part):
            if child.get_content_type() == "text/calendar" and (plainest or richest):
                continue  # the invitation in words is there already
            self._visit(child, depth + 1)
            found, self._body = self._body, []
            if child.get_content_type() == "text/plain" and not plainest:
                plainest = found
            elif found:
                richest = found
        self._body = before
        short = _length(plainest) < _SHORT and _length(richest) > 5 * _length(plainest)
        return richest if short else plainest

    def _related(self, part: Message, depth: int) -> None:
        root = root_of(part)
        for child in children_of(part):
            if child is root:
                self._visit(child, depth + 1)
            elif disposition(child) == "attachment" and child.get_content_maintype() != "image":
                self._attached.append(child)

    def _text(self, part: Message) -> list[Section]:
        words = words_of(part)
        if words.lstrip().startswith(_ARMOUR):
            self.locked = True
            return []
        if part.get_content_type() == "text/html":
            # the title of a message is its subject: no heading is left out as one
            title = f"<title>{escape(header(self._message, 'Subject') or 'E-mail')}</title>"
            return list(html.read_markup(title + words, "", self._label).sections)
        if str(part.get_param("format", "")).lower() == "flowed":
            words = unflowed(words, str(part.get_param("delsp", "")).lower() == "yes")
        words = clean(words).strip("\n").rstrip()
        return [Section(self._label, words)] if words.strip() else []

    def _with_headers(self) -> list[Section]:
        shown = [(name, shorten(header(self._message, name), _SHOWN_LIMIT)) for name in _SHOWN]
        lines = "\n".join(f"{name}: {words}" for name, words in shown if words)
        body = self._body
        if lines and body and body[0].label == self._label:
            body = [Section(self._label, f"{lines}\n\n{body[0].text}"), *body[1:]]
        elif lines:
            body = [Section(self._label, lines), *body]
        return [part for section in body for part in cut(section)]

    def _attachment(self, part: Message) -> None:
        if self._inside.file.out_of_time or self._inside.full:
            self._inside.gap("It is long: some attachments are not read.")
        elif part.get_content_maintype() == "message":
            self._forwarded(part)
        else:
            name = file_name(part) or f"number {self._attached.index(part) + 1}"
            label = " > ".join(filter(None, (self._label, f"attachment {name}")))
            where = _NUMBER.match(self._label)
            told = f"{name} of {where[0]}" if where else name
            self._inside.read(name, payload(part), label, told)

    def _forwarded(self, part: Message) -> None:
        message = next(iter(children_of(part)), None)
        if part.get_content_type() != "message/rfc822" or message is None:
            return  # a report on delivery: for machines
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in (
            "base64",
            "quoted-printable",
        ):
            message.add_header("Content-Transfer-Encoding", str(part["Content-Transfer-Encoding"]))
            message = parse(payload(message), self._inside)
        subject = shorten(header(message, "Subject"), 80)
        label = f"{self._label or 'message'} > forwarded" + (f": {subject}" if subject else "")
        letter = _Letter(message, label, self._inside, self._depth + 1)
        letter.read()
        if letter.locked:
            self._inside.gap("A forwarded message is encrypted.")


def _length(sections: list[Section]) -> int:
    return sum(len(section.text) for section in sections)


def _is_decoration(part: Message, kind: str) -> bool:
    """Signatures, and pictures that belong to the text."""
    if _SIGNATURES.fullmatch(kind) or file_name(part).lower() in ("smime.p7s", "signature.asc"):
        return True
    inline = disposition(part) == "inline" or "Content-ID" in part
    return kind.startswith("image/") and inline and disposition(part) != "attachment"
