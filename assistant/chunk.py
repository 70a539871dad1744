"""A section's text to chunks: spans at natural breaks, small enough for the embedder.

Promise: every chunk is ``text[start:end]`` of its section, chunks come in order, do not overlap,
and between them leave out nothing but white space.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from assistant.domain import Chunk

# all-MiniLM-L6-v2 reads 256 word pieces; English has about 1.35 a word, and title and heading
# need a few. 150 words fill the window without losing the end.
WORDS_A_CHUNK = 150


def split(text: str) -> tuple[Chunk, ...]:
    if not text.strip():
        return ()
    _, offsets = _chunker()(text, offsets=True)
    return tuple(
        Chunk(start, end, text[start:end]) for start, end in offsets if text[start:end].strip()
    )


@cache
def _chunker() -> Any:
    import semchunk

    # memoize keeps every text it has counted: on a large library that is a leak
    return semchunk.chunkerify(_count, WORDS_A_CHUNK, memoize=False)


def _count(text: str) -> int:
    """Words, or one for every 7 bytes where there are no spaces (Chinese, tables of codes)."""
    return max(len(text.split()), len(text.encode()) // 7)
