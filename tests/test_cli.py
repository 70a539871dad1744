"""The command as people and programs call it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click import Command, Group

from assistant.cli import cli

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = [
    ("ask",), ("search",), ("unanswered",), ("index",), ("status",), ("sources", "list"),
    ("sources", "remove"), ("models", "check"),
    ("models", "list"), ("models", "add"), ("models", "use"), ("eval",),
]  # fmt: skip


def plain(ended: subprocess.CompletedProcess[str], code: int) -> str:
    """The error, after checking that it is one: a plain line, no traceback, the right code."""
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip()
    return ended.stderr


@pytest.fixture
def home(indexed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed_home, tmp_path / "home"))


def test_version(run: Run) -> None:
    assert re.fullmatch(r"assistant \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, command: tuple[str, ...]) -> None:
    ended = run(*command, "--help")
    assert ended.returncode == 0
    assert "Example" in ended.stdout
    assert f"assistant {' '.join(command)}" in ended.stdout


def test_the_list_of_commands_above_is_whole() -> None:
    def walk(command: Command, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        if isinstance(command, Group):
            return [p for name, c in command.commands.items() for p in walk(c, (*path, name))]
        return [path]

    assert sorted(walk(cli, ())) == sorted(COMMANDS)


def test_the_readme_names_every_command() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for first, *_ in COMMANDS:
        assert f"`assistant {first}" in readme


def test_ask_quotes_and_names_the_document(run: Run, bundled_home: Path) -> None:
    ended = run("ask", "How many members does the Bristol Cable have?", home=bundled_home)
    assert ended.returncode == 0
    assert re.search(r"“[^”]*2,000[^”]*” \[\d\]", ended.stdout)
    assert "The Bristol Cable" in ended.stdout.split("Sources:")[1]


def test_ask_declines(run: Run, bundled_home: Path) -> None:
    ended = run("ask", "What won the 1987 Grand National?", home=bundled_home)
    assert ended.returncode == 0
    assert "does not hold an answer" in ended.stdout
    assert "nearest passages" in ended.stdout


def test_ask_as_json_has_everything_a_program_needs(run: Run, home: Path) -> None:
    questions = "Where does the spare key hang?\n\nWho keeps the accounts?\n"
    ended = run("ask", "-", "--json", home=home, stdin=questions)
    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [r["question"] for r in rows] == questions.split("\n")[0:3:2]
    row = rows[0]
    assert row["decision"] == "answered"
    evidence = row["evidence"][0]
    assert evidence["path"] == "keys.md"
    assert evidence["verified"] is True
    passage = next(p for p in row["passages"] if p["number"] == evidence["citation"])
    start = evidence["start"] - passage["start"]
    assert passage["text"][start : start + len(evidence["quote"])] == evidence["quote"]
    assert {"found", "evidenced", "done"} <= set(row["timings"])
    assert all({"text", "quoted", "supported", "citations"} <= set(s) for s in row["sentences"])


def test_ask_limits_the_answer_to_some_documents(run: Run, home: Path) -> None:
    ended = run("ask", "Who keeps the accounts?", "--in", "minutes/*", "--json", home=home)
    assert {p["path"] for p in json.loads(ended.stdout)["passages"]} == {"minutes/März 2024.txt"}


def test_search_and_status_as_json(run: Run, home: Path) -> None:
    found = json.loads(run("search", "folding chairs", "--json", home=home).stdout)
    assert found[0]["path"] == "minutes/März 2024.txt"
    status = json.loads(run("status", "--json", home=home).stdout)
    assert (status["documents"], status["embedded"]) == (3, status["passages"])


def test_without_a_terminal_the_chat_reads_lines_and_ends_cleanly(run: Run, home: Path) -> None:
    ended = run(home=home, stdin="Where does the spare key hang?\n1\n\n")
    assert ended.returncode == 0
    assert "blue door" in ended.stdout
    assert ">>> the passage begins" in ended.stdout
    assert "\x1b" not in ended.stdout
    assert run(home=home, stdin="").returncode == 0


def test_sources_are_removed_only_after_a_yes(run: Run, home: Path) -> None:
    assert "--yes" in plain(run("sources", "remove", "1", home=home), 2)
    assert len(json.loads(run("sources", "list", "--json", home=home).stdout)) == 1
    assert run("sources", "remove", "1", "--yes", home=home).returncode == 0
    assert json.loads(run("sources", "list", "--json", home=home).stdout) == []


def test_models(run: Run, tmp_path: Path) -> None:
    rows = json.loads(run("models", "list", "--json").stdout)
    assert [(r["name"], r["chosen"], r["quantisation"]) for r in rows] == [
        ("starter", True, "Q4_1")
    ]
    copy = tmp_path / "Größe 135M.gguf"
    copy.write_bytes(Path(str(rows[0]["file"])).read_bytes())
    assert "It fits" in run("models", "add", str(copy)).stderr
    assert run("models", "use", "Größe 135M").returncode == 0
    assert [r["chosen"] for r in json.loads(run("models", "list", "--json").stdout)] == [
        False,
        True,
    ]
    assert "starter" in plain(run("models", "use", "nonesuch"), 1)


# --- bad input ----------------------------------------------------------------------------


def test_bad_folders(run: Run, tmp_path: Path, folder: Path) -> None:
    assert "no folder" in plain(run("index", str(tmp_path / "missing")), 2)
    assert "is a file" in plain(run("index", str(folder / "keys.md")), 2)
    (tmp_path / "empty").mkdir()
    ended = run("index", str(tmp_path / "empty"))
    assert ended.returncode == 0
    assert "no files to read in it" in ended.stderr


@pytest.mark.parametrize("question", ["", " ", "\t\n", "\x1b[2J"])
def test_an_empty_question(run: Run, home: Path, question: str) -> None:
    assert "empty" in plain(run("ask", question, home=home), 2)


def test_a_question_of_100000_characters(run: Run, home: Path) -> None:
    assert "100,000 characters" in plain(run("ask", "a" * 100_000, home=home), 2)
    ended = run("ask", "-", home=home, stdin="a" * 100_000 + "\nWho keeps the accounts?\n")
    assert ended.returncode == 2
    assert "Amina" in ended.stdout


def test_escape_codes_never_reach_the_terminal(run: Run, folder: Path) -> None:
    (folder / "codes.txt").write_text("The siren \x1b]0;owned\x07 code is \x1b[31m4711\x1b[0m.")
    run("index", str(folder))
    ended = run("ask", "What is the \x1b[5msiren code?")
    assert "4711" in ended.stdout
    assert "\x1b" not in ended.stdout + ended.stderr


def test_a_model_that_is_a_text_file_or_half_copied(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "model.gguf"
    text.write_text("this is no model")
    assert "not a GGUF" in plain(run("models", "add", str(text)), 1)
    whole = Path(json.loads(run("models", "list", "--json").stdout)[0]["file"])
    half = tmp_path / "half.gguf"
    half.write_bytes(whole.read_bytes()[:50_000_000])
    assert "not complete" in plain(run("models", "add", str(half)), 1)
    assert "cannot be opened" in plain(run("models", "add", str(tmp_path / "none.gguf")), 1)


def test_a_home_that_cannot_be_written_to(run: Run, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "cannot be written" in plain(run("status", home=blocked / "home"), 1)


def test_a_read_only_library_still_answers(run: Run, home: Path, tmp_path: Path) -> None:
    """A read-only mount, as root may write through file permissions."""
    place = tmp_path / "mounted"
    place.mkdir()
    code = (
        f"mount --bind {home} {place} && mount -o remount,ro,bind {place} && "
        f'{sys.executable} -m assistant --home {place} "$@"'
    )

    def mounted(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["unshare", "-m", "sh", "-c", code, "sh", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    if mounted("--version").returncode:
        pytest.skip("read-only mounts are not allowed here")
    assert "cannot be written" in plain(mounted("index"), 1)
    ended = mounted("ask", "Where does the spare key hang?")
    assert ended.returncode == 0, ended.stderr
    assert "blue door" in ended.stdout


def test_a_full_disk_keeps_what_was_done(run: Run, tmp_path: Path) -> None:
    """A file system of 700 KB, full while indexing; then larger, and it goes on."""
    place, docs = tmp_path / "small", tmp_path / "docs"
    place.mkdir()
    docs.mkdir()
    for number in range(60):
        (docs / f"{number}.txt").write_text(f"Shelf {number} holds " + f"box{number} " * 1500)
    code = (
        f"mount -t tmpfs -o size=700k tmpfs {place} || exit 99\n"
        f'run() {{ {sys.executable} -m assistant --home {place}/home "$@"; }}\n'
        f"run index {docs}; echo first=$?\n"
        f"mount -o remount,size=200m {place}\n"
        "run status --json; echo\n"
        f"run index {docs}; echo second=$?\n"
        "run status --json\n"
    )
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", code], check=False, capture_output=True, text=True
    )
    if ended.returncode and not ended.stdout:
        pytest.skip("a small file system cannot be mounted here")
    assert "first=1" in ended.stdout, ended.stdout + ended.stderr
    assert "The disk is full" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "second=0" in ended.stdout, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1])["documents"] == 60


def test_two_processes_indexing_at_once(run: Run, tmp_path: Path, folder: Path) -> None:
    import filelock

    home = tmp_path / "home"
    run("index", str(folder), home=home)
    with filelock.FileLock(home / "index.lock"):
        assert "Another assistant is indexing" in plain(run("index", home=home), 1)
        assert run("search", "key", home=home).returncode == 0


def test_unknown_settings_and_options(run: Run, tmp_path: Path, home: Path) -> None:
    (home / "settings.toml").write_text("modell = 'starter'\n")
    assert "modell" in plain(run("status", home=home), 2)
    (home / "settings.toml").unlink()
    assert "threads" in plain(run("status", home=home, ASSISTANT_THREADS="many"), 2)
    plain(run("status", "--nonsense", home=home), 2)
    plain(run("nonsense", home=home), 2)


def test_a_damaged_library_file_is_said_so(run: Run, home: Path) -> None:
    (home / "library.db").write_bytes(b"not a database" * 1000)
    assert "damaged" in plain(run("status", home=home), 1)


def test_ctrl_c_while_indexing_keeps_what_was_done(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(120):
        (docs / f"{number:03}.txt").write_text(f"Shelf {number} holds box {number}. " * 60)
    command = [sys.executable, "-m", "assistant", "--home", str(tmp_path / "home")]
    process = subprocess.Popen(
        [*command, "index", str(docs)],
        stderr=subprocess.PIPE,
        text=True,
        # tests run in the background inherit an ignored SIGINT, and so would this process
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )
    database = tmp_path / "home" / "library.db"
    deadline = time.monotonic() + 60
    while not database.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130, talk
    assert "What was done is kept" in talk
    assert "Traceback" not in talk
    ended = subprocess.run(
        [*command, "index", str(docs)], check=True, capture_output=True, text=True
    )
    assert "120 documents" in ended.stderr


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m assistant --home {home} search key --json | head -c 1"
    ended = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    assert "Traceback" not in ended.stderr


def test_a_dumb_terminal_gets_plain_lines(home: Path) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "--home", str(home)],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(child)
    os.write(parent, b"quit\n")
    output = b""
    try:
        while block := os.read(parent, 4096):
            output += block
    except OSError:  # how Linux says that the other end has closed
        pass
    assert process.wait(60) == 0
    assert b"Type a question" in output
    assert b"\x1b" not in output


def test_explain_shows_every_step(run: Run, home: Path) -> None:
    ended = run("ask", "Who keeps the acounts?", "--explain")
    assert ended.returncode == 0
    assert "accounts" in ended.stdout.splitlines()[1]  # the slip, mended
    for step in ("1. Search", "2. Sentences", "3. Does the library", "4. Decision", "5. Prompt"):
        assert step in ended.stdout
    assert "word for word in the stored text" in ended.stdout
    assert "Traceback" not in ended.stderr
    plain(run("ask", "Who?", "--explain", "--json"), 2)


def test_unanswered_questions_are_kept_only_when_asked_to(run: Run, home: Path) -> None:
    far_off = "Who won the 1987 Grand National?"
    run("ask", far_off)
    assert "No list is kept" in run("unanswered").stderr
    assert run("unanswered", "--keep").returncode == 0
    run("ask", far_off)
    run("ask", "Where does the spare key of the hall hang?")
    assert [row["question"] for row in json.loads(run("unanswered", "--json").stdout)] == [far_off]
    run("unanswered", "--clear")
    assert not (home / "unanswered.txt").exists()
    assert run("unanswered", "--do-not-keep").returncode == 0
    run("ask", far_off)
    assert not (home / "unanswered.txt").exists()
