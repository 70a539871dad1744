"""A folder to a searchable source: scan, plan, read, chunk, embed, commit; told as Events.

Every step is committed as it is done. Stopping or killing it at any point leaves a library that
opens, and the next run goes on where this one ended.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant import chunk
from assistant.domain import (
    Phase,
    Progress,
    Reading,
    Skipped,
    Source,
    Status,
    Synced,
)
from assistant.embed import Embedder
from assistant.errors import NotAFolder
from assistant.parse import Parser
from assistant.store import FileFacts, KnownFile, Store

# Raise it when a reader or the splitter changes what it makes of a file: all are read again.
READER_VERSION = "1"
EMBED_BATCH = 64
# Up to this many passages the light encoder is done before torch would have been imported.
FEW = 48


@dataclass(frozen=True, slots=True)
class Controls:
    """`stop` ends the run after the present step; `idle` is clear while it should wait."""

    stop: threading.Event
    idle: threading.Event


@dataclass(frozen=True, slots=True)
class _Plan:
    read: tuple[Path, ...]
    touched: tuple[FileFacts, ...]
    gone: tuple[str, ...]
    unchanged: int
    known: dict[str, KnownFile]


def read(
    store: Store, source: Source, parser: Parser, home: Path, controls: Controls
) -> Iterator[Progress | Skipped | Synced]:
    """Bring the words of a source up to date. Afterwards it can be searched by words.

    Raises:
        NotAFolder: the source's folder is gone, or is empty where it held documents: perhaps a
            disk that is not connected. Nothing is forgotten then.
    """
    folder = source.folder
    yield Progress(Phase.SCAN, 0, 0, str(folder))
    plan = _plan(store, source, _scan(folder, home))
    if plan.gone:
        store.remove_documents(source, plan.gone)
    for facts in plan.touched:
        store.refresh_facts(source, facts)
    added = changed = skipped = 0
    for number, path in enumerate(plan.read):
        if controls.stop.is_set():
            return
        controls.idle.wait()
        name = _relative(path, folder)
        yield Progress(Phase.READ, number, len(plan.read), name)
        reading = _read_one(store, source, path, name, parser)
        if reading is None:
            continue
        if reading.status is not Status.READY:
            skipped += 1
            yield Skipped(name, reading.status, reading.reason, reading.remedy)
        elif name in plan.known:
            changed += 1
        else:
            added += 1
    yield Progress(Phase.READ, len(plan.read), len(plan.read))
    store.set_note(_read_key(source), "yes")
    passages = store.count_passages()
    yield Synced(source.name, added, changed, len(plan.gone), plan.unchanged, skipped, passages)


def was_read(store: Store, source: Source) -> bool:
    """Whether a run over this source has ever come to its end."""
    return bool(store.note(_read_key(source)))


def embed(store: Store, embedder: Embedder, controls: Controls) -> Iterator[Progress]:
    """Embed every passage that has no vector yet. Afterwards all can be searched by meaning."""
    total = store.count_passages()
    done = store.count_passages(embedder.identity)
    encode = embedder.few if total - done <= FEW else embedder.many
    size = 8 if total - done <= FEW else EMBED_BATCH
    bookmark = 0
    while True:
        batch, bookmark = store.not_embedded(embedder.identity, size, bookmark)
        if not batch:
            break
        if controls.stop.is_set():
            return
        controls.idle.wait()
        yield Progress(Phase.EMBED, done, total)
        vectors = encode([words for _, words in batch])
        store.put_vectors(
            embedder.identity,
            [(key, row.tobytes()) for (key, _), row in zip(batch, vectors, strict=True)],
        )
        done = min(done + len(batch), total)
    yield Progress(Phase.EMBED, total, total)
    store.drop_unused_vectors()


def _scan(folder: Path, home: Path) -> list[Path]:
    """Every ordinary file in `folder`, in a stable order; links that leave the folder are not."""
    if not folder.is_dir():
        raise NotAFolder(
            f"The folder {folder} is not there.",
            "If it is on another disk, connect it. What was indexed before is kept.",
        )
    root = folder.resolve()
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(
            n for n in folders if not n.startswith(".") and (here / n).resolve() != home.resolve()
        )
        for name in sorted(names):
            path = here / name
            if not name.startswith(".") and _is_ours(path, root):
                files.append(path)
    return files


def _is_ours(path: Path, root: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode) and path.resolve().is_relative_to(root)
    except OSError:
        return False  # a broken link, or gone since it was listed


def _plan(store: Store, source: Source, files: Sequence[Path]) -> _Plan:
    known = store.known_files(source)
    if known and not files:
        raise NotAFolder(
            f"The folder {source.folder} is empty, but the library holds {len(known)} documents "
            "from it.",
            "If it is on another disk, connect it. To forget them: assistant sources remove "
            f'"{source.folder}"',
        )
    to_read, touched, unchanged = [], [], 0
    seen = set()
    for path in files:
        name = _relative(path, source.folder)
        seen.add(name)
        before = known.get(name)
        try:
            facts = path.stat()
        except OSError:
            continue
        if before is None or before.reader != READER_VERSION or before.status is Status.UNREADABLE:
            to_read.append(path)
        elif (before.size, before.mtime_ns) == (facts.st_size, facts.st_mtime_ns):
            unchanged += 1
        elif before.size == facts.st_size and before.sha256 == _sha256(path):
            touched.append(
                FileFacts(name, facts.st_size, facts.st_mtime_ns, before.sha256, READER_VERSION)
            )
            unchanged += 1
        else:
            to_read.append(path)
    gone = tuple(sorted(set(known) - seen))
    return _Plan(tuple(to_read), tuple(touched), gone, unchanged, known)


def _read_one(
    store: Store, source: Source, path: Path, name: str, parser: Parser
) -> Reading | None:
    """Read and store one file; None when it has gone meanwhile."""
    try:
        facts = path.stat()
        digest = _sha256(path)
        reading = parser.read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        digest = ""
        reading = Reading(
            status=Status.UNREADABLE,
            reason=f"It could not be opened: {error.strerror or error}.",
            remedy="Check that you may read the file and that its disk is connected.",
        )
    chunks = [chunk.split(section.text) for section in reading.sections]
    file = FileFacts(name, facts.st_size, facts.st_mtime_ns, digest, READER_VERSION)
    store.put_document(source, file, reading, chunks)
    return reading


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _relative(path: Path, folder: Path) -> str:
    """The path within the source; bytes that are no text in the file name are shown as codes."""
    name = path.relative_to(folder).as_posix()
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _read_key(source: Source) -> str:
    return f"source {source.id} was read"
