"""One source over the whole window, for terminals too narrow for a second column."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Footer

from assistant.domain import Passage
from assistant.tui.widgets.passage import PassageView


class SourceScreen(ModalScreen[None]):
    BINDINGS = [Binding("escape,q", "dismiss", "Back", id="source.close")]

    def __init__(self, passage: Passage, section: str, quotes: tuple[tuple[int, int], ...]) -> None:
        super().__init__()
        self._shown = (passage, section, quotes)

    def compose(self) -> ComposeResult:
        yield PassageView()
        yield Footer()

    def on_mount(self) -> None:
        view = self.query_one(PassageView)
        view.show(*self._shown)
        view.focus()
