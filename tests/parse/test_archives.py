"""Zip archives: what is inside is read and named, and nothing inside can do harm."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse import archive
from assistant.parse import reading as reading_module
from assistant.parse.bundles import archives
from assistant.parse.file import File
from assistant.parse.reading import read

VIDEO = b"\0\0\0\x18ftypmp42\0\0"
Members = dict[str, bytes]


def packed(members: Members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def read_members(members: Members, depth: int = 0) -> Reading:
    return read(File("box.zip", packed(members), depth=depth))


def labels(reading: Reading) -> list[str]:
    return [section.label for section in reading.sections]


def locked(data: bytes, *names: str) -> bytes:
    """The archive with these members marked as encrypted, in both places that say so."""
    changed = bytearray(data)
    for info in zipfile.ZipFile(io.BytesIO(data)).infolist():
        if not names or info.filename in names:
            changed[info.header_offset + 6] |= 1
            place = data.rindex(info.filename.encode()) - 46
            assert data[place : place + 4] == b"PK\x01\x02"
            changed[place + 8] |= 1
    return bytes(changed)


def test_each_file_inside_is_read_and_labelled_with_its_name() -> None:
    reading = read_members({"minutes/may.txt": b"Chairs.", "a.html": b"<h1>Costs</h1><p>Ten."})
    assert (reading.status, reading.title) == (Status.READY, "box")
    assert reading.media_type == "application/zip"
    assert [(s.label, s.text) for s in reading.sections] == [
        ("minutes/may.txt", "Chairs."),
        ("a.html > Costs", "Ten."),
    ]


def test_what_systems_leave_behind_is_passed_over() -> None:
    junk = ("__MACOSX/._a.txt", ".DS_Store", "b/Thumbs.db", "~$a.docx", "b/desktop.ini")
    reading = read_members({"a.txt": b"Tea.", **dict.fromkeys(junk, VIDEO)})
    assert reading.status is Status.READY
    assert labels(reading) == ["a.txt"]


def test_files_that_cannot_be_read_are_named_and_the_rest_counted() -> None:
    films = {f"{n}.mp4": VIDEO for n in range(5)}
    reading = read_members({"a.txt": b"Tea.", **films})
    assert reading.status is Status.PARTLY
    assert reading.reason == (
        "0.mp4 is a video, which is not read. 1.mp4 is a video, which is not read. "
        "2.mp4 is a video, which is not read. 2 more are not read or not all read."
    )
    assert reading.remedy


def test_an_archive_without_a_readable_file_says_so() -> None:
    reading = read_members({"a.mp4": VIDEO})
    assert reading.status is Status.UNSUPPORTED
    assert "a.mp4 is a video" in reading.reason
    assert reading.remedy


@pytest.mark.parametrize("members", [{}, {"a.txt": b""}, {"folder/": b""}])
def test_an_archive_without_words_has_no_text(members: Members) -> None:
    reading = read_members(members)
    assert reading.status is Status.NO_TEXT
    assert reading.reason
    assert reading.remedy


def test_scans_inside_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = Reading("", "", (), Status.NO_TEXT, "It is a picture without text.", "x", scanned=2)
    original = reading_module.read
    monkeypatch.setattr(reading_module, "read", lambda file: scan if file.depth else original(file))
    found = original(File("a.zip", packed({"a.png": b"x", "b.png": b"x"})))
    assert (found.status, found.scanned) == (Status.NO_TEXT, 4)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/abs/a.txt", "abs/a.txt"),
        ("c:\\b\\a.txt", "c:/b/a.txt"),
        ("a\x1b[31m\n.txt", "a .txt"),
        ("会議.txt", "会議.txt"),
        ("x" * 300 + ".txt", "…" + "x" * 145 + ".txt"),
    ],
)
def test_names_are_only_labels(name: str, label: str) -> None:
    assert labels(read_members({name: b"Tea."})) == [label]


@pytest.mark.parametrize("encoding", ["cp437", "utf-8"])
def test_names_without_a_stated_encoding(encoding: str) -> None:
    name = "éé.txt".encode(encoding)
    data = packed({"x" * len(name): b"Tea."}).replace(b"x" * len(name), name)
    assert labels(read(File("a.zip", data))) == ["éé.txt"]


def test_a_file_without_a_name_is_read() -> None:
    data = packed({"a": b"Tea."}).replace(b"a", b"\0")
    assert labels(read(File("box.zip", data))) == ["unnamed"]


def test_two_files_of_one_name_are_both_read() -> None:
    data = packed({"a.txt": b"First.", "b.txt": b"Second."}).replace(b"b.txt", b"a.txt")
    assert [s.text for s in read(File("a.zip", data)).sections] == ["First.", "Second."]


# --- locks and damage -----------------------------------------------------------------------------


def test_an_encrypted_archive_is_locked() -> None:
    reading = read(File("a.zip", locked(packed({"a.txt": b"Tea.", "b.txt": b"Cake."}))))
    assert reading.status is Status.LOCKED
    assert reading.reason
    assert reading.remedy


def test_an_archive_with_some_encrypted_files_is_partly_read() -> None:
    reading = read(File("a.zip", locked(packed({"a.txt": b"Tea.", "b.txt": b"Cake."}), "b.txt")))
    assert reading.status is Status.PARTLY
    assert labels(reading) == ["a.txt"]
    assert reading.reason == "b.txt is locked with a password."


def test_a_damaged_file_does_not_cost_the_others() -> None:
    data = bytearray(packed({"a.txt": b"Tea. " * 99, "b.txt": b"Cake."}))
    data[40] ^= 0xFF
    reading = read(File("a.zip", bytes(data)))
    assert reading.status is Status.PARTLY
    assert labels(reading) == ["b.txt"]
    assert reading.reason == "a.txt is damaged and cannot be unpacked."


def test_a_packing_that_is_not_known_is_said() -> None:
    data = packed({"a.txt": b"Tea."})
    place = data.rindex(b"PK\x01\x02")
    odd = data[: place + 10] + struct.pack("<H", 99) + data[place + 12 :]
    odd = odd[:8] + struct.pack("<H", 99) + odd[10:]
    assert "packed in a way" in read(File("a.zip", odd)).reason


def test_a_broken_directory_is_damage() -> None:
    data = packed({"a.txt": b"Tea." * 100})
    for broken in (data[:-30], data[:40], b"PK\x03\x04" + b"x" * 100):
        reading = read(File("a.zip", broken))
        assert reading.status is Status.DAMAGED
        assert reading.remedy


def test_a_part_of_a_split_archive_says_so() -> None:
    data = packed({"a.txt": b"Tea."})
    end = data.rindex(b"PK\x05\x06")
    last = data[: end + 4] + struct.pack("<HH", 1, 1) + data[end + 8 :]
    for part in (b"PK\x07\x08" + data, last):
        reading = read(File("a.zip", part))
        assert reading.status is Status.DAMAGED
        assert "split" in reading.reason


# --- bombs ----------------------------------------------------------------------------------------


def test_archives_in_archives_are_opened_to_a_bound() -> None:
    data = packed({"a.txt": b"Tea."})
    for _ in range(2):
        data = packed({"in.zip": data, "a.txt": b"Tea."})
    reading = read(File("a.zip", data))
    assert reading.status is Status.READY
    assert "in.zip > in.zip > a.txt" in labels(reading)
    for _ in range(5):
        data = packed({"in.zip": data, "a.txt": b"Tea."})
    reading = read(File("a.zip", data))
    assert reading.status is Status.PARTLY
    assert len(reading.sections) == 3


def test_more_files_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 3)
    reading = read_members({f"{n}.txt": b"Tea." for n in range(5)})
    assert reading.status is Status.PARTLY
    assert len(reading.sections) == 3
    assert "first 3 of its 5 files" in reading.reason


def test_the_unpacked_bytes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT", 5000)
    reading = read_members({f"{n}.txt": b"Tea. " * 500 for n in range(5)})
    assert reading.status is Status.PARTLY
    assert len(reading.sections) == 2


def test_a_single_file_that_is_too_large_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBER_SIZE", 5000)
    data = packed({"a.txt": b"a" * 6000, "b.txt": b"Tea."})
    reading = read(File("a.zip", data))
    assert (reading.status, labels(reading)) == (Status.PARTLY, ["b.txt"])
    # a directory that lies about the size is found out
    lie = data.replace(struct.pack("<I", 6000), struct.pack("<I", 60))
    reading = read(File("a.zip", lie))
    assert (reading.status, labels(reading)) == (Status.PARTLY, ["b.txt"])


def test_the_text_that_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives.Inside, "_room", 3000)
    inside = archives.Inside(File("a.zip", b""), _room=3000)
    for name in ("a.txt", "b.txt"):
        inside.read(name, b"Tea. " * 400, name)
    assert inside.full
    assert [s.label for s in inside.sections] == ["a.txt"]
    assert inside.reason()


def test_an_archive_that_takes_too_long_is_read_in_part() -> None:
    reading = archives.read_zip(File("a.zip", packed({"a.txt": b"Tea."}), deadline=0))
    assert reading.status is Status.TOO_LARGE
    assert "first 0 of its 1 files" in reading.reason


def test_a_directory_of_millions_is_refused_before_it_is_read() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2**30, 0, 0)
    assert read(File("a.zip", b"PK\x03\x04" + end)).status is Status.TOO_LARGE


@given(st.data())
def test_wild_input_is_read_or_damaged(data: st.DataObject) -> None:
    raw = bytearray(
        packed({"a/b.txt": b"Tea.", "c.html": b"<p>Cake.", "d.zip": packed({"e": b"f"})})
    )
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = read(File("a.zip", bytes(raw)))
    assert found.status is Status.READY or (found.reason and found.remedy)
    assert all(section.text.strip() and section.label.isprintable() for section in found.sections)
