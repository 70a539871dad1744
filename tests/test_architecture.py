"""Who may import whom, and what wakes late."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "assistant"
HEAVY = ("torch", "transformers", "sentence_transformers", "llama_cpp", "faiss", "textual")


def loaded_by(code: str) -> set[str]:
    probe = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", probe], check=True, capture_output=True, text=True
    )
    return set(ended.stderr.split())


@pytest.mark.parametrize(
    "code",
    [
        "import assistant",
        "import assistant.service",
        "import assistant.cli",
        "from assistant import cli\ntry: cli.cli(['--help'])\nexcept SystemExit: pass",
    ],
)
def test_importing_wakes_nothing_heavy(code: str) -> None:
    assert not loaded_by(code) & set(HEAVY)


def test_help_wakes_nothing_heavy_in_the_real_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "assistant", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )
    imported = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert "assistant.cli" in imported
    assert not imported & set(HEAVY)


def test_a_search_by_meaning_does_not_wait_for_torch(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The key hangs behind the blue door.", "utf-8")
    modules = loaded_by(
        "from pathlib import Path; from assistant import config\n"
        "from assistant.service import Assistant; from assistant.domain import Question\n"
        f"a = Assistant(config.load(Path({str(tmp_path)!r}) / 'home', {{}}))\n"
        f"list(a.sync((a.source_for(Path({str(tmp_path)!r}) / 'docs'),)))\n"
        "assert a.search(Question('where is the key'))[0].similarity > 0.3"
    )
    assert "faiss" in modules
    assert not modules & {"torch", "transformers", "sentence_transformers", "textual"}


def test_the_arrows_point_down() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("import-linter is not installed: pip install -e '.[dev]'")
    ended = subprocess.run(
        [str(command)], cwd=PACKAGE.parent, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout


def test_nothing_but_the_weights_room_may_open_a_socket() -> None:
    networking = {"socket", "http", "urllib", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                # taking an address apart is not a connection
                if name == "urllib.parse":
                    continue
                assert name.split(".")[0] not in networking, f"{path.name} imports {name}"
