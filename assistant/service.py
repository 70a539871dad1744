"""The one object that every face holds: open, sync, search, ask, status, close.

Synchronous. `sync` and `ask` are generators of Events; a face runs them in a for-loop or in one
thread worker. Nothing heavy is imported or loaded until a call needs it. The service knows no
face, prints nothing and asks nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import (
    catalogue,
    config,
    exam,
    files,
    ground,
    ingest,
    prompt,
    retrieve,
    rewrite,
    text,
    unanswered,
    watch,
    weights,
)
from assistant.config import Settings
from assistant.domain import (
    Answer,
    Decision,
    Document,
    Done,
    Event,
    Evidenced,
    Finish,
    Found,
    LibraryStatus,
    Listed,
    Listing,
    Passage,
    Prompted,
    Question,
    Rebuild,
    Sentence,
    Source,
    Status,
    Understood,
    Written,
)
from assistant.embed import Embedder, MiniLM
from assistant.engine import Engine, LlamaEngine
from assistant.errors import (
    AssistantError,
    EmptyQuestion,
    LibraryBusy,
    LibraryError,
    LibraryReadOnly,
    NotAFolder,
    QuestionTooLong,
    UsageError,
    WeightsError,
)
from assistant.parse import Parser, extras
from assistant.store import Store
from assistant.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assistant.embed.reader import EvidenceReader

LONGEST_QUESTION = 4_000  # characters
NEAREST = 2  # passages shown with a decline
NO_MODEL = "none"
_AT_LENGTH = 3  # times as many tokens for a model that composes
USUAL_RATE = 15.0  # passages embedded a second, until this machine's own rate is known
_BUNDLED_REMOVED = "bundled library was removed"
_EMBED_RATE = "passages embedded a second"


class Assistant:
    """A library and the models that answer over it.

    Args:
        settings: see `assistant.config.load`.
        embedder: stands in for the installed one (tests).
        engine: stands in for the chosen writing model (tests).

    Raises:
        LibraryError: the library folder cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | None = None,
        engine: Engine | None = None,
    ) -> None:
        config.stay_offline()
        self.settings = settings
        config.make_home(settings)
        self._store = Store(settings.database)
        self._index = VectorIndex(settings.home / "vectors.faiss")
        self._embedder = embedder
        self._engine = engine
        self._parser: Parser | None = None
        self._reader: EvidenceReader | None = None
        self._decision: ground.Weights | None = None
        self._without_reader = False
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
        if self._engine is not None:
            self._engine.close()
        self._store.close()

    def log_unexpected(self) -> None:
        """Keep the present exception's traceback in the log; a person gets one sentence."""
        import traceback

        with suppress(OSError), self.settings.log.open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)

    # --- the library ----------------------------------------------------------------------

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

    # --- models -----------------------------------------------------------------------------

    def embedder(self) -> Embedder:
        """Raises WeightsMissing or WeightsDamaged."""
        with self._loading:
            if self._embedder is None:
                files = weights.embedder(self.settings)
                self._embedder = MiniLM(files.folder, files.identity)
            return self._embedder

    def engine(self) -> Engine | None:
        """The writing model, loaded on first use; None when it is set to "none".

        Raises:
            WeightsMissing, WeightsDamaged, EngineError.
        """
        with self._loading:
            if self._engine is None and self.settings.model != NO_MODEL:
                spec = weights.writer(self.settings)
                weights.refuse_if_too_large(spec, self.settings)
                self._engine = LlamaEngine(
                    spec, self.settings.context, self.settings.threads, self.settings.log
                )
            return self._engine

    @property
    def model_ready(self) -> bool:
        return self._engine is not None

    def warm_up(self) -> None:
        """Load what the first question needs, ahead of it."""
        with suppress(WeightsError):
            self.embedder().few(["ready"])
        self._evidence_reader()
        self._refresh_index()
        self.engine()

    # --- questions --------------------------------------------------------------------------

    def search(self, question: Question, count: int = 10) -> tuple[Passage, ...]:
        """Passages for `question`, best first, without any writing model.

        Raises:
            EmptyQuestion, QuestionTooLong; LibraryError when there is nothing to search.
        """
        return self._search(self._understood(self._checked(question)).question, count)

    def _understood(self, question: Question) -> rewrite.Understood:
        def is_word(letters: str) -> bool:
            # the search model's pieces hold the words of its language whole
            with suppress(WeightsError):
                return self.embedder().count([letters]) == [1]
            return False

        return rewrite.understand(question, self._store, is_word)

    def _search(self, question: Question, count: int) -> tuple[Passage, ...]:
        return retrieve.search(
            question,
            self._store,
            self._refresh_index(),
            self._vector(question),
            count,
            files.is_current,
            files.is_there,
        )

    def ask(self, question: Question, stop: threading.Event | None = None) -> Iterator[Event]:
        """Found, Evidenced, Prompted and Written if a model writes, Done.

        Before them Understood, where the question was searched for in other words. Or Listed
        and Done alone: see `catalogue`.

        Args:
            stop: set it to end the answer early, also while the model reads the passages.

        Raises:
            as `search` and `engine`.
        """
        stop = stop or threading.Event()
        clock = _Clock()
        question = self._checked(question)
        self._idle.clear()
        try:
            if listing := catalogue.answer(question.text, self._store, question.scope):
                clock.lap("done")
                yield Listed(listing)
                yield Done(_told_by_catalogue(question, listing, clock))
                return
            asked, understood = question, self._understood(question)
            question = understood.question
            if understood.words:
                yield Understood(understood.words)
            parts = rewrite.parts(question.text)
            found = [
                self._search(replace(question, text=part), self.settings.passages) for part in parts
            ]
            passages = retrieve.together(found)
            clock.lap("found")
            yield Found(passages)
            grounds = self._weigh(parts, found, passages)
            clock.lap("evidenced")
            yield Evidenced(
                grounds.decision,
                grounds.evidence,
                grounds.reasons,
                grounds.considered,
                grounds.unanswered,
            )
            if grounds.decision is Decision.DECLINED:
                unanswered.note(asked.text, self.settings)
                clock.lap("done")
                yield Done(
                    Answer(
                        asked,
                        grounds.decision,
                        Finish.DECLINED,
                        passages[:NEAREST],
                        timings=clock.laps,
                    )
                )
                return
            yield from self._answer(asked, question, passages, grounds, stop, clock)
        finally:
            self._idle.set()

    def _answer(
        self,
        asked: Question,
        question: Question,
        passages: tuple[Passage, ...],
        grounds: ground.Grounds,
        stop: threading.Event,
        clock: _Clock,
    ) -> Iterator[Event]:
        """The quotations lead; the model's own words follow, sentence by checked sentence.

        A model that will not load or breaks off costs its own words alone: `Done` still comes,
        with the quotations and their sources, before the error is raised.
        """
        finish = Finish.STOPPED if stop.is_set() else Finish.NO_MODEL
        own_words: list[Sentence] = []
        engine: Engine | None = None
        problem: AssistantError | None = None
        try:
            engine = None if stop.is_set() else self.engine()
            if engine is not None:
                for event in self._own_words(question, passages, engine, stop, clock):
                    if isinstance(event, Written):
                        own_words.append(event.sentence)
                    yield event
                finish = engine.finish
        except AssistantError as error:
            problem = error
        clock.lap("done")
        yield Done(
            Answer(
                asked,
                grounds.decision,
                finish,
                passages,
                grounds.evidence,
                (*ground.quote(grounds.evidence), *own_words),
                ground.cite(grounds.evidence, self._store.section_text),
                engine.name if engine else "",
                clock.laps,
            )
        )
        if problem is not None:
            raise problem

    def _own_words(
        self,
        question: Question,
        passages: tuple[Passage, ...],
        engine: Engine,
        stop: threading.Event,
        clock: _Clock,
    ) -> Iterator[Prompted | Written]:
        writes = self._may_write(engine.name)
        built = prompt.build(question.text, passages, engine.count, at_length=writes)
        yield Prompted(built)
        checker = ground.Checker(built.passages)
        most = self.settings.answer_tokens * (_AT_LENGTH if writes else 1)
        for piece in engine.stream(built, most, stop):
            clock.lap("first token", once=True)
            yield from map(Written, checker.feed(text.clean(piece)))
        yield from map(Written, checker.end())

    def _may_write(self, name: str) -> bool:
        """Whether the model may compose whole answers: as it is set, or as its exam went."""
        if self.settings.mode != "auto":
            return self.settings.mode == "write"
        with suppress(WeightsError):
            result = exam.result_of(weights.writer(self.settings, name), self.settings)
            return result is not None and result.may_write
        return False

    def section_text(self, section_id: int) -> str:
        """The whole page or heading that a passage stands in; '' when it has gone."""
        return self._store.section_text(section_id)

    def _checked(self, question: Question) -> Question:
        words = text.one_line(text.clean(question.text[: LONGEST_QUESTION * 4]))
        if not words:
            raise EmptyQuestion
        if len(question.text) > LONGEST_QUESTION:
            raise QuestionTooLong(len(question.text), LONGEST_QUESTION)
        if not self._store.count_passages():
            raise LibraryError(
                "The library is empty.", "Add a folder of documents: assistant index FOLDER"
            )
        return Question(words, question.scope, question.history)

    def _vector(self, question: Question) -> NDArray[np.float32] | None:
        with suppress(WeightsError):
            vector: NDArray[np.float32] = self.embedder().few([question.text])[0]
            return vector
        return None

    def _weigh(
        self,
        parts: Sequence[str],
        found: Sequence[Sequence[Passage]],
        passages: Sequence[Passage],
    ) -> ground.Grounds:
        """Each part of a question against the passages found for it, as they are numbered now."""
        numbered = {p.chunk_id: p for p in passages}
        total = self._store.count_passages()
        tools = self._tools()
        grounds = []
        for part, some in zip(parts, found, strict=True):
            terms = ground.term_weights(part, self._store.frequency, total)
            own = [numbered[p.chunk_id] for p in some]
            grounds.append((part, ground.weigh(part, own, terms, tools)))
        return ground.together(grounds)

    def _tools(self) -> ground.Tools:
        """What there is to judge with; without a search model there is no reader either."""
        try:
            embedder = self.embedder()
        except WeightsError:
            return ground.Tools()
        reader = self._evidence_reader()
        if reader is None:
            return ground.Tools(embedder.few)
        return ground.Tools(embedder.few, reader.read, self._decision)

    def _evidence_reader(self) -> EvidenceReader | None:
        """Loaded on first use; None where it is not installed, or its files are broken."""
        with self._loading:
            if self._reader is None and not self._without_reader:
                from assistant.embed.reader import EvidenceReader

                try:
                    files = weights.reader(self.settings)
                    self._decision = ground.load_weights(files.decision)
                    self._reader = EvidenceReader(files.embedder, files.weights)
                except (WeightsError, OSError, ValueError, KeyError):
                    self._without_reader = True
                    self.log_unexpected()
            return self._reader

    def _refresh_index(self) -> VectorIndex | None:
        with suppress(WeightsError):
            identity = self.embedder().identity
            rows = _StoredVectors(self._store, identity)
            # passages are numbered anew in a new library file: its vectors are of another space
            space = f"{self._store.identity()}/{identity}"
            self._index.refresh(space, self._store.generation(), rows)
            return self._index
        return None


@dataclass(frozen=True, slots=True)
class _StoredVectors:
    """The vectors of one embedder, as the index asks for them."""

    store: Store
    embedder: str

    def ids(self) -> Sequence[int]:
        return self.store.embedded_ids(self.embedder)

    def vectors(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        return self.store.vectors(self.embedder, ids)


class _Clock:
    """Seconds since the question, by name of what had happened."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str, *, once: bool = False) -> None:
        if not (once and name in self.laps):
            self.laps[name] = round(time.perf_counter() - self._began, 4)


def _told_by_catalogue(question: Question, listing: Listing, clock: _Clock) -> Answer:
    made = Decision.CATALOGUE, Finish.CATALOGUE
    return Answer(question, *made, passages=(), timings=clock.laps, listing=listing)


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
