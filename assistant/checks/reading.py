"""A sentence read once: its tokens, figures, names and the words that carry meaning.

Each of those words stands under a base form with a sign, so that "closed" and "not open" are the
same, and "open" their opposite. Negations, antonyms and prefixes each turn the sign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile

from assistant import text
from assistant.checks.antonyms import BASES
from assistant.checks.figures import Figure, Quantity, figures
from assistant.checks.names import Name, names
from assistant.checks.tokens import Token, tokens

# Besides those that say how a question is asked: they carry no meaning that must be supported.
_FUNCTION = text.STOPWORDS | frozenset(
    """also because while however therefore thus hence though although whether both either neither
    nor yet about after again against all always among another around away back before between
    during each else even ever every few further here however instead less may might must
    need ought never none nothing nobody now off often once one ones only other others otherwise
    own per quite rather same several shall since soon still though through together toward towards
    under unless until upon usually via well whatever whenever where wherever whereas within without
    above below across along beside besides beyond despite except first last least latter former
    per cent anything everything something someone somebody everyone everybody anyone anybody
    across including include said say says according""".split()
)
NEGATIONS = frozenset(
    "not no non never none without neither nor nobody nothing nowhere unless except".split()
)
ONLY = frozenset("only solely exclusively".split())
_CLAUSE_ENDS = frozenset("but because although though while whereas if which who and".split())
_SWITCHING = frozenset("turn switch power".split())  # "on" and "off" are opposites behind these
_REACH = 3  # words that a negation surely governs
# They begin like words with a prefix, and what is left is another word.
_NO_PREFIX = tuple(
    """inside income incoming inform improv display discover discus install impress import invit
    dispos insur intak inten input under uni interest increas invest""".split()
)
_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a figure, at token `at`. `base` with `positive` is what it says.

    `doubtful`: a negation may reach as far as here. `bare`: the stem of the word without a prefix
    like un-. `content`: it must be supported.
    """

    at: int
    word: str
    stem: str
    base: str
    positive: bool = True
    doubtful: bool = False
    bare: str = ""
    content: bool = False

    @property
    def start(self) -> int:
        return self.at

    @property
    def end(self) -> int:
        return self.at + 1


@dataclass(frozen=True, slots=True)
class Scope:
    """What a negation, or "only", governs: the next few words of its clause, to token `end`."""

    at: int
    end: int
    said: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says; `bases` and `stems` gather those of its words and of all its tokens."""

    tokens: tuple[Token, ...]
    figures: tuple[Figure, ...]
    names: tuple[Name, ...]
    words: tuple[Word, ...]
    negations: tuple[Scope, ...]
    limits: tuple[Scope, ...]
    bases: frozenset[str]
    stems: frozenset[str]


@lru_cache(maxsize=512)
def read(sentence: str) -> Reading:
    """`sentence` as the checks need it; kept, because an answer is held to few sources."""
    found = tokens(sentence)
    numbers = figures(found)
    taken = {at for f in numbers if not _in_passing(f) for at in range(f.start, f.end)}
    bound = {at for f in numbers if isinstance(f, Quantity) for at in f.bound_words}
    words = sorted([*_words(found, taken | bound), *_counted(numbers)], key=lambda w: w.at)
    negations = [_scope(at, found, words) for at in _negations(found, taken | bound)]
    turns = Counter(w.at for scope in negations for w in scope.words)
    reached = {at for scope in negations for at in range(scope.at, scope.end)}
    words = [_turned(w, turns[w.at], w.at in reached) for w in words]
    signed = {w.at: w for w in words}
    return Reading(
        found,
        numbers,
        names(found, taken),
        tuple(words),
        tuple(replace(s, words=tuple(signed[w.at] for w in s.words)) for s in negations),
        tuple(_scope(at, found, words) for at in _limits(found, taken)),
        frozenset(w.base for w in words),
        frozenset(text.stem(t.word) for t in found),
    )


def _in_passing(figure: Figure) -> bool:
    """ "First", "both": a word like others, although it may bear out a number."""
    return isinstance(figure, Quantity) and figure.implied and figure.end == figure.start + 1


def _words(found: Sequence[Token], taken: set[int]) -> Iterator[Word]:
    for at, token in enumerate(found):
        if at in taken or token.kind not in ("word", "code", "address"):
            continue
        if token.word in ("on", "off"):
            if _SWITCHING & {text.stem(t.word) for t in found[max(at - 4, 0) : at]}:
                yield Word(at, token.word, f"switched {token.word}", "switched", token.word == "on")
            continue
        stem = text.stem(token.word)
        acronym = token.raw.isupper() and len(token.raw) > 1  # US is not us
        content = token.kind == "word" and (acronym or token.word not in _FUNCTION)
        if token.kind == "word" and not content and stem not in BASES:
            continue
        base, positive = BASES.get(stem, (stem, True))
        yield Word(at, token.word, stem, base, positive, bare=_bare(token.word), content=content)


def _bare(word: str) -> str:
    if word.startswith(_NO_PREFIX):
        return ""
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) >= len(prefix) + 4:
            return text.stem(word[len(prefix) :])
    return ""


def _counted(found: Sequence[Figure]) -> Iterator[Word]:
    """Figures, as what a negation may govern."""
    for figure in found:
        if isinstance(figure, Quantity) and figure.implied:
            continue
        value = str(figure.value if isinstance(figure, Quantity) else figure.words)
        yield Word(figure.start, value, value, value)


def _turned(word: Word, turns: int, reached: bool) -> Word:
    return replace(word, positive=word.positive ^ bool(turns % 2), doubtful=reached and not turns)


def _negations(found: Sequence[Token], taken: set[int]) -> Iterator[int]:
    for at, token in enumerate(found):
        if token.word not in NEGATIONS or at in taken:
            continue
        clause = [t.word for t in takewhile(lambda t: not _ends_clause(t), found[at + 1 :])]
        # "not only" adds something; "not until then" means then
        if not (clause and clause[0] in ONLY) and not {"until", "till"} & set(clause):
            yield at


def _limits(found: Sequence[Token], taken: set[int]) -> Iterator[int]:
    for at, token in enumerate(found):
        before = found[at - 1].word if at else ""
        if token.word in ONLY and before != "not" and at + 1 not in taken:
            yield at


def _scope(start: int, found: Sequence[Token], words: Sequence[Word]) -> Scope:
    """The first words after `start` in its clause; where there are none, those before it."""
    first = next((w.at for w in words if w.at > start), len(found))
    end = first
    while end < len(found) and not _ends_clause(found[end]):
        end += 1
    after = [w for w in words if start < w.at < end][:_REACH]
    before = [w for w in words if w.at < start][-2:]
    return Scope(start, end, found[start].word, tuple(after or before))


def _ends_clause(token: Token) -> bool:
    return token.word in _CLAUSE_ENDS or (token.kind == "mark" and token.raw in ".,;:!?–—()")
