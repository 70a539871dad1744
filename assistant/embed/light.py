"""The query encoder: MiniLM in NumPy, with mean pooling (Reimers and Gurevych 2019).

The same vectors as sentence-transformers gives, without torch, so a first question need not wait.
It knows BERT encoders only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.embed.bert import Bert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

BATCH = 8  # texts at once: little padding, and the states stay near the processor


class LightEncoder:
    """Loads config.json, tokenizer.json and model.safetensors from `folder`."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        weights: dict[str, Array] = load_file(folder / "model.safetensors")
        self._hidden = weights["embeddings.word_embeddings.weight"].shape[1]
        self._bert = bert(folder, weights)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(int(limits["max_seq_length"]))
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Array:
        """float32 (n, hidden), rows of length 1, in the order of `texts`."""
        vectors = np.zeros((len(texts), self._hidden), dtype=np.float32)
        # neighbours in length share a batch, so that little is spent on padding
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[batch] = self._encode_batch([texts[i] for i in batch])
        return vectors

    def _encode_batch(self, texts: Sequence[str]) -> Array:
        encodings = self._tokenizer.encode_batch(list(texts))
        ids = np.array([e.ids for e in encodings])  # (n, length)
        mask = np.array([e.attention_mask for e in encodings], dtype=np.float32)
        summed = (self._bert.states(ids, mask) * mask[:, :, None]).sum(axis=1)
        pooled: Array = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
        return pooled


def bert(folder: Path, weights: dict[str, Array]) -> Bert:
    """The shape is what config.json in `folder` says; the weights may be others."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Bert(
        weights,
        int(config["num_hidden_layers"]),
        int(config["num_attention_heads"]),
        float(config["layer_norm_eps"]),
    )
