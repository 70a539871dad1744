"""What an index run has to do: every file accounted for, moves made, the list of those to read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant import files
from assistant.domain import Phase, Progress, Seen, Skipped, Source, Status, path_of
from assistant.embed import Embedder
from assistant.errors import NotAFolder
from assistant.parse import Parser
from assistant.store import KnownFile, Store
from assistant.text import TITLE_LIMIT, clean, shorten

# Raise it when a reader or the splitter changes what it makes of a file: all are read again.
READER_VERSION = "3"
LIST_BATCH = 1_000  # files accounted for in one transaction
# read again when a tool for them has been installed since
_TOOL_MAY_HELP = (Status.UNSUPPORTED, Status.NO_TEXT, Status.PARTLY)


@dataclass(frozen=True, slots=True)
class Controls:
    """`stop` ends the run after the present step; `idle` is clear while it should wait."""

    stop: threading.Event
    idle: threading.Event


@dataclass(frozen=True, slots=True)
class Tools:
    """What an index run works with. `embedder`: None where the search model is missing.

    `rebuild`: also read again what an older version of the readers has read.
    """

    parser: Parser
    embedder: Embedder | None
    home: Path
    rebuild: bool = True


@dataclass(slots=True)
class Plan:
    """The files to read, and what became of the others.

    `outdated`: the same as they were, but read by an older version of the readers.
    """

    new: list[Seen] = field(default_factory=list)
    again: list[Seen] = field(default_factory=list)
    outdated: list[Seen] = field(default_factory=list)
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    known: dict[str, KnownFile] = field(default_factory=dict)
    archive: str = ""
    """What the disk said of an archive before it was listed."""


def make_plan(
    store: Store, source: Source, tools: Tools, plan: Plan, controls: Controls
) -> Iterator[Progress | Skipped]:
    """Account for every file, then find those to read. Files that moved are moved."""
    if _is_read_archive(store, source, tools, plan):
        return
    plan.known = store.known_files(source)
    left = dict(plan.known)
    with_new_tools = tools.parser.tools != store.note(tools_key(source))
    unlisted: list[str] = []
    batch: list[Seen] = []
    count = 0
    for seen in _seen(source, tools, plan):
        if count % LIST_BATCH == 0:
            if controls.stop.is_set():
                return
            yield Progress(Phase.SCAN, count, 0, str(source.folder))
        count += 1
        before = left.pop(seen.path, None)
        if seen.status is Status.UNREADABLE and not seen.files:
            unlisted.append(seen.path)
        if before is None or not (seen.status is Status.WAITING or _same_entry(before, seen)):
            batch.append(seen)
            if seen.status is Status.UNREADABLE:
                yield Skipped(seen.path, seen.status, seen.reason, seen.remedy)
        if seen.status is Status.WAITING:
            _compare(store, source, tools, plan, seen, before, with_new_tools)
        if len(batch) >= LIST_BATCH:
            store.list_files(source, batch)
            batch = []
    yield Progress(Phase.SCAN, count, count, str(source.folder))
    # what stands in a folder that may not be listed just now is not forgotten
    gone = {path: known for path, known in left.items() if not any(map(path.startswith, unlisted))}
    if gone and not count:
        _refuse_to_forget(source, gone)
    if batch:
        store.list_files(source, batch)
    _move(store, source, plan, gone)
    plan.removed = sum(known.status is not Status.IGNORED for known in gone.values())
    if gone:
        store.remove_documents(source, list(gone))


def _is_read_archive(store: Store, source: Source, tools: Tools, plan: Plan) -> bool:
    """Whether a Kiwix archive is as it was when all of it was read: listing it takes minutes."""
    if not files.is_file(source.folder) or store.note(archive_key(source)) != str(
        files.facts_of(source.folder)
    ):
        return False
    if source.id in store.sources_with_waiting():
        return False
    if tools.rebuild and source.id in store.outdated(READER_VERSION):
        return False
    plan.unchanged = source.files
    return True


def archive_key(source: Source) -> str:
    return f"source {source.id} was read as"


def _seen(source: Source, tools: Tools, plan: Plan) -> Iterator[Seen]:
    """What stands in a source: files of a folder, or articles of a Kiwix archive."""
    if not files.is_file(source.folder):
        yield from files.scan(source.folder, tools.home)
        return
    facts = files.facts_of(source.folder)
    plan.archive = str(facts)
    for name in tools.parser.articles(source.folder):
        yield Seen(name, facts)


def _same_entry(before: KnownFile, seen: Seen) -> bool:
    return (before.status, before.reason, before.files) == (seen.status, seen.reason, seen.files)


def _compare(
    store: Store,
    source: Source,
    tools: Tools,
    plan: Plan,
    seen: Seen,
    before: KnownFile | None,
    with_new_tools: bool,
) -> None:
    """Is a file to be read, or read again?"""
    if before is None or before.status is Status.WAITING:  # listed by a run that was stopped
        plan.new.append(seen)
        return
    never_read = before.status in (Status.UNREADABLE, Status.IGNORED)
    old_reader = before.reader != READER_VERSION and tools.rebuild
    if never_read or (with_new_tools and before.status in _TOOL_MAY_HELP):
        plan.again.append(seen)
    elif before.facts == seen.facts:
        if old_reader:
            plan.outdated.append(seen)
        else:
            plan.unchanged += 1
    elif old_reader:
        plan.again.append(seen)
    elif before.sha256 and before.sha256 == _hash(source, seen, before):
        store.refresh_facts(source, seen.path, seen.facts)
        plan.unchanged += 1
    else:
        plan.again.append(seen)


def _hash(source: Source, seen: Seen, before: KnownFile) -> str | None:
    """Of a file whose size has not changed; an article's archive says nothing of the article."""
    if before.facts.size != seen.facts.size or files.is_file(source.folder):
        return None
    with suppress(OSError):
        return files.sha256(path_of(source.folder, seen.path))
    return None


def _refuse_to_forget(source: Source, gone: dict[str, KnownFile]) -> None:
    if documents := sum(known.status is not Status.IGNORED for known in gone.values()):
        raise NotAFolder(
            f"The folder {source.folder} is empty, but the library holds {documents} documents "
            "from it.",
            "If it is on another disk, connect it. To forget them: assistant sources remove "
            f'"{source.folder}"',
        )


def _move(store: Store, source: Source, plan: Plan, gone: dict[str, KnownFile]) -> None:
    """New files with the bytes of one that has gone: the same file under a new name."""
    by_size: dict[int, list[str]] = {}
    for path, known in gone.items():
        if known.sha256 and known.reader == READER_VERSION:
            by_size.setdefault(known.facts.size, []).append(path)
    still_new = []
    for seen in plan.new:
        # which reader a text gets may depend on its ending: with another one it is read again
        old = [
            path
            for path in by_size.get(seen.facts.size, ())
            if path in gone and _ending(path) == _ending(seen.path)
        ]
        digest = _hash(source, seen, gone[old[0]]) if old else None
        before = next((path for path in old if gone[path].sha256 == digest), None)
        if before is None:
            still_new.append(seen)
            continue
        title = store.title_of(source, before)
        if title == title_from_name(before):
            title = title_from_name(seen.path)
        store.move_document(source, before, seen.path, title, seen.facts)
        del gone[before]
        plan.moved += 1
    plan.new = still_new


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def title_from_name(name: str) -> str:
    """The title of a document that has none of its own."""
    return shorten(clean(PurePosixPath(name).stem), TITLE_LIMIT)


def tools_key(source: Source) -> str:
    return f"source {source.id} was read with"
