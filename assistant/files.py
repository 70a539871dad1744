"""Files on the disk: which there are, which are left alone and why, whether one has changed.

Links are not followed, and a folder is entered once, so that loops end. Nothing
here reads a file, but to hash it.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.domain import Document, Facts, Seen, Status, name_as_text
from assistant.errors import NotAFolder

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".assistantignore"
_SYSTEM = frozenset(
    name.casefold()
    for name in (
        "Thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "Icon\r",
        "$RECYCLE.BIN",
        "System Volume Information",
        "lost+found",
        "__MACOSX",
        "@eaDir",
        "#recycle",
    )
)
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")
_SAVED_PAGE = ("_files", "-Dateien", "_fichiers", "_archivos", "_bestanden", ".files")
_HIDDEN_ATTRIBUTE = 2  # Windows marks hidden files so
OPEN_REMEDY = "Check that you may read it and that its disk is connected."
_NOTHING = "Nothing to do, unless it should be read: then rename it."


NO_FACTS = Facts(0, 0, 0)


# pathlib's own raise where a folder may not be entered or its disk does not answer


def is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110


def is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112


def is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113


def facts_of(path: Path) -> Facts:
    """Raises OSError."""
    return _facts(path.stat())


def sha256(path: Path) -> str:
    """Of an ordinary file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_current(document: Document) -> bool:
    """Whether a document's file is there, with the very bytes that were read from it.

    An article of an archive is current as long as the archive is the same.
    """
    try:
        if is_file(document.folder):
            return facts_of(document.folder) == document.facts
        # a link may have taken its place, or that of a folder above it
        if not document.file.resolve().is_relative_to(document.folder.resolve()):
            return False
        now = facts_of(document.file)
        if now == document.facts:
            return True
        return now.size == document.facts.size and sha256(document.file) == document.sha256
    except (OSError, ValueError):
        return False


def scan(folder: Path, home: Path) -> Iterator[Seen]:
    """Everything in `folder`, in a stable order. Each file comes once, or in one ignored folder.

    Args:
        home: the library's own folder, which is no source.

    Raises:
        NotAFolder: it is not there.
    """
    if not is_folder(folder):
        raise NotAFolder(
            f"The folder {folder} is not there.",
            "If it is on another disk, connect it. What was indexed before is kept.",
        )
    yield from _Walk(folder.resolve(), home.resolve()).entries(folder, "", ())


@dataclass
class _Walk:
    root: Path
    home: Path
    _entered: set[tuple[int, int]] = field(default_factory=set)

    def entries(self, folder: Path, prefix: str, rules: tuple[_Rules, ...]) -> Iterator[Seen]:
        # iterative: a chain of folders may be deeper than Python's stack
        waiting = [(folder, prefix, rules)]
        while waiting:
            here, prefix, rules = waiting.pop()
            try:
                found = sorted(os.scandir(here), key=lambda entry: entry.name)
            except FileNotFoundError:
                continue  # it went while we looked elsewhere
            except OSError as error:
                yield _unreadable(prefix, error)
                continue
            rules = (*rules, *_rules(here, prefix))
            names = {entry.name for entry in found}
            below = []
            for entry in found:
                name = prefix + entry.name
                if _is_folder(entry):
                    reason = self._why_not_enter(entry, name, rules, names)
                    if reason:
                        yield from _ignored_folder(entry, name, reason)
                    else:
                        below.append((Path(entry.path), name + "/", rules))
                else:
                    yield self._file(entry, name, rules)
            waiting.extend(reversed(below))

    def _why_not_enter(
        self, entry: os.DirEntry[str], name: str, rules: tuple[_Rules, ...], names: set[str]
    ) -> str:
        place = (0, entry.inode())
        with suppress(OSError):
            place = (entry.stat(follow_symlinks=False).st_dev, entry.inode())
        if entry.inode() and place in self._entered:
            return "It is a folder that was read already, under another name."
        if Path(entry.path).resolve() == self.home:
            return "It is this program's own library."
        for ending in _SAVED_PAGE:
            page = entry.name.removesuffix(ending)
            if page != entry.name and not names.isdisjoint((f"{page}.html", f"{page}.htm")):
                return "It holds the parts of a saved web page."
        if reason := _left_alone(entry, name + "/", rules):
            return reason
        self._entered.add(place)
        return ""

    def _file(self, entry: os.DirEntry[str], name: str, rules: tuple[_Rules, ...]) -> Seen:
        text = name_as_text(name)
        try:
            facts = entry.stat()
        except OSError as error:
            if entry.is_symlink():
                return _ignored(text, "It is a link that leads nowhere.")
            return Seen(text, NO_FACTS, Status.UNREADABLE, cannot_open(error), OPEN_REMEDY)
        if reason := _left_alone(entry, name, rules) or self._odd(entry, facts):
            return _ignored(text, reason, facts)
        return Seen(text, _facts(facts))

    def _odd(self, entry: os.DirEntry[str], facts: os.stat_result) -> str:
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(self.root):
            return "It is a link that leads out of the folder."
        if entry.is_symlink():  # or it would lead around rules that leave its target out
            return "It is a link to something in this folder, which has a line of its own."
        if not stat.S_ISREG(facts.st_mode):
            return "It is a pipe, socket or device, not a document."
        return ""


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one `.assistantignore`, which count below the folder that it stands in."""

    prefix: str
    spec: GitIgnoreSpec


def _rules(folder: Path, prefix: str) -> tuple[_Rules, ...]:
    try:
        if not stat.S_ISREG((folder / IGNORE_FILE).stat().st_mode):
            return ()
        with (folder / IGNORE_FILE).open("rb") as file:
            lines = _decoded(file.read(1_000_000)).splitlines()
    except OSError:
        return ()
    from pathspec import GitIgnoreSpec

    usable = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # a pattern that is none: the other lines still count
            continue
        usable.append(line)
    return (_Rules(name_as_text(prefix), GitIgnoreSpec.from_lines(usable)),)


def _decoded(data: bytes) -> str:
    """Windows' Notepad may begin a text with a mark, and write it in two bytes a letter."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _left_alone(entry: os.DirEntry[str], name: str, rules: tuple[_Rules, ...]) -> str:
    """Why a file or folder is ignored by its name; '' when it is not."""
    attributes = 0
    with suppress(OSError):
        attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    if entry.name.startswith(".") or attributes & _HIDDEN_ATTRIBUTE:
        return "It is hidden."
    if entry.name.casefold() in _SYSTEM or entry.name.startswith("~$"):
        return "It belongs to the system or to a program, not to you."
    if entry.name.lower().endswith(_UNFINISHED):
        return "It is a file that another program has not finished."
    for rule in reversed(rules):  # the nearest file of rules has the last word
        decided = rule.spec.check_file(name_as_text(name).removeprefix(rule.prefix)).include
        if decided is not None:
            return f"{rule.prefix}{IGNORE_FILE} says so." if decided else ""
    return ""


def _ignored(path: str, reason: str, facts: os.stat_result | None = None, files: int = 1) -> Seen:
    remedy = f"To read it, change {IGNORE_FILE}." if IGNORE_FILE in reason else _NOTHING
    if reason.startswith("It is a link"):
        remedy = "Copy the file itself into the folder if it should be read."
    elif "hidden" not in reason and IGNORE_FILE not in reason:
        remedy = "Nothing to do."
    return Seen(path, _facts(facts) if facts else NO_FACTS, Status.IGNORED, reason, remedy, files)


def _ignored_folder(entry: os.DirEntry[str], name: str, reason: str) -> Iterator[Seen]:
    """One entry for all that is in it; none when there is nothing in it to account for."""
    if count := _count(Path(entry.path)):
        yield _ignored(name_as_text(name) + "/", reason, files=count)


def _count(folder: Path) -> int:
    """Everything below `folder` that is no folder; what may not be listed is not counted."""
    count = 0
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if _is_folder(entry):
                    waiting.append(Path(entry.path))
                else:
                    count += 1
    return count


def _unreadable(prefix: str, error: OSError) -> Seen:
    """A folder that may not be listed: how many files are in it is not known."""
    return Seen(
        name_as_text(prefix), NO_FACTS, Status.UNREADABLE, cannot_open(error), OPEN_REMEDY, files=0
    )


def cannot_open(error: OSError) -> str:
    """The reason, for a person."""
    return f"It could not be opened: {error.strerror or error}."


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _facts(found: os.stat_result) -> Facts:
    return Facts(found.st_size, found.st_mtime_ns, found.st_ctime_ns)
