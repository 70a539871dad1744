"""The built wheel carries all that it needs, and works away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_works_without_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        packed.extractall(place)
    assert "assistant/bundled/models/catalogue.toml" in names
    assert "assistant/bundled/models/exam.jsonl" in names
    assert "assistant/bundled/models/reader/reader.safetensors" in names
    assert "assistant/bundled/models/reader/decision.json" in names
    documents = [n for n in names if n.startswith("assistant/bundled/corpus/")]
    assert len(documents) == len([p for p in (ROOT / "corpus").rglob("*") if p.is_file()])
    assert not [n for n in names if n.startswith(("tests/", "benchmarks/"))]

    def run(*arguments: str) -> str:
        code = "import sys; from assistant.cli import main; sys.argv[0] = 'assistant'; main()"
        ended = subprocess.run(
            [sys.executable, "-P", "-c", code, "--home", str(tmp_path / "home"), *arguments],
            env={**os.environ, "PYTHONPATH": str(place)},
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return ended.stdout

    small = tmp_path / "docs"
    small.mkdir()
    bundled = place / "assistant" / "bundled" / "corpus"
    source = bundled / "thinking-party" / "the-bristol-cable.md"
    (small / source.name).write_bytes(source.read_bytes())
    run("index", str(small))
    answer = run("ask", "How many members does the Bristol Cable have?")
    assert "2,000" in answer
    assert str(ROOT) not in run("status", "--json")
