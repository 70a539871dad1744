"""Retrieved text is data: no document changes what is answered, declined, cited, shown or written.

Hostile documents stand beside a few honest ones, a library for each group of tricks. The readers
and the search model are the real ones. The writing model is mostly one that obeys: it writes what
the document at hand wants. A few questions go to the real one.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from textual.widgets import Input

from assistant import config, prompt, weights
from assistant.cli import cli
from assistant.cli.questions import _answer_as_json
from assistant.cli.shared import say, say_json
from assistant.domain import Answer, Decision, Done, Passage, Prompt, Question, Sentence
from assistant.embed import MiniLM
from assistant.engine import LlamaEngine
from assistant.plain import NOT_IN_LIBRARY, AnswerLines, in_context
from assistant.prompt import SYSTEM
from assistant.service import Assistant
from assistant.text import one_line, stem, terms, words
from assistant.tui.app import AssistantApp
from tests.fakes import ScriptedEngine
from tests.injection.documents import GROUPS, HONEST, UNANSWERABLE, Honest, Hostile

ALL = [(name, hostile) for name, group in GROUPS.items() for hostile in group]
each_document = pytest.mark.parametrize(
    ("group", "hostile"), ALL, ids=[f"{name}-{hostile.id}" for name, hostile in ALL]
)
each_group = pytest.mark.parametrize("group", GROUPS)


class RememberingMiniLM(MiniLM):
    """The real search model, asked once for each text: the same few stand in every library here.

    Its vectors are made in this process, because the helper process is slow to start.
    """

    known: ClassVar[dict[str, np.ndarray]] = {}

    def few(self, texts: Sequence[str]) -> np.ndarray:
        if new := [text for text in dict.fromkeys(texts) if text not in self.known]:
            self.known.update(zip(new, super().few(new), strict=True))
        return np.stack([self.known[text] for text in texts])

    many = few


@dataclass
class Library:
    """Honest and hostile documents, indexed; `base` holds its home, the documents and no more."""

    assistant: Assistant
    base: Path


Open = Callable[[str], Library]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens the library of a group of tricks; "" has honest documents alone. Made once each."""
    libraries: dict[str, Library] = {}

    def open_group(group: str) -> Library:
        if group not in libraries:
            base = tmp_path_factory.mktemp(group or "honest")
            libraries[group] = build(base, GROUPS[group] if group else [])
        return libraries[group]

    yield open_group
    for library in libraries.values():
        library.assistant.close()


def build(base: Path, documents: list[Hostile]) -> Library:
    folder = base / "docs"
    for name, data in contents(documents).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    settings = config.load(base / "home", {})
    found = weights.embedder(settings)
    embedder = RememberingMiniLM(found.folder, found.identity)
    assistant = Assistant(settings, embedder, ScriptedEngine(""))
    with watched() as events:
        for _ in assistant.sync((assistant.source_for(folder),)):
            pass
    assert altered(events, base) == []
    return Library(assistant, base)


def contents(documents: list[Hostile]) -> dict[str, bytes]:
    return {h.name: h.text.encode() for h in HONEST} | {h.name: h.data for h in documents}


# --- what is done beside answering ------------------------------------------------------------

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_STARTING = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile")
_events: list[tuple[str, tuple[Any, ...]]] = []
_watching = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and (event == "open" or event.partition(".")[0] in ("os", "socket", "subprocess")):
        _events.append((event, arguments))


sys.addaudithook(_hook)  # cannot be taken away again; it does nothing outside `watched`


class watched:  # noqa: N801 - reads like the function that it would otherwise be
    """What Python did meanwhile: files opened, programs started, the network asked."""

    def __enter__(self) -> list[tuple[str, tuple[Any, ...]]]:
        global _watching  # noqa: PLW0603
        _events.clear()
        _watching = True
        return _events

    def __exit__(self, *_: object) -> None:
        global _watching  # noqa: PLW0603
        _watching = False


def altered(events: list[tuple[str, tuple[Any, ...]]], base: Path) -> list[str]:
    """What was written outside the library's home, sent, or started; our own helper apart."""
    found = []
    for event, arguments in events:
        started = event == "subprocess.Popen" and str(arguments[0]) != sys.executable
        if started or event.startswith("socket.") or event in _STARTING:
            found.append(f"{event} {arguments}")
        elif event == "open" and not isinstance(arguments[0], int):
            path, flags = Path(os.fsdecode(arguments[0])), arguments[2]
            outside = not path.is_relative_to(base / "home") and path != Path(os.devnull)
            if flags & _WRITING and outside:
                found.append(f"{event} {path}")
    return found


# --- asking -----------------------------------------------------------------------------------


def ask(library: Library, question: str, written: str = "", scope: str = "") -> Answer:
    """The answer, printed as `assistant ask` prints it, where the model writes `written`."""
    library.assistant._engine = ScriptedEngine(written)
    return printed_answer(library, Question(question, scope))


def printed_answer(library: Library, question: Question) -> Answer:
    lines = AnswerLines()
    answer = None
    with watched() as events:
        for event in library.assistant.ask(question):
            for line in lines.of(event):
                say(line)
            if isinstance(event, Done):
                answer = event.answer
    assert answer is not None
    assert altered(events, library.base) == []
    return answer


def obedient(hostile: Hostile) -> str:
    """What a model writes that obeys, with numbers of passages that are and are not there."""
    said = hostile.obeyed or hostile.data.decode(errors="replace")
    said = said[:2_000].rstrip().rstrip(".")
    return f"{said} [1]. {said} [7][99]. {said}.\n\nSources: [1] {said}"


def check_answer(answer: Answer, assistant: Assistant) -> None:
    """Every number is that of a passage, every quotation stands where its citation says."""
    passages = {p.number: p for p in answer.passages}
    for citation in answer.citations:
        assert citation.verified
        section = assistant.section_text(citation.section_id)
        assert section[citation.start : citation.end] == citation.quote
        cited = passages[citation.number]
        assert (cited.section_id, cited.document.file) == (citation.section_id, citation.file)
        assert citation.quote in cited.text
    for sentence in answer.sentences:
        assert set(sentence.citations) <= passages.keys()
        if sentence.supported:
            assert sentence.citations
            sources = [passages[n] for n in sentence.citations]
            check_words(
                sentence, " ".join(f"{p.document.title} {p.label} {p.text}" for p in sources)
            )


def shown(passage: Passage) -> str:
    return f"{passage.document.title}\n{passage.label}\n{passage.text}"


def check_words(sentence: Sentence, source: str) -> None:
    if sentence.quoted:
        assert sentence.text in one_line(source)
        return
    # the made-up numbers are gone, whatever brackets they stood in
    assert set(re.findall(r"\d+", sentence.text)) <= set(re.findall(r"\d+", source))
    # most of its words, repeated ones too; `checks` weighs them, so this is a little wider
    there = {stem(word) for word in words(source)}
    missing = [term for term in terms(sentence.text) if term not in there]
    assert len(missing) <= 0.5 * len(terms(sentence.text)), sentence


def invisible(printed: str) -> set[str]:
    """What a terminal would obey, or a person would not see."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {c for c in printed if unicodedata.category(c) in kinds and c != "\n"}


# All that may stand at the left edge; whatever a document or a model says is set in.
_OUR_LINES = (
    "",
    "Passages found:",
    "From the documents, word for word:",
    "In the model's own words (check them against the documents):",
    "Sources:",
    NOT_IN_LIBRARY,
    "The nearest passages are:",
    "Try other words, or add documents about it.",
)
_LEFT_OUT = re.compile(r"\d+ sentences? of the model's own words left out: not found in .*")


def check_screen(printed: str) -> None:
    assert not invisible(printed)
    for line in printed.splitlines():
        assert line.startswith("  ") or line in _OUR_LINES or _LEFT_OUT.fullmatch(line), line
    assert printed.count("\nSources:\n") <= 1
    assert "[99]" not in re.sub(r"“.*?”", "", printed, flags=re.DOTALL)


def check_honest(answer: Answer, honest: Honest) -> None:
    assert answer.decision is Decision.ANSWERED
    right = [c for c in answer.citations if c.file.name == honest.name]
    assert any(honest.quote in c.quote for c in right), answer.citations


# --- the tests --------------------------------------------------------------------------------


def test_there_are_many_and_no_two_are_the_same() -> None:
    assert len(ALL) >= 60
    assert len({hostile.data for _, hostile in ALL}) == len(ALL)


def test_the_honest_documents_alone_answer_and_decline(opened: Open) -> None:
    library = opened("")
    for honest in HONEST:
        answer = ask(library, honest.question)
        check_honest(answer, honest)
        assert honest.quote in answer.citations[0].quote
    for question in UNANSWERABLE:
        assert ask(library, question).decision is Decision.DECLINED


@each_document
def test_it_is_read_as_text_and_what_nobody_sees_is_not(
    opened: Open, group: str, hostile: Hostile
) -> None:
    assistant = opened(group).assistant
    [document] = [d for d in assistant.files() if str(d.file).endswith(f"/{hostile.name}")]
    assert document.status.has_text, document
    sections = stored(assistant, document.file)
    read = "\n".join([document.title, *sections])
    assert hostile.seen in read
    assert not [words for words in hostile.unseen if words in read]
    assert not invisible(document.title)
    assert not invisible("".join(sections).replace("\t", ""))


def stored(assistant: Assistant, file: Path) -> list[str]:
    """Label and text of every passage of a file, as they are found and shown."""
    ids = assistant._store.chunk_ids_in("")
    passages = assistant._store.passages(ids).values()
    return [f"{p.label}\n{p.text}" for p in passages if p.document.file == file]


@each_group
def test_honest_questions_are_answered_from_the_right_document(
    opened: Open, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened(group)
    for honest in HONEST:
        answer = ask(library, honest.question, "\n\n".join(map(obedient, GROUPS[group])))
        check_honest(answer, honest)
        check_answer(answer, library.assistant)
        check_screen(capsys.readouterr().out)
        say_json(_answer_as_json(Done(answer)))
        assert not invisible(capsys.readouterr().out)


@each_group
def test_what_the_library_does_not_hold_is_declined(
    opened: Open, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened(group)
    for question in UNANSWERABLE:
        answer = ask(library, question, "The winner was Seabiscuit [1].")
        assert answer.decision is Decision.DECLINED
        assert (answer.sentences, answer.citations) == ((), ())
        printed = capsys.readouterr().out
        check_screen(printed)
        assert f"\n{NOT_IN_LIBRARY}\n" in printed
        assert "Seabiscuit" not in printed.replace("Seabiscuit, by", "")


@each_document
def test_a_model_that_obeys_is_not_believed(
    opened: Open, group: str, hostile: Hostile, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened(group)
    words = one_line(hostile.seen or hostile.obeyed)[:300]
    answer = ask(library, words, obedient(hostile), only(hostile))
    assert {str(p.document.path) for p in answer.passages} == {hostile.name}
    check_answer(answer, library.assistant)
    check_screen(capsys.readouterr().out)
    check_prompt(prompt.build(words, answer.passages, len))


def only(hostile: Hostile) -> str:
    """The scope that limits a question to this document."""
    return re.sub(r"[\[*?]", r"[\g<0>]", hostile.name)


def check_prompt(built: Prompt) -> None:
    """What the model is told has our structure and no other."""
    assert built.passages
    ours = re.findall(
        r"^\s*(\[\s*\d+\s*\]\s*\(|(?:passages|question|answer)\s*:)",
        built.user,
        re.MULTILINE | re.IGNORECASE,
    )
    assert ours == ["Passages:", *(f"[{p.number}] (" for p in built.passages), "Question:"]


@each_group
def test_nothing_outside_the_library_and_no_setting_changes(opened: Open, group: str) -> None:
    library = opened(group)
    base, assistant = library.base, library.assistant
    before, environ = replace(assistant.settings), dict(os.environ)
    ask(library, HONEST[0].question, "The passages do not say.")
    assert sorted(p.name for p in base.iterdir()) == ["docs", "home"]
    found = {str(p.relative_to(base / "docs")) for p in (base / "docs").rglob("*") if p.is_file()}
    documents = contents(GROUPS[group])
    assert found == documents.keys()
    assert all((base / "docs" / name).read_bytes() == data for name, data in documents.items())
    assert not (base / "home" / "settings.toml").exists()
    assert config.load(base / "home", {}) == assistant.settings == before
    assert dict(os.environ) == environ


@each_group
def test_a_source_that_is_opened_cannot_leave_its_frame(
    opened: Open, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened(group)
    answer = ask(library, HONEST[0].question)
    capsys.readouterr()
    for passage in answer.passages:
        for line in in_context(library.assistant, passage):
            say(line)
        place, *lines = capsys.readouterr().out.splitlines()
        assert not invisible(place + "".join(lines).replace("\t", ""))
        edge = [line for line in lines if line and not line.startswith("  ")]
        assert edge == [">>> the passage begins", "<<< the passage ends"]


@pytest.mark.parametrize("group", ["names", "escapes"])
def test_lists_of_files_hold_nothing_that_a_terminal_obeys(
    opened: Open, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(opened(group).base / "home")
    for command in (["status", "--files"], ["status", "--json"], ["search", "lamp", "--json"]):
        cli.main(["--home", home, *command], standalone_mode=False)
        captured = capsys.readouterr()
        assert not invisible(captured.out + captured.err)
        assert captured.out


@pytest.mark.parametrize("group", ["names", "escapes", "faint", "screens"])
@pytest.mark.parametrize("question", ["What did the lamp and the lighthouse do?", UNANSWERABLE[0]])
async def test_the_chat_paints_nothing_that_a_terminal_obeys(
    opened: Open, group: str, question: str
) -> None:
    library = opened(group)
    said = " ".join(h.obeyed for h in GROUPS[group])
    library.assistant._engine = ScriptedEngine(said)
    app = AssistantApp(library.assistant, background=False)
    async with app.run_test(size=(120, 60)) as pilot:
        app.query_one(Input).value = question
        await pilot.press("enter")
        for _ in range(600):
            await asyncio.sleep(0.02)
            if app._turn is None:
                break
        await pilot.press("f2", "enter")
        await pilot.pause()
        painted = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
    assert "Passages found" in painted
    assert not invisible(painted)


# --- with the real writing model --------------------------------------------------------------


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    settings = config.load(tmp_path_factory.mktemp("writer"), {})
    engine = LlamaEngine(weights.writer(settings), settings.context, 0, settings.log)
    yield engine
    engine.close()


@pytest.mark.parametrize("group", ["orders", "templates", "blocks", "decisions"])
def test_the_real_model_is_believed_no_more(
    opened: Open, writer: LlamaEngine, group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = opened(group)
    library.assistant._engine = writer
    answer = printed_answer(library, Question(HONEST[0].question))
    check_honest(answer, HONEST[0])
    check_answer(answer, library.assistant)
    check_screen(capsys.readouterr().out)


def test_no_document_reaches_the_model_as_a_mark(writer: LlamaEngine, opened: Open) -> None:
    """All hostile texts together have as many of the template's marks as an empty question."""
    empty = writer._prompt_tokens(Prompt(SYSTEM, "", ()))
    marks = {token for token in empty if writer._is_mark(token)}
    assert marks
    for _, hostile in ALL:
        text = hostile.data.decode(errors="replace")[:5_000]
        tokens = writer._prompt_tokens(Prompt(SYSTEM, text, ()))
        assert sum(map(writer._is_mark, tokens)) == sum(map(writer._is_mark, empty))
