"""The evidence reader: question and passage read together, in NumPy.

Says whether a text answers a question, and at which words (heads as in Devlin et al. 2019, with
the first token for "nowhere"). Trained by models/reader/train.py; models/reader/README.md is its
card. Its embeddings are those of the search model that is installed anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.embed.light import bert
from assistant.errors import WeightsDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

LONGEST = 384  # word pieces of question and passage
QUESTION = 64  # of them, at most, the question's
LONGEST_ANSWER = 40  # word pieces
BATCH = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reader makes of one passage.

    `answers`: log-odds that it answers the question.
    `begins`, `ends`: log-probability that the answer begins, or ends, at each word piece; what is
    missing from 1 is "nowhere".
    `offsets`: (pieces, 2), where each piece stands in the passage, in characters.
    """

    answers: float
    begins: Array
    ends: Array
    offsets: NDArray[np.int64]

    def share(self, start: int, end: int) -> float:
        """The probability (0 to 1) that the answer begins in these characters of the passage."""
        inside = (self.offsets[:, 0] < end) & (self.offsets[:, 1] > start)
        return float(np.exp(self.begins[inside]).sum()) if inside.any() else 0.0

    @property
    def nowhere(self) -> float:
        """The probability (0 to 1) that it begins nowhere."""
        return max(0.0, 1.0 - float(np.exp(self.begins).sum()))

    def words(self) -> tuple[int, int]:
        """Characters of the passage in which the answer most likely stands; (0, 0) for none."""
        if not len(self.begins):
            return 0, 0
        pairs = self.begins[:, None] + self.ends[None, :]
        allowed = np.triu(np.tri(len(pairs), k=LONGEST_ANSWER - 1, dtype=np.bool_))
        first, last = divmod(int(np.where(allowed, pairs, -np.inf).argmax()), pairs.shape[1])
        return int(self.offsets[first, 0]), int(self.offsets[last, 1])


class EvidenceReader:
    """`folder`: the search model's; `weights`: reader.safetensors.

    Raises:
        WeightsDamaged: the file is not whole.
    """

    def __init__(self, folder: Path, weights: Path) -> None:
        from safetensors import SafetensorError, safe_open
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        try:
            kept = load_file(weights)
        except SafetensorError as error:
            raise WeightsDamaged(f"{weights} is damaged.", "Install the program again.") from error
        own = {name: value.astype(np.float32) for name, value in kept.items()}
        with safe_open(folder / "model.safetensors", framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118 - it is no dictionary
                if name.startswith("embeddings."):
                    own[name] = file.get_tensor(name)
        self._weights: dict[str, Array] = own
        self._bert = bert(folder, own)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def read(self, question: str, passages: Sequence[str]) -> list[Verdict]:
        """One verdict for each passage, in their order."""
        found: dict[int, Verdict] = {}
        for batch, states, pairs in self._states([(question, p) for p in passages]):
            spans = states @ self._weights["span.weight"].T + self._weights["span.bias"]
            whole = self._whole(states)
            for place, number in enumerate(batch):
                pair = pairs[place]
                begins, ends = (
                    _log_shares(spans[place, : pair.length, k], pair.start) for k in (0, 1)
                )
                found[number] = Verdict(float(whole[place, 0]), begins, ends, pair.offsets)
        return [found[n] for n in range(len(passages))]

    def _whole(self, states: Array) -> Array:
        """(n, 4): log-odds that it answers, then what it makes of a claim, which is not used."""
        w = self._weights
        first = np.tanh(states[:, 0] @ w["whole.weight"].T + w["whole.bias"])
        scores: Array = first @ w["verdict.weight"].T + w["verdict.bias"]
        return scores

    def _states(
        self, texts: Sequence[tuple[str, str]]
    ) -> list[tuple[list[int], Array, list[_Pair]]]:
        pairs = [self._pair(*both) for both in texts]
        order = sorted(range(len(pairs)), key=lambda n: pairs[n].length)
        found = []
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            some = [pairs[n] for n in batch]
            length = max(pair.length for pair in some)
            ids, types = np.zeros((2, len(batch), length), dtype=np.int64)
            mask = np.zeros((len(batch), length), dtype=np.float32)
            for row, pair in enumerate(some):
                ids[row, : pair.length] = pair.ids
                types[row, pair.start : pair.length - 1] = 1  # as in training
                mask[row, : pair.length] = 1
            found.append((batch, self._bert.states(ids, mask, types), some))
        return found

    def _pair(self, question: str, passage: str) -> _Pair:
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION]
        text = self._tokenizer.encode(passage, add_special_tokens=False)
        room = LONGEST - len(asked) - 3
        cls: int = self._tokenizer.token_to_id("[CLS]")  # type: ignore[assignment]
        sep: int = self._tokenizer.token_to_id("[SEP]")  # type: ignore[assignment]
        ids = [cls, *asked, sep, *text.ids[:room], sep]
        offsets = np.array(text.offsets[:room], dtype=np.int64).reshape(-1, 2)
        return _Pair(ids, len(asked) + 2, offsets)


@dataclass(frozen=True, slots=True)
class _Pair:
    """`start`: the token at which the passage begins."""

    ids: list[int]
    start: int
    offsets: NDArray[np.int64]

    @property
    def length(self) -> int:
        return len(self.ids)


def _log_shares(scores: Array, start: int) -> Array:
    """Log-probabilities of the passage's pieces, among them and the first token."""
    kept = scores[start:-1]
    most = max(float(scores[0]), float(kept.max(initial=-np.inf)))
    total = np.exp(scores[0] - most) + np.exp(kept - most).sum()
    shares: Array = kept - most - np.log(total)
    return shares
