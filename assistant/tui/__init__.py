"""The Textual chat. Only this package imports textual."""

from __future__ import annotations

from assistant.service import Assistant


def run(assistant: Assistant) -> None:
    """Open the chat in this terminal; returns when the person quits."""
    from assistant.tui.app import AssistantApp

    AssistantApp(assistant).run()
