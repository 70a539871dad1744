"""What a person means: follow-ups made whole, slips of the pen mended, places named in words.

No model is asked. What was changed is kept as a sentence, so that the person sees what was searched
for. Nothing is changed that the library's own words give no reason for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant import text
from assistant.domain import Question
from assistant.store import Store

IsWord = Callable[[str], bool]

SHORTEST = 4  # letters of a word that may be mended
FAR = 7  # letters from which two slips are forgiven
MOST_TOPIC_WORDS = 6
MOST_PARTS = 2  # of a question
FEWEST_IN_PART = 2  # words of meaning
MOST_NEAR = 12  # stems whose words are compared
MOST_PATHS = 2_000  # looked through for a folder's name
_POINTING = frozenset(
    "it its this that these those they them their theirs he him his she her hers ones"
    " former latter".split()
)
# an "it" that points at nothing
_EMPTY_IT = re.compile(
    r"\b(?:is|was|be)\s+it\s+(?=(?:ok|okay|all right|alright|safe|possible|true|legal|better|worth"
    r"|best|necessary|allowed|fine|enough|too)\b)",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"^\s*(?:and|but|so|or|also|then|ok|okay)\b|^\s*(?:what|how) (?:about|if|else)\b", re.IGNORECASE
)
_FEW_WORDS = 2  # of meaning: a question with so few leans on the one before
_ASKING = re.compile(
    r"^\W*(?:(?:and|but|so|please|can you|could you|would you|tell me|explain|describe|say)\s+)*"
    r"(?:who|whom|whose|what|which|when|where|why|how(?: (?:many|much|long|often|far|old|big))?"
    r"|is|are|was|were|do|does|did|can|could|should|may|must|will|would|has|have|had)\b",
    re.IGNORECASE,
)
_AND_ANOTHER = re.compile(
    r"(?:[,;?.]\s+|\s+)(?:and|but)\s+(?=(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were"
    r"|do|does|did|can|could|should|may|must|will|would)\b)|\?\s+(?=\w)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|from|according to|see)\s+(?:the|our|my|all)\s+(?P<name>[\w' -]{3,40}?)"
    r"(?:\s+(?:of|from|for)\s+(?P<year>(?:19|20)\d\d))?\s*(?=[?.,;]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The question to search for, and in words what was made of it; '' when it is as it was."""

    question: Question
    words: str = ""


def understand(question: Question, store: Store, is_word: IsWord) -> Rewritten:
    """Only what needs it is changed, in this order: the topic, the spelling, the place.

    Args:
        is_word: whether letters are a word of the language, so that it is no slip.
    """
    whole = with_topic(question.text, question.history)
    mended = mend(whole, store, is_word)
    placed = replace(question, text=mended, history=())
    if not placed.scope:
        placed = replace(placed, scope=_place_named(mended, store))
    notes = []
    if mended != question.text:
        notes.append(f"Understood as: {mended}")
    if placed.scope != question.scope:
        notes.append(f"(looked only in {placed.scope})")
    return Rewritten(placed, " ".join(notes))


# --- follow-ups ---------------------------------------------------------------------------------


def with_topic(words: str, history: Sequence[str]) -> str:
    """`words` with the topic of the question before, where they cannot stand alone."""
    topic = next((t for t in map(_topic, reversed(history)) if t), "")
    if not topic or not leans(words):
        return words
    known = set(text.terms(words))
    missing = [w for w in topic.split() if not set(text.terms(w)) <= known]
    if not missing:
        return words
    empty = [m.span() for m in _EMPTY_IT.finditer(words)]
    pointing = re.finditer(r"\b(?:it|this|that|they|them|these|those)\b", words, re.IGNORECASE)
    found = next((m for m in pointing if not any(a <= m.start() < b for a, b in empty)), None)
    if found and len(topic.split()) <= MOST_TOPIC_WORDS:
        return f"{words[: found.start()]}{topic}{words[found.end() :]}"
    return f"{words.rstrip(' ?.!')} ({topic})?"


def leans(words: str) -> bool:
    """Whether a question points at something that was said before."""
    plain = text.words(_EMPTY_IT.sub(" ", words))
    if _GOING_ON.search(words) or any(w in _POINTING for w in plain):
        return True
    return len([w for w in plain if w not in text.STOPWORDS]) <= _FEW_WORDS


def _topic(question: str) -> str:
    """What a question is about: its longest run of words that carry meaning, names first."""
    body = _ASKING.sub("", question).strip(" ?.!")
    runs: list[list[str]] = [[]]
    for word in body.split():
        bare = word.strip('.,;:?!()"“”')
        if text.fold(bare) in text.STOPWORDS or text.fold(bare) in _POINTING:
            runs.append([])
        else:
            runs[-1].append(bare)
            if bare != word:
                runs.append([])
    best = max(runs, key=lambda run: (any(w[:1].isupper() for w in run), len(run)))
    return " ".join(best[:MOST_TOPIC_WORDS])


# --- questions of two parts ----------------------------------------------------------------------


def parts(words: str) -> tuple[str, ...]:
    """The questions in a question: "What does it cost, and who pays?" has two.

    Each can be searched for alone: a part that leans on the one before gets its topic.
    """
    found = [part.strip(" ,;") for part in _AND_ANOTHER.split(words)]
    found = [part for part in found if part]
    if len(found) < 2 or any(len(text.terms(part)) < FEWEST_IN_PART for part in found):
        return (words,)
    whole = [found[0]]
    for part in found[1:MOST_PARTS]:
        whole.append(with_topic(part, (found[0],)))
    return tuple(f"{part.rstrip('?. ')}?" for part in whole)


# --- spelling -----------------------------------------------------------------------------------


def mend(words: str, store: Store, is_word: IsWord) -> str:
    """`words` with those that stand nowhere in the library replaced by the nearest that do.

    Words of the language, names (with a capital inside the question), codes and short words stay.
    """
    for token in dict.fromkeys(text.tokens(words)):
        if not _may_be_a_slip(token, words) or store.frequency(token) or is_word(text.fold(token)):
            continue
        if nearest := _nearest(text.fold(token), store):
            words = re.sub(rf"\b{re.escape(token)}\b", nearest, words)
    return words


def _may_be_a_slip(token: str, words: str) -> bool:
    if len(token) < SHORTEST or not token.isalpha() or text.fold(token) in text.STOPWORDS:
        return False
    return token.islower() or words.lstrip().startswith(token)


def _nearest(word: str, store: Store) -> str:
    """The library's word that is closest to `word`; of equals the commonest; '' for none."""
    from rapidfuzz.distance import OSA  # slips of one letter, or two that changed places

    most = 2 if len(word) >= FAR else 1
    stem = text.index_stem(word)
    near = [
        (distance, -count, term)
        # an ending may hide a slip more
        for term, count in store.vocabulary(stem[0], len(stem) - most - 1, len(stem) + most + 1)
        if (distance := OSA.distance(stem, term, score_cutoff=most + 1)) <= most + 1
    ]
    whole = []
    for _, count, term in sorted(near)[:MOST_NEAR]:
        for found in set(text.words(store.text_with(term))):
            distance = OSA.distance(word, found, score_cutoff=most)
            if distance <= most and found[0] == word[0]:
                whole.append((distance, count, found))
    return min(whole)[2] if whole else ""


# --- places -------------------------------------------------------------------------------------


def _place_named(words: str, store: Store) -> str:
    """A glob for the folder or file that a question names: "in the minutes of 2024"."""
    for found in _PLACE.finditer(words):
        if glob := _glob(text.words(found["name"]), found["year"] or "", store):
            return glob
    return ""


def _glob(name: list[str], year: str, store: Store) -> str:
    """For the folder, or the file, that is called so."""
    paths = store.paths_like(name[0], MOST_PATHS) if name else []
    for path in paths:
        parts = path.split("/")
        for depth, part in enumerate(parts, start=1):
            is_file = depth == len(parts)
            called = text.words(part.rpartition(".")[0] if is_file else part)
            if called != name or any(c in path for c in "*?["):
                continue
            inside = "/".join(parts[:depth]) + ("" if is_file else "/*")
            if not year:
                return inside
            if any(year in p for p in paths if p.startswith("/".join(parts[:depth]))):
                return f"{inside.rstrip('*')}*{year}*"
    return ""
