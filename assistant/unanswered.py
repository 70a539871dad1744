"""The questions that the library could not answer: a list that is kept only when asked to.

One line each, the day and the question; a person can read it, print it and delete it.
"""

from __future__ import annotations

import datetime
from contextlib import suppress

from assistant import config
from assistant.config import Settings

MOST = 1_000  # lines; the oldest go


def note(question: str, settings: Settings) -> None:
    """Add a question, where the list is kept. That it cannot be written stops no answer."""
    if settings.keep_unanswered != "yes":
        return
    with suppress(OSError):
        lines = [*listed(settings), f"{datetime.date.today().isoformat()} {question}"]
        text = "".join(f"{line}\n" for line in lines[-MOST:])
        config.write_atomically(settings.unanswered, text.encode("utf-8", "replace"))


def listed(settings: Settings) -> list[str]:
    """The lines, oldest first."""
    try:
        return settings.unanswered.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def clear(settings: Settings) -> None:
    """Raises LibraryReadOnly."""
    try:
        settings.unanswered.unlink(missing_ok=True)
    except OSError as error:
        raise config.storage_error(error, settings.home) from error
