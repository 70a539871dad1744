"""Reads the header of a GGUF model file without loading it, and without trusting it.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. llama.cpp itself may abort
the whole process on a broken file, and its Python reader maps everything into memory; this one
stops at the first thing that does not fit and knows how long a whole file must be.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_SCALARS = {
    0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
# More than any real file has; a larger count is a broken or hostile header.
_MAX_ENTRIES = 100_000
_MAX_STRING = 16 * 1024**2
_MAX_ARRAY = 4_000_000

# ggml tensor type -> (numbers in a block, bytes in a block)
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4),
    27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

# general.file_type -> the name that people know
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip


class GgufError(Exception):
    """The file is not a whole, well-formed GGUF file; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says. Counts of layers, heads and widths are 0 where it is silent."""

    architecture: str
    name: str
    quantisation: str
    parameters: int
    context: int
    chat_template: bool
    licence: str
    layers: int
    width: int
    heads: int
    kv_heads: int

    def kv_bytes(self, context: int) -> int:
        """Memory of the key-value cache in bytes, at 16 bits a number."""
        if not self.heads:
            return 0
        return 2 * 2 * self.layers * context * self.width * self.kv_heads // self.heads


def read_header(path: Path) -> Header:
    """Raises GgufError when the file is not GGUF, is broken, or is shorter than it must be."""
    size = path.stat().st_size
    with path.open("rb") as file:
        reader = _Reader(file)
        if reader.take(4) != b"GGUF":
            raise GgufError("it is not a GGUF model file")
        version = reader.scalar(4)
        if version not in (2, 3):
            raise GgufError(f"it is GGUF version {version}, and only 2 and 3 can be read")
        tensor_count, entry_count = reader.scalar(10), reader.scalar(10)
        if tensor_count > _MAX_ENTRIES or entry_count > _MAX_ENTRIES:
            raise GgufError("its header is damaged")
        facts = dict(reader.entry() for _ in range(entry_count))
        parameters, end = _tensors(reader, tensor_count)
        alignment = _whole(facts.get("general.alignment"), 32)
        start = -(-file.tell() // alignment) * alignment if alignment else file.tell()
    if size < start + end:
        missing = (start + end - size) / 1024**2
        raise GgufError(f"it is not complete: the last {missing:,.1f} MB are missing")
    return _header(facts, parameters)


def _tensors(reader: _Reader, count: int) -> tuple[int, int]:
    """(how many numbers in all, where the last tensor ends after the header)."""
    numbers_in_all = end = 0
    for _ in range(count):
        reader.string()
        dimensions = reader.scalar(4)
        if dimensions > 8:
            raise GgufError("its header is damaged")
        numbers = 1
        for _ in range(dimensions):
            numbers *= reader.scalar(10)
        kind, offset = reader.scalar(4), reader.scalar(10)
        # a type newer than this table still must begin inside the file
        per_block, block_bytes = _BLOCKS.get(kind, (1, 0))
        numbers_in_all += numbers
        end = max(end, offset + numbers // per_block * block_bytes)
    return numbers_in_all, end


def _header(facts: dict[str, Any], parameters: int) -> Header:
    architecture = str(facts.get("general.architecture") or "unknown")

    def number(key: str) -> int:
        return _whole(facts.get(f"{architecture}.{key}"), 0)

    file_type = _whole(facts.get("general.file_type"), -1)
    return Header(
        architecture=architecture,
        name=str(facts.get("general.name") or ""),
        quantisation=_FILE_TYPES.get(file_type, "unknown"),
        parameters=parameters,
        context=number("context_length"),
        chat_template=bool(facts.get("tokenizer.chat_template")),
        licence=str(facts.get("general.license") or ""),
        layers=number("block_count"),
        width=number("embedding_length"),
        heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv") or number("attention.head_count"),
    )


def _whole(value: object, default: int) -> int:
    """`value` if it is a sensible whole number; some keys hold one number a layer instead."""
    if isinstance(value, list):
        value = max((v for v in value if isinstance(v, int)), default=None)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40:
        return value
    return default


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def take(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise GgufError("it is not complete: the file ends inside its header")
        return data

    def scalar(self, kind: int) -> Any:
        form = _SCALARS.get(kind)
        if form is None:
            raise GgufError("its header is damaged")
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def string(self) -> str:
        length = self.scalar(10)
        if length > _MAX_STRING:
            raise GgufError("its header is damaged")
        return self.take(length).decode("utf-8", errors="replace")

    def entry(self) -> tuple[str, Any]:
        return self.string(), self._value(self.scalar(4))

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.scalar(kind)
        inner, length = self.scalar(4), self.scalar(10)
        if length > _MAX_ARRAY or inner == _ARRAY:
            raise GgufError("its header is damaged")
        if inner == _STRING:  # a vocabulary: passed over, nobody here needs it
            for _ in range(length):
                self.string()
            return None
        form = _SCALARS.get(inner)
        if form is None:
            raise GgufError("its header is damaged")
        width = struct.calcsize(form)
        values = self.take(width * length)
        return [v[0] for v in struct.iter_unpack(form, values)] if length <= 1024 else None
