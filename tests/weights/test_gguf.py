"""The header of a model file: believed only as far as the file itself bears it out."""

from __future__ import annotations

import os
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant import weights
from assistant.config import Settings
from assistant.weights.gguf import GgufError, Header, read_header
from tests.weights.synthetic import (
    ARRAY,
    F16,
    FACTS,
    STRING,
    TENSORS,
    U32,
    gguf,
    header,
    string,
)

WHOLE = gguf()
# a fixture's file is written anew by every example
one_file = hypothesis_settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Read = Callable[[bytes], Header]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def call(data: bytes) -> Header:
        (tmp_path / "a.gguf").write_bytes(data)
        return read_header(tmp_path / "a.gguf")

    return call


@pytest.fixture
def starter(settings: Settings) -> Path:
    found = [spec.file for spec in weights.writers(settings) if spec.name == "starter"]
    if not found:
        pytest.skip("the starter model is not installed (the `starter` extra)")
    return found[0]


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024**2
    finally:
        tracemalloc.stop()


# --- whole files ------------------------------------------------------------------------


def test_the_starter_file_says_what_it_is(starter: Path, settings: Settings) -> None:
    (spec, *_) = weights.writers(settings)
    assert (spec.name, spec.architecture, spec.quantisation) == ("starter", "llama", "Q4_1")
    assert (spec.parameters, spec.context, spec.chat_template) == ("135M", 8192, True)
    assert (spec.size, spec.licence, spec.bundled) == (98_362_432, "Apache-2.0", True)
    facts = read_header(starter)
    assert (facts.layers, facts.width, facts.heads, facts.kv_heads) == (30, 576, 9, 3)
    # keys and values, 30 layers, 3 heads of 64 numbers, 2 bytes each
    assert facts.kv_bytes(2048) == 2 * 30 * 3 * 64 * 2 * 2048


def test_a_small_file_says_what_it_is(read: Read) -> None:
    assert read(WHOLE) == Header(
        architecture="llama",
        name="A small model",
        quantisation="Q8_0",
        parameters=64 * 3 + 64,
        context=4096,
        chat_template=True,
        licence="apache-2.0",
        layers=2,
        width=64,
        heads=4,
        kv_heads=2,
    )


def test_a_header_that_says_little_is_enough(read: Read) -> None:
    facts = read(gguf({}, ()) + bytes(32))
    assert (facts.architecture, facts.quantisation, facts.context) == ("unknown", "unknown", 0)
    assert (facts.chat_template, facts.parameters, facts.kv_bytes(2048)) == (False, 0, 0)


def test_numbers_that_are_given_layer_by_layer_count_at_their_largest(read: Read) -> None:
    assert read(gguf({**FACTS, "llama.attention.head_count_kv": [1, 4, 2]})).kv_heads == 4


@pytest.mark.parametrize("missing", ["llama.attention.head_count_kv"])
def test_a_model_without_grouped_heads_has_as_many_key_heads_as_heads(
    read: Read, missing: str
) -> None:
    facts = read(gguf({k: v for k, v in FACTS.items() if k != missing}))
    assert facts.kv_heads == facts.heads == 4


@pytest.mark.parametrize("nonsense", ["many", -0.5, True, [], ["a"]])
def test_a_fact_of_the_wrong_kind_counts_as_not_given(read: Read, nonsense: object) -> None:
    keys = [k for k, v in FACTS.items() if isinstance(v, int) and not isinstance(v, bool)]
    facts = read(gguf({**FACTS, **dict.fromkeys(keys, nonsense)}))
    assert (facts.context, facts.layers, facts.heads) == (0, 0, 0)
    assert facts.quantisation == "unknown"


def test_another_alignment_is_respected(read: Read) -> None:
    data = header({**FACTS, "general.alignment": 4096}, TENSORS)
    end = 64 * 3 // 32 * 34
    end = -(-end // 32) * 32 + 64 * 2  # of the second tensor
    assert read(data.ljust(4096 + end, b"\0")).parameters == 256
    with pytest.raises(GgufError, match="not complete"):
        read(data.ljust(4096 + end - 1, b"\0"))


# --- files that are not whole -----------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"", b"GG", b"This is a shopping list.\n" * 50, b"PK\x03\x04" * 50, b"GGML" + bytes(100)],
)
def test_a_file_of_another_kind_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(GgufError):
        read(data)


@pytest.mark.parametrize("version", [0, 1, 4, 2**31, 0x03000000])
def test_another_version_is_refused_by_its_number(read: Read, version: int) -> None:
    with pytest.raises(GgufError, match=str(version)):
        read(gguf(version=version))


def test_version_2_is_read_like_version_3(read: Read) -> None:
    assert read(gguf(version=2)) == read(WHOLE)


def test_a_file_cut_at_any_byte_is_refused(read: Read) -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(GgufError):
            read(WHOLE[:length])


def test_a_longer_file_than_needed_is_accepted(read: Read) -> None:
    assert read(WHOLE + bytes(100)) == read(WHOLE)


def test_a_starter_file_that_is_only_half_copied_is_refused(starter: Path, tmp_path: Path) -> None:
    size = starter.stat().st_size
    half = tmp_path / "half.gguf"
    with starter.open("rb") as file:
        half.write_bytes(file.read(8 * 1024**2))  # the header, and a little
    with pytest.raises(GgufError, match=r"the last 85\.8 MB are missing"):
        read_header(half)
    os.truncate(half, size - 1)
    with pytest.raises(GgufError, match="not complete"):
        read_header(half)
    os.truncate(half, size)  # the length fits again: it was the length that gave it away
    assert read_header(half) == read_header(starter)


# --- hostile files ----------------------------------------------------------------------


@one_file
@given(
    st.binary(max_size=300)
    | st.tuples(st.integers(0, 3), st.integers(0, 3), st.binary(max_size=300)).map(
        lambda parts: struct.pack("<IQQ", 3, *parts[:2]) + parts[2]
    )
)
@example(struct.pack("<IQQ", 3, 0, 1) + string("a") + struct.pack("<I", 13))
@example(struct.pack("<IQQ", 3, 1, 0) + string("a") + struct.pack("<I", 9))
def test_any_bytes_behind_the_magic_are_a_gguf_error_or_a_header(read: Read, data: bytes) -> None:
    with little_memory(), suppress(GgufError):
        assert isinstance(read(b"GGUF" + data), Header)


@one_file
@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255)), max_size=4))
def test_a_good_file_with_changed_bytes_is_a_gguf_error_or_a_header(
    read: Read, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    with little_memory(), suppress(GgufError):
        assert isinstance(read(bytes(data)), Header)


HUGE = 2**63
ENTRY = struct.pack("<IQQ", 3, 0, 1) + string("key")
TENSOR = struct.pack("<IQQ", 3, 1, 0) + string("name")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(struct.pack("<IQQ", 3, HUGE, 0), id="tensors"),
        pytest.param(struct.pack("<IQQ", 3, 0, HUGE), id="entries"),
        pytest.param(struct.pack("<IQQQ", 3, 0, 1, HUGE), id="length of a key"),
        pytest.param(ENTRY + struct.pack("<IQ", STRING, HUGE), id="length of a string"),
        pytest.param(ENTRY + struct.pack("<IIQ", ARRAY, U32, HUGE), id="length of an array"),
        pytest.param(ENTRY + struct.pack("<IIQ", ARRAY, STRING, HUGE), id="strings in an array"),
        pytest.param(ENTRY + struct.pack("<IIQ", ARRAY, ARRAY, 1) * 1000, id="arrays in arrays"),
        pytest.param(TENSOR + struct.pack("<I", 2**31), id="dimensions"),
        pytest.param(
            TENSOR + struct.pack("<I8QIQ", 8, *[HUGE] * 8, F16, 0), id="numbers in a tensor"
        ),
        pytest.param(TENSOR + struct.pack("<IQIQ", 1, 1, F16, HUGE), id="place of a tensor"),
        pytest.param(TENSOR + struct.pack("<IQIQ", 1, 1, 999, HUGE), id="type from the future"),
    ],
)
def test_huge_counts_are_refused_at_once(read: Read, data: bytes) -> None:
    with little_memory(), pytest.raises(GgufError):
        read(b"GGUF" + data + bytes(200))


def test_a_huge_alignment_is_refused(read: Read) -> None:
    with pytest.raises(GgufError, match="not complete"):
        read(gguf({**FACTS, "general.alignment": 2**31}))
