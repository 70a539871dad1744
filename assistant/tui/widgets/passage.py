"""A passage in its page or heading, with its words marked."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.domain import Passage
from assistant.text import clean

CHANGED = "This passage has changed since. Ask again to see it as it is now."


class PassageView(VerticalScroll, can_focus=True):
    """Shows one passage; scrolls to it. The marks are brackets too, not colour alone."""

    BORDER_TITLE = "Source"

    def show(self, passage: Passage, section: str, quotes: tuple[tuple[int, int], ...]) -> None:
        """
        Args:
            section: the whole text that `passage` stands in.
            quotes: offsets in `section` of the sentences that the answer quotes.
        """
        self.remove_children()
        document = passage.document
        head = f"{document.title}\n{passage.label}".rstrip()
        self.mount(
            Static(Content(head), classes="source-title"),
            Static(Content(clean(f"{document.source}: {document.path}")), classes="source-file"),
        )
        start, end = passage.start, passage.end
        if section[start:end] != passage.text:
            self.mount(Static(CHANGED, classes="problem"))
            return
        marked = Static(_marked(section, start, end, quotes), classes="passage")
        before, after = section[:start].strip(), section[end:].strip()
        if before:
            self.mount(Static(Content(before), classes="around"))
        self.mount(marked)
        if after:
            self.mount(Static(Content(after), classes="around"))
        self.call_after_refresh(self.scroll_to_widget, marked, animate=False, top=True)


def _marked(section: str, start: int, end: int, quotes: tuple[tuple[int, int], ...]) -> Content:
    parts: list[Content] = []
    place = start
    for quote_start, quote_end in sorted(quotes):
        if place <= quote_start and quote_end <= end:
            parts.append(Content(section[place:quote_start]))
            parts.append(Content.styled(f"«{section[quote_start:quote_end]}»", "bold underline"))
            place = quote_end
    parts.append(Content(section[place:end]))
    return Content("").join(parts)
