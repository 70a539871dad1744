"""What the tests share: the real models, a small folder of documents, and clean homes."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from assistant import config
from assistant.config import Settings
from assistant.service import Assistant

SHARED = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(__file__).parent / "data"

# this machine is shared: how long an example takes says nothing
hypothesis_settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("shared")

# the tests must pass without a network, and must not depend on the person's own settings
config.stay_offline()
for name in [n for n in os.environ if n.startswith("ASSISTANT_")]:
    del os.environ[name]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A library folder of its own; it does not exist yet."""
    return config.load(tmp_path / "home", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few documents in it, and awkward names."""
    return write_folder(tmp_path)


def write_folder(parent: Path) -> Path:
    place = parent / "My documents é"
    (place / "minutes").mkdir(parents=True)
    (place / "keys.md").write_text(
        "# Keys\n\nThe spare key of the hall hangs behind the blue door in the kitchen.\n",
        encoding="utf-8",
    )
    (place / "minutes" / "März 2024.txt").write_text(
        "The meeting agreed to buy forty folding chairs.\nAmina Okafor keeps the accounts.\n",
        encoding="utf-8",
    )
    (place / "会議.html").write_text(
        "<html><title>Opening hours</title><body><h1>Opening hours</h1>"
        "<p>The repair café opens at ten on the first Saturday of the month.</p></body></html>",
        encoding="utf-8",
    )
    return place


@pytest.fixture
def assistant(settings: Settings) -> Iterator[Assistant]:
    """An empty library with the real models, loaded when they are needed."""
    opened = Assistant(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def indexed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the small folder in it. Do not change."""
    place = tmp_path_factory.mktemp("small")
    command = [sys.executable, "-m", "assistant", "--home", str(place / "home"), "index"]
    subprocess.run([*command, str(write_folder(place))], check=True, capture_output=True)
    return place / "home"


@pytest.fixture(scope="session")
def bundled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that holds the bundled corpus, indexed once with the real models. Do not change."""
    home = tmp_path_factory.mktemp("bundled") / "home"
    opened = Assistant(config.load(home, {}))
    for _ in opened.sync():
        pass
    opened.close()
    return home


@pytest.fixture
def bundled(bundled_home: Path, tmp_path: Path) -> Iterator[Assistant]:
    """A copy of `bundled_home`, open."""
    home = tmp_path / "bundled"
    shutil.copytree(bundled_home, home)
    opened = Assistant(config.load(home, {}))
    yield opened
    opened.close()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the real command in a process of its own: `run("ask", "...", stdin="...")`."""

    def call(
        *arguments: str, home: Path | None = None, stdin: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "assistant",
                "--home",
                str(home or tmp_path / "home"),
                *arguments,
            ],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
            env={**os.environ, **environ},
        )

    return call


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """Root may write anywhere, so become nobody for a while; others are it already."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no such permissions")
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("root cannot give up its rights here")
    try:
        yield
    finally:
        os.seteuid(0)
