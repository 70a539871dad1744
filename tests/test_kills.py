"""kill -9 at any moment of an index run, with the real models: nothing is lost."""

from __future__ import annotations

import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import docx
import pytest


def contents(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a library holds, without ids; and what it must never hold."""
    with sqlite3.connect(home / "library.db") as database:
        found = {
            name: database.execute(query).fetchall()
            for name, query in {
                "documents": "SELECT path, title, sha256, status, reason FROM documents"
                " ORDER BY path",
                "chunks": "SELECT d.path, e.label, e.text, c.start, c.stop, c.hash FROM chunks c"
                " JOIN sections e ON e.id = c.section_id JOIN documents d ON d.id = e.document_id"
                " ORDER BY d.path, e.position, c.start",
                "vectors": "SELECT hash FROM vectors ORDER BY hash",
                "words": "SELECT count(*) FROM chunk_words",
                "check": "PRAGMA integrity_check",
                "foreign keys": "PRAGMA foreign_key_check",
                "orphans": "SELECT hash FROM vectors WHERE hash NOT IN (SELECT hash FROM chunks)",
                "waiting": "SELECT path FROM documents WHERE status = 'waiting'",
            }.items()
        }
        # FTS5 compares its index with the texts, and raises when they differ
        database.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")
    assert found["orphans"] == found["waiting"] == found["foreign keys"] == []
    assert found["check"] == [("ok",)]
    assert found["words"] == [(len(found["chunks"]),)]
    return found


def write_corpus(place: Path) -> None:
    """Several formats, a copy, an empty file, a broken one and a hidden one."""
    place.mkdir()
    for number in range(14):
        text = "\n\n".join(
            f"## Part {part}\n\nShelf {number} holds box {part} with the tools for job {number}."
            for part in range(2)
        )
        (place / f"shelf {number}.md").write_text(f"# Shelf {number}\n\n{text}\n", "utf-8")
    (place / "copy of shelf 3.md").write_bytes((place / "shelf 3.md").read_bytes())
    (place / "tools.csv").write_text("Tool,Place\nDrill,Shed\nSaw,Loft\n", "utf-8")
    document = docx.Document()
    document.add_heading("Rota", 1)
    document.add_paragraph("Amina opens the hall on Mondays.")
    document.save(str(place / "rota.docx"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside/minutes.txt", "The meeting agreed to buy forty chairs.")
    (place / "old.zip").write_bytes(packed.getvalue())
    (place / "empty.txt").touch()
    (place / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    (place / ".hidden.txt").write_text("Not for search.", "utf-8")


def index(home: Path, corpus: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "assistant", "--home", str(home), "index", str(corpus)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def must_open(home: Path) -> None:
    if (home / "library.db").exists():
        opened = subprocess.run(
            [sys.executable, "-m", "assistant", "--home", str(home), "status"],
            check=False,
            capture_output=True,
        )
        assert opened.returncode == 0, opened.stderr


def kill_at(home: Path, corpus: Path, seconds: float) -> bool:
    """Whether the run was still going on when it was killed."""
    process = index(home, corpus)
    time.sleep(seconds)
    killed = process.poll() is None
    if killed:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    must_open(home)
    return killed


def undisturbed(place: Path, corpus: Path) -> tuple[dict[str, list[tuple[object, ...]]], float]:
    began = time.monotonic()
    assert index(place, corpus).wait() == 0
    return contents(place), time.monotonic() - began


def test_killed_at_ten_moments_the_library_opens_and_completes(tmp_path: Path) -> None:
    corpus = tmp_path / "docs"
    write_corpus(corpus)
    expected, whole = undisturbed(tmp_path / "undisturbed", corpus)
    home = tmp_path / "killed"
    kills = sum(kill_at(home, corpus, whole * (0.05 + 0.08 * moment)) for moment in range(10))
    assert kills >= 3
    assert index(home, corpus).wait() == 0
    assert contents(home) == expected


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_at_two_hundred_random_moments(tmp_path: Path) -> None:
    """On a library that is new, half done, complete, or has half of its files changed."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    corpus = tmp_path / "docs"
    write_corpus(corpus)
    old = tmp_path / "old docs"
    write_corpus(old)
    for path in sorted(old.iterdir())[::2]:
        if path.suffix == ".md":
            path.write_text(path.read_text("utf-8").replace("tools", "spanners"), "utf-8")
    place = tmp_path / "place"

    def begin(home: Path, *, changed: bool) -> None:
        """A new library, or one that was made when half of the files had other words."""
        if changed:
            old.rename(place)
            assert index(home, place).wait() == 0
            place.rename(old)
        corpus.rename(place)

    expected = {}
    whole = 0.0
    for changed in (False, True):  # which of two copies is the original depends on what was first
        home = tmp_path / f"undisturbed {changed}"
        begin(home, changed=changed)
        expected[changed], took = undisturbed(home, place)
        whole = whole or took
        place.rename(corpus)
    kills = rounds = 0
    while kills < 200:
        rounds += 1
        home, changed = tmp_path / f"round {rounds}", rounds % 3 == 0
        begin(home, changed=changed)
        while kill_at(home, place, chance.uniform(0.0, whole)):
            kills += 1
        assert index(home, place).wait() == 0
        assert contents(home) == expected[changed], f"seed {seed}, round {rounds}"
        place.rename(corpus)
        print(f"{kills} kills after round {rounds}", flush=True)
    print(f"seed {seed}: {kills} kills in {rounds} rounds, a whole run takes {whole:.1f} s")
