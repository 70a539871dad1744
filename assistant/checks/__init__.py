"""Whether a written sentence agrees with the source that it cites.

Numbers, units, dates, names, negation and comparison must agree, and most of the words must stand
in the source. Each is held to the sentences of the source that are nearest, then to all of it. The
checks know words and figures, not meaning: what passes may still be wrong, what fails is not shown
as sourced.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant import text
from assistant.checks import agreement, polarity
from assistant.checks.fault import Fault, Kind
from assistant.checks.reading import Reading, Word, read
from assistant.checks.source import Source, source_of
from assistant.checks.verbatim import stands_in

__all__ = ["Fault", "Kind", "check"]

SUPPORT_NEEDED = 0.75  # of the words that carry meaning, by weight


def check(sentence: str, source: str) -> tuple[Fault, ...]:
    """What in `sentence` disagrees with `source`; nothing where it agrees."""
    if stands_in(sentence, source):
        return ()
    said, held = read(sentence), source_of(source)
    nearest = held.near(said)
    found = [
        *agreement.of_figures(said, held, nearest),
        *agreement.of_names(said, held, nearest),
        *polarity.faults(said, held, nearest),
        *_unsupported(said, held),
    ]
    return tuple(dict.fromkeys(found))


def _unsupported(said: Reading, held: Source) -> Iterator[Fault]:
    words = [w for w in said.words if w.content]
    if not words and not said.figures:
        words = [
            Word(at, t.word, text.stem(t.word), "")
            for at, t in enumerate(said.tokens)
            if t.kind == "word"
        ]
    missing = [w for w in words if not held.supports(w)]
    if sum(map(_weight, missing)) > (1 - SUPPORT_NEEDED) * sum(map(_weight, words)) + 1e-9:
        named = ", ".join(dict.fromkeys(w.word for w in missing[:5]))
        yield Fault(Kind.UNSUPPORTED, named, f"The sources say nothing of: {named}.")


def _weight(word: Word) -> float:
    """Long words are rarer, and tell more."""
    return min(max(len(word.stem), 3), 8)
