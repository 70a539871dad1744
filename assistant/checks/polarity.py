"""Whether a sentence says yes where its source says no, or the opposite of a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.checks.fault import Fault, Kind
from assistant.checks.places import replaced
from assistant.checks.reading import Reading, Scope, Word
from assistant.checks.source import Source

# A sentence with this share of the nearest one's words may bear out a negation that it lacks.
_RELATED = 0.5
_BANS = frozenset("must may can should shall allowed permitted".split())
_NO_DUTIES = frozenset("need have required mandatory compulsory obliged necessary".split())


def faults(said: Reading, held: Source, nearest: Sequence[Reading]) -> list[Fault]:
    """Against the sentence of the source, of those that are as near, that agrees best."""
    related = held.near(said, _RELATED)
    against = ([*_against(said, source, related)] for source in nearest)
    return min(against, key=len, default=[])


def _against(said: Reading, source: Reading, related: Sequence[Reading]) -> Iterator[Fault]:
    for scope in said.negations:
        if not _opposed(scope.words, source):
            continue
        if not any(_borne_out(scope, other) for other in related):
            yield _fault(scope, f"The sources do not say “{scope.said}” of this.")
    for scope in source.negations:
        if _kept(scope, said) and _opposed(scope.words, said):
            yield _fault(scope, f"The sources say “{scope.said}”, which is left out here.")
    for word, opposite in _opposites(said, source):
        reason = f"The sources say “{opposite.word}”, not “{word.word}”."
        yield Fault(Kind.NEGATION, word.word, reason)
    if _content(said) == _content(source) and len(said.negations) % 2 != len(source.negations) % 2:
        ours = bool(said.negations)
        scope = (said.negations or source.negations)[-1]
        yield _fault(scope, f"The sources say this with{'out' if ours else ''} “{scope.said}”.")
    yield from _limits(said, source)
    yield from _duties(said, source)


def _fault(scope: Scope, reason: str) -> Fault:
    return Fault(Kind.NEGATION, " ".join(w.word for w in scope.words), reason)


def _content(reading: Reading) -> set[str]:
    return {w.stem for w in reading.words if w.content}


def _same(word: Word, other: Word) -> bool | None:
    """Whether both words say the same; None where they have nothing to do with each other."""
    if word.doubtful != other.doubtful:
        return None
    if word.base == other.base:
        return word.positive == other.positive
    if other.stem == word.bare or word.stem == other.bare:
        return word.positive != other.positive
    return None


def _found(word: Word, other: Reading) -> bool | None:
    """Whether the other sentence has the word, or else an antonym, with the same meaning."""
    alike = [o for o in other.words if o.stem == word.stem] or other.words
    relations = {_same(word, o) for o in alike} - {None}
    return True in relations if relations else None


def _opposed(words: Sequence[Word], other: Reading) -> bool:
    """Whether the other sentence has the first word, and most others, the other way round."""
    found = [_found(w, other) for w in words]
    return found[:1] == [False] and found.count(False) > found.count(True)


def _borne_out(scope: Scope, other: Reading) -> bool:
    return _kept(scope, other) and _found(scope.words[0], other) is True


def _kept(scope: Scope, said: Reading) -> bool:
    """Whether the sentence has what the scope is about, rather than leaving the clause out."""
    return 2 * sum(_found(w, said) is not None for w in scope.words) > len(scope.words)


def _opposites(said: Reading, source: Reading) -> Iterator[tuple[Word, Word]]:
    """Words with their antonyms in the source, where no negation makes up for it."""
    instead = replaced(said, [source], lambda reading: reading.words, _same_stem)
    for word in said.words:
        other = instead.get(word)
        if other and _same(word, other) is False:
            yield word, other
        elif word.stem not in source.stems:
            others = [o for o in source.words if o.stem != word.stem]
            related = [o for o in others if _same(word, o) is not None]
            if related and not any(_same(word, o) for o in related):
                yield word, related[0]


def _same_stem(word: Word, other: Word) -> bool:
    return word.stem == other.stem


def _limits(said: Reading, source: Reading) -> Iterator[Fault]:
    """ "Only" is in one and not in the other."""
    if not source.limits and not source.negations:
        for scope in said.limits:
            if _kept(scope, source):
                yield _fault(scope, f"The sources do not say “{scope.said}” of this.")
    if not said.limits and not said.negations:
        for scope in source.limits:
            if scope.words and all(_found(w, said) is not None for w in scope.words[:2]):
                yield _fault(scope, f"The sources say “{scope.said}”, which is left out here.")


def _duties(said: Reading, source: Reading) -> Iterator[Fault]:
    """What need not be is not what must not be."""
    ours, theirs = _duty(said), _duty(source)
    if len(ours) == len(theirs) == 1 and ours != theirs:
        (our, their) = (*ours, *theirs)
        yield Fault(Kind.NEGATION, our, f"The sources say “{their}”, not “{our}”.")


def _duty(reading: Reading) -> set[str]:
    found = set()
    words = ["", *(t.word for t in reading.tokens), ""]
    for at, word in enumerate(words):
        if word == "not":
            before, after = words[at - 1], words[at + 1]
            if before == "need" or after in _NO_DUTIES:
                found.add("need not")
            elif before in _BANS or after in _BANS:
                found.add("must not")
    return found
