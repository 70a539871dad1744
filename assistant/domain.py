"""The nouns that every room shares. Standard library only; nothing here does anything.

Offsets count characters (Unicode code points), start inclusive, end exclusive.
A rule that holds for every chunk: ``section.text[chunk.start:chunk.end] == chunk.text``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Status(StrEnum):
    """What became of a file. Each file has exactly one."""

    READY = "ready"
    NO_TEXT = "no text"
    LOCKED = "locked"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"


class Decision(StrEnum):
    ANSWERED = "answered"
    DECLINED = "declined"


class Finish(StrEnum):
    """How the model's own words ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    STOPPED = "stopped"
    DECLINED = "declined"
    NO_MODEL = "no model"


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that was added to the library. `documents` counts all its files, read or not."""

    id: int
    name: str
    folder: Path
    bundled: bool
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a source. `path` is relative to the source's folder, with forward slashes."""

    source: str
    folder: Path
    path: str
    title: str
    media_type: str
    size: int
    status: Status
    reason: str = ""
    remedy: str = ""

    @property
    def file(self) -> Path:
        return self.folder / self.path


@dataclass(frozen=True, slots=True)
class Section:
    """A page, heading or chapter. `label` can be looked up: "p. 12", "Costs > Grants"."""

    label: str
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a file: sections, or the reason why there are none."""

    title: str = ""
    media_type: str = ""
    sections: tuple[Section, ...] = ()
    status: Status = Status.READY
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a section, small enough for the models."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question. `number` is what citations refer to: [1], [2], ..."""

    number: int
    chunk_id: int
    section_id: int
    document: Document
    label: str
    page: int | None
    start: int
    end: int
    text: str
    score: float = 0.0
    word_rank: int | None = None
    meaning_rank: int | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a passage, word for word. Offsets count within the passage's section."""

    passage: Passage
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """Where quoted words stand. `verified`: they were found in the stored text."""

    number: int
    document: str
    file: Path
    label: str
    quote: str
    section_id: int
    start: int
    end: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer. `quoted`: words of a document; otherwise the model's own.

    `supported` says whether its figures, names and most of its words stand in the passages.
    """

    text: str
    quoted: bool
    supported: bool
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told. `dropped` counts passages that did not fit the budget."""

    system: str
    user: str
    passages: tuple[Passage, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """`scope` limits the answer to documents whose path matches this glob pattern."""

    text: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    question: Question
    decision: Decision
    finish: Finish
    passages: tuple[Passage, ...]
    evidence: tuple[Evidence, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    model: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)


# --- what the service tells every face -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Passages, best first, before any model has been asked."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Evidenced:
    """The sentences that lead the answer, and whether there is an answer at all."""

    decision: Decision
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The next sentence of the model's own words, checked. Its citations always exist."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


class Phase(StrEnum):
    SCAN = "looking"
    READ = "reading"
    EMBED = "indexing meaning"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` things; `detail` names the present one."""

    phase: Phase
    done: int
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read, why, and what to do."""

    path: str
    status: Status
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Synced:
    """The end of an index run: what changed in one source."""

    source: str
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: int
    passages: int


Event = Found | Evidenced | Written | Done | Progress | Skipped | Synced


# --- models -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A GGUF file as its header describes it. Sizes in bytes, context in tokens."""

    name: str
    file: Path
    size: int
    architecture: str = ""
    quantisation: str = ""
    parameters: str = ""
    context: int = 0
    chat_template: bool = False
    licence: str = ""
    bundled: bool = False


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What the library holds. `documents` counts those that could be read; `size` in bytes."""

    home: Path
    sources: tuple[Source, ...]
    documents: int
    passages: int
    embedded: int
    not_ready: tuple[Document, ...]
    model: str
    embedder: str
    size: int
