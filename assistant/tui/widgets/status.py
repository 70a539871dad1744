"""The bottom line: library, model, memory, and what runs in the background."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from assistant.domain import LibraryStatus


class StatusLine(Static):
    """Each part is set when it changes; the line is put together on the next paint."""

    library: reactive[str] = reactive("opening")
    model: reactive[str] = reactive("not loaded")
    memory: reactive[str] = reactive("")
    work: reactive[str] = reactive("")

    def render(self) -> Content:
        parts = (self.work, f"Library: {self.library}", f"Model: {self.model}", self.memory)
        return Content(" | ".join(filter(None, parts)))

    def on_mount(self) -> None:
        self.measure()
        self.set_interval(2.0, self.measure)

    def measure(self) -> None:
        import psutil

        self.memory = f"Memory: {psutil.Process().memory_info().rss // 1024**2} MB"

    def describe(self, status: LibraryStatus) -> None:
        self.library = f"{status.documents} documents, {status.passages} passages"
