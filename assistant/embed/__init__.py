"""Text to embeddings: unit vectors whose inner product is the cosine similarity.

Two ways into one space. Many passages: sentence-transformers in a child process, so that torch's
ten-second import and its memory stay out of the app. A few texts at once (a question, the
sentences of a passage): a plain NumPy forward pass over the same weights, ready in a fraction
of a second. A test holds the two to a cosine of at least 0.999.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant.child import Child, ChildError
from assistant.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# The first batch includes importing torch on a slow disk.
BATCH_SECONDS = 600.0


class Embedder(Protocol):
    """`identity` names the vector space: vectors of another identity cannot be compared."""

    identity: str

    def few(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, dimensions), rows of length 1. Quick to start; for questions."""
        ...

    def many(self, texts: Sequence[str]) -> Vectors:
        """The same space; quick once started. For indexing."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """The word pieces of each text, without the model's own marks at both ends."""
        ...

    def close(self) -> None: ...


class MiniLM:
    """A BERT-shaped sentence-transformers model in `folder` (safetensors).

    Raises:
        EngineError: the child process that embeds died or hung.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.identity = identity
        self._folder = folder
        self._child = Child("assistant.embed.batch", "handle")
        self._light: LightEncoder | None = None
        self._tokenizer: Any = None

    def few(self, texts: Sequence[str]) -> Vectors:
        from assistant.embed.light import LightEncoder

        if self._light is None:
            self._light = LightEncoder(self._folder)
        return self._light.encode(texts)

    def many(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        request = {"folder": str(self._folder), "texts": list(texts)}
        try:
            shape, data = self._child.call(request, BATCH_SECONDS)
        except ChildError as error:
            raise EngineError(
                "Indexing by meaning stopped: the helper process ended.",
                "Close other programs to free memory, then run `assistant index` again.",
            ) from error
        return np.frombuffer(data, dtype="<f4").reshape(shape)

    def count(self, texts: Sequence[str]) -> list[int]:
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            self._tokenizer.no_truncation()  # its file says 128
            self._tokenizer.no_padding()
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(pieces) for pieces in encoded]

    def close(self) -> None:
        """End the child process; its memory goes back to the machine."""
        self._child.close()


if TYPE_CHECKING:
    from assistant.embed.light import LightEncoder
