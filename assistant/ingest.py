"""A folder to a searchable source: scan, plan, read, chunk, embed, commit; told as Events.

Every step is committed as it is done. Stopping or killing it at any point leaves a library that
opens and accounts for every file that was seen, and the next run goes on where this one ended.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from assistant import chunk, files
from assistant.domain import (
    Chunk,
    Facts,
    Phase,
    Progress,
    Reading,
    Seen,
    Skipped,
    Source,
    Status,
    Synced,
    path_of,
)
from assistant.embed import Embedder
from assistant.errors import NotAFolder
from assistant.parse import Parser
from assistant.store import FileFacts, KnownFile, Store
from assistant.text import TITLE_LIMIT, clean, in_context, shorten

# Raise it when a reader or the splitter changes what it makes of a file: all are read again.
READER_VERSION = "2"
EMBED_BATCH = 64
# Up to this many passages the light encoder is done before torch would have been imported.
FEW = 48
LIST_BATCH = 1_000  # files accounted for in one transaction
# read again when a tool for them has been installed since
_TOOL_MAY_HELP = (Status.UNSUPPORTED, Status.NO_TEXT, Status.PARTLY)
EMPTY = Reading(
    status=Status.NO_TEXT,
    reason="It is empty.",
    remedy="Nothing to do, unless it should have words in it.",
)


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
class _Plan:
    new: list[Seen] = field(default_factory=list)
    again: list[Seen] = field(default_factory=list)
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    known: dict[str, KnownFile] = field(default_factory=dict)


def read(
    store: Store, source: Source, tools: Tools, controls: Controls
) -> Iterator[Progress | Skipped | Synced]:
    """Bring the words of a source up to date. Afterwards it can be searched by words.

    Raises:
        NotAFolder: the source's folder is gone, or is empty where it held documents: perhaps a
            disk that is not connected. Nothing is forgotten then.
    """
    plan = _Plan()
    yield from _make_plan(store, source, tools, plan, controls)
    if controls.stop.is_set():
        return
    added = changed = skipped = 0
    passages = store.count_passages()
    to_read = [*plan.again, *plan.new]
    pace = Pace()
    for number, seen in enumerate(to_read):
        if controls.stop.is_set():
            return
        controls.idle.wait()
        rate = pace.at(number)
        yield Progress(Phase.READ, number, len(to_read), seen.path, passages, rate)
        before = plan.known.get(seen.path)
        result = _read_one(store, source, seen.path, before, tools)
        if result is None:
            continue
        reading, count = result
        passages += count
        if reading.status not in (Status.READY, Status.DUPLICATE):
            yield Skipped(seen.path, reading.status, reading.reason, reading.remedy)
        if not (reading.status.has_text or reading.status is Status.DUPLICATE):
            skipped += 1
        elif before is not None and before.status is not Status.WAITING:
            changed += 1
        else:
            added += 1
    yield Progress(Phase.READ, len(to_read), len(to_read), "", passages, pace.at(len(to_read)))
    store.set_note(_read_key(source), "yes")
    store.set_note(_tools_key(source), tools.parser.tools)
    yield Synced(
        source.name,
        added,
        changed,
        plan.moved,
        plan.removed,
        plan.unchanged,
        skipped,
        store.count_passages(),
    )


def recognise(
    store: Store, source: Source, tools: Tools, controls: Controls
) -> Iterator[Progress | Skipped]:
    """Read the words in scans and photographs, where the `ocr` extra is installed.

    It takes seconds a page, so it comes when everything else can be searched.
    """
    if not tools.parser.ocr or not source.folder.is_dir():
        return
    scans = store.scans(source)
    pace = Pace()
    for number, (name, pages) in enumerate(scans.items()):
        if controls.stop.is_set():
            return
        controls.idle.wait()
        passages = store.count_passages()
        yield Progress(Phase.RECOGNISE, number, len(scans), name, passages, pace.at(number))
        result = _read_one(store, source, name, None, tools, pages)
        if result is not None and result[0].status is not Status.READY:
            yield Skipped(name, result[0].status, result[0].reason, result[0].remedy)
    if scans:
        yield Progress(Phase.RECOGNISE, len(scans), len(scans), "", store.count_passages())


def was_read(store: Store, source: Source) -> bool:
    """Whether a run over this source has ever come to its end."""
    return bool(store.note(_read_key(source)))


def outdated(store: Store, source: Source) -> int:
    """How many files were read by an older version of the readers."""
    return sum(
        known.status.has_text and known.reader != READER_VERSION
        for known in store.known_files(source).values()
    )


def embed(store: Store, embedder: Embedder, controls: Controls) -> Iterator[Progress]:
    """Embed every passage that has no vector yet. Afterwards all can be searched by meaning."""
    total = store.count_passages()
    done = store.count_passages(embedder.identity)
    encode = embedder.few if total - done <= FEW else embedder.many
    size = 8 if total - done <= FEW else EMBED_BATCH
    bookmark = 0
    pace = Pace()
    while True:
        batch, bookmark = store.not_embedded(embedder.identity, size, bookmark)
        if not batch:
            break
        if controls.stop.is_set():
            return
        controls.idle.wait()
        yield Progress(Phase.EMBED, done, total, "", total, pace.at(done))
        vectors = encode([words for _, words in batch])
        store.put_vectors(
            embedder.identity,
            [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)],
        )
        done = min(done + len(batch), total)
    yield Progress(Phase.EMBED, total, total, "", total, pace.at(done))
    store.drop_unused_vectors(embedder.identity)


class Pace:
    """How many things are done a second, over the last half minute or so."""

    WINDOW = 30.0

    def __init__(self) -> None:
        self._laps: deque[tuple[float, int]] = deque()

    def at(self, done: int) -> float:
        """The rate, now that `done` are done; 0.0 in the first second, when nobody knows."""
        now = time.monotonic()
        while self._laps and now - self._laps[0][0] > self.WINDOW:
            self._laps.popleft()
        if not self._laps or now - self._laps[-1][0] > 0.5:
            self._laps.append((now, done))
        began, first = self._laps[0]
        return (done - first) / (now - began) if now - began > 1.0 else 0.0


# --- what there is to do -----------------------------------------------------------------------


def _make_plan(
    store: Store, source: Source, tools: Tools, plan: _Plan, controls: Controls
) -> Iterator[Progress]:
    """Account for every file, then find those to read. Files that moved are moved."""
    plan.known = store.known_files(source)
    left = dict(plan.known)
    with_new_tools = tools.parser.tools != store.note(_tools_key(source))
    unlisted: list[str] = []
    batch: list[Seen] = []
    count = 0
    for seen in _seen(source, tools):
        if count % LIST_BATCH == 0:
            if controls.stop.is_set():
                return
            yield Progress(Phase.SCAN, count, 0, str(source.folder))
        count += 1
        before = left.pop(seen.path, None)
        if seen.status is not Status.WAITING:
            if seen.status is Status.UNREADABLE and not seen.files:
                unlisted.append(seen.path)
            if before is None or not _same_entry(before, seen):
                batch.append(seen)
        elif before is None:
            plan.new.append(seen)
            batch.append(seen)
        else:
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
    plan.removed = sum(known.files for known in gone.values())
    if gone:
        store.remove_documents(source, list(gone))


def _seen(source: Source, tools: Tools) -> Iterator[Seen]:
    """What stands in a source: files of a folder, or articles of a Kiwix archive."""
    if not source.folder.is_file():
        yield from files.scan(source.folder, tools.home)
        return
    facts = files.facts_of(source.folder)
    for name in tools.parser.articles(source.folder):
        yield Seen(name, facts)


def _same_entry(before: KnownFile, seen: Seen) -> bool:
    return (before.status, before.reason, before.files) == (seen.status, seen.reason, seen.files)


def _compare(
    store: Store,
    source: Source,
    tools: Tools,
    plan: _Plan,
    seen: Seen,
    before: KnownFile,
    with_new_tools: bool,
) -> None:
    """Is a known file to be read again?"""
    if before.status is Status.WAITING:  # listed by a run that was stopped
        plan.new.append(seen)
        return
    never_read = before.status in (Status.UNREADABLE, Status.IGNORED)
    old_reader = before.reader != READER_VERSION and tools.rebuild
    if never_read or old_reader or (with_new_tools and before.status in _TOOL_MAY_HELP):
        plan.again.append(seen)
    elif before.facts == seen.facts:
        plan.unchanged += 1
    elif before.sha256 and before.sha256 == _hash(source, seen, before):
        store.refresh_facts(source, seen.path, seen.facts)
        plan.unchanged += 1
    else:
        plan.again.append(seen)


def _hash(source: Source, seen: Seen, before: KnownFile) -> str | None:
    """Of a file whose size has not changed; an article's archive says nothing of the article."""
    if before.facts.size != seen.facts.size or source.folder.is_file():
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


def _move(store: Store, source: Source, plan: _Plan, gone: dict[str, KnownFile]) -> None:
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


# --- reading one file --------------------------------------------------------------------------


def _read_one(
    store: Store,
    source: Source,
    name: str,
    before: KnownFile | None,
    tools: Tools,
    scanned: int = 0,
) -> tuple[Reading, int] | None:
    """Read and store one file; its reading and number of passages, None when it has gone.

    Args:
        scanned: pages whose words are to be recognised now.
    """
    path = path_of(source.folder, name)
    try:
        # taken before it is read: a later change is seen by the next run
        facts = files.facts_of(source.folder if source.folder.is_file() else path)
        reading, digest = _reading_of(store, source, name, path, facts, tools, scanned)
    except FileNotFoundError:
        if not source.folder.exists():  # its disk was pulled out: forget nothing
            raise NotAFolder(
                f"The folder {source.folder} is not there any more.",
                "If it is on another disk, connect it. What was indexed before is kept.",
            ) from None
        store.remove_documents(source, [name])
        return None
    except OSError as error:
        facts, digest = files.NO_FACTS, ""
        reading = Reading(
            status=Status.UNREADABLE,
            reason=f"It could not be opened: {error.strerror or error}.",
            remedy="Check that you may read the file and that its disk is connected.",
        )
    chunks = [
        chunk.split(section.text, in_context(reading.title, section.label, ""))
        for section in reading.sections
    ]
    if before is not None and before.status.has_text and before.reader != READER_VERSION:
        _embed_ahead(store, reading, chunks, tools)
    store.put_document(source, FileFacts(name, facts, digest, READER_VERSION), reading, chunks)
    return reading, sum(map(len, chunks))


def _reading_of(
    store: Store,
    source: Source,
    name: str,
    path: Path,
    facts: Facts,
    tools: Tools,
    scanned: int,
) -> tuple[Reading, str]:
    """Raises OSError."""
    if source.folder.is_file():
        return tools.parser.read_article(source.folder, name)
    if facts.size == 0:
        return EMPTY, ""
    if store.holds_size(facts.size):
        digest = files.sha256(path)
        if original := store.original_of(digest, source, name):
            return Reading(
                title=original.title,
                media_type=original.media_type,
                status=Status.DUPLICATE,
                reason=f"It is the same as {original.path}"
                + (f" in {original.source}." if original.folder != source.folder else "."),
                remedy="Nothing to do: that one is read.",
            ), digest
    if scanned:
        reading, digest = tools.parser.recognise(path, scanned, source.folder)
        return replace(reading, scanned=0), digest  # what is left now stays so
    reading, digest = tools.parser.read(path, source.folder)
    if reading.scanned and tools.parser.ocr:
        reading = replace(reading, remedy="Its words are recognised at the end of the run.")
    return reading, digest


def _embed_ahead(
    store: Store, reading: Reading, chunks: Sequence[Sequence[Chunk]], tools: Tools
) -> None:
    """Vectors for the new passages before they replace the old ones, so that none is missing."""
    if tools.embedder is None:
        return
    texts = [
        (reading.title, section.label, span.text)
        for section, spans in zip(reading.sections, chunks, strict=True)
        for span in spans
    ]
    identity = tools.embedder.identity
    missing = store.missing_vectors(identity, texts)
    for start in range(0, len(missing), EMBED_BATCH):
        batch = missing[start : start + EMBED_BATCH]
        vectors = tools.embedder.many([words for _, words in batch])
        store.put_vectors(
            identity,
            [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)],
        )


def _read_key(source: Source) -> str:
    return f"source {source.id} was read"


def _tools_key(source: Source) -> str:
    return f"source {source.id} was read with"
