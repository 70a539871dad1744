"""Bytes to messages and their parts, and what they hold to words.

Headers are decoded here and not by the modern policy of `email`: its header parser raises errors
of its own on odd headers, already while the message is taken apart, and is slow on long ones.
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

from assistant.parse.archive import TooLarge
from assistant.parse.bundles.archives import Inside
from assistant.parse.texts import plain
from assistant.text import clean, one_line, shorten

_HEADER_LIMIT = 8000  # characters of a header; the parser of parameters is slow on more
_HEADER_COUNT = 100_000
_PART_LIMIT = 20_000
NESTING = 30  # parts within parts, and messages within messages
_STEP = 64 * 1024  # bytes parsed between two looks at the clock
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


# --- bytes to messages --------------------------------------------------------------------


def split_mailbox(data: bytes) -> Iterator[bytes]:
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


def parse(data: bytes, inside: Inside) -> Message:
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


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no parts, in order, down to a bound."""
    stack = [(message, 0)]
    while stack:
        part, depth = stack.pop()
        if part.is_multipart() and depth < NESTING:
            stack.extend((child, depth + 1) for child in reversed(children_of(part)))
        else:
            yield part


def children_of(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Message)]
        if isinstance(payload, list)
        else []
    )


def root_of(related: Message) -> Message | None:
    """The part of a web page that the others belong to."""
    children = children_of(related)
    start = related.get_param("start")
    for child in children:
        if start and str(child.get("Content-ID", "")).strip() == str(start).strip():
            return child
    return children[0] if children else None


# --- parts and headers to words -------------------------------------------------------------


def disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()


def file_name(part: Message) -> str:
    """The file name of a part, as a label."""
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):  # RFC 2231 with an unknown charset
        name = ""
    return shorten(clean(_decoded(name)).replace("\\", "/").rsplit("/", 1)[-1], 100)


def payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def words_of(part: Message) -> str:
    try:
        charset = str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        charset = ""
    return _in_charset(payload(part), charset)


def _in_charset(data: bytes, charset: str) -> str:
    # what says Latin-1 may be UTF-8, whose marks hardly occur by chance, or else is Windows-1252
    western = _WESTERN.fullmatch(charset)
    for name in ("utf-8", "cp1252") if western else (charset,):
        if name and not _NO_CHARSET.fullmatch(name):
            with contextlib.suppress(LookupError, ValueError):
                return data.decode(name)
    return plain.decode(data, declared=True)


def header(message: Message, name: str) -> str:
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


def sender(message: Message) -> str:
    """The name of who wrote it, or else the address."""
    name, address = email.utils.parseaddr(header(message, "From"))
    return name or address


def sent_on(message: Message) -> str:
    """The day on the sender's clock, as 2024-03-31; '' when it does not say."""
    value = next((v for n, v in message.raw_items() if n.lower() == "date"), "")
    when = _moment(one_line(clean(_decoded(str(value)))))
    return when.date().isoformat() if when else ""


def _date(value: str) -> str:
    """ "31 March 2024, 14:05", as the sender's clock showed it; as it is when it is no date."""
    when = _moment(value)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M}" if when else value


def _moment(value: str) -> datetime.datetime | None:
    try:
        return datetime.datetime(*(email.utils.parsedate(value) or ())[:6])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def unflowed(text: str, delete_space: bool) -> str:
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
