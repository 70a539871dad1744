"""Runs a writing model: load, stream, stop, count tokens. The only room that imports llama_cpp.

A prompt's fixed parts come from the model's own chat template. What people and documents wrote is
tokenised apart, without the marks that the model's file calls special or its template is made of,
so that a document which contains "<|im_end|>" stays text and cannot close its own block.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from assistant.domain import Finish, ModelSpec, Prompt
from assistant.errors import EngineError


class Engine(Protocol):
    """One model, loaded. Calls from several threads take turns."""

    name: str

    def count(self, text: str) -> int:
        """How many tokens `text` has."""
        ...

    def stream(self, prompt: Prompt, max_tokens: int, stop: threading.Event) -> Iterator[str]:
        """Pieces of text as they come; ends soon after `stop` is set, also during prefill."""
        ...

    finish: Finish
    """How the last stream ended."""

    def render(self, prompt: Prompt) -> str:
        """Exactly what the model is given, for people to read."""
        ...

    def close(self) -> None: ...


# Stand for the two texts while the chat template is rendered; no document can contain them,
# because control characters are cleaned away when it is read.
_SYSTEM, _USER = "\x01S\x01", "\x01U\x01"
_PLAIN_TEMPLATE = f"{_SYSTEM}\n\n{_USER}\n\nAnswer:"


class LlamaEngine:
    """A GGUF model on this machine's processor.

    Args:
        context: context window in tokens; lowered to what the model was made for.
        threads: 0 chooses by the machine.

    Raises:
        EngineError: llama.cpp will not load the file.
    """

    def __init__(self, spec: ModelSpec, context: int, threads: int, log: Path) -> None:
        self.name = spec.name
        self.finish = Finish.COMPLETE
        self._lock = threading.Lock()
        self._stop = threading.Event()  # the present caller's
        self._llama = _load(spec, min(context, spec.context or context), threads, log)
        self._template = str(self._llama.metadata.get("tokenizer.chat_template") or "")
        self._parts = self._template_parts()
        # llama.cpp asks this between the steps of a computation; kept referenced while it may
        self._abort = _abort_callback(self._stopped)
        _set_abort(self._llama, self._abort)

    def count(self, text: str) -> int:
        return len(self._text_tokens(text))

    def render(self, prompt: Prompt) -> str:
        return "".join(part for part, _ in self._filled(prompt))

    def stream(self, prompt: Prompt, max_tokens: int, stop: threading.Event) -> Iterator[str]:
        with self._lock:
            self._stop = stop
            self.finish = Finish.STOPPED
            try:
                yield from self._generate(self._prompt_tokens(prompt), max_tokens, stop)
            finally:
                self._stop = threading.Event()

    def close(self) -> None:
        with self._lock:
            self._llama.close()

    def _stopped(self) -> bool:
        return self._stop.is_set()

    def _generate(
        self, tokens: Sequence[int], max_tokens: int, stop: threading.Event
    ) -> Iterator[str]:
        llama, pending, written = self._llama, b"", 0
        try:
            # greedy: the same question gives the same answer, which a person can check again
            for token in llama.generate(tokens, temp=0.0, repeat_penalty=1.1):
                if stop.is_set():
                    return
                if _ends(llama, token):
                    self.finish = Finish.COMPLETE
                    return
                pending += llama.detokenize([token])
                text, pending = _whole_characters(pending)
                if text:
                    yield text
                written += 1
                if written >= max_tokens:
                    self.finish = Finish.LENGTH
                    return
        except RuntimeError as error:
            llama.reset()
            if not stop.is_set():
                raise EngineError(
                    "The model stopped with an error.",
                    "Ask again; if it happens again, choose another model.",
                ) from error
        finally:
            if self.finish is Finish.STOPPED:
                _forget(llama)

    def _prompt_tokens(self, prompt: Prompt) -> list[int]:
        tokens: list[int] = []
        for part, trusted in self._filled(prompt):
            tokens += self._tokens(part, special=True) if trusted else self._text_tokens(part)
        bos = self._llama.token_bos()
        if self._llama._model.add_bos_token() and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        return tokens

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        tokens = self._llama.tokenize(text.encode("utf-8"), add_bos=False, special=special)
        return [int(token) for token in tokens]

    def _text_tokens(self, text: str) -> list[int]:
        """The tokens of what people and documents wrote: letters, never a mark of the model's.

        llama.cpp passes over what the file calls a control token. But the makers of many files
        call the marks of their template ordinary additions, and these it finds in any text.
        """
        tokens: list[int] = []
        for token in self._tokens(text, special=False):
            if self._is_mark(token):
                name = self._llama._model.token_get_text(token)
                if rest := name[1:]:  # in two pieces it is no mark any more
                    tokens += self._text_tokens(name[:1]) + self._text_tokens(rest)
            else:
                tokens.append(token)
        return tokens

    def _is_mark(self, token: int) -> bool:
        import llama_cpp

        kind = self._llama._model.token_get_attr(token)
        if kind & llama_cpp.LLAMA_TOKEN_ATTR_CONTROL or _ends(self._llama, token):
            return True
        if not kind & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED:
            return False
        name = self._llama._model.token_get_text(token).strip()
        return name != "" and name in self._template

    def _filled(self, prompt: Prompt) -> Iterator[tuple[str, bool]]:
        """The template's parts (trusted) and the texts between them (not)."""
        for part in self._parts:
            if part == _SYSTEM:
                yield prompt.system, False
            elif part == _USER:
                yield prompt.user, False
            else:
                yield part, True

    def _template_parts(self) -> list[str]:
        rendered = _PLAIN_TEMPLATE
        if self._template:
            # a template that we cannot render, or that drops the text, is as good as none
            with contextlib.suppress(Exception):
                rendered = self._render_template()
        if rendered.count(_USER) != 1 or rendered.count(_SYSTEM) != 1:
            rendered = _PLAIN_TEMPLATE
        parts = []
        for before_user in rendered.split(_USER):
            first, *rest = before_user.split(_SYSTEM)
            parts.append([first, *(p for text in rest for p in (_SYSTEM, text))])
        return [p for p in (*parts[0], _USER, *parts[1]) if p]

    def _render_template(self) -> str:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        llama = self._llama
        formatter = Jinja2ChatFormatter(
            template=self._template,
            eos_token=llama._model.token_get_text(llama.token_eos()),
            bos_token=llama._model.token_get_text(llama.token_bos()),
        )
        messages = [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": _USER},
        ]
        return str(formatter(messages=messages).prompt)


def _load(spec: ModelSpec, context: int, threads: int, log: Path) -> Any:
    import llama_cpp

    _log_to(log)
    decode, prefill = (threads, threads) if threads else default_threads()
    try:
        # verbose=False would redirect file descriptors 1 and 2 and blank a terminal app; what
        # llama-cpp-python itself prints goes to the log with the rest
        with _log_file(log) as file, contextlib.redirect_stderr(file):
            llama = llama_cpp.Llama(
                str(spec.file),
                n_ctx=context,
                n_threads=decode,
                n_threads_batch=prefill,
                verbose=True,
            )
        llama.verbose = False
    except (ValueError, RuntimeError, OSError, AssertionError) as error:
        raise EngineError(
            f"The model {spec.name} could not be loaded.",
            "It may need more memory than is free, or a newer llama.cpp. "
            "Choose another with `assistant models use NAME`.",
        ) from error
    return llama


def default_threads() -> tuple[int, int]:
    """(to write, to read the prompt). Reading fills every core; writing is bound by memory.

    Two cores, SmolLM2 135M: one thread writes 61 tokens a second, two write 21, because they
    wait for each other at every layer; and one thread leaves a core for the interface.
    """
    import psutil

    cores = int(psutil.cpu_count(logical=False) or os.cpu_count() or 1)
    return max(1, cores // 2), cores


def _log_file(path: Path) -> IO[str]:
    """The log, begun anew: one start's log is enough. A library on a read-only disk has none."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


_log_callback: Any = None  # llama.cpp keeps a pointer to it: it must never be collected


def _log_to(path: Path) -> None:
    global _log_callback  # noqa: PLW0603
    import llama_cpp

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def write(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        with contextlib.suppress(OSError), path.open("ab") as file:
            file.write(text)

    _log_callback = write
    llama_cpp.llama_log_set(write, ctypes.c_void_p(0))


def _abort_callback(stopped: Callable[[], bool]) -> Any:
    import llama_cpp

    @llama_cpp.ggml_abort_callback  # type: ignore[untyped-decorator]
    def asked(_data: ctypes.c_void_p) -> bool:
        return stopped()

    return asked


def _set_abort(llama: Any, callback: Any) -> None:
    import llama_cpp

    llama_cpp.llama_set_abort_callback(llama._ctx.ctx, callback, ctypes.c_void_p(0))


def _ends(llama: Any, token: int) -> bool:
    import llama_cpp

    return bool(llama_cpp.llama_vocab_is_eog(llama._model.vocab, token))


def _forget(llama: Any) -> None:
    """After an abort the cache may hold half a batch: begin the next prompt from nothing."""
    llama.reset()
    llama._ctx.kv_cache_clear()


def _whole_characters(data: bytes) -> tuple[str, bytes]:
    """(the characters that are complete, the bytes of one that is not yet)."""
    for kept in range(min(4, len(data) + 1)):
        try:
            return data[: len(data) - kept].decode("utf-8"), data[len(data) - kept :]
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", errors="replace"), b""
