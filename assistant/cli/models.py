"""`assistant models`: list, add, use."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.shared import JSON, load_settings, plain_data, say, say_json, talk

if TYPE_CHECKING:
    from assistant.domain import ModelSpec


@click.group()
def models() -> None:
    """List the writing models, add one from a file, examine or choose one.

    \b
    Example:
      assistant models list
    """


@models.command("list")
@JSON
@click.pass_obj
def models_list(home: Path | None, as_json: bool) -> None:
    """List the writing models on this machine.

    \b
    Example:
      assistant models list
    """
    from assistant import exam, weights

    settings = load_settings(home)
    found = weights.writers(settings)
    if as_json:
        rows = [{**plain_data(m), "chosen": m.name == settings.model} for m in found]
        say_json(rows)
        return
    for spec in found:
        mark = "*" if spec.name == settings.model else " "
        say(f"{mark} {spec.name}: {_described(spec)}")
        if (result := exam.result_of(spec, settings)) is not None:
            for line in exam.verdict(result):
                say(f"    {line}")
    if not found:
        say('No writing model is installed. Try: pip install "small-assistant[starter]"')


@models.command("check")
@click.argument("name", default="")
@JSON
@click.pass_obj
def models_check(home: Path | None, name: str, as_json: bool) -> None:
    """Examine a writing model on this machine: its speed, and 30 questions.

    Takes a few minutes. Without NAME it examines the chosen model. Example:

    \b
      assistant models check starter
    """
    import datetime

    from assistant import exam, weights
    from assistant.engine import LlamaEngine

    settings = load_settings(home)
    spec = weights.writer(settings, name)
    weights.refuse_if_too_large(spec, settings)
    talk(f"Examining {spec.name}. This takes a few minutes; Ctrl-C stops it.")
    engine = LlamaEngine(spec, settings.context, settings.threads, settings.log)
    today = datetime.date.today().isoformat()
    try:
        for event in exam.sit(engine, spec, today, threading.Event()):
            if isinstance(event, exam.Result):
                exam.keep(event, settings)
                if as_json:
                    say_json({**plain_data(event), "may_write": event.may_write})
                else:
                    for line in exam.verdict(event):
                        say(line)
            elif sys.stderr.isatty():
                sys.stderr.write(f"\rQuestion {event} of 30 ")
    finally:
        engine.close()


def _described(spec: ModelSpec) -> str:
    template = "" if spec.chat_template else ", no chat template"
    return (
        f"{spec.architecture}, {spec.parameters} parameters, {spec.quantisation}, "
        f"{spec.size / 1024**2:,.0f} MB, context {spec.context:,} tokens{template}, "
        f"licence {spec.licence}"
    )


@models.command("add")
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_obj
def models_add(home: Path | None, path: Path) -> None:
    """Copy a GGUF model file into the library, from a disk or a USB stick.

    \b
    Example:
      assistant models add /media/stick/qwen2.5-1.5b-instruct-q4_k_m.gguf
    """
    from assistant import weights

    settings = load_settings(home)
    path = path.expanduser()
    spec, header = weights.inspect(path)
    talk(f"{path.name}: {_described(spec)}.")
    talk(weights.fit(spec, header, settings)[1])

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\rCopying: {done * 100 // total} %")

    spec = weights.add(path, settings, show)
    talk(f'\nAdded. To use it: assistant models use "{spec.name}"')


@models.command("use")
@click.argument("name")
@click.pass_obj
def models_use(home: Path | None, name: str) -> None:
    """Choose the writing model. "none" shows the documents' own words only.

    \b
    Example:
      assistant models use starter
    """
    from assistant import config, weights
    from assistant.service import NO_MODEL

    settings = load_settings(home)
    if name != NO_MODEL:
        spec = weights.writer(settings, name)
        _, header = weights.inspect(spec.file)
        talk(weights.fit(spec, header, settings)[1])
    config.save(settings, "model", name)
    talk(f"The writing model is now: {name}.")
