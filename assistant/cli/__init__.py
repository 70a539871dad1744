"""The command line: parse, call the service, print.

Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted. Nothing heavy is imported here,
so that `assistant --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from assistant import __version__
from assistant.cli.evaluation import evaluate
from assistant.cli.indexing import first_index
from assistant.cli.library import index, sources, status
from assistant.cli.models import models
from assistant.cli.questions import ask, search, unanswered
from assistant.cli.shared import FolderPath, library, say, talk
from assistant.errors import AssistantError, Interrupted


def main() -> NoReturn:
    """The `assistant` command."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = cli.main(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        code = 2
    except AssistantError as error:
        talk(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        talk("Stopped.")
        code = Interrupted.exit_code
    except BrokenPipeError:
        # the reader of our output has left; keep Python from complaining again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> int:
    """A mistake of ours: one sentence for the person, the traceback for the log."""
    import errno
    import tempfile
    import traceback

    from assistant.errors import DiskFull

    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        talk(str(DiskFull()))
        return 1
    # a name of its own, readable by its owner alone: others may write to this folder too
    handle, where = tempfile.mkstemp(prefix="assistant-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    talk(f"Something went wrong that should not have. The details are in {where}.")
    return 1


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=FolderPath(),
    metavar="FOLDER",
    help="The library folder to use. Default: your data folder, or ASSISTANT_HOME.",
)
@click.option("--plain", is_flag=True, help="Chat in plain lines, for screen readers.")
@click.version_option(__version__, message="assistant %(version)s")
@click.pass_context
def cli(context: click.Context, home: Path | None, plain: bool) -> None:
    """Ask a folder of documents, offline, and see the sources.

    Without a command it opens the chat. Examples:

    \b
      assistant
      assistant ask "What is a repair café?"
      assistant index ~/Documents/minutes
    """
    context.obj = home
    if context.invoked_subcommand is None:
        chat(home, plain)


def chat(home: Path | None, plain: bool) -> None:
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with library(home) as assistant:
        if terminal and not plain and os.environ.get("TERM") != "dumb":
            from assistant.tui import run

            run(assistant)
            return
        from assistant import plain as lines

        first_index(assistant)
        lines.chat(assistant, say, interactive=terminal)


for command in (ask, search, unanswered, index, status, sources, models, evaluate):
    cli.add_command(command)
