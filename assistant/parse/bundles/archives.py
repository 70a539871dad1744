"""Zip archives: each file inside through its own reader, labelled with its name.

Nothing is written to disk: names are only labels, whatever they hold. Sizes are counted while
unpacking, because the directory of an archive may lie. `Inside` gathers what files within another
file say; e-mails use it for their attachments.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.domain import Reading, Section, Status
from assistant.parse import archive, reading
from assistant.parse.file import DEPTH_LIMIT, File
from assistant.text import clean, one_line

MEMBER_LIMIT = 2000
MEMBER_SIZE = 100 * 1024 * 1024  # bytes, unpacked
TEXT_LIMIT = 100_000_000  # characters kept of all files together: memory is bounded
_NAME_LIMIT = 150  # characters of a label
_NAMED = 3  # files named in a reason; the rest are counted
_DIRECTORY_LIMIT = 64 * 1024 * 1024  # bytes: some hundred thousand names
_MEDIA_TYPE = "application/zip"

_END = b"PK\x05\x06"  # begins the record at the end of an archive
_SPAN = b"PK\x07\x08"  # begins the first part of an archive that was split
_SYSTEM = frozenset(("__macosx", "thumbs.db", "desktop.ini"))

_SPANNED = Reading(
    status=Status.DAMAGED,
    reason="It is one part of an archive that was split over several files.",
    remedy="Put all parts into one folder, unpack them there, and add what comes out.",
)
_UNPACK = "Unpack it into the folder and see which of its files can be opened."
_TOO_DEEP = Reading(
    status=Status.UNSUPPORTED,
    reason="It stands in too many archives, one inside another, and is not read.",
)
_TOO_LARGE = Reading(
    status=Status.TOO_LARGE,
    reason=f"It is larger than {MEMBER_SIZE // 1024**2} MB and is not read.",
)
_LOCKED = Reading(status=Status.LOCKED, reason="It is locked with a password.")
_LOST = Reading(status=Status.DAMAGED, reason="It is damaged and cannot be unpacked.")
_PACKING = Reading(
    status=Status.UNSUPPORTED, reason="It is packed in a way that is not known here."
)


@dataclass
class Inside:
    """What the files within `file` say, and which of them say nothing and why.

    `noun` goes before their names in reasons: "The attachment ".
    """

    file: File
    noun: str = ""
    sections: list[Section] = field(default_factory=list)
    scanned: int = 0
    missing: list[tuple[str, Reading]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)  # sentences about more than one file
    _room: int = TEXT_LIMIT

    def read(self, name: str, data: bytes, label: str, told: str = "") -> None:
        """Read a file in it; its sections get `label` before their own; reasons call it `told`."""
        told = told or name
        if self.file.depth >= DEPTH_LIMIT:
            self.miss(told, _TOO_DEEP)
            return
        member = self.file.member(name.rsplit("/", 1)[-1], data)
        found = reading.read(member)
        self.scanned += found.scanned
        # a title that is not the name stands nowhere else: labels leave it out
        title = "" if found.title == one_line(member.stem) else found.title
        self.keep(
            Section(" > ".join(filter(None, (label, title, section.label))), section.text)
            for section in found.sections
        )
        if found.status is not Status.READY and not _is_empty(found):
            self.miss(told, found)

    def keep(self, sections: Iterator[Section] | list[Section]) -> None:
        for section in sections:
            self._room -= len(section.text)
            if self._room < 0:
                self.gap("It holds more text than can be kept; the end is left out.")
                return
            self.sections.append(section)

    @property
    def full(self) -> bool:
        return self._room < 0

    def miss(self, name: str, why: Reading) -> None:
        self.missing.append((name, why))

    def gap(self, sentence: str) -> None:
        if sentence not in self.gaps:
            self.gaps.append(sentence)

    def reason(self) -> str:
        """Why not everything was read, in sentences; '' when it was."""
        told = [*self.gaps, *(self._about(*missing) for missing in self.missing[:_NAMED])]
        more = len(self.missing) - _NAMED
        if more > 0:
            told.append(f"{more} more {'is' if more == 1 else 'are'} not read or not all read.")
        return " ".join(told)

    def _about(self, name: str, why: Reading) -> str:
        name = f"{self.noun}{name}"
        if why.status.has_text:
            return f"{name} is read only in part: {_continued(why.reason)}"
        if why.reason.startswith("It "):
            return f"{name} {why.reason[3:]}"
        return f"{name} is not read: {_continued(why.reason)}"


def _is_empty(found: Reading) -> bool:
    """Without a word in it, so that nothing is missing."""
    return found.status is Status.NO_TEXT and not found.scanned


def _continued(sentence: str) -> str:
    """A sentence after a colon: "PDF" stays, "Its" does not."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def read_zip(file: File) -> Reading:
    start = file.data.rfind(_END, max(0, len(file.data) - 22 - 0xFFFF))
    end = file.data[start : start + 22] if start >= 0 else b""
    if file.data.startswith(_SPAN) or any(end[4:8]):
        return _SPANNED
    if int.from_bytes(end[12:16], "little") > _DIRECTORY_LIMIT:
        raise archive.TooLarge
    inside = Inside(file)
    with zipfile.ZipFile(io.BytesIO(file.data)) as opened:
        # not is_dir(): it fails on an empty name
        files = [info for info in opened.infolist() if not info.filename.endswith("/")]
        members = [(_name(info), info) for info in files]
        members = [(name, info) for name, info in members if not _is_system(name)]
        _read_members(inside, opened, members)
    return _result(inside, len(members))


def _read_members(
    inside: Inside, opened: zipfile.ZipFile, members: list[tuple[str, zipfile.ZipInfo]]
) -> None:
    left = archive.UNPACKED_LIMIT
    for number, (name, info) in enumerate(members):
        if number == MEMBER_LIMIT or left <= 0 or inside.file.out_of_time or inside.full:
            inside.gap(
                f"It holds more than can be read at once: only the first {number} of its"
                f" {len(members)} files are read."
            )
            return
        data = _unpacked(opened, info)
        if isinstance(data, Reading):
            inside.miss(name, data)
        else:
            left -= len(data)
            inside.read(name, data, name)


def _unpacked(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | Reading:
    """The bytes of a member, or why there are none."""
    if info.flag_bits & 1:
        return _LOCKED
    if info.file_size > MEMBER_SIZE:
        return _TOO_LARGE
    try:
        with opened.open(info) as member:
            data = member.read(MEMBER_SIZE + 1)
    except NotImplementedError:
        return _PACKING
    except MemoryError:
        return _TOO_LARGE
    except Exception:  # zlib, lzma, bz2 and zipfile all have errors of their own
        return _LOST
    return data if len(data) <= MEMBER_SIZE else _TOO_LARGE


def _name(info: zipfile.ZipInfo) -> str:
    """The name as a label, with forward slashes and nothing that points elsewhere."""
    name = info.filename
    if not info.flag_bits & 0x800:  # said to be in the code page of DOS; many write UTF-8
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = one_line(clean(name.replace("\\", "/"))).split("/")
    name = "/".join(part for part in parts if part.strip() not in ("", ".", ".."))
    name = name or "unnamed"
    return name if len(name) <= _NAME_LIMIT else "…" + name[1 - _NAME_LIMIT :]


def _is_system(name: str) -> bool:
    """Files that an operating system or a program leaves behind; nobody put them in."""
    return any(part.startswith((".", "~$")) or part.lower() in _SYSTEM for part in name.split("/"))


def _result(inside: Inside, count: int) -> Reading:
    title = inside.file.stem
    if not inside.missing and not inside.gaps:
        if inside.sections:
            return Reading(title, _MEDIA_TYPE, tuple(inside.sections), scanned=inside.scanned)
        return Reading(
            title,
            _MEDIA_TYPE,
            status=Status.NO_TEXT,
            reason=f"It is an archive of {_files(count)} without text."
            if count
            else "It holds no files.",
            remedy="Nothing to do, unless it should have documents in it.",
        )
    if not inside.sections:
        return _nothing_read(inside, count)
    return Reading(
        title,
        _MEDIA_TYPE,
        tuple(inside.sections),
        Status.PARTLY,
        inside.reason(),
        _UNPACK,
        inside.scanned,
    )


def _nothing_read(inside: Inside, count: int) -> Reading:
    if inside.missing and all(why is _LOCKED for _, why in inside.missing):
        return Reading(
            inside.file.stem,
            _MEDIA_TYPE,
            status=Status.LOCKED,
            reason="The archive is locked with a password.",
            remedy="Unpack it with its password into the folder.",
        )
    statuses = {why.status for _, why in inside.missing} or {Status.TOO_LARGE}
    if inside.scanned:
        statuses = {Status.NO_TEXT}
    return Reading(
        inside.file.stem,
        _MEDIA_TYPE,
        status=statuses.pop() if len(statuses) == 1 else Status.UNSUPPORTED,
        reason=f"Nothing in this archive of {_files(count)} can be read. {inside.reason()}",
        remedy=_UNPACK,
        scanned=inside.scanned,
    )


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
