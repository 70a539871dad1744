"""Stand-ins for the models: only for states and faults that the real ones cannot be put in."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from assistant.domain import Finish, Prompt
from assistant.text import terms


class SlowEngine:
    """Writes the same sentence word by word until it is stopped, or up to `words` of them."""

    name = "slow"

    def __init__(self, words: int = 10_000, pause: float = 0.02) -> None:
        self.finish = Finish.COMPLETE
        self._words = words
        self._pause = pause

    def count(self, text: str) -> int:
        return len(text.split())

    def render(self, prompt: Prompt) -> str:
        return f"{prompt.system}\n{prompt.user}"

    def stream(self, prompt: Prompt, max_tokens: int, stop: threading.Event) -> Iterator[str]:
        for _ in range(self._words):
            if stop.wait(self._pause):
                self.finish = Finish.STOPPED
                return
            yield "word "
        self.finish = Finish.COMPLETE

    def close(self) -> None:
        pass


class ScriptedEngine(SlowEngine):
    """Writes what it is told to, in pieces of three characters."""

    name = "scripted"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.prompts: list[Prompt] = []

    def stream(self, prompt: Prompt, max_tokens: int, stop: threading.Event) -> Iterator[str]:
        self.prompts.append(prompt)
        for start in range(0, len(self._text), 3):
            yield self._text[start : start + 3]
        self.finish = Finish.COMPLETE


class HashEmbedder:
    """Vectors from the words alone, the same every time: for tests that count, not that search."""

    identity = "hash"

    def few(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), 1024), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                vectors[row, zlib.crc32(term.encode()) % 1024] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    many = few

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def close(self) -> None:
        pass
