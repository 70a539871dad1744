"""BERT's forward pass in NumPy (Devlin et al. 2019), over a model's own safetensors.

Importing torch takes about ten seconds on a small laptop; this is ready in a fraction of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

BLOCK = 16_384  # numbers


class Bert:
    """`weights` by the names that transformers gives them, without a "bert." in front."""

    def __init__(
        self, weights: Mapping[str, Array], layers: int, heads: int, epsilon: float
    ) -> None:
        self._weights = weights
        self._layers = layers
        self._heads = heads
        self._epsilon = epsilon

    def states(
        self,
        ids: NDArray[np.int64],
        mask: NDArray[np.float32],
        types: NDArray[np.int64] | None = None,
    ) -> Array:
        """The last hidden states, (n, length, hidden), of token ids (n, length).

        Args:
            mask: 1 for a token, 0 for padding.
            types: which of two texts a token belongs to, 0 or 1; None is 0 for all.
        """
        states = self._embed(ids, np.zeros_like(ids) if types is None else types)
        hidden_scores: Array = (1.0 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(self._layers):
            states = self._layer(f"encoder.layer.{layer}", states, hidden_scores)
        return states

    def _embed(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> Array:
        w = self._weights
        states = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + w["embeddings.token_type_embeddings.weight"][types]
        )
        return self._normalise("embeddings.LayerNorm", states)

    def _layer(self, name: str, states: Array, hidden_scores: Array) -> Array:
        attended = self._attend(f"{name}.attention.self", states, hidden_scores)
        projected = self._linear(f"{name}.attention.output.dense", attended)
        states = self._normalise(f"{name}.attention.output.LayerNorm", states + projected)
        inner = _gelu(self._linear(f"{name}.intermediate.dense", states))
        outer = self._linear(f"{name}.output.dense", inner)
        return self._normalise(f"{name}.output.LayerNorm", states + outer)

    def _attend(self, name: str, states: Array, hidden_scores: Array) -> Array:
        n, length, hidden = states.shape
        width = hidden // self._heads

        def heads(part: str) -> Array:  # (n, heads, length, width)
            projected = self._linear(f"{name}.{part}", states)
            return projected.reshape(n, length, self._heads, width).transpose(0, 2, 1, 3)

        scores: Array = (
            heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width))
        )
        scores += hidden_scores
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Array = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(n, length, hidden)
        return mixed

    def _linear(self, name: str, states: Array) -> Array:
        n, length, width = states.shape
        weight = self._weights[f"{name}.weight"]
        # one flat product: NumPy would otherwise multiply text by text
        flat = states.reshape(n * length, width) @ weight.T
        flat += self._weights[f"{name}.bias"]
        return flat.reshape(n, length, weight.shape[0])

    def _normalise(self, name: str, states: Array) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        scaled: Array = centred / np.sqrt(variance + np.float32(self._epsilon))
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(x: Array) -> Array:
    """x * Phi(x), in blocks that stay in the processor's cache: one large pass is memory-bound."""
    flat = x.reshape(-1)
    for start in range(0, len(flat), BLOCK):
        block = flat[start : start + BLOCK]
        block *= np.float32(0.5) * (1 + _erf(block * np.float32(np.sqrt(0.5))))
    return x


def _erf(x: Array) -> Array:
    """The error function to 1.5e-7: Abramowitz and Stegun 1964, formula 7.1.26."""
    magnitude = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * magnitude)
    series = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series *= t
        series += np.float32(factor)
    series *= t
    series *= np.exp(-magnitude * magnitude)
    return np.copysign(1 - series, x)
