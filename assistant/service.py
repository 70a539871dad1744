"""The one object that every face holds: open, sync, search, ask, status, close.

Synchronous. `sync` and `ask` are generators of Events; a face runs them in a for-loop or in one
thread worker. Nothing heavy is imported or loaded until a call needs it. The service knows no
face, prints nothing and asks nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant import (
    catalogue,
    exam,
    files,
    ground,
    prompt,
    retrieve,
    rewrite,
    text,
    unanswered,
    weights,
)
from assistant.config import Settings
from assistant.domain import (
    Answer,
    Decision,
    Done,
    Event,
    Evidence,
    Evidenced,
    Finish,
    Found,
    Listed,
    Listing,
    Passage,
    Prompted,
    Question,
    Sentence,
    Understood,
    Written,
)
from assistant.embed import Embedder
from assistant.engine import Engine, LlamaEngine
from assistant.errors import (
    AssistantError,
    EmptyQuestion,
    LibraryError,
    QuestionTooLong,
    WeightsError,
)
from assistant.library import Library
from assistant.store import Store
from assistant.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_QUESTION = 4_000  # characters
NEAREST = 2  # passages shown with a decline
NO_MODEL = "none"
_AT_LENGTH = 3  # times as many tokens for a model that composes


class Assistant(Library):
    """A library and the models that answer over it.

    Args:
        engine: stands in for the chosen writing model (tests). The others as for `Library`.

    Raises:
        LibraryError: the library folder cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | None = None,
        engine: Engine | None = None,
    ) -> None:
        super().__init__(settings, embedder)
        self._index = VectorIndex(settings.home / "vectors.faiss")
        self._engine = engine
        self._tools: ground.Tools | None = None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        super().close()

    # --- models -----------------------------------------------------------------------------

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
        self._judges()
        self._refresh_index()
        self.engine()

    # --- questions --------------------------------------------------------------------------

    def search(self, question: Question, count: int = 10) -> tuple[Passage, ...]:
        """Passages for `question`, best first, without any writing model.

        Raises:
            EmptyQuestion, QuestionTooLong; LibraryError when there is nothing to search.
        """
        return self._search(self._understood(self._checked(question)).question, count)

    def _understood(self, question: Question) -> rewrite.Rewritten:
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
            evidenced = self._weigh(parts, found, passages)
            clock.lap("evidenced")
            yield evidenced
            if evidenced.decision is Decision.DECLINED:
                unanswered.note(asked.text, self.settings)
                clock.lap("done")
                yield Done(
                    Answer(
                        asked,
                        evidenced.decision,
                        Finish.DECLINED,
                        passages[:NEAREST],
                        timings=clock.laps,
                    )
                )
                return
            yield from self._answer(asked, question, passages, evidenced, stop, clock)
        finally:
            self._idle.set()

    def _answer(
        self,
        asked: Question,
        question: Question,
        passages: tuple[Passage, ...],
        evidenced: Evidenced,
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
                told = _quoted_first(passages, evidenced.evidence)
                for event in self._own_words(question, told, engine, stop, clock):
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
                evidenced.decision,
                finish,
                passages,
                evidenced.evidence,
                (*ground.quote(evidenced.evidence), *own_words),
                ground.cite(evidenced.evidence, self._store.section_text),
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
    ) -> Evidenced:
        """Each part of a question against the passages found for it, as they are numbered now."""
        numbered = {p.chunk_id: p for p in passages}
        total = self._store.count_passages()
        tools = self._judges()
        judged = []
        for part, some in zip(parts, found, strict=True):
            terms = ground.term_weights(part, self._store.frequency, total)
            own = [numbered[p.chunk_id] for p in some]
            judged.append((part, ground.weigh(part, own, terms, tools)))
        return ground.together(judged)

    def _judges(self) -> ground.Tools:
        """What there is to judge with; without a search model there is no reader either."""
        try:
            embedder = self.embedder()
        except WeightsError:
            return ground.Tools()
        with self._loading:
            if self._tools is None:
                self._tools = self._load_tools(embedder)
            return self._tools

    def _load_tools(self, embedder: Embedder) -> ground.Tools:
        """Without the evidence reader where it is missing or damaged: the log has why."""
        from assistant.embed.reader import EvidenceReader

        try:
            found = weights.reader(self.settings)
            reader = EvidenceReader(found.embedder, found.weights)
            return ground.Tools(embedder.few, reader.read, ground.load_weights(found.decision))
        except (WeightsError, OSError, ValueError, KeyError):
            self.log_unexpected()
            return ground.Tools(embedder.few)

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


def _quoted_first(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> tuple[Passage, ...]:
    """The order in which a model is told of them: those at the end may not fit."""
    quoted = {e.passage.chunk_id for e in evidence}
    return tuple(sorted(passages, key=lambda p: p.chunk_id not in quoted))


def _told_by_catalogue(question: Question, listing: Listing, clock: _Clock) -> Answer:
    made = Decision.CATALOGUE, Finish.CATALOGUE
    return Answer(question, *made, passages=(), timings=clock.laps, listing=listing)
