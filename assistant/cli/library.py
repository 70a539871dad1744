"""`assistant index`, `status` and `sources`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.indexing import run_index
from assistant.cli.shared import JSON, confirm, library, plain_data, say, talk

if TYPE_CHECKING:
    from assistant.domain import Source


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--bundled", is_flag=True, help="Add the documents that come with the program.")
@JSON
@click.pass_obj
def index(home: Path | None, folders: Sequence[Path], bundled: bool, as_json: bool) -> None:
    """Read FOLDERS into the library, or bring all of it up to date.

    Only what has changed is read again. Ctrl-C stops it; what was done is kept. Examples:

    \b
      assistant index ~/Documents/minutes
      assistant index
    """
    with library(home) as assistant:
        sources: tuple[Source, ...] | None = None
        if folders or bundled:
            chosen = [assistant.add_bundled()] if bundled else []
            sources = (*chosen, *map(assistant.source_for, folders))
        run_index(assistant, sources, as_json)


@click.command()
@JSON
@click.pass_obj
def status(home: Path | None, as_json: bool) -> None:
    """What the library holds, and which files could not be read.

    \b
    Example:
      assistant status --json
    """
    with library(home) as assistant:
        facts = assistant.status()
    if as_json:
        say(json.dumps(plain_data(facts), ensure_ascii=False))
        return
    say(f"Library: {facts.home} ({facts.size / 1024**2:,.1f} MB)")
    say(f"Sources: {len(facts.sources)}")
    for source in facts.sources:
        say(f"  {source.id}. {source.name}: {source.documents} files, {source.folder}")
    say(f"Documents: {facts.documents}")
    say(f"Passages: {facts.passages}, {facts.embedded} of them searchable by meaning")
    say(f"Writing model: {facts.model}")
    say(f"Search model: {facts.embedder or 'not installed; words are searched, not meaning'}")
    if facts.not_ready:
        say(f"Not read: {len(facts.not_ready)}")
    for document in facts.not_ready:
        say(f"  {document.path}: {document.status}. {document.reason} {document.remedy}")


@click.group()
def sources() -> None:
    """List the folders in the library, or remove one.

    \b
    Example:
      assistant sources list
    """


@sources.command("list")
@JSON
@click.pass_obj
def sources_list(home: Path | None, as_json: bool) -> None:
    """List the folders in the library.

    \b
    Example:
      assistant sources list
    """
    with library(home) as assistant:
        found = assistant.sources()
    if as_json:
        say(json.dumps([plain_data(s) for s in found], ensure_ascii=False))
        return
    for source in found:
        say(f"{source.id}. {source.name}: {source.documents} files, {source.folder}")
    if not found:
        say("No folder is in the library yet. Add one: assistant index FOLDER")


@sources.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def sources_remove(home: Path | None, name: str, yes: bool) -> None:
    """Forget a folder, by its path, name or number. Its files stay where they are.

    \b
    Example:
      assistant sources remove ~/Documents/minutes
    """
    with library(home) as assistant:
        source = assistant.find_source(name)
        if not yes:
            confirm(f"Forget {source.name} ({source.documents} files)? The files themselves stay.")
        assistant.remove_source(name)
    talk(f"Forgotten: {source.name}.")
