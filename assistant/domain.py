"""The nouns that every room shares. Standard library only; nothing here does anything.

Offsets count characters (Unicode code points), start inclusive, end exclusive.
A rule that holds for every chunk: ``section.text[chunk.start:chunk.end] == chunk.text``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

# A byte of a file name that is no text, as Python escapes it; and a backslash that stands in the
# name itself before what looks like such a code (`name_as_text` writes both).
_LIKE_A_CODE = re.compile(r"\\(?=(?:x5c)*udc[89a-f][0-9a-f])")
_CODE = re.compile(r"\\x5c(?=(?:x5c)*udc[89a-f][0-9a-f])|\\u(dc[89a-f][0-9a-f])")


class Status(StrEnum):
    """What became of a file. Each file has exactly one."""

    READY = "ready"
    PARTLY = "partly"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    NO_TEXT = "no text"
    LOCKED = "locked"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"

    @property
    def has_text(self) -> bool:
        """Whether passages come from such a file."""
        return self in (Status.READY, Status.PARTLY)


class Decision(StrEnum):
    ANSWERED = "answered"
    PARTLY = "partly"  # one part of the question is answered, another is not
    DISAGREE = "sources disagree"
    DECLINED = "declined"
    CATALOGUE = "catalogue"


class Finish(StrEnum):
    """How the model's own words ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    STOPPED = "stopped"
    DECLINED = "declined"
    NO_MODEL = "no model"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Source:
    """A folder that was added to the library. `files` counts all that are in it, read or not."""

    id: int
    name: str
    folder: Path
    bundled: bool
    files: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the disk says of a file, to notice a change: bytes, nanoseconds since the epoch.

    `changed_ns` is the moment of the last change of anything (ctime), which cannot be set back.
    """

    size: int
    mtime_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a source. `path` is relative to the source's folder, with forward slashes; bytes
    in it that are no text are written as codes (`\\udce9`).

    `files` is more than one for an ignored folder, which is listed as a whole. `sha256` is of the
    bytes that were read, '' when they were not.
    """

    source: str
    folder: Path
    path: str
    title: str
    media_type: str
    facts: Facts
    status: Status
    reason: str = ""
    remedy: str = ""
    sha256: str = ""
    files: int = 1

    @property
    def file(self) -> Path:
        return path_of(self.folder, self.path)


def path_of(folder: Path, name: str) -> Path:
    """Where the file called `name` in a source really is: the codes in it are bytes again."""
    return folder / _CODE.sub(lambda code: chr(int(code[1], 16)) if code[1] else "\\", name)


def name_as_text(name: str) -> str:
    """A file's name with codes for what is no text. Two names never become the same text."""
    name = _LIKE_A_CODE.sub(r"\\x5c", name)
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in a folder: a file to read (`waiting`), or why it is not one.

    An ignored folder is one entry, whose `files` counts what is in it. `path` as in `Document`.
    """

    path: str
    facts: Facts
    status: Status = Status.WAITING
    reason: str = ""
    remedy: str = ""
    files: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """A page, heading or chapter. `label` can be looked up: "p. 12", "Costs > Grants"."""

    label: str
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a file: sections, or the reason why there are none or not all.

    `scanned` counts pages or pictures without text that text recognition could read.
    `properties`: (key, value) pairs that the file tells of itself, keys in lower case ("author",
    "date", "topic", "keywords"); a key with several values stands several times.
    """

    title: str = ""
    media_type: str = ""
    sections: tuple[Section, ...] = ()
    status: Status = Status.READY
    reason: str = ""
    remedy: str = ""
    scanned: int = 0
    properties: tuple[tuple[str, str], ...] = ()


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
    `faults`: why they do not, each a sentence for people.
    """

    text: str
    quoted: bool
    supported: bool
    citations: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told. `dropped` counts passages that did not fit the budget."""

    system: str
    user: str
    passages: tuple[Passage, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """`scope` limits the answer to documents whose path matches this glob pattern.

    `history`: the questions before it in the conversation, oldest first.
    """

    text: str
    scope: str = ""
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What the catalogue says of the library itself. `lines`: for people, long lists cut short.

    `documents`: all that it is about. `total`: how many things were asked for, such as topics.
    """

    lines: tuple[str, ...]
    documents: tuple[Document, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`listing` is all there is where the catalogue answered."""

    question: Question
    decision: Decision
    finish: Finish
    passages: tuple[Passage, ...]
    evidence: tuple[Evidence, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    model: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    listing: Listing | None = None


# --- what the service tells every face -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Understood:
    """The question was searched for in other words than it was asked in; `words` say which."""

    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """Passages, best first, before any model has been asked."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a question was answered or declined.

    `support`: the probability (0 to 1) that the library answers; from `threshold` on it is
    answered. `features`: by name, the value and the weight of what the probability is made from;
    no weights where the evidence reader is not installed.
    """

    support: float
    threshold: float
    features: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Prompted:
    """What the writing model is about to be told."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Evidenced:
    """The sentences that lead the answer, and whether there is an answer at all.

    `reasons`: what that was decided from. `considered`: the best sentences, quoted or not.
    `unanswered`: the parts of the question without an answer, where others have one.
    """

    decision: Decision
    evidence: tuple[Evidence, ...]
    reasons: Reasons
    considered: tuple[Evidence, ...] = ()
    unanswered: tuple[str, ...] = ()

    @property
    def support(self) -> float:
        """The probability (0 to 1) that the library answers."""
        return self.reasons.support


@dataclass(frozen=True, slots=True)
class Written:
    """The next sentence of the model's own words, checked. Its citations always exist."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Listed:
    """What the catalogue says: the question was about the library itself. `Done` follows."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


class Phase(StrEnum):
    SCAN = "looking"
    READ = "reading"
    EMBED = "indexing meaning"
    RECOGNISE = "reading scans"
    ASK = "asking"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` files, passages or questions; `detail` names the present one.

    `passages`: in the library so far. `rate`: things a second of late, 0 until it is known.
    """

    phase: Phase
    done: int
    total: int
    detail: str = ""
    passages: int = 0
    rate: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be read, why, and what to do."""

    path: str
    status: Status
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Work that a new version of the program, or a new search model, makes necessary again."""

    files: int
    passages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Synced:
    """The end of an index run over one source. Each file that was not ignored is counted once."""

    source: str
    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    skipped: int
    passages: int

    @property
    def has_changes(self) -> bool:
        return any((self.added, self.changed, self.moved, self.removed, self.skipped))


Event = (
    Understood
    | Found
    | Listed
    | Evidenced
    | Prompted
    | Written
    | Done
    | Progress
    | Skipped
    | Synced
)


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
    """What the library holds. `counts`: files by status; they add up to the files in all sources.

    `embedded` of the `passages` can be searched by meaning. `busy`: another process indexes now.
    `size` in bytes.
    """

    home: Path
    sources: tuple[Source, ...]
    counts: Mapping[Status, int]
    passages: int
    embedded: int
    busy: bool
    model: str
    embedder: str
    size: int

    @property
    def documents(self) -> int:
        """How many files can be searched."""
        return sum(count for status, count in self.counts.items() if status.has_text)

    @property
    def files(self) -> int:
        return sum(self.counts.values())
