"""The bottom line: library, model, memory, and what runs in the background."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from assistant.domain import LibraryStatus, Phase, Progress
from assistant.plain import progress_words


class StatusLine(Static):
    """Each part is set when it changes; the line is put together on the next paint."""

    library: reactive[str] = reactive("opening")
    model: reactive[str] = reactive("not loaded")
    memory: reactive[str] = reactive("")
    work: reactive[str] = reactive("")
    passages: reactive[int] = reactive(0)
    meaning: reactive[str] = reactive("")

    def render(self) -> Content:
        library = f"Library: {self.library}"
        if self.passages:
            library += f", {self.passages:,} passages{self.meaning}"
        parts = (self.work, library, f"Model: {self.model}", self.memory)
        return Content(" | ".join(filter(None, parts)))

    def on_mount(self) -> None:
        self.measure()
        self.set_interval(2.0, self.measure)

    def measure(self) -> None:
        import psutil

        self.memory = f"Memory: {psutil.Process().memory_info().rss // 1024**2} MB"

    def describe(self, status: LibraryStatus) -> None:
        self.library = f"{status.documents:,} documents"
        self.passages = status.passages
        self._by_meaning(status.embedded, status.passages)

    def advance(self, event: Progress) -> None:
        """A step of an index run."""
        self.work = progress_words(event)
        if event.passages:
            self.passages = event.passages
        if event.phase is Phase.EMBED and event.total:
            self._by_meaning(event.done, event.total)

    def _by_meaning(self, embedded: int, passages: int) -> None:
        share = embedded * 100 // max(passages, 1)
        self.meaning = f", {share} % by meaning" if embedded < passages else ""
