"""What the commands share: options, opening the library, printing.

Answers go to stdout, talk to stderr.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.domain import Passage
    from assistant.service import Assistant

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
IN = click.option(
    "--in", "scope", metavar="GLOB", default="", help='Only documents like this, e.g. "minutes/*".'
)


class FolderPath(click.Path):
    """A path that is not empty: an unset variable in a script would mean the present folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("It is empty.", param, ctx)
        return super().convert(value, param, ctx)


def load_settings(home: Path | None) -> Settings:
    from assistant import config

    return config.load(home)


@contextmanager
def library(home: Path | None, **changes: Any) -> Iterator[Assistant]:
    """The library, open. `changes`: settings that a flag decides."""
    from assistant.service import Assistant

    settings = dataclasses.replace(load_settings(home), **changes)
    with closing(Assistant(settings)) as assistant:
        yield assistant


def confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("This needs a yes, and there is no terminal to ask.", "Add --yes.")
    click.confirm(question, abort=True, err=True)


def say(line: str) -> None:
    """To stdout: broken to the terminal's width, left whole in a pipe.

    Names of files may hold escape codes too: whatever is printed is cleaned here.
    """
    from assistant.plain import wrapped
    from assistant.text import clean

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 0
    print(wrapped(clean(line), width), flush=True)  # noqa: T201 - this is where output happens


def say_page(page: str) -> None:
    """To stdout, its lines left whole: a table that is broken at a width is none."""
    from assistant.text import clean

    print(clean(page), end="", flush=True)  # noqa: T201


def say_json(value: Any) -> None:
    """To stdout, for programs: names as they are, but nothing in them that a terminal obeys."""
    from assistant.text import clean

    line = json.dumps(value, ensure_ascii=False)
    print(line if clean(line) == line else json.dumps(value), flush=True)  # noqa: T201


def talk(line: str) -> None:
    from assistant.text import clean

    print(clean(line), file=sys.stderr, flush=True)  # noqa: T201


def save_report(report: Path, page: str) -> Path:
    """Write a page where the person wants it, and tell where that is.

    Raises:
        UsageError: it cannot be written there.
    """
    from assistant import config

    report = report.expanduser().resolve()  # a link stays one
    try:
        if report.exists() and not report.is_file():
            raise OSError(0, "something that is no ordinary file stands there")
        config.write_atomically(report, page.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(
            f"The report cannot be saved as {report}: {error.strerror or error}.",
            "Choose another place.",
        ) from error
    return report


def plain_data(value: Any) -> Any:
    """Dataclasses, paths and enums as JSON knows them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain_data(v) for v in value]
    return value


def passage_as_json(p: Passage) -> dict[str, Any]:
    return {
        "number": p.number,
        "document": p.document.title,
        "path": p.document.path,
        "file": str(p.document.file),
        "label": p.label,
        "page": p.page,
        "start": p.start,
        "end": p.end,
        "text": p.text,
        "score": round(p.score, 6),
        "word_rank": p.word_rank,
        "meaning_rank": p.meaning_rank,
        "similarity": None if p.similarity is None else round(p.similarity, 4),
    }
