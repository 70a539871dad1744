"""The passages of the last answer, as a list to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from assistant.domain import Passage


class SourceList(OptionList):
    """Choosing one shows it; the option's id is the passage's number."""

    BORDER_TITLE = "Passages found"

    def fill(self, passages: Sequence[Passage]) -> None:
        self.clear_options()
        for passage in passages:
            label = f", {passage.label}" if passage.label else ""
            self.add_option(
                Option(
                    Content(f"[{passage.number}] {passage.document.title}{label}"),
                    id=str(passage.number),
                )
            )
        self.highlighted = 0 if passages else None
