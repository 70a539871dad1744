"""Asks before the library is indexed anew, which may take long."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from assistant.domain import Rebuild
from assistant.plain import rebuild_words


class RebuildScreen(ModalScreen[bool]):
    """True for now, False for later."""

    BINDINGS = [Binding("escape", "later", "Later", id="rebuild.later")]

    def __init__(self, rebuild: Rebuild) -> None:
        super().__init__()
        self._rebuild = rebuild

    def compose(self) -> ComposeResult:
        with Vertical(id="rebuild"):
            yield Static(Content(rebuild_words(self._rebuild)))
            with Horizontal():
                yield Button("Do it now", id="now", variant="primary")
                yield Button("Later", id="later")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "now")

    def action_later(self) -> None:
        self.dismiss(False)
