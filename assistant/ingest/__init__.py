"""A folder to a searchable source: scan, plan, read, chunk, embed, commit; told as Events.

Every step is committed as it is done. Stopping or killing it at any point leaves a library that
opens and accounts for every file that was seen, and the next run goes on where this one ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import chunk, files
from assistant.domain import (
    Chunk,
    Facts,
    Phase,
    Progress,
    Reading,
    Skipped,
    Source,
    Status,
    Synced,
    path_of,
)
from assistant.embed import Embedder
from assistant.errors import NotAFolder
from assistant.ingest import plan
from assistant.ingest.pace import Pace
from assistant.ingest.plan import Controls, Tools
from assistant.store import FileFacts, KnownFile, Store
from assistant.text import in_context

if TYPE_CHECKING:
    from assistant.embed import Vectors

__all__ = ["Controls", "Tools", "embed", "outdated", "read", "recognise", "was_read"]

EMBED_BATCH = 64
# Up to this many passages the light encoder is done before torch would have been imported.
FEW = 48
EMPTY = Reading(
    status=Status.NO_TEXT,
    reason="It is empty.",
    remedy="Nothing to do, unless it should have words in it.",
)


def read(
    store: Store, source: Source, tools: Tools, controls: Controls
) -> Iterator[Progress | Skipped | Synced]:
    """Bring the words of a source up to date. Afterwards it can be searched by words.

    Raises:
        NotAFolder: the source's folder is gone, or is empty where it held documents: perhaps a
            disk that is not connected. Nothing is forgotten then.
    """
    todo = plan.Plan()
    yield from plan.make_plan(store, source, tools, todo, controls)
    if controls.stop.is_set():
        return
    added = changed = skipped = 0
    passages = store.count_passages()
    to_read = [*todo.again, *todo.new, *todo.outdated]
    pace = Pace()
    for number, seen in enumerate(to_read):
        if controls.stop.is_set():
            return
        controls.idle.wait()
        rate = pace.at(number)
        yield Progress(Phase.READ, number, len(to_read), seen.path, passages, rate)
        before = todo.known.get(seen.path)
        result = _read_one(store, source, seen.path, before, tools, controls)
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
    if files.is_file(source.folder):
        store.set_note(plan.archive_key(source), todo.archive)
    store.set_note(_read_key(source), "yes")
    store.set_note(plan.tools_key(source), tools.parser.tools)
    yield Synced(
        source.name,
        added,
        changed,
        todo.moved,
        todo.removed,
        todo.unchanged,
        skipped,
        store.count_passages(),
    )


def recognise(
    store: Store, source: Source, tools: Tools, controls: Controls
) -> Iterator[Progress | Skipped]:
    """Read the words in scans and photographs, where the `ocr` extra is installed.

    It takes seconds a page, so it comes when everything else can be searched.
    """
    if not tools.parser.ocr or not files.is_folder(source.folder):
        return
    scans = store.scans(source)
    pace = Pace()
    for number, (name, pages) in enumerate(scans.items()):
        if controls.stop.is_set():
            return
        controls.idle.wait()
        passages = store.count_passages()
        yield Progress(Phase.RECOGNISE, number, len(scans), name, passages, pace.at(number))
        result = _read_one(store, source, name, None, tools, controls, pages)
        if controls.stop.is_set():
            return
        store.forget_scans(source, name)  # what could not be recognised now is not tried again
        if result is not None and result[0].status is not Status.READY:
            yield Skipped(name, result[0].status, result[0].reason, result[0].remedy)
    if scans:
        yield Progress(Phase.RECOGNISE, len(scans), len(scans), "", store.count_passages())


def was_read(store: Store, source: Source) -> bool:
    """Whether a run over this source has ever come to its end."""
    return bool(store.note(_read_key(source)))


def outdated(store: Store) -> int:
    """How many files were read by an older version of the readers, and can be read again now."""
    by_source = store.outdated(plan.READER_VERSION)
    return sum(by_source.get(s.id, 0) for s in store.sources() if files.is_there(s.folder))


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
        _put_vectors(store, embedder.identity, batch, encode)
        done = min(done + len(batch), total)
    yield Progress(Phase.EMBED, total, total, "", total, pace.at(done))
    store.drop_unused_vectors(embedder.identity)


# --- reading one file --------------------------------------------------------------------------


def _read_one(
    store: Store,
    source: Source,
    name: str,
    before: KnownFile | None,
    tools: Tools,
    controls: Controls,
    scanned: int = 0,
) -> tuple[Reading, int] | None:
    """Read and store one file; its reading and number of passages.

    None when it has gone, or the run was stopped meanwhile.

    Args:
        scanned: pages whose words are to be recognised now.
    """
    path = path_of(source.folder, name)
    try:
        # taken before it is read: a later change is seen by the next run
        facts = files.facts_of(source.folder if files.is_file(source.folder) else path)
        reading, digest = _reading_of(store, source, name, path, facts, tools, scanned)
    except FileNotFoundError:
        if not files.is_there(source.folder):  # its disk was pulled out: forget nothing
            raise NotAFolder(
                f"The folder {source.folder} is not there any more.",
                "If it is on another disk, connect it. What was indexed before is kept.",
            ) from None
        store.remove_documents(source, [name])
        return None
    except OSError as error:
        facts, digest = files.NO_FACTS, ""
        reading = Reading(
            status=Status.UNREADABLE, reason=files.cannot_open(error), remedy=files.OPEN_REMEDY
        )
    if scanned and not reading.status.has_text and store.has_text(source, name):
        return reading, 0  # recognising failed: the words that were read before stay
    chunks = _chunks_of(reading, tools, controls)
    if chunks is None:
        return None
    if before is not None and before.status.has_text and before.reader != plan.READER_VERSION:
        _embed_ahead(store, reading, chunks, tools)
    store.put_document(source, FileFacts(name, facts, digest, plan.READER_VERSION), reading, chunks)
    return reading, sum(map(len, chunks))


def _chunks_of(reading: Reading, tools: Tools, controls: Controls) -> list[list[Chunk]] | None:
    """The chunks of each section; None when the run was stopped meanwhile."""
    count = tools.embedder.count if tools.embedder else None
    found: list[list[Chunk]] = []
    for section in reading.sections:
        found.append([])
        for piece in chunk.split(section.text, in_context(reading.title, section.label, ""), count):
            if controls.stop.is_set():
                return None
            controls.idle.wait()
            found[-1].append(piece)
    return found


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
    if files.is_file(source.folder):
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
        return tools.parser.recognise(path, scanned, source.folder)
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
        _put_vectors(store, identity, missing[start : start + EMBED_BATCH], tools.embedder.many)


def _put_vectors(
    store: Store,
    identity: str,
    batch: Sequence[tuple[bytes, str]],
    encode: Callable[[Sequence[str]], Vectors],
) -> None:
    """Embed a batch of (hash, text) and store what comes of it."""
    vectors = encode([words for _, words in batch])
    store.put_vectors(
        identity, [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)]
    )


def _read_key(source: Source) -> str:
    return f"source {source.id} was read"
