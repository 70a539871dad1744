"""The chat, driven by keys: what a person sees and can do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Markdown, Static

from assistant.config import Settings
from assistant.domain import Finish, Question
from assistant.errors import LibraryGone
from assistant.service import Assistant
from assistant.tui.app import AssistantApp
from assistant.tui.screens.help import HelpScreen
from assistant.tui.screens.rebuild import RebuildScreen
from assistant.tui.screens.source import SourceScreen
from assistant.tui.widgets.passage import PassageView
from assistant.tui.widgets.sources import SourceList
from assistant.tui.widgets.status import StatusLine
from assistant.tui.widgets.turn import Turn
from tests.fakes import HashEmbedder, ScriptedEngine, SlowEngine

QUESTION = "Where does the spare key of the hall hang?"
WRITTEN = "The spare key hangs behind the blue door [1]. It weighs 45 grams."
App = AssistantApp


@pytest.fixture
def library(settings: Settings, folder: Path) -> Iterator[Assistant]:
    assistant = Assistant(settings, embedder=HashEmbedder(), engine=ScriptedEngine(WRITTEN))
    for _ in assistant.sync((assistant.source_for(folder),)):
        pass
    yield assistant
    assistant.close()


@pytest.fixture
def app(library: Assistant, monkeypatch: pytest.MonkeyPatch) -> App:
    # memory changes from run to run, and snapshots must not
    monkeypatch.setattr(
        StatusLine, "measure", lambda self: setattr(self, "memory", "Memory: 100 MB")
    )
    return AssistantApp(library, background=False)


async def ask(pilot: Pilot[None], question: str = QUESTION) -> None:
    await pilot.pause()
    pilot.app.query_one(Input).value = question
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app._turn is None)  # type: ignore[attr-defined]
    await pilot.pause()


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        await asyncio.sleep(0.05)
        await pilot.pause()
    raise AssertionError("it never happened")


def shown(app: App) -> str:
    turn = app.query(Turn).last()
    static = " ".join(str(s.render()) for s in turn.query(Static) if s.display)
    return static + " ".join(m._markdown or "" for m in turn.query(Markdown))


async def test_a_question_about_the_library_is_told_from_its_catalogue(app: App) -> None:
    async with app.run_test() as pilot:
        await ask(pilot)
        assert app.query_one(SourceList).option_count
        await ask(pilot, "Which documents are in the minutes folder?")
        assert "From the library's catalogue:" in shown(app)
        assert "März 2024" in shown(app)
        assert "Searching" not in shown(app)
        assert not app.query_one(SourceList).option_count  # those of the question before


async def test_it_paints_before_any_model_is_loaded(settings: Settings) -> None:
    assistant = Assistant(settings)
    app = AssistantApp(assistant, background=False)
    async with app.run_test():
        assert app.focused is app.query_one(Input)
        assert not assistant.model_ready
    assistant.close()


async def test_an_answer_quotes_first_and_leaves_out_what_is_not_in_the_sources(app: App) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot)
        text = shown(app)
        quote = text.index("hangs behind the blue door in the kitchen")
        own = text.index("own words")
        assert quote < own < text.index("1 sentence of the model")
        assert "45 grams" not in text
        assert app.query_one(SourceList).option_count > 0


async def test_the_source_beside_the_answer_marks_the_quoted_words(app: App) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot)
        marked = app.query_one(PassageView).query(".passage").first(Static)
        assert "«The spare key of the hall hangs" in str(marked.render())


async def test_in_a_narrow_window_a_source_opens_over_the_whole_screen(app: App) -> None:
    async with app.run_test(size=(40, 15)) as pilot:
        await ask(pilot)
        await pilot.press("f2", "enter")
        await pilot.pause()
        assert isinstance(app.screen, SourceScreen)
        await pilot.press("escape")
        await pilot.press("escape")
        assert app.focused is app.query_one(Input)


async def test_a_decline_says_so_and_shows_the_nearest_passages(app: App) -> None:
    async with app.run_test() as pilot:
        await ask(pilot, "What won the 1987 Grand National?")
        assert "does not hold an answer" in shown(app)
        assert "nearest passages" in shown(app)


async def test_esc_stops_an_answer(library: Assistant) -> None:
    library._engine = SlowEngine()
    app = AssistantApp(library, background=False)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.query_one(Input).value = QUESTION
        await pilot.press("enter")
        await until(pilot, lambda: "writing" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app._turn is None)
        assert "Stopped" in shown(app)
        assert library._engine.finish is Finish.STOPPED


async def test_keys_typed_while_an_answer_is_made_are_kept(library: Assistant) -> None:
    library._engine = SlowEngine(words=50)
    app = AssistantApp(library, background=False)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.query_one(Input).value = QUESTION
        await pilot.press("enter")
        await pilot.press(*"what else")
        assert app.query_one(Input).value == "what else"
        await pilot.press("enter")
        assert app.query_one(Input).value == "what else"
        await until(pilot, lambda: app._turn is None)


async def test_a_failure_is_one_sentence_and_the_chat_goes_on(
    library: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("assistant.retrieve.search", broken)
    app = AssistantApp(library, background=False)
    async with app.run_test() as pilot:
        await ask(pilot)
        assert "should not have" in shown(app)
        assert "mistake of ours" in library.settings.log.read_text()
        monkeypatch.undo()
        await ask(pilot)
        assert "blue door" in shown(app)


async def test_help_opens_and_closes(app: App) -> None:
    async with app.run_test() as pilot:
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_a_new_library_indexes_the_bundled_documents_in_the_background(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = Assistant(settings, embedder=HashEmbedder(), engine=ScriptedEngine(""))
    app = AssistantApp(assistant)
    async with app.run_test() as pilot:
        await until(pilot, lambda: assistant.status().documents > 50)
        await until(pilot, lambda: app.query_one(StatusLine).work == "")
        assert "documents" in app.query_one(StatusLine).library
    assistant.close()


async def test_markup_in_questions_and_documents_is_shown_as_text(
    library: Assistant, folder: Path
) -> None:
    (folder / "odd.md").write_text(
        "The [bold red]ladder[/] `rm` costs <b>five</b> [link](http://example.org) pounds.\n"
    )
    for _ in library.sync((library.source_for(folder),)):
        pass
    library._engine = ScriptedEngine("The ladder [/] costs **five** [1].")
    app = AssistantApp(library, background=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot, "What does the [bold]ladder[/bold] [/] cost?")
        assert "ladder" in shown(app)


Before = Callable[[Pilot[None]], Awaitable[None]]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("state", ["welcome", "answer", "decline", "help", "source"])
def test_snapshot(
    app: App, snap_compare: Callable[..., bool], state: str, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        if state in ("answer", "source"):
            await ask(pilot)
        if state == "decline":
            await ask(pilot, "What won the 1987 Grand National?")
        if state == "help":
            await pilot.press("f1")
        if state == "source":
            await pilot.press("f2", "enter")
        pilot.app.query_one(Input).cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


async def test_a_file_that_is_added_or_deleted_while_the_chat_is_open_is_noticed(
    library: Assistant, folder: Path
) -> None:
    library._engine = ScriptedEngine("")
    app = AssistantApp(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.query_one(StatusLine).work == "")
        await asyncio.sleep(1)  # until the folder is watched
        (folder / "shed.md").write_text("# Shed\n\nThe long ladder stands in the shed.\n")
        await until(pilot, lambda: library.status().documents == 4)
        await until(pilot, lambda: "4 documents" in app.query_one(StatusLine).library)
        await ask(pilot, "Where does the long ladder stand?")
        assert "long ladder stands in the shed" in shown(app)
        (folder / "shed.md").unlink()
        assert not [p for p in library.search(Question("long ladder shed")) if "Shed" in p.text]
        await until(pilot, lambda: library.status().documents == 3)


async def test_while_another_process_indexes_the_chat_says_so_and_answers(
    library: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    import filelock

    monkeypatch.setattr("assistant.tui.worker.OTHER_INDEXES_SECONDS", 0.2)
    library._engine = ScriptedEngine("")
    app = AssistantApp(library)
    with filelock.FileLock(library.settings.home / "index.lock"):
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "Another" in app.query_one(StatusLine).work)
            await ask(pilot)
            assert "blue door" in shown(app)


@pytest.mark.parametrize(("button", "files"), [("#now", 0), ("#later", 3)])
async def test_long_work_after_an_update_is_asked_about_first(
    library: Assistant, monkeypatch: pytest.MonkeyPatch, button: str, files: int
) -> None:
    monkeypatch.setattr("assistant.ingest.plan.READER_VERSION", "next")
    monkeypatch.setattr("assistant.tui.worker.LONG", 0.0)
    library._engine = ScriptedEngine("")
    app = AssistantApp(library)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RebuildScreen))
        await until(pilot, lambda: bool(app.screen.query(button)))
        await pilot.click(button)
        await until(pilot, lambda: not isinstance(app.screen, RebuildScreen))
        await until(pilot, lambda: app.query_one(StatusLine).work == "")
        due = library.rebuild_due()
        assert (due.files if due else 0) == files


async def test_a_library_that_went_is_told_of_in_the_status_line(
    library: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    library._engine = ScriptedEngine("")
    app = AssistantApp(library, background=False)
    async with app.run_test(size=(120, 40)) as pilot:
        monkeypatch.setattr(library, "status", gone)
        app._show_library()
        await pilot.pause()
        assert "cannot be reached" in app.query_one(StatusLine).library
        monkeypatch.setattr(library, "watch", gone)
        app._index()
        await until(pilot, lambda: "cannot be reached" in notices(app))


def gone(*_: object, **__: object) -> NoReturn:
    raise LibraryGone("/stick")


def notices(app: AssistantApp) -> str:
    return " ".join(str(n.message) for n in app._notifications)
