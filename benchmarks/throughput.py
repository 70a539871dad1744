"""Files, pages and passages a second by format, beside a plain loop, in one run.

    pip install pypdf && python benchmarks/throughput.py --rounds 3

The plain loop is what a script of twenty lines does: pypdf for PDF, python-docx for DOCX, the bare
text of everything else, cut every 150 words, and `SentenceTransformer.encode` with its defaults.
Both read the same files of ../shared/data, one format at a time; reading and embedding are timed
apart. Ours includes the process that reads, the splitter and every commit to the library.
"""

from __future__ import annotations

import argparse
import io
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import copyfile

from assistant import config
from assistant.domain import Phase, Progress, Status
from assistant.service import Assistant

SHARED = Path(__file__).parents[2] / "shared" / "data"
FORMATS = (
    "pdf docx odt rtf html md txt xlsx csv pptx xml epub mail".split()  # folders of documents/
)
Rates = dict[str, float]


def files_of(name: str) -> list[Path]:
    """Files that can be read, the larger ones left out so that no single one is the measure."""
    found = sorted(p for p in (SHARED / "documents" / name).iterdir() if p.is_file())
    return [p for p in found if p.stat().st_size < 500_000]


def ours(folder: Path, home: Path) -> Rates:
    assistant = Assistant(config.load(home, {}))
    source = assistant.source_for(folder)
    began = time.perf_counter()
    marks: dict[Phase, float] = {}
    for event in assistant.sync((source,)):
        if isinstance(event, Progress):
            if event.phase is Phase.RECOGNISE:
                break  # the loop recognises no words in pictures
            marks.setdefault(event.phase, time.perf_counter())
    ended = time.perf_counter()
    status = assistant.status()
    pages = _pages(assistant)
    assistant.close()
    reading = marks.get(Phase.EMBED, ended) - began
    files = sum(status.counts.get(s, 0) for s in (Status.READY, Status.PARTLY))
    return {
        "files": files / reading,
        "pages": pages / reading,
        "passages": status.passages / max(ended - marks.get(Phase.EMBED, ended), 1e-9),
    }


def _pages(assistant: Assistant) -> int:
    return int(assistant._store.one("SELECT count(*) FROM sections WHERE page IS NOT NULL"))


def plain_loop(folder: Path, model: object) -> Rates:
    began = time.perf_counter()
    texts, pages, files = [], 0, 0
    for path in sorted(folder.iterdir()):
        try:
            parts = list(_plain_text(path))
        except Exception:
            continue
        files += 1
        pages += len(parts) if path.suffix == ".pdf" else 0
        # pypdf may give lone surrogates, which no tokenizer takes
        words = " ".join(parts).encode("utf-8", "replace").decode("utf-8").split()
        texts += [" ".join(words[n : n + 150]) for n in range(0, len(words), 150)]
    reading = time.perf_counter() - began
    began = time.perf_counter()
    if texts:
        model.encode(texts, show_progress_bar=False)  # type: ignore[attr-defined]
    embedding = time.perf_counter() - began
    return {
        "files": files / reading,
        "pages": pages / reading,
        "passages": len(texts) / max(embedding, 1e-9),
    }


def _plain_text(path: Path) -> Iterable[str]:
    if path.suffix == ".pdf":
        import pypdf

        return [page.extract_text() for page in pypdf.PdfReader(path).pages]
    if path.suffix == ".docx":
        import docx

        return [p.text for p in docx.Document(io.BytesIO(path.read_bytes())).paragraphs]
    return [path.read_text("utf-8", "replace")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--formats", nargs="+", default=FORMATS)
    chosen = options.parse_args()
    if not SHARED.is_dir():
        raise SystemExit(f"{SHARED} is not here: nothing to measure.")
    config.stay_offline()
    logging.disable()  # pypdf tells of each damaged object
    from assistant import weights

    folder = weights.embedder(config.load(Path("/nowhere"), {})).folder
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    model.encode(["warm"])
    print("| format | files | files/s | loop | pages/s | loop | passages/s | loop |")
    print("|---|---|---|---|---|---|---|---|")
    for name in chosen.formats:
        _measure(name, chosen.rounds, lambda place: plain_loop(place, model))


def _measure(name: str, rounds: int, loop: Callable[[Path], Rates]) -> None:
    ours_all: list[Rates] = []
    loop_all: list[Rates] = []
    files = files_of(name)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / name
            folder.mkdir()
            for file in files:
                copyfile(file, folder / file.name)
            ours_all.append(ours(folder, Path(place) / "home"))
            loop_all.append(loop(folder))
    cells = []
    for key in ("files", "pages", "passages"):
        for rates in (ours_all, loop_all):
            value = statistics.median(r[key] for r in rates)
            cells.append(f"{value:,.1f}" if value else "")
    print(f"| {name} | {len(files)} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
