"""The light query encoder and sentence-transformers share one space."""

from __future__ import annotations

import numpy as np

from assistant import weights
from assistant.config import Settings
from assistant.embed import MiniLM

TEXTS = [
    "What is a repair café?",
    "",
    "The spare key of the hall hangs behind the blue door.",
    "W" * 3000,
    "Zählerstand 12,5 kWh · 会議は十時から",
    " ".join(["a long passage about heat networks and bills"] * 80),
]


def test_both_encoders_give_the_same_unit_vectors(settings: Settings) -> None:
    files = weights.embedder(settings)
    model = MiniLM(files.folder, files.identity)
    try:
        few, many = model.few(TEXTS), model.many(TEXTS)
    finally:
        model.close()
    assert few.dtype == np.float32
    assert few.shape == many.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(few, axis=1), 1.0, atol=1e-5)
    assert (few * many).sum(axis=1).min() >= 0.999


def test_batches_keep_the_order_of_the_texts(settings: Settings) -> None:
    files = weights.embedder(settings)
    model = MiniLM(files.folder, files.identity)
    texts = [f"{n} chairs " * (1 + n % 7) for n in range(20)]
    together = model.few(texts)
    for place in (0, 7, 19):
        alone = model.few([texts[place]])[0]
        assert float(together[place] @ alone) > 0.9999
