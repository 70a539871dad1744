"""Nothing leaves the machine: the whole path with no network at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# index, search, ask, and the chat painted and asked, in one process without a network interface
WHOLE_PATH = """
import asyncio, socket, sys
from pathlib import Path
refuse = sys.argv[2] == "refuse"
if refuse:
    def no(*_a, **_k): raise OSError("the network is forbidden in this test")
    socket.socket.connect = socket.create_connection = socket.getaddrinfo = no
else:
    assert [n for _, n in socket.if_nameindex()] in ([], ["lo"]), socket.if_nameindex()
from assistant import config
from assistant.domain import Done, Question
from assistant.service import Assistant
from assistant.tui.app import AssistantApp
base = Path(sys.argv[1])
a = Assistant(config.load(base / "home", {}))
for _ in a.sync((a.source_for(base / "docs"),)): pass
assert a.search(Question("spare key"))
*_, done = a.ask(Question("Where does the spare key hang?"))
assert "blue door" in done.answer.citations[0].quote
async def chat():
    app = AssistantApp(a)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.query_one("#question").value = "Where does the spare key hang?"
        await pilot.press("enter")
        for _ in range(600):
            await asyncio.sleep(0.1)
            if app._turn is None: break
        assert "blue door" in str(app._evidence)
asyncio.run(chat())
a.close()
print("whole path done")
"""


def test_the_whole_path_works_without_a_network(tmp_path: Path, folder: Path) -> None:
    folder.rename(tmp_path / "docs")
    command = [sys.executable, "-c", WHOLE_PATH, str(tmp_path)]
    namespace = shutil.which("unshare") is not None and (
        subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0
    )
    command = ["unshare", "-n", *command, "none"] if namespace else [*command, "refuse"]
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_"))}
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=240, env=environ
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "whole path done" in ended.stdout


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK"])
def test_the_app_itself_sets_the_switches(name: str) -> None:
    code = (
        "import os, sys, tempfile; from pathlib import Path;"
        "from assistant import config; from assistant.service import Assistant;"
        "Assistant(config.load(Path(tempfile.mkdtemp()) / 'h', {}));"
        f"print(os.environ[{name!r}])"
    )
    environ = {k: v for k, v in os.environ.items() if k != name}
    ended = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environ
    )
    assert ended.stdout.strip() == "1"
