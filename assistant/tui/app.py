"""The chat app: paints first, loads later, and never waits for a model on its own thread."""

from __future__ import annotations

import threading

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, OptionList, Static

from assistant.domain import (
    Done,
    Evidence,
    Evidenced,
    Found,
    Listed,
    Passage,
    Progress,
    Question,
    Synced,
)
from assistant.errors import AssistantError
from assistant.plain import HISTORY
from assistant.service import Assistant
from assistant.tui import worker
from assistant.tui.messages import (
    AnswerEnded,
    Answering,
    IndexEnded,
    Indexing,
    ModelState,
    OtherIndexes,
    RebuildDue,
)
from assistant.tui.screens.help import HelpScreen
from assistant.tui.screens.rebuild import RebuildScreen
from assistant.tui.screens.source import SourceScreen
from assistant.tui.widgets.passage import PassageView
from assistant.tui.widgets.sources import SourceList
from assistant.tui.widgets.status import StatusLine
from assistant.tui.widgets.turn import Turn

WELCOME = (
    "Ask a question about the documents in your library.\n"
    "For example: What is a repair café?\n\n"
    "Answers quote the documents first. F1 shows help. Nothing leaves this computer."
)
TURNS_KEPT = 50  # older ones leave the screen, so that long sessions stay light


class AssistantApp(App[None]):
    """Holds one `Assistant` and nothing else of the library."""

    CSS_PATH = "app.tcss"
    TITLE = "assistant"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("f1", "help", "Help", id="app.help"),
        Binding("question_mark", "help", "Help", show=False, id="app.help-mark"),
        Binding("f2", "sources", "Passages", id="app.sources"),
        Binding("escape", "stop", "Stop/Back", id="app.stop", priority=False),
        Binding("ctrl+q", "quit", "Quit", id="app.quit"),
    ]

    def __init__(self, assistant: Assistant, *, background: bool = True) -> None:
        """`background=False` neither indexes nor loads a model by itself (tests)."""
        super().__init__()
        self._assistant = assistant
        self._background = background
        self._stop_answer = threading.Event()
        self._stop_index = threading.Event()
        self._turn: Turn | None = None
        self._history: tuple[str, ...] = ()
        self._passages: tuple[Passage, ...] = ()
        self._evidence: tuple[Evidence, ...] = ()

    def compose(self) -> ComposeResult:
        with Horizontal():
            with Vertical(id="chat"):
                with VerticalScroll(id="turns", can_focus=True):
                    yield Static(Content(WELCOME), id="welcome")
                yield Input(placeholder="Type a question and press Enter", id="question")
            with Vertical(id="sources"):
                yield SourceList()
                yield PassageView()
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#question").focus()
        self._show_library()
        if self._background:
            self._warm_up()
            self._index()

    def on_unmount(self) -> None:
        self._stop_answer.set()
        self._stop_index.set()
        self._assistant.end_helpers()

    # --- background work ------------------------------------------------------------------

    @work(thread=True, group="model")
    def _warm_up(self) -> None:
        worker.warm_up(self._assistant, self.post_message)

    @work(thread=True, group="index")
    def _index(self) -> None:
        worker.index(self._assistant, self._stop_index, self.post_message)

    @work(thread=True, group="answer")
    def _answer(self, question: str) -> None:
        asked = Question(question, history=self._history)
        self._history = (*self._history, question)[-HISTORY:]
        worker.answer(self._assistant, asked, self._stop_answer, self.post_message)

    @on(ModelState)
    def _model_changed(self, message: ModelState) -> None:
        name = self._assistant.settings.model
        self.query_one(StatusLine).model = f"{name} ({message.words})"
        if message.problem:
            self.notify(message.problem, severity="warning", timeout=15, markup=False)

    @on(Indexing)
    def _index_went_on(self, message: Indexing) -> None:
        event = message.event
        if isinstance(event, Progress):
            self.query_one(StatusLine).advance(event)
        elif isinstance(event, Synced):
            self._show_library()

    @on(OtherIndexes)
    def _other_indexes(self) -> None:
        self.query_one(StatusLine).work = "Another assistant is indexing this library"
        self._show_library()

    @on(RebuildDue)
    def _rebuild_due(self, message: RebuildDue) -> None:
        def answered(yes: bool | None) -> None:
            message.answer(bool(yes))

        self.push_screen(RebuildScreen(message.rebuild), answered)

    @on(IndexEnded)
    def _index_ended(self, message: IndexEnded) -> None:
        self.query_one(StatusLine).work = ""
        self._show_library()
        if message.problem:
            self.notify(message.problem, severity="warning", timeout=15, markup=False)

    def _show_library(self) -> None:
        try:
            self.query_one(StatusLine).describe(self._assistant.status())
        except AssistantError as error:  # its disk may have been pulled out
            self.query_one(StatusLine).library = error.message

    # --- questions ------------------------------------------------------------------------

    @on(Input.Submitted, "#question")
    async def _ask(self, event: Input.Submitted) -> None:
        question = event.value.strip()
        if not question:
            return
        if self._turn is not None:
            self.notify("An answer is being made. Wait for it, or stop it with Esc.")
            return
        event.input.clear()
        self._stop_answer.clear()
        self._turn = Turn(question)
        turns = self.query_one("#turns")
        self.query("#welcome").remove()
        if len(shown := turns.query(Turn)) >= TURNS_KEPT:
            await shown.first().remove()
        await turns.mount(self._turn)
        turns.scroll_end(animate=False)
        self._answer(question)

    @on(Answering)
    async def _answer_went_on(self, message: Answering) -> None:
        event = message.event
        if isinstance(event, Found):
            self._passages, self._evidence = event.passages, ()
            self.query_one(SourceList).fill(event.passages)
        elif isinstance(event, Evidenced):
            self._evidence = event.evidence
            first = event.evidence[0].passage if event.evidence else None
            if first is not None and self._is_wide:
                self._show_source(first)
        elif isinstance(event, Listed):
            self._passages, self._evidence = (), ()
            self.query_one(SourceList).fill(())
        elif isinstance(event, Done):
            self._passages = self._passages or event.answer.passages
        if self._turn is not None:
            await self._turn.show(event)
            # the quotations stay in view; the model's words run on below them
            self.query_one("#turns").scroll_to_widget(self._turn, animate=False, top=True)

    @on(AnswerEnded)
    def _answer_ended(self, message: AnswerEnded) -> None:
        if self._turn is not None and message.problem:
            self._turn.problem(message.problem)
        self._turn = None
        if self._assistant.model_ready:
            self.post_message(ModelState("ready"))

    # --- sources --------------------------------------------------------------------------

    @property
    def _is_wide(self) -> bool:
        return self.screen.has_class("-wide")

    @on(OptionList.OptionSelected)
    def _source_chosen(self, event: OptionList.OptionSelected) -> None:
        for passage in self._passages:
            if event.option.id == str(passage.number):
                self._show_source(passage)

    def _show_source(self, passage: Passage) -> None:
        try:
            section = self._assistant.section_text(passage.section_id)
        except AssistantError as error:
            self.notify(str(error), severity="warning", timeout=15, markup=False)
            return
        quotes = tuple(
            (e.start, e.end) for e in self._evidence if e.passage.chunk_id == passage.chunk_id
        )
        if self._is_wide:
            self.query_one(PassageView).show(passage, section, quotes)
        else:
            self.push_screen(SourceScreen(passage, section, quotes))

    # --- actions --------------------------------------------------------------------------

    def action_help(self) -> None:
        self.push_screen(HelpScreen())

    def action_sources(self) -> None:
        sources = self.query_one(SourceList)
        if not self._passages:
            self.notify("Ask a question first: its passages are listed here.")
            return
        self.screen.add_class("-choosing")
        sources.focus()

    def action_stop(self) -> None:
        """Esc: stop the answer that is being made, or go back to the question."""
        if self._turn is not None:
            self._stop_answer.set()
            self._turn.state("Stopping…")
            return
        self.screen.remove_class("-choosing")
        self.query_one("#question").focus()
