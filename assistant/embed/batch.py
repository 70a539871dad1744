"""The child process that embeds many passages. The only room that imports torch."""

from __future__ import annotations

from functools import cache
from typing import Any

from assistant.config import stay_offline


def handle(request: Any) -> tuple[Any, bytes]:
    """Request: {folder, texts}. Answer: the shape, and the rows as little-endian float32."""
    vectors = _model(request["folder"]).encode(
        request["texts"], normalize_embeddings=True, show_progress_bar=False
    )
    return list(vectors.shape), vectors.astype("<f4").tobytes()


@cache
def _model(folder: str) -> Any:
    stay_offline()
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        folder,
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
