"""Builds small GGUF files, whole and of every shape that the format allows."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

U32, F32, BOOL, STRING, ARRAY, U64 = 4, 6, 7, 8, 9, 10
F16, Q8_0 = 1, 8  # tensor types: 2 bytes a number; 34 bytes for 32 numbers
ALIGNMENT = 32

FACTS: dict[str, object] = {
    "general.architecture": "llama",
    "general.name": "A small model",
    "general.license": "apache-2.0",
    "general.file_type": 7,
    "llama.context_length": 4096,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.chat_template": "{{ messages }}",
    "tokenizer.ggml.tokens": ["a", "é", "会議"],
    "tokenizer.ggml.scores": [0.5, -1.0, 2.0],
    "tokenizer.ggml.add_bos_token": True,
}
# name, dimensions, type
TENSORS = (("token_embd.weight", (64, 3), Q8_0), ("output_norm.weight", (64,), F16))


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(content: object) -> bytes:
    """Its type, then itself."""
    if isinstance(content, bool):
        return struct.pack("<IB", BOOL, content)
    if isinstance(content, int):
        return struct.pack("<II", U32, content)
    if isinstance(content, float):
        return struct.pack("<If", F32, content)
    if isinstance(content, str):
        return struct.pack("<I", STRING) + string(content)
    assert isinstance(content, list)
    items = [value(item) for item in content]
    kind = items[0][:4] if items else struct.pack("<I", U32)
    return (
        struct.pack("<I", ARRAY)
        + kind
        + struct.pack("<Q", len(items))
        + b"".join(item[4:] for item in items)
    )


def size_of(dimensions: Sequence[int], kind: int) -> int:
    numbers = 1
    for dimension in dimensions:
        numbers *= dimension
    return numbers * 2 if kind == F16 else numbers // 32 * 34


def aligned(count: int) -> int:
    return -(-count // ALIGNMENT) * ALIGNMENT


def header(
    facts: Mapping[str, object] = FACTS,
    tensors: Sequence[tuple[str, Sequence[int], int]] = TENSORS,
    version: int = 3,
) -> bytes:
    """Everything before the tensors' numbers, without the padding between."""
    data = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(facts))
    for key, content in facts.items():
        data += string(key) + value(content)
    offset = 0
    for name, dimensions, kind in tensors:
        data += string(name) + struct.pack("<I", len(dimensions))
        data += b"".join(struct.pack("<Q", d) for d in dimensions)
        data += struct.pack("<IQ", kind, offset)
        offset += aligned(size_of(dimensions, kind))
    return data


def gguf(
    facts: Mapping[str, object] = FACTS,
    tensors: Sequence[tuple[str, Sequence[int], int]] = TENSORS,
    version: int = 3,
) -> bytes:
    """A whole file; its last byte is the last of its last tensor."""
    data = header(facts, tensors, version)
    for _, dimensions, kind in tensors:
        data = data.ljust(aligned(len(data)), b"\0")
        data += b"\x11" * size_of(dimensions, kind)
    return data


def write(path: Path, **facts: object) -> Path:
    """A whole file at `path`; `facts` with _ for . are changed from the usual ones."""
    path.write_bytes(gguf({**FACTS, **{k.replace("_", ".", 1): v for k, v in facts.items()}}))
    return path
