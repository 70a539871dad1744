"""Settings: where they come from, who wins, and that a slip is noticed."""

from __future__ import annotations

import dataclasses
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from assistant import config
from assistant.config import Settings
from assistant.errors import BadSettings, DiskFull, LibraryReadOnly


def write(home: Path, toml: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(toml, encoding="utf-8")


# --- where settings come from -----------------------------------------------------------


def test_without_a_file_the_defaults_hold_and_nothing_is_created(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert config.load(home, {}) == Settings(home)
    assert not home.exists()


def test_everything_of_a_library_lies_in_its_home(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    for place in (settings.database, settings.models, settings.log):
        assert place.parent == tmp_path


def test_the_settings_file_overrides_the_defaults(tmp_path: Path) -> None:
    write(
        tmp_path, 'model = "mine"\nthreads = 3\ncontext = 4096\nanswer_tokens = 50\npassages = 7\n'
    )
    assert config.load(tmp_path, {}) == Settings(
        tmp_path, "mine", threads=3, context=4096, answer_tokens=50, passages=7
    )


def test_variables_override_the_settings_file(tmp_path: Path) -> None:
    write(tmp_path, "threads = 3\npassages = 7\n")
    settings = config.load(tmp_path, {"ASSISTANT_THREADS": "2", "ASSISTANT_MODEL": "none"})
    assert (settings.threads, settings.model, settings.passages) == (2, "none", 7)


def test_the_home_flag_overrides_the_home_variable(tmp_path: Path) -> None:
    write(tmp_path / "flag", "threads = 1\n")
    write(tmp_path / "variable", "threads = 2\n")
    environ = {"ASSISTANT_HOME": str(tmp_path / "variable")}
    assert config.load(None, environ).threads == 2
    assert config.load(tmp_path / "flag", environ).threads == 1


def test_an_empty_home_variable_is_as_good_as_none() -> None:
    assert config.load(None, {"ASSISTANT_HOME": ""}).home == config.default_home().absolute()


def test_a_home_in_the_persons_folder_and_a_relative_one_become_full_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert config.load(Path("~/library"), {}).home == tmp_path / "library"
    assert config.load(Path("library"), {}).home == tmp_path / "library"


# --- slips ------------------------------------------------------------------------------


def test_an_unknown_key_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, 'modle = "mine"\n')
    with pytest.raises(BadSettings) as error:
        config.load(tmp_path, {})
    assert '"modle"' in error.value.message
    assert "model" in error.value.hint


def test_the_home_cannot_be_set_from_inside_the_home(tmp_path: Path) -> None:
    write(tmp_path, 'home = "/elsewhere"\n')
    with pytest.raises(BadSettings, match="home"):
        config.load(tmp_path, {})


@pytest.mark.parametrize(
    "line",
    [
        "threads = -1",
        "threads = 257",
        "threads = 1.5",
        "threads = true",
        'threads = "two"',
        "threads = []",
        "context = 511",
        "answer_tokens = 0",
        "passages = 21",
        'model = ""',
        "model = 3",
    ],
)
def test_a_value_of_the_wrong_kind_or_size_is_an_error_that_names_its_key(
    tmp_path: Path, line: str
) -> None:
    write(tmp_path, line + "\n")
    with pytest.raises(BadSettings, match=line.split(maxsplit=1)[0]):
        config.load(tmp_path, {})


@pytest.mark.parametrize("value", ["", "two", "-1", "1.5", "²", "1e2", "4 000"])
def test_a_bad_variable_is_an_error_that_names_it(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSettings, match="ASSISTANT_THREADS"):
        config.load(tmp_path, {"ASSISTANT_THREADS": value})


@pytest.mark.parametrize("line", ["threads =", "threads = 1\nthreads = 2", "[threads", "\x00"])
def test_a_file_that_is_no_toml_is_an_error_that_names_the_file(tmp_path: Path, line: str) -> None:
    write(tmp_path, line)
    with pytest.raises(BadSettings, match=r"settings\.toml"):
        config.load(tmp_path, {})


@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_number_of_thousands_of_digits_is_a_plain_error(tmp_path: Path, place: str) -> None:
    digits = "9" * 5000
    write(tmp_path, f"threads = {digits}\n" if place == "file" else "")
    with pytest.raises(BadSettings):
        config.load(tmp_path, {"ASSISTANT_THREADS": digits} if place == "variable" else {})


def test_a_file_in_another_encoding_is_an_error_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes('# März\nmodel = "a"\n'.encode("latin-1"))
    with pytest.raises(BadSettings, match=r"settings\.toml"):
        config.load(tmp_path, {})


def test_settings_cannot_be_changed_in_place(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings(tmp_path).model = "other"  # type: ignore[misc]


# --- saving -----------------------------------------------------------------------------


def test_saving_a_key_keeps_the_rest_of_the_file_and_its_comments(tmp_path: Path) -> None:
    write(tmp_path, '# ours\nthreads = 1 # a slow machine\n\nmodel = "old"  # chosen in May\n')
    config.save(Settings(tmp_path), "model", "new")
    assert (tmp_path / "settings.toml").read_text(encoding="utf-8") == (
        '# ours\nthreads = 1 # a slow machine\n\nmodel = "new"  # chosen in May\n'
    )


def test_saving_makes_the_home_and_the_file(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "new" / "home")
    config.save(settings, "model", 'na"me\\é')
    saved = tomllib.loads((settings.home / "settings.toml").read_text(encoding="utf-8"))
    assert saved == {"model": 'na"me\\é'}
    assert config.load(settings.home, {}).model == 'na"me\\é'


def test_saving_where_nothing_can_be_saved_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(LibraryReadOnly):
        config.save(Settings(tmp_path / "file" / "home"), "model", "new")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_new_home_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    config.make_home(Settings(tmp_path / "home"))
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_full_disk_and_a_locked_folder_are_told_apart(tmp_path: Path) -> None:
    assert isinstance(config.storage_error(OSError(28, "full"), tmp_path), DiskFull)
    assert isinstance(config.storage_error(OSError(13, "denied"), tmp_path), LibraryReadOnly)


# --- write_atomically -------------------------------------------------------------------


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"the old and longer content")
    config.write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "a.bin"
    file.write_bytes(b"old")
    monkeypatch.setattr(config.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        config.write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_replacement_leaves_no_temporary_file(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(OSError, match="taken"):
        config.write_atomically(target, b"new")
    assert list(tmp_path.iterdir()) == [target]


# --- places and switches ----------------------------------------------------------------


def test_the_bundled_corpus_and_catalogue_are_found() -> None:
    assert list(config.bundled("corpus").rglob("*.md"))
    assert config.bundled("models/catalogue.toml").is_file()


def test_an_installed_file_wins_over_one_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "assistant"
    (package / "bundled").mkdir(parents=True)
    monkeypatch.setattr(config, "__file__", str(package / "config.py"))
    assert config.bundled("corpus") == tmp_path / "corpus"
    (package / "bundled" / "corpus").mkdir()
    assert config.bundled("corpus") == package / "bundled" / "corpus"


def test_staying_offline_tells_every_hub_library(tmp_path: Path) -> None:
    environ = {"HF_HUB_OFFLINE": "0", "OTHER": "kept"}
    config.stay_offline(environ)
    assert environ["HF_HUB_OFFLINE"] == environ["TRANSFORMERS_OFFLINE"] == "1"
    assert environ["OTHER"] == "kept"
