"""Model files: found, checked once, added whole or not at all, refused in plain words."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from assistant import config, weights
from assistant.config import Settings
from assistant.errors import (
    DiskFull,
    LibraryReadOnly,
    UsageError,
    WeightsDamaged,
    WeightsError,
    WeightsMissing,
)
from assistant.weights import CatalogueEntry
from tests.weights.synthetic import gguf, write


def no_progress(done: int, total: int) -> None:
    pass


def must_not_hash(path: Path) -> NoReturn:
    pytest.fail(f"{path} was hashed again")


def names(settings: Settings) -> list[str]:
    return [spec.name for spec in weights.writers(settings)]


# --- the models that come with the install ----------------------------------------------


def test_the_installed_models_are_found_and_checked(settings: Settings) -> None:
    for entry in weights._catalogue().values():
        if weights._find(entry) is None:
            pytest.skip(f"{entry.package} is not installed (the `starter` extra)")
    embedder = weights.embedder(settings)
    assert (embedder.folder / "model.safetensors").is_file()
    assert (embedder.folder / "tokenizer.json").is_file()
    assert embedder.identity == "all-MiniLM-L6-v2@53aa51172d14"
    writer = weights.writer(settings)
    assert (writer.name, writer.bundled) == ("starter", True)
    assert writer.file.stat().st_size == writer.size


def test_the_catalogue_gives_a_size_a_checksum_and_a_licence_for_each_model() -> None:
    assert set(weights._catalogue()) == {"starter", "minilm"}
    for entry in weights._catalogue().values():
        assert entry.size > 0
        assert len(bytes.fromhex(entry.sha256)) == 32
        assert entry.licence


def test_models_that_are_not_installed_are_missed_with_the_command_that_installs_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "_find", lambda _: None)
    for find in (weights.embedder, weights.writer):
        with pytest.raises(WeightsMissing, match="pip install"):
            find(settings)
    assert weights.writers(settings) == ()


# --- checked once -----------------------------------------------------------------------


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file in the place of the starter, with a catalogue that knows it."""
    file = write(tmp_path / "installed.gguf")
    data = file.read_bytes()
    entry = CatalogueEntry(
        "starter",
        "A starter",
        "a-package",
        file.name,
        len(data),
        hashlib.sha256(data).hexdigest(),
        "Apache-2.0",
        "Tests.",
    )
    monkeypatch.setattr(weights, "_catalogue", lambda: {"starter": entry})
    monkeypatch.setattr(weights, "_find", lambda _: file)
    return file


def test_a_file_is_hashed_once_and_its_verdict_remembered(
    starter: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.make_home(settings)
    weights.writer(settings)
    monkeypatch.setattr(weights, "_sha256", must_not_hash)
    assert weights.writer(settings).file == starter


def test_a_library_that_cannot_be_written_to_only_costs_the_memory(
    starter: Path, settings: Settings
) -> None:
    assert weights.writer(settings).file == starter
    assert not settings.home.exists()


@pytest.mark.parametrize("verdicts", ["", "{", "[]", "3", '"text"', "null", '{"a": 1}', "\ufeff{}"])
def test_a_damaged_memory_of_verdicts_is_as_good_as_none(
    starter: Path, settings: Settings, verdicts: str
) -> None:
    config.make_home(settings)
    (settings.home / "checked-weights.json").write_text(verdicts, encoding="utf-8")
    assert weights.writer(settings).file == starter


@pytest.mark.parametrize("way", ["one bit", "shorter", "longer", "empty"])
def test_a_changed_file_is_refused_with_the_command_that_mends_it(
    starter: Path, settings: Settings, way: str
) -> None:
    config.make_home(settings)
    weights.writer(settings)
    data = starter.read_bytes()
    changed = {
        "one bit": data[:-1] + bytes([data[-1] ^ 1]),
        "shorter": data[:-1],
        "longer": data + b"\0",
        "empty": b"",
    }[way]
    starter.write_bytes(changed)
    os.utime(starter, ns=(1, 1))
    for _ in range(2):  # a bad verdict is never remembered as a good one
        with pytest.raises(WeightsDamaged, match="force-reinstall") as error:
            weights.writer(settings)
        assert str(starter) in error.value.message


def test_the_verdict_on_one_file_does_not_hold_for_another(
    starter: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.make_home(settings)
    weights.writer(settings)
    other = tmp_path / "elsewhere.gguf"
    other.write_bytes(b"x" * starter.stat().st_size)
    monkeypatch.setattr(weights, "_find", lambda _: other)
    with pytest.raises(WeightsDamaged):
        weights.writer(settings)


def test_another_file_of_the_real_embedders_size_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "model.safetensors"
    fake.touch()
    os.truncate(fake, weights._catalogue()["minilm"].size)  # a hole: takes no room on the disk
    monkeypatch.setattr(weights, "_find", lambda _: fake)
    with pytest.raises(WeightsDamaged):
        weights.embedder(settings)


# --- adding -----------------------------------------------------------------------------


def files(settings: Settings) -> list[str]:
    return sorted(p.name for p in settings.models.glob("*")) if settings.models.exists() else []


def test_a_model_is_copied_whole_and_can_be_chosen(settings: Settings, tmp_path: Path) -> None:
    source = write(tmp_path / "Mein Modell é.gguf")
    told: list[tuple[int, int]] = []
    spec = weights.add(source, settings, lambda done, total: told.append((done, total)))
    assert spec.name == "Mein Modell é"
    assert spec.file == settings.models / source.name
    assert spec.file.read_bytes() == source.read_bytes()
    assert told[-1] == (spec.size, spec.size)
    assert (spec.parameters, spec.context, spec.licence) == ("0M", 4096, "apache-2.0")
    assert files(settings) == [source.name]
    assert weights.writer(settings, spec.name) == spec
    assert spec.name in names(settings)


def test_a_large_model_is_copied_in_steps_that_are_told(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "large.gguf"
    source.write_bytes(gguf() + bytes(3 * 1024**2))
    told: list[tuple[int, int]] = []
    weights.add(source, settings, lambda done, total: told.append((done, total)))
    size = source.stat().st_size
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert {total for _, total in told} == {size}
    assert len(told) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A shopping list.\n" * 20, "not a GGUF"),
        (b"", "cannot be used"),
        (gguf()[:-1], "not complete"),
        (gguf(version=9), "version 9"),
        (gguf({"general.architecture": "bert"}), "bert"),
        (gguf({"general.architecture": "clip"}), "clip"),
    ],
)
def test_a_file_that_is_no_whole_writing_model_is_not_added(
    settings: Settings, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "a.gguf").write_bytes(content)
    with pytest.raises(WeightsDamaged, match=words) as error:
        weights.add(tmp_path / "a.gguf", settings, no_progress)
    assert error.value.hint
    assert files(settings) == []


@pytest.mark.parametrize("name", ["missing.gguf", "folder.gguf"])
def test_a_path_that_is_no_file_is_not_added(settings: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.gguf").mkdir()
    with pytest.raises(WeightsMissing, match=name):
        weights.add(tmp_path / name, settings, no_progress)
    assert files(settings) == []


def test_a_name_that_is_taken_by_other_content_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    first = weights.add(write(tmp_path / "model.gguf"), settings, no_progress)
    before = first.file.read_bytes()
    (tmp_path / "model.gguf").write_bytes(before[:-1] + b"\0")  # of the same size
    with pytest.raises(UsageError, match="Rename"):
        weights.add(tmp_path / "model.gguf", settings, no_progress)
    assert first.file.read_bytes() == before
    assert files(settings) == ["model.gguf"]


def test_adding_the_same_content_or_the_added_file_itself_again_is_fine(
    settings: Settings, tmp_path: Path
) -> None:
    source = write(tmp_path / "model.gguf")
    first = weights.add(source, settings, no_progress)
    assert weights.add(source, settings, no_progress) == first
    assert weights.add(first.file, settings, no_progress) == first
    assert first.file.read_bytes() == source.read_bytes()
    assert files(settings) == ["model.gguf"]


@pytest.mark.parametrize("name", ["starter", "none"])
def test_reserved_names_are_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="reserved"):
        weights.add(write(tmp_path / f"{name}.gguf"), settings, no_progress)
    assert files(settings) == []


def test_a_disk_without_room_is_noticed_before_anything_is_copied(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "model.gguf")
    usage = shutil.disk_usage(tmp_path)._replace(free=source.stat().st_size)  # nothing to spare
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    def copied(done: int, total: int) -> NoReturn:
        pytest.fail("it was copied")

    with pytest.raises(DiskFull):
        weights.add(source, settings, copied)
    assert files(settings) == []


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (OSError(28, "No space left on device"), DiskFull),
        (OSError(5, "Input/output error"), LibraryReadOnly),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_copy_that_fails_half_way_leaves_nothing(
    settings: Settings,
    tmp_path: Path,
    failure: BaseException,
    expected: type[BaseException],
) -> None:
    def fail(done: int, total: int) -> NoReturn:
        assert list(settings.models.iterdir()), "the copy had not begun"
        raise failure

    with pytest.raises(expected):
        weights.add(write(tmp_path / "model.gguf"), settings, fail)
    assert files(settings) == []
    assert "model" not in names(settings)


def test_a_library_that_cannot_be_made_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(tmp_path / "file" / "home")
    with pytest.raises(LibraryReadOnly):
        weights.add(write(tmp_path / "model.gguf"), settings, no_progress)


# --- choosing ---------------------------------------------------------------------------


def test_the_chosen_model_is_the_one_in_the_settings(settings: Settings, tmp_path: Path) -> None:
    weights.add(write(tmp_path / "mine.gguf"), settings, no_progress)
    config.save(settings, "model", "mine")
    assert weights.writer(config.load(settings.home, {})).name == "mine"


def test_an_unknown_name_is_answered_with_the_names_there_are(
    starter: Path, settings: Settings, tmp_path: Path
) -> None:
    weights.add(write(tmp_path / "mine.gguf"), settings, no_progress)
    with pytest.raises(WeightsMissing) as error:
        weights.writer(settings, "yours")
    assert '"yours"' in error.value.message
    assert "starter, mine" in error.value.hint


def test_a_broken_file_in_the_models_folder_does_not_hide_the_others(
    settings: Settings, tmp_path: Path
) -> None:
    weights.add(write(tmp_path / "mine.gguf"), settings, no_progress)
    (settings.models / "broken.gguf").write_bytes(gguf()[:-5])
    (settings.models / "folder.gguf").mkdir()
    assert [n for n in names(settings) if n != "starter"] == ["mine"]


def test_choosing_a_broken_file_says_that_it_is_broken(settings: Settings, tmp_path: Path) -> None:
    settings.models.mkdir(parents=True)
    (settings.models / "half.gguf").write_bytes(gguf()[:-5])
    with pytest.raises(WeightsDamaged, match="not complete"):
        weights.writer(settings, "half")


# --- memory -----------------------------------------------------------------------------


def test_the_memory_needed_is_that_of_file_cache_and_program(
    settings: Settings, tmp_path: Path
) -> None:
    spec, header = weights.inspect(write(tmp_path / "a.gguf"))
    # keys and values of 2 bytes: 2 layers, 2 heads of 16 numbers
    a_token = 2 * 2 * 2 * 2 * 16
    assert weights.memory_needed(spec, header, 1000) == spec.size + 1000 * a_token + 250 * 1024**2
    most = weights.memory_needed(spec, header, 4096)
    assert weights.memory_needed(spec, header, 100_000) == most  # it has no longer context


def test_free_memory_is_a_part_of_all_memory() -> None:
    import psutil

    assert 0 < weights.memory_free() <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("free", "fits", "words"),
    [
        (10_000 * 1024**2, True, "It fits."),
        (265 * 1024**2, True, "It just fits"),
        (200 * 1024**2, False, "It does not fit"),
    ],
)
def test_whether_a_model_fits_is_said_in_plain_words(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    fits: bool,
    words: str,
) -> None:
    monkeypatch.setattr(weights, "memory_free", lambda: free)
    spec, header = weights.inspect(write(tmp_path / "a.gguf"))
    verdict, said = weights.fit(spec, header, settings)
    assert verdict is fits
    assert words in said
    assert "250 MB" in said or "251 MB" in said
    assert f"{free // 1024**2:,} MB are free" in said
    if fits:
        weights.refuse_if_too_large(spec, settings)
    else:
        with pytest.raises(WeightsError, match="does not fit"):
            weights.refuse_if_too_large(spec, settings)
