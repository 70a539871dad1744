"""How long people wait, side by side in one run: this program beside a plain loop.

    python benchmarks/start.py [--rounds 5]

The plain loop is what one writes first: sentence-transformers for the question, FAISS for the
passages, llama-cpp-python at its defaults for the answer, all imported at the start. Both use the
same weights and the same passages. The two are run in turn, each measurement in a fresh process;
printed are medians, the spread, and how many times better our median is. Peak memory is what the
kernel reports for the largest of the process and its helpers.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "How many members does the Bristol Cable have?"

# Prints seconds since the process began to each step, as JSON.
PLAIN_LOOP = """
import json, sys, time
start = float(sys.argv[3])
import faiss, numpy as np
from sentence_transformers import SentenceTransformer
from llama_cpp import Llama
texts = json.load(open(sys.argv[1]))
paths = json.loads(sys.argv[2])
model = SentenceTransformer(paths["embedder"], device="cpu")
index = faiss.IndexFlatIP(384)
index.add(np.load(paths["vectors"]))
question = sys.argv[4]
_, found = index.search(model.encode([question], normalize_embeddings=True), 4)
laps = {"search": time.time() - start}
llm = Llama(paths["writer"], n_ctx=2048, verbose=False)
asked = time.time()
_, found = index.search(model.encode([question], normalize_embeddings=True), 4)
laps["passages"] = time.time() - asked
prompt = "Answer from these passages.\\n" + "\\n".join(texts[i] for i in found[0])
messages = [{"role": "user", "content": prompt + "\\n\\nQuestion: " + question}]
for part in llm.create_chat_completion(messages, stream=True, max_tokens=8, temperature=0):
    if part["choices"][0]["delta"].get("content"):
        laps["token"] = time.time() - asked
        break
print(json.dumps(laps))
"""

WARM = """
import json, sys, time
from pathlib import Path
from assistant import config
from assistant.domain import Question, Evidenced, Found, Done
from assistant.service import Assistant
a = Assistant(config.load(Path(sys.argv[1]), {}))
a.warm_up()
asked = time.time()
laps = {}
for event in a.ask(Question(sys.argv[2])):
    if isinstance(event, Found): laps["passages"] = time.time() - asked
    if isinstance(event, Evidenced): laps["quote"] = time.time() - asked
    if isinstance(event, Done): laps["token"] = event.answer.timings["first token"]
print(json.dumps(laps))
"""

PLAIN_EMBED = """
import json, sys, time
start = time.time()
from sentence_transformers import SentenceTransformer
import numpy as np
texts = json.load(open(sys.argv[1]))
model = SentenceTransformer(sys.argv[2], device="cpu")
began = time.time()
vectors = model.encode(texts, normalize_embeddings=True)
np.save(sys.argv[3], vectors)
print(json.dumps({"rate": len(texts) / (time.time() - began), "whole": time.time() - start}))
"""


def run(*command: str) -> tuple[float, str, float]:
    """(seconds, standard output, peak memory in MB of the process and its children)."""
    began = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {command}")
    return time.time() - began, output, usage.ru_maxrss / 1024


def until_painted(*command: str) -> float:
    """Seconds from the start of a terminal program until its question box is on the screen."""
    began = time.time()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24")
        os.execv(command[0], command)
    seen = b""
    while b"Type a question" not in seen and time.time() - began < 60:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
    painted = time.time() - began
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(terminal)
    return painted


class Table:
    def __init__(self) -> None:
        self._rows: dict[str, tuple[list[float], list[float]]] = {}

    def add(self, name: str, ours: float | None = None, plain: float | None = None) -> None:
        row = self._rows.setdefault(name, ([], []))
        for values, value in zip(row, (ours, plain), strict=True):
            if value is not None:
                values.append(value)

    def show(self) -> None:
        print("| what | assistant | plain loop | times better |\n|---|---|---|---|")
        for name, (ours, plain) in self._rows.items():
            ratio = ""
            if plain:
                times = statistics.median(plain) / statistics.median(ours)
                # of a rate more is better, of a wait and of memory less
                ratio = f"{1 / times if name.endswith('/s') else times:.1f}"
            print(f"| {name} | {_cell(ours)} | {_cell(plain)} | {ratio} |")


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def prepare(place: Path) -> tuple[Path, Path, str]:
    """A library with the bundled corpus, and the same passages and vectors for the plain loop."""
    from assistant import config, weights
    from assistant.service import Assistant

    settings = config.load(place / "home", {})
    assistant = Assistant(settings)
    for _ in assistant.sync():
        pass
    rows = assistant._store.rows("SELECT title, label, text FROM chunk_texts ORDER BY id")
    texts = place / "texts.json"
    texts.write_text(json.dumps([f"{t} {label}\n{words}" for t, label, words in rows]))
    paths = {
        "embedder": str(weights.embedder(settings).folder),
        "writer": str(weights.writer(settings).file),
        "vectors": str(place / "vectors.npy"),
    }
    assistant.close()
    return settings.home, texts, json.dumps(paths)


def index_rates(table: Table, place: Path, texts: Path, paths: str, rounds: int) -> None:
    count = len(json.loads(texts.read_text()))
    command = [sys.executable, "-m", "assistant", "--home"]
    files = json.loads(paths)
    for number in range(rounds):
        seconds, _, memory = run(*command, str(place / f"index {number}"), "index", "--bundled")
        _, output, plain_memory = run(
            sys.executable, "-c", PLAIN_EMBED, str(texts), files["embedder"], files["vectors"]
        )
        plain = json.loads(output)
        table.add("index from a cold start, passages/s", count / seconds, count / plain["whole"])
        table.add("index, peak memory MB", memory, plain_memory)


def questions(table: Table, home: Path, texts: Path, paths: str, rounds: int) -> None:
    command = [sys.executable, "-m", "assistant", "--home", str(home)]
    for _ in range(rounds):
        table.add("cold start to interface, s", until_painted(*command))
        seconds, _, memory = run(*command, "search", QUESTION)
        start = time.time()
        _, output, plain_memory = run(
            sys.executable, "-c", PLAIN_LOOP, str(texts), paths, str(start), QUESTION
        )
        plain = json.loads(output)
        table.add("cold start to first search result, s", seconds, plain["search"])
        table.add("search, peak memory MB", memory)
        _, output, memory = run(sys.executable, "-c", WARM, str(home), QUESTION)
        warm = json.loads(output)
        table.add("question to first passage (warm), s", warm["passages"], plain["passages"])
        table.add("question to first quoted sentence (warm), s", warm["quote"])
        table.add("question to the model's first token (warm), s", warm["token"], plain["token"])
        table.add("ask, peak memory MB", memory, plain_memory)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    table = Table()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        home, texts, paths = prepare(place)
        index_rates(table, place, texts, paths, max(2, rounds // 2))
        questions(table, home, texts, paths, rounds)
    print(f"Medians of {rounds} rounds (index: {max(2, rounds // 2)}), spread in brackets.\n")
    table.show()


if __name__ == "__main__":
    main()
