"""Settings and places. The only room that reads the environment and the settings file.

Order, later wins: defaults, `settings.toml` in the library folder, ASSISTANT_* variables,
command-line flags. An unknown key is an error, so that a slip of the finger is noticed.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO

from assistant.errors import BadSettings, DiskFull, LibraryReadOnly

BUNDLED_NAME = "bundled"
_FILE_NAME = "settings.toml"

# Libraries ask these before they call a model hub or report home. Set before any is imported.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # waiting threads spin briefly, then sleep: as fast as spinning on an idle machine, and kinder
    # when another program needs a core (docs/experiments.md)
    "GOMP_SPINCOUNT": "1000",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person can set. Each field is a key of settings.toml and an ASSISTANT_ variable."""

    home: Path
    """The library folder: database, vector index, models that were added."""
    model: str = "starter"
    """Name of the writing model, as `assistant models list` shows it; "none" to quote only."""
    keep_unanswered: str = "no"
    """"yes" keeps a list of the questions that were declined, on this computer, for whoever looks
    after the documents: `assistant unanswered`."""
    mode: str = "auto"
    """"quote": the model adds a line to the documents' own words; "write": it composes the answer;
    "auto": as its exam says (`assistant models check`), and "quote" without one."""
    threads: int = 0
    """Processor threads for the writing model; 0 chooses by the machine."""
    context: int = 2048
    """Context window of the writing model, in tokens: more needs more memory."""
    answer_tokens: int = 96
    """The longest answer in the model's own words, in tokens."""
    passages: int = 6
    """How many passages are shown for a question."""

    @property
    def database(self) -> Path:
        return self.home / "library.db"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def unanswered(self) -> Path:
        return self.home / "unanswered.txt"

    @property
    def log(self) -> Path:
        return self.home / "assistant.log"


def load(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force.

    Raises:
        BadSettings: an unknown key, or a value of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    folder = home or Path(environ.get("ASSISTANT_HOME") or default_home())
    folder = folder.expanduser().absolute()
    values: dict[str, object] = {"home": folder}
    keys = {f.name: f for f in fields(Settings)}
    for key, value in _from_file(folder / _FILE_NAME).items():
        if key not in keys or key == "home":
            raise BadSettings(
                f'"{key}" in {folder / _FILE_NAME} is not a setting.',
                f"The settings are: {', '.join(k for k in keys if k != 'home')}.",
            )
        values[key] = _checked(key, value, str(folder / _FILE_NAME))
    for key in keys:
        variable = f"ASSISTANT_{key.upper()}"
        if key != "home" and variable in environ:
            values[key] = _checked(key, environ[variable], variable)
    return Settings(**values)  # type: ignore[arg-type]


def _from_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, OSError) as error:  # TOML and encoding errors are ValueErrors
        raise BadSettings(f"{path} cannot be read: {error}.", "Mend it or delete it.") from error


_CHOICES = {"mode": ("auto", "quote", "write"), "keep_unanswered": ("no", "yes")}
# Bounds that keep a slip from exhausting a small machine; 0 threads means "choose".
_BOUNDS = {
    "threads": (0, 256),
    "context": (512, 131_072),
    "answer_tokens": (1, 4_096),
    "passages": (1, 20),
}


def _checked(key: str, value: object, where: str) -> object:
    if key == "model":
        if isinstance(value, str) and value.strip():
            return value
        raise BadSettings(f'"{key}" in {where} must be a name.', 'For example: model = "starter"')
    if key in _CHOICES:
        if value in _CHOICES[key]:
            return value
        raise BadSettings(
            f'"{key}" in {where} must be one of: {", ".join(_CHOICES[key])}.',
            f"It is {str(value)[:40]!r}.",
        )
    low, high = _BOUNDS[key]
    number = value
    if isinstance(value, str):
        number = int(value) if value.strip().isdecimal() and len(value) < 10 else None
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise BadSettings(
            f'"{key}" in {where} must be a whole number from {low} to {high}.',
            f"It is {str(value)[:40]!r}.",
        )
    return number


def default_home() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("assistant", appauthor=False))


def save(settings: Settings, key: str, value: str) -> None:
    """Write one setting to settings.toml, keeping the rest of the file as it is."""
    import tomlkit

    path = settings.home / _FILE_NAME
    try:
        document = (
            tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        )
        document[key] = value
        make_home(settings)
        write_atomically(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise storage_error(error, settings.home) from error


def make_home(settings: Settings) -> None:
    """Create the library folder, readable by its owner alone.

    Raises:
        LibraryReadOnly: it cannot be created.
        DiskFull: no space is left.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise storage_error(error, settings.home) from error


def storage_error(error: OSError, path: Path) -> LibraryReadOnly | DiskFull:
    """The plain error for a failed write under the library folder."""
    import errno

    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else LibraryReadOnly(path)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` so that a reader, or a crash, sees the old file or the new one, never half."""
    with atomic_file(path) as file:
        file.write(data)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` at the end, unless something is raised."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def stay_offline(environ: dict[str, str] | os._Environ[str] | None = None) -> None:
    """Tell every library below us not to call a hub. Call before importing any of them."""
    (os.environ if environ is None else environ).update(_OFFLINE)


def bundled(name: str) -> Path:
    """A file or folder that comes with the program: in the installed package, or in a checkout."""
    package = Path(__file__).parent
    installed = package / BUNDLED_NAME / name
    return installed if installed.exists() else package.parent / name
