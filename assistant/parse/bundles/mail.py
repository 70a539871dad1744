"""E-mail: messages, mailboxes and saved web pages; what was written, then what is attached.

Headers are decoded here and not by the modern policy of `email`: its header parser raises errors
of its own on odd headers, already while the message is taken apart, and is slow on long ones. One
bad message costs itself, never the mailbox around it.
"""

from __future__ import annotations

import contextlib
import datetime
import email.errors
import email.header
import email.utils
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32
from html import escape

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import TooLarge
from assistant.parse.bundles.archives import Inside
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.parse.texts import plain
from assistant.parse.web import html
from assistant.text import clean, one_line, shorten

_HEADER_LIMIT = 8000  # characters of a header; the parser of parameters is slow on more
_SHOWN_LIMIT = 1000  # characters of a header that are shown: a long list of recipients
_HEADER_COUNT = 100_000
_PART_LIMIT = 20_000
_NESTING = 30  # parts within parts, and messages within messages
_STEP = 64 * 1024  # bytes parsed between two looks at the clock
_SHORT = 200  # characters: a text this short may only say that there is a web page

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_SIGNATURES = re.compile(
    r"application/(?:x-)?(?:pkcs7-signature|pgp-signature|pgp-keys)|.*/x?-?applefile"
)
_ENCRYPTED = re.compile(r"application/(?:x-)?pkcs7-mime|multipart/encrypted")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
_NUMBER = re.compile(r"message \d+")
_BYTE_COUNT = re.compile(rb"\s*(\d{1,10})[ \t]*\r?\n")
_FROM = re.compile(rb"^From [^\r\n]{0,400}\r?\n", re.M)
_WEEKDAY = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\r\n]{0,40}\d\d?:\d\d")
_DATED = re.compile(rb"\d\d?:\d\d[^\r\n]{0,40}\d{4}|^From -?\s*$")
_NEXT_HEADER = re.compile(rb">?[!-9;-~]{1,100}:|\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_WESTERN = re.compile(r"iso-?8859-?1|latin-?1|(?:windows|cp)-?1252")
# encodings that are slow, not meant for text, or always fail
_NO_CHARSET = re.compile(r"idna|punycode|undefined|.*unicode.?escape|mbcs|oem|utf.?7")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)

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
    message = _parse(data, inside)
    if message.get_content_type() == "multipart/related" and not _header(message, "To"):
        return _web_page(message, inside)
    letter = _Letter(message, "", inside)
    letter.read()
    title = _header(message, "Subject") or file.stem
    if letter.locked and not inside.sections:
        return _LOCKED
    return _result(title, "message/rfc822", inside)


def read_mailbox(file: File) -> Reading:
    inside = Inside(file, "The attachment ")
    locked = lost = number = 0
    for number, raw in enumerate(_messages(file.data), start=1):
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
    message = _parse(raw, inside)
    subject = shorten(_header(message, "Subject"), 80)
    letter = _Letter(
        message, f"message {number}: {subject}" if subject else f"message {number}", inside
    )
    letter.read()
    return letter.locked


def read_mhtml(file: File) -> Reading:
    inside = Inside(file)
    return _web_page(_parse(file.data, inside), inside)


def _web_page(message: Message, inside: Inside) -> Reading:
    pages = [
        p
        for p in _leaves(message)
        if p.get_content_type() in ("text/html", "application/xhtml+xml")
    ]
    root = _root(message) if message.get_content_type() == "multipart/related" else None
    if root is not None and any(p is root for p in pages):
        pages = [root, *(p for p in pages if p is not root)]
    name = _header(message, "Subject") or inside.file.stem
    title = ""
    for page in pages:  # the first is the page; others are its frames, wanted where it has no words
        found = html.read_markup(_words(page), name)
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


# --- bytes to messages --------------------------------------------------------------------


def _messages(data: bytes) -> Iterator[bytes]:
    """The messages of a mailbox, each without its "From " line."""
    begin = None
    for line in _FROM.finditer(data):
        if not _begins_message(data, line):
            continue
        if begin is not None:
            yield _QUOTED_FROM.sub(rb"\1", data[begin : line.start()])
        begin = line.end()
    yield _QUOTED_FROM.sub(rb"\1", data[begin or 0 :])


def _begins_message(data: bytes, line: re.Match[bytes]) -> bool:
    """Whether a line "From ..." stands between messages and not in one."""
    if line.start() == 0:
        return True
    if not _NEXT_HEADER.match(data, line.end()):
        return False
    after_blank = data[max(line.start() - 3, 0) : line.start()].endswith((b"\n\n", b"\n\r\n"))
    return bool(_WEEKDAY.search(line[0]) or (after_blank and _DATED.search(line[0])))


class _Policy(Compat32):
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_HEADER_LIMIT]


_POLICY = _Policy()


class _Part(Message):
    """A part that refuses to hold headers without end."""

    headers = 0

    def set_raw(self, name: str, value: str) -> None:
        self.headers += 1
        if self.headers > _HEADER_COUNT:
            raise TooLarge
        super().set_raw(name, value)


def _parse(data: bytes, inside: Inside) -> Message:
    """The message, as far as time allows."""
    parts = 0

    def part(policy: object = None) -> Message:
        nonlocal parts
        parts += 1
        if parts > _PART_LIMIT:
            raise TooLarge
        return _Part(policy=_POLICY)

    parser = BytesFeedParser(part, policy=_POLICY)
    try:
        for start in range(0, len(data), _STEP):
            if inside.file.out_of_time:
                inside.gap("It is long: the end is not read.")
                break
            parser.feed(data[start : start + _STEP])
        return parser.close()
    except RecursionError:  # `email` calls itself for each message within a message
        raise TooLarge from None


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no parts, in order, down to a bound."""
    stack = [(message, 0)]
    while stack:
        part, depth = stack.pop()
        if part.is_multipart() and depth < _NESTING:
            stack.extend((child, depth + 1) for child in reversed(_children(part)))
        else:
            yield part


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Message)]
        if isinstance(payload, list)
        else []
    )


def _root(related: Message) -> Message | None:
    """The part of a web page that the others belong to."""
    children = _children(related)
    start = related.get_param("start")
    for child in children:
        if start and str(child.get("Content-ID", "")).strip() == str(start).strip():
            return child
    return children[0] if children else None


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
        if depth > _NESTING:
            self._inside.gap("Its parts are nested too deep; the deepest are not read.")
        elif _ENCRYPTED.fullmatch(kind):
            self.locked = True
        elif kind == "multipart/alternative":
            self._body += self._best(part, depth)
        elif kind == "multipart/related":
            self._related(part, depth)
        elif kind.startswith("multipart/") and part.is_multipart():
            for child in _children(part):
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
        return part is self._message or not (_disposition(part) == "attachment" or _name(part))

    def _best(self, part: Message, depth: int) -> list[Section]:
        """Plain words if there are any, else the last form that has some."""
        plainest: list[Section] = []
        richest: list[Section] = []
        before, self._body = self._body, []
        for child in _children(part):
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
        root = _root(part)
        for child in _children(part):
            if child is root:
                self._visit(child, depth + 1)
            elif _disposition(child) == "attachment" and child.get_content_maintype() != "image":
                self._attached.append(child)

    def _text(self, part: Message) -> list[Section]:
        words = _words(part)
        if words.lstrip().startswith(_ARMOUR):
            self.locked = True
            return []
        if part.get_content_type() == "text/html":
            # the title of a message is its subject: no heading is left out as one
            title = f"<title>{escape(_header(self._message, 'Subject') or 'E-mail')}</title>"
            return list(html.read_markup(title + words, "", self._label).sections)
        if str(part.get_param("format", "")).lower() == "flowed":
            words = _unflowed(words, str(part.get_param("delsp", "")).lower() == "yes")
        words = clean(words).strip("\n").rstrip()
        return [Section(self._label, words)] if words.strip() else []

    def _with_headers(self) -> list[Section]:
        shown = [(name, shorten(_header(self._message, name), _SHOWN_LIMIT)) for name in _SHOWN]
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
            name = _name(part) or f"number {self._attached.index(part) + 1}"
            label = " > ".join(filter(None, (self._label, f"attachment {name}")))
            where = _NUMBER.match(self._label)
            told = f"{name} of {where[0]}" if where else name
            self._inside.read(name, _bytes(part), label, told)

    def _forwarded(self, part: Message) -> None:
        message = next(iter(_children(part)), None)
        if part.get_content_type() != "message/rfc822" or message is None:
            return  # a report on delivery: for machines
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in (
            "base64",
            "quoted-printable",
        ):
            message.add_header("Content-Transfer-Encoding", str(part["Content-Transfer-Encoding"]))
            message = _parse(_bytes(message), self._inside)
        subject = shorten(_header(message, "Subject"), 80)
        label = f"{self._label or 'message'} > forwarded" + (f": {subject}" if subject else "")
        letter = _Letter(message, label, self._inside, self._depth + 1)
        letter.read()
        if letter.locked:
            self._inside.gap("A forwarded message is encrypted.")


def _length(sections: list[Section]) -> int:
    return sum(len(section.text) for section in sections)


def _is_decoration(part: Message, kind: str) -> bool:
    """Signatures, and pictures that belong to the text."""
    if _SIGNATURES.fullmatch(kind) or _name(part).lower() in ("smime.p7s", "signature.asc"):
        return True
    inline = _disposition(part) == "inline" or "Content-ID" in part
    return kind.startswith("image/") and inline and _disposition(part) != "attachment"


# --- parts and headers to words -------------------------------------------------------------


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()


def _name(part: Message) -> str:
    """The file name of a part, as a label."""
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):  # RFC 2231 with an unknown charset
        name = ""
    return shorten(clean(_decoded(name)).replace("\\", "/").rsplit("/", 1)[-1], 100)


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _words(part: Message) -> str:
    try:
        charset = str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        charset = ""
    return _in_charset(_bytes(part), charset)


def _in_charset(data: bytes, charset: str) -> str:
    # what says Latin-1 may be UTF-8, whose marks hardly occur by chance, or else is Windows-1252
    western = _WESTERN.fullmatch(charset)
    for name in ("utf-8", "cp1252") if western else (charset,):
        if name and not _NO_CHARSET.fullmatch(name):
            with contextlib.suppress(LookupError, ValueError):
                return data.decode(name)
    return plain.decode(data, declared=True)


def _header(message: Message, name: str) -> str:
    """A header as people read it, on one line; '' when there is none."""
    value = next((v for n, v in message.raw_items() if n.lower() == name.lower()), "")
    words = one_line(clean(_decoded(str(value))))
    return _date(words) if name == "Date" else words


def _decoded(value: str) -> str:
    """With its encoded words ("=?utf-8?q?...?=") and its raw bytes decoded."""
    if value.isascii() and "=?" not in value:
        return value
    value = plain.decode(value.encode("utf-8", "surrogateescape"))
    try:
        parts = email.header.decode_header(value[:_HEADER_LIMIT])
    except (email.errors.HeaderParseError, ValueError):
        return value
    return "".join(_decoded_word(words, charset) for words, charset in parts)


def _decoded_word(words: str | bytes, charset: str | None) -> str:
    if isinstance(words, str):
        return words
    if charset is None:  # what stands between encoded words
        return words.decode("raw-unicode-escape", errors="replace")
    return _in_charset(words, charset.lower())


def _date(value: str) -> str:
    """ "31 March 2024, 14:05", as the sender's clock showed it; as it is when it is no date."""
    try:
        when = datetime.datetime(*(email.utils.parsedate(value) or ())[:6])
    except (ValueError, TypeError, IndexError, OverflowError):
        return value
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M}"


def _unflowed(text: str, delete_space: bool) -> str:
    """Lines that a mail program broke, joined again (RFC 3676)."""
    lines: list[list[str]] = []
    open_depth = -1  # the quote depth of the line that goes on; -1: none does
    for line in clean(text).split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        goes_on = words.endswith(" ") and words != "-- "
        if depth != open_depth or words == "-- ":
            lines.append([f"{'>' * depth} "] if depth else [])
        lines[-1].append(words[:-1] if goes_on and delete_space else words)
        open_depth = depth if goes_on else -1
    return "\n".join("".join(parts) for parts in lines)
