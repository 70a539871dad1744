"""The library: its sources, what became of each file, bringing it up to date, watching it.

The half of the service that a face uses to look after documents; `service.Assistant` adds the
questions. Synchronous, and nothing heavy is loaded until a call needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assistant import config, files, ingest, watch, weights
from assistant.config import Settings
from assistant.domain import Document, Event, LibraryStatus, Rebuild, Source, Status
from assistant.embed import Embedder, MiniLM
from assistant.errors import (
    LibraryBusy,
    LibraryError,
    LibraryReadOnly,
    NotAFolder,
    UsageError,
    WeightsError,
)
from assistant.parse import Parser, extras
from assistant.store import Store

USUAL_RATE = 15.0  # passages embedded a second, until this machine's own rate is known
_BUNDLED_REMOVED = "bundled library was removed"
_EMBED_RATE = "passages embedded a second"


class Library:
    """A library folder, opened.

    Args:
        settings: see `assistant.config.load`.
        embedder: stands in for the installed one (tests).

    Raises:
        LibraryError: the library folder cannot be used.
    """

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        config.stay_offline()
        self.settings = settings
        config.make_home(settings)
        self._store = Store(settings.database)
        self._embedder = embedder
        self._parser: Parser | None = None
        self._loading = threading.Lock()
        self._idle = threading.Event()  # clear while an answer is made: indexing waits
        self._idle.set()

    def end_helpers(self) -> None:
        """Cut short what a helper process is doing, so that stopped work ends at once."""
        if self._parser is not None:
            self._parser.close()
        if self._embedder is not None:
            self._embedder.close()

    def close(self) -> None:
        """End helper processes and give the memory back."""
        self.end_helpers()
        self._store.close()

    def log_unexpected(self) -> None:
        """Keep the present exception's traceback in the log; a person gets one sentence."""
        import traceback

        with suppress(OSError), self.settings.log.open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)

    def embedder(self) -> Embedder:
        """Raises WeightsMissing or WeightsDamaged."""
        with self._loading:
            if self._embedder is None:
                files = weights.embedder(self.settings)
                self._embedder = MiniLM(files.folder, files.identity)
            return self._embedder

    def sources(self) -> tuple[Source, ...]:
        return self._store.sources()

    def status(self) -> LibraryStatus:
        embedder = ""
        with suppress(WeightsError):
            embedder = self.embedder().identity
        return LibraryStatus(
            home=self.settings.home,
            sources=self.sources(),
            counts=self._store.counts(),
            passages=self._store.count_passages(),
            embedded=self._store.count_passages(embedder) if embedder else 0,
            busy=self.is_busy(),
            model=self.settings.model,
            embedder=embedder,
            size=_size(self.settings.home),
        )

    def files(self, *statuses: Status) -> Iterator[Document]:
        """Every file that the library accounts for, or those with one of these statuses."""
        return self._store.documents(*statuses)

    def is_busy(self) -> bool:
        """Whether this or another process is indexing the library now."""
        try:
            with self._sole_writer(patience=0.0):
                return False
        except LibraryError as error:
            return isinstance(error, LibraryBusy)

    def source_for(self, folder: Path) -> Source:
        """The source of this folder or Kiwix archive, added when it is new.

        Raises:
            NotAFolder: it is missing, or another file.
            UsageError: it overlaps a folder that the library holds already.
        """
        folder = folder.expanduser()
        if not files.is_there(folder):
            raise NotAFolder(f"There is no folder {folder}.", "Check the spelling.")
        if not files.is_folder(folder):
            _refuse_unless_archive(folder)
        folder = folder.resolve()
        for source in self.sources():
            if source.folder == folder:  # also the bundled documents, by their place
                return source
            # an archive stands for what is in it, wherever it lies
            if not files.is_file(folder) and _overlap(source.folder, folder):
                raise UsageError(
                    f"{folder} overlaps {source.folder}, which is in the library already.",
                    "Index that one again, or remove it first: assistant sources remove "
                    f'"{source.folder}"',
                )
        return self._store.add_source(folder)

    def due_sources(self) -> tuple[Source, ...]:
        """Every source to bring up to date; a new library begins with the bundled documents."""
        if not self.sources() and not self._store.note(_BUNDLED_REMOVED):
            self._store.add_source(None)
        return self.sources()

    def needs_first_index(self) -> bool:
        """Whether this is a new library, whose bundled documents are still to be read."""
        if self._store.read_only:
            return False
        known = self.sources()
        if not known:
            return not self._store.note(_BUNDLED_REMOVED)
        return any(s.bundled and not ingest.was_read(self._store, s) for s in known)

    def waiting_for_meaning(self) -> int:
        """How many passages can be found by their words only, so far."""
        with suppress(WeightsError):
            embedded = self._store.count_passages(self.embedder().identity)
            return self._store.count_passages() - embedded
        return 0

    def add_bundled(self) -> Source:
        """The bundled documents as a source, also when they were removed before."""
        self._store.set_note(_BUNDLED_REMOVED, "")
        return self._store.add_source(None)

    def remove_source(self, name: str) -> Source:
        """Forget a source by its folder, name or number. The files themselves stay.

        Raises:
            UsageError: no source, or more than one, is called that.
        """
        source = self.find_source(name)
        with self._sole_writer():
            if source.bundled:
                self._store.set_note(_BUNDLED_REMOVED, "yes")
            self._store.remove_source(source)
        return source

    def find_source(self, name: str) -> Source:
        """The source that `remove_source` would remove. Raises as it does."""
        resolved = Path(name).expanduser().resolve()
        found = [
            s
            for s in self.sources()
            if name in (str(s.id), s.name, str(s.folder))
            or s.folder == resolved
            or (s.bundled and name == "bundled")
        ]
        if len(found) == 1:
            return found[0]
        raise UsageError(
            f'{"No" if not found else "More than one"} source is called "{name}".',
            "`assistant sources list` shows their folders.",
        )

    def rebuild_due(self) -> Rebuild | None:
        """What the next `sync` would do again because the program or its search model changed."""
        outdated = ingest.outdated(self._store)
        passages = 0
        with suppress(WeightsError):
            identity = self.embedder().identity
            if self._store.has_vectors_of_others(identity):
                passages = self._store.count_passages() - self._store.count_passages(identity)
        if not outdated and not passages:
            return None
        if outdated:  # their passages may all be cut anew
            passages = self._store.count_passages()
        rate = float(self._store.note(_EMBED_RATE) or USUAL_RATE)
        return Rebuild(outdated, passages, passages / rate)

    def sync(
        self,
        sources: tuple[Source, ...] | None = None,
        stop: threading.Event | None = None,
        *,
        rebuild: bool = True,
    ) -> Iterator[Event]:
        """Bring sources up to date: first all words, then all meaning, then words in pictures.

        Args:
            sources: None for all that are due.
            stop: set it to end after the present step; the next run goes on from there.
            rebuild: also do again what `rebuild_due` tells of. The library stays usable meanwhile.

        Raises:
            LibraryBusy: another process indexes this library.
            NotAFolder: a source's folder is not there. The other sources are brought up to
                date first.
        """
        if self._store.read_only:
            raise LibraryReadOnly(self.settings.home)
        controls = ingest.Controls(stop or threading.Event(), self._idle)
        with self._sole_writer():
            embedder: Embedder | None = None
            with suppress(WeightsError):
                embedder = self.embedder()
            self._parser = Parser()
            tools = ingest.Tools(self._parser, embedder, self.settings.home, rebuild)
            missing: NotAFolder | None = None
            due = self.due_sources() if sources is None else sources
            try:
                for source in due:
                    try:
                        yield from ingest.read(self._store, source, tools, controls)
                    except NotAFolder as error:
                        missing = error
                yield from self._read_released(tools, controls)
                yield from self._embed(tools, controls)
                for source in due:
                    yield from ingest.recognise(self._store, source, tools, controls)
            finally:
                self._parser.close()
            yield from self._embed(tools, controls)
            if missing is not None:
                raise missing

    def _read_released(self, tools: ingest.Tools, controls: ingest.Controls) -> Iterator[Event]:
        """Duplicates whose original has gone, perhaps in a source that was not asked for."""
        waiting = self._store.sources_with_waiting()
        for source in self.sources():
            if source.id in waiting and not controls.stop.is_set():
                with suppress(NotAFolder):
                    yield from ingest.read(self._store, source, tools, controls)

    def _embed(self, tools: ingest.Tools, controls: ingest.Controls) -> Iterator[Event]:
        embedder = tools.embedder
        if embedder is None or (not tools.rebuild and self.rebuild_due()):
            return
        rate = 0.0
        try:
            for progress in ingest.embed(self._store, embedder, controls):
                rate = progress.rate or rate
                yield progress
        finally:
            embedder.close()
        if rate >= 0.1:
            self._store.set_note(_EMBED_RATE, f"{rate:.1f}")

    def watch(self, stop: threading.Event) -> Iterator[tuple[Source, ...]]:
        """The sources in which something has changed, each time that something does."""
        return watch.changes(self.sources, self.settings.home.resolve(), stop)

    @contextmanager
    def _sole_writer(self, patience: float = 0.5) -> Iterator[None]:
        """Held by one process at a time. `patience`: seconds, longer than `is_busy` takes."""
        import filelock

        lock = filelock.FileLock(self.settings.home / "index.lock", timeout=patience)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise LibraryBusy from error
        except OSError as error:
            raise config.storage_error(error, self.settings.home) from error
        try:
            yield
        finally:
            lock.release()


def _size(folder: Path) -> int:
    """Bytes of the files in it; one that goes while they are counted has none."""
    total = 0
    for file in folder.glob("*"):
        with suppress(OSError):
            total += file.stat().st_size
    return total


def _refuse_unless_archive(file: Path) -> None:
    if file.suffix.lower() != ".zim":
        raise NotAFolder(
            f"{file} is a file, not a folder.",
            f"To add its whole folder: assistant index {str(file.parent)!r}",
        )
    if not extras.zim():
        raise NotAFolder(
            f"{file.name} is a Kiwix archive, which is read by an extra that is not installed.",
            'Install it: pip install "small-assistant[zim]". Its library, libzim, is under the '
            "GPL-3.0.",
        )


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
