"""Fifty files edited, deleted, renamed, moved and re-dated: no answer cites what is not there.

With the real search model. Checked after each change, before anything could be indexed again, and
once more when all is; with the chat open on the library, and with nothing open.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from assistant import config
from assistant.config import Settings
from assistant.domain import Done, Question, Status
from assistant.service import Assistant
from assistant.tui.app import AssistantApp
from assistant.tui.widgets.status import StatusLine

FILES = 50


def text_of(number: int, code: str) -> str:
    return f"# Shelf {number}\n\nThe code of the lock on shelf {number} is {code}{number:03}.\n"


@pytest.fixture
def shelves(tmp_path: Path) -> Path:
    place = tmp_path / "shelves"
    place.mkdir()
    for number in range(FILES):
        (place / f"shelf {number}.md").write_text(text_of(number, "amber"), "utf-8")
    return place


@pytest.fixture
def quoting(settings: Settings) -> Settings:
    """No writing model: what is quoted is what is judged."""
    return config.load(settings.home, {"ASSISTANT_MODEL": "none"})


def edit(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("amber", "brown"), "utf-8")


def edit_and_put_the_date_back(path: Path) -> None:
    before = path.stat()
    edit(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def delete(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name(f"renamed {path.name}"))


def move(path: Path) -> None:
    (path.parent / "attic").mkdir(exist_ok=True)
    path.rename(path.parent / "attic" / path.name)


def re_date(path: Path) -> None:
    os.utime(path, (1_000_000_000, 1_000_000_000))


CHANGES: tuple[Callable[[Path], None], ...] = (
    edit,
    edit_and_put_the_date_back,
    delete,
    rename,
    move,
    re_date,
)


def shuffled() -> list[tuple[int, Callable[[Path], None]]]:
    """Every shelf once, each kind of change as often as the others; the same order every time."""
    numbers = list(range(FILES))
    random.Random(4).shuffle(numbers)
    return [(number, CHANGES[place % len(CHANGES)]) for place, number in enumerate(numbers)]


def cited(assistant: Assistant, number: int) -> str:
    """Everything that an answer about a shelf shows, after checking that it stands on the disk."""
    question = Question(f"What is the code of the lock on shelf {number}?")
    answer = next(e.answer for e in assistant.ask(question) if isinstance(e, Done))
    for passage in answer.passages:
        on_disk = passage.document.file.read_text("utf-8")  # raises when it is absent
        assert passage.text in on_disk
    for citation in answer.citations:
        assert citation.quote in citation.file.read_text("utf-8")
    return " ".join(p.text for p in answer.passages)


def check_all(assistant: Assistant) -> None:
    """Once all is indexed, every answer is the present one."""
    for number, change in shuffled():
        shown = cited(assistant, number)
        assert (f"amber{number:03}" in shown) == (change in (rename, move, re_date)), change
        assert (f"brown{number:03}" in shown) == (change in (edit, edit_and_put_the_date_back))


def test_with_nothing_open(quoting: Settings, shelves: Path) -> None:
    with closing(Assistant(quoting)) as assistant:
        list(assistant.sync((assistant.source_for(shelves),)))
    for number, change in shuffled():
        change(shelves / f"shelf {number}.md")
    with closing(Assistant(quoting)) as assistant:
        for number, change in shuffled():  # at start-up, before anything is read again
            shown = cited(assistant, number)
            assert (f"amber{number:03}" in shown) == (change is re_date)
        list(assistant.sync())
        check_all(assistant)


async def test_with_the_chat_open(quoting: Settings, shelves: Path) -> None:
    with closing(Assistant(quoting)) as assistant:
        list(assistant.sync((assistant.source_for(shelves),)))
        app = AssistantApp(assistant)
        async with app.run_test() as pilot:
            line = app.query_one(StatusLine)
            await until(lambda: line.work == "")
            for number, change in shuffled():
                change(shelves / f"shelf {number}.md")
                shown = await asyncio.to_thread(cited, assistant, number)
                if change in (delete, edit, edit_and_put_the_date_back):
                    assert f"amber{number:03}" not in shown
                await pilot.pause()
            await until(lambda: settled(assistant, shelves) and line.work == "")
            await asyncio.to_thread(check_all, assistant)


def settled(assistant: Assistant, shelves: Path) -> bool:
    """Whether the library holds what is on the disk, as it is now."""
    on_disk = {p.relative_to(shelves).as_posix(): p.stat() for p in shelves.rglob("*.md")}
    known = {d.path: d for d in assistant.files()}
    return (
        known.keys() == on_disk.keys()
        and all(known[p].facts.changed_ns == s.st_ctime_ns for p, s in on_disk.items())
        and all(d.status is Status.READY for d in known.values())
        and assistant.status().embedded == assistant.status().passages
    )


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if await asyncio.to_thread(true):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never happened")
