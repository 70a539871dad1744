"""How many damaged sentences the checks catch, and how many true ones they fault.

    python -m benchmarks.damage [--seed 0] [--sentences 200] [--show]

True sentences come from the evidence of the development questions (tests/eval) and, where ../shared
is there, from SQuAD 2.0 documents that are not held back. Each is checked against the passage that
it stands in: word for word, and in light paraphrases that are still true. Then each of these is
damaged in every way that it allows (another passage cited; a number, date, name or unit changed;
negation flipped) and checked again. Where it can, a damage takes its new number or name from the
same passage, else from the same document: what a model mixes up. Sentences of even and odd seeds
are different ones, so that one seed serves to develop on and the other to confirm.

    python -m benchmarks.damage --claims synth_swap_nli [--seed 0]

Instead: claims of a set in ../shared that others damaged or reworded, by how that was done.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant import text
from assistant.checks import check
from models.reader import data

QUESTIONS = Path(__file__).parents[1] / "tests" / "eval" / "questions.jsonl"
OWN_SHARE = 0.4  # of the sentences; the others are from SQuAD 2.0


@dataclass(frozen=True)
class Item:
    """A sentence that `passage` says, the other passages of its document, and what was done."""

    sentence: str
    passage: str
    others: tuple[str, ...]
    done: str = ""


Change = Callable[[Item, random.Random], str | None]

# --- true sentences -----------------------------------------------------------------------


def own_items() -> list[Item]:
    rows = [json.loads(line) for line in QUESTIONS.open(encoding="utf-8")]
    quotes = {
        (e["document"], e["quote"])
        for row in rows
        if row["split"] == "dev"
        for e in row.get("evidence", ())
    }
    found = []
    for document, quote in sorted(quotes):
        passages = [f"{c.strip()}\n\n{p}" for c, p in data.chunks(f"corpus/{document}")]
        holding = [p for p in passages if text.one_line(quote) in text.one_line(p)]
        if holding and is_sentence(quote):
            others = tuple(p for p in passages if text.one_line(quote) not in text.one_line(p))
            found.append(Item(text.one_line(quote), holding[0], others))
    return found


def squad_items() -> list[Item]:
    found = []
    for name, split in sorted(data.squad_documents().items()):
        if split == "test":
            continue
        title = name.removesuffix(".md").replace("_", " ")
        passages = [f"{title}\n\n{p.strip()}" for p in data.squad_paragraphs(name) if p.strip()]
        for passage in passages:
            others = tuple(p for p in passages if p != passage)
            body = passage.partition("\n\n")[2]
            found += [
                Item(text.one_line(body[a:b]), passage, others)
                for a, b in text.sentences(body)
                if is_sentence(body[a:b])
            ]
    return found


def is_sentence(words: str) -> bool:
    return words[0].isupper() and words.endswith(".") and 5 <= len(words.split()) <= 40


def sample(seed: int, count: int, own_share: float = OWN_SHARE) -> list[Item]:
    """`count` sentences; those of an even seed are none of those of an odd one."""
    own, squad = round(own_share * count), count - round(own_share * count)
    chosen: list[Item] = []
    for pool, number in ((own_items, own), (squad_items, squad)):
        if number:
            items = pool()
            random.Random(7).shuffle(items)
            chosen += random.Random(seed).sample(items[seed % 2 :: 2], number)
    return chosen


# --- paraphrases that are still true ------------------------------------------------------

_SMALL = dict(
    enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)
)
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_SHORT = [
    ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"), ("is not", "isn't"),
    ("are not", "aren't"), ("was not", "wasn't"), ("were not", "weren't"), ("cannot", "can't"),
    ("should not", "shouldn't"), ("could not", "couldn't"), ("would not", "wouldn't"),
    ("has not", "hasn't"), ("have not", "haven't"), ("had not", "hadn't"), ("must not", "mustn't"),
    ("will not", "won't"), ("it is", "it's"),
]  # fmt: skip
_TAIL = re.compile(
    r", (?:which|who|where|because|so that|so|including|such as|although|while|and|but) [^,]*\.$"
)
_HEAD = re.compile(r"^(?:In|On|At|During|After|By|From|Since|However|Usually|Today|For)\b[^,]*, ")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|may|must|should|will|would|could|does|do|did|\w{3,}ed|"
    r"needs?|gives?|makes?|takes?|says?|means?|shows?|uses?|became|began|wrote|led|held)\b"
)


def without_clause(item: Item, _rng: random.Random) -> str | None:
    """Without the clause behind the only comma, or without what leads up to it."""
    if item.sentence.count(",") != 1:
        return None
    tail, head = _TAIL.search(item.sentence), _HEAD.match(item.sentence)
    rest = item.sentence[: tail.start()] + "." if tail else None
    if head and not rest:
        rest = item.sentence[head.end()].upper() + item.sentence[head.end() + 1 :]
    return rest if rest and _VERB.search(rest) and len(rest.split()) >= 5 else None


def other_contraction(item: Item, _rng: random.Random) -> str | None:
    for long, short in _SHORT:
        for old, new in ((long, short), (short, long)):
            for left, right in ((old, new), (old.capitalize(), new.capitalize())):
                if re.search(rf"\b{left}\b", item.sentence):
                    return re.sub(rf"\b{left}\b", right, item.sentence, count=1)
    return None


def other_number_form(item: Item, _rng: random.Random) -> str | None:
    for number, word in _SMALL.items():
        if re.search(rf"(?<!-)\b{word}\b(?!-)", item.sentence):
            return re.sub(rf"\b{word}\b", str(number), item.sentence, count=1)
        plain = rf"(?<![\d.,:/£$€-])\b{number} (?=[a-z]{{3,}})"
        if re.search(plain, item.sentence):
            return re.sub(plain, f"{word} ", item.sentence, count=1)
    if re.search(r"\d,\d{3}\b", item.sentence):
        return re.sub(r"(?<=\d),(?=\d{3}\b)", "", item.sentence)
    if re.search(r"\d ?%|\d per ?cent", item.sentence):
        if "%" in item.sentence:
            return re.sub(r" ?%", " per cent", item.sentence)
        return re.sub(r" per ?cent", "%", item.sentence)
    return None


def other_date_order(item: Item, _rng: random.Random) -> str | None:
    for old, new in (
        (rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b", r"\2 \1, \3"),
        (rf"\b({_MONTH}) (\d{{1,2}}), (\d{{4}})\b", r"\2 \1 \3"),
        (rf"\b(\d{{1,2}}) ({_MONTH})\b", r"\2 \1"),
        (rf"\b({_MONTH}) (\d{{1,2}})\b", r"\2 \1"),
        (r"\b(\d{1,2}) ?([ap])\.?m\b", r"\1:00 \2.m"),
    ):
        changed = re.sub(old, new, item.sentence)
        if changed != item.sentence:
            return changed
    return None


PARAPHRASES: dict[str, Change] = {
    "clause dropped": without_clause,
    "contraction": other_contraction,
    "number form": other_number_form,
    "date order": other_date_order,
}

# --- damage -------------------------------------------------------------------------------

_YEAR = r"\b(?:1[0-9]{3}|20[0-2][0-9])\b"
_NUMBER = re.compile(
    r"(?<![\w.,:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:/-])(?!\.\d)|\b(?:"
    + "|".join(_SMALL.values())
    + r")\b"
)
_CAPITAL = r"[A-Z][a-zà-ÿ'’]*[a-zà-ÿ]+"
_NAME = re.compile(rf"(?<=[a-z,;)] )(?:(?:{_CAPITAL})(?: {_CAPITAL})*|[A-Z]{{2,6}}\b)")
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_UNITS = [
    "volts amps watts ohms", "V A W",
    "seconds minutes hours days weeks months years decades centuries",
    "second minute hour day week month year decade century", "miles kilometres metres feet inches",
    "km cm mm m", "km² acres", "thousand million billion", "kg g tonnes", "kW MW kWh", "GHz MHz",
    "GB MB TB", "£ $ €", "% people", "percent people", "per cent people", "pounds dollars euros",
    "°C °F", "litres pints", "degrees metres", "mm cm", "kilometers miles meters", "point mm",
]  # fmt: skip
_OPPOSITES = [
    ("always", "never"), ("allow", "forbid"), ("allows", "forbids"), ("allowed", "forbidden"),
    ("include", "exclude"), ("includes", "excludes"), ("open", "closed"), ("before", "after"),
    ("more", "less"), ("above", "below"), ("first", "last"), ("increase", "decrease"),
    ("increased", "decreased"), ("maximum", "minimum"), ("safe", "unsafe"), ("all", "none of the"),
    ("largest", "smallest"), ("higher", "lower"), ("high", "low"), ("with", "without"),
    ("early", "late"), ("legal", "illegal"), ("possible", "impossible"), ("turn on", "turn off"),
    ("able", "unable"), ("start", "stop"), ("same", "different"), ("large", "small"),
    ("new", "old"), ("strong", "weak"), ("begin", "end"), ("north", "south"),
]  # fmt: skip
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|should|must|may|might|will|would|has|have|had|does|do|did)\b"
    r"(?! (?:not|no|to|nothing|none)\b)(?!n't)"
)
_NEGATION = re.compile(r" not\b|n't\b| never\b|\bno (?=\w)|(?<=can)not\b")


def another_passage(item: Item, rng: random.Random) -> str | None:
    return rng.choice(item.others) if item.others else None


def other_number(item: Item, rng: random.Random) -> str | None:
    outside = _without_dates(item.sentence)
    found = list(_NUMBER.finditer(outside))
    if not found:
        return None
    match = rng.choice(found)
    old = match[0]
    there = set(_NUMBER.findall(outside))
    near = [n for n in _NUMBER.findall(_without_dates(item.passage)) if n not in there]
    near = [n for n in near if n[0].isdigit() == old[0].isdigit() and _plain(n) != _plain(old)]
    if near and rng.random() < 0.5:
        new = rng.choice(near)
    elif old[0].isdigit():
        new = _shifted(old, rng)
    else:
        new = rng.choice([w for w in _SMALL.values() if w not in there])
    return None if new in there else _put(item.sentence, match, new)


def _shifted(old: str, rng: random.Random) -> str:
    """`old` with one of its figures changed, or times ten."""
    places = [i for i, c in enumerate(old) if c.isdigit()]
    place = rng.choice(places)
    choices = [d for d in "123456789" if d != old[place]]
    return (
        old + "0"
        if old.isdigit() and rng.random() < 0.2
        else old[:place] + rng.choice(choices) + old[place + 1 :]
    )


def _plain(number: str) -> str:
    return number.replace(",", "")


def _without_dates(words: str) -> str:
    """Years and days blanked, at the same length."""
    date = rf"\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}}\b|{_YEAR}(?!,\d{{3}})"
    return re.sub(date, lambda m: "_" * len(m[0]), words)


def other_date(item: Item, rng: random.Random) -> str | None:
    kinds: list[tuple[re.Match[str], str]] = []
    for match in re.finditer(rf"{_YEAR}(?![,%\d])", item.sentence):
        near = [y for y in re.findall(_YEAR, item.passage) if y not in item.sentence]
        shifted = str(int(match[0]) + rng.choice([-40, -9, -3, -1, 1, 2, 7, 30]))
        kinds.append((match, rng.choice(near) if near and rng.random() < 0.5 else shifted))
    for names in (_MONTHS, _WEEKDAYS):
        for match in re.finditer(rf"\b(?:{'|'.join(names)})\b", item.sentence):
            if match[0] != "May" or item.sentence[: match.start()].strip():
                kinds.append((match, rng.choice([n for n in names if n != match[0]])))
    for match in re.finditer(
        rf"\b\d{{1,2}}(?= {_MONTH})|(?<=[a-z] )\d{{1,2}}(?=, \d{{4}})", item.sentence
    ):
        kinds.append((match, str(rng.choice([d for d in range(1, 29) if d != int(match[0])]))))
    for match in re.finditer(r"\b\d{1,2}(?= ?[ap]m\b)|\b\d{1,2}(?=:\d\d)", item.sentence):
        kinds.append((match, str(rng.choice([h for h in range(1, 12) if h != int(match[0])]))))
    if not kinds:
        return None
    match, new = rng.choice(kinds)
    return _put(item.sentence, match, new)


def other_name(item: Item, rng: random.Random) -> str | None:
    found = [m for m in _NAME.finditer(item.sentence) if m[0] not in (*_MONTHS, *_WEEKDAYS)]
    if not found:
        return None
    match = rng.choice(found)
    words = len(match[0].split())
    for place in rng.sample([item.passage, " ".join(item.others)], 2):
        names = {
            n
            for n in _NAME.findall(place)
            if len(n.split()) == words
            and n.isupper() == match[0].isupper()
            and n.lower() not in text.STOPWORDS
            and not n.startswith((*_MONTHS, *_WEEKDAYS))
            and not set(text.terms(n)) & set(text.terms(item.sentence))
        }
        if names:
            return _put(item.sentence, match, rng.choice(sorted(names)))
    return None


def flipped(item: Item, rng: random.Random) -> str | None:
    ways = []
    negation = _NEGATION.search(item.sentence)
    if negation:
        ways.append(_put(item.sentence, negation, ""))
    elif item.sentence.startswith(("Do not ", "Never ")):
        rest = re.sub("^(Do not|Never) ", "", item.sentence)
        ways.append(rest[0].upper() + rest[1:])
    else:
        auxiliary = _AUXILIARY.search(item.sentence)
        if auxiliary:
            ways.append(_put(item.sentence, auxiliary, auxiliary[0] + " not"))
    for pair in _OPPOSITES:
        for old, new in (pair, pair[::-1]):
            match = re.search(rf"\b{old}\b", item.sentence)
            if match:
                ways.append(_put(item.sentence, match, new))
    return rng.choice(ways) if ways else None


def other_unit(item: Item, rng: random.Random) -> str | None:
    ways = []
    for units in map(str.split, (u.replace("per cent", "per_cent") for u in _UNITS)):
        for unit in (u.replace("_", " ") for u in units):
            new = rng.choice([u for u in units if u != unit.replace(" ", "_")])
            if unit in "£$€":
                match = re.search(rf"{re.escape(unit)}(?=\d)", item.sentence)
            else:
                number = rf"(?:\d|\b(?:{'|'.join(_SMALL.values())}|hundred|thousand|million))"
                match = re.search(rf"(?<=[\w])[ -]?{re.escape(unit)}(?!\w)", item.sentence)
                if match and not re.search(number + "$", item.sentence[: match.start()]):
                    match = None
            if match:
                space = match[0][: len(match[0]) - len(unit)]
                ways.append(_put(item.sentence, match, space + new.replace("_", " ")))
    return rng.choice(ways) if ways else None


def _put(words: str, match: re.Match[str], new: str) -> str:
    return words[: match.start()] + new + words[match.end() :]


DAMAGES: dict[str, Change] = {
    "number": other_number,
    "date": other_date,
    "name": other_name,
    "negation": flipped,
    "unit": other_unit,
}

# --- the measurement ----------------------------------------------------------------------


def paraphrases(items: Sequence[Item], seed: int) -> list[Item]:
    rng = random.Random(f"{seed} paraphrases")
    return [
        replace(item, sentence=changed, done=name)
        for item in items
        for name, change in PARAPHRASES.items()
        if (changed := change(item, rng)) and changed != item.sentence
    ]


def damaged(items: Sequence[Item], seed: int) -> Iterator[Item]:
    rng = random.Random(f"{seed} damage")
    for item in items:
        if other := another_passage(item, rng):
            yield replace(item, passage=other, done="passage")
        for name, change in DAMAGES.items():
            changed = change(item, rng)
            if changed and changed != item.sentence:
                yield replace(item, sentence=changed, done=name)


Tally = dict[str, list[bool]]


def faulted(items: Sequence[Item] | Iterator[Item], show: Callable[[bool], bool]) -> Tally:
    """By what was done to the sentences, whether each is faulted; prints those to show."""
    tally: Tally = defaultdict(list)
    for item in items:
        faults = check(item.sentence, item.passage)
        tally[item.done].append(bool(faults))
        if show(bool(faults)):
            print(f"- {item.done}: {item.sentence}\n  {[f.reason for f in faults]}")
    return tally


def claims(name: str, seed: int) -> tuple[list[Item], list[Item]]:
    """Supported and contradicted claims: 3,000 for an even seed, the others for an odd one."""
    records = list(data.records(name))
    random.Random(1).shuffle(records)
    records = records[3000:] if seed % 2 else records[:3000]
    items: dict[str, list[Item]] = defaultdict(list)
    for record in records:
        done = record["source"].partition(":")[2].partition(" (")[0]
        items[record["label"]].append(Item(record["question"], record["passage"], (), done))
    return items["support"], items["contradict"]


def report(title: str, tally: Tally) -> None:
    print(f"| {title} | faulted | share |\n|---|---|---|")
    total = [hit for hits in tally.values() for hit in hits]
    for name, hits in (*sorted(tally.items()), ("all", total)):
        if hits:
            print(f"| {name} | {sum(hits)} of {len(hits)} | {100 * sum(hits) / len(hits):.1f} % |")
    print()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--sentences", type=int, default=200)
    arguments.add_argument("--show", action="store_true", help="what was missed or wrongly faulted")
    arguments.add_argument("--claims", metavar="SET", help="a set of ../shared/data/train")
    options = arguments.parse_args()
    if options.claims:
        true, false = claims(options.claims, options.seed)
        report("claims, contradicted", faulted(false, lambda hit: options.show and not hit))
        report("claims, true", faulted(true, lambda hit: options.show and hit))
        return
    if not data.SQUAD.is_dir():
        print(f"{data.SQUAD} is not here: our own sentences alone.\n")
    items = sample(options.seed, options.sentences, OWN_SHARE if data.SQUAD.is_dir() else 1)
    light = paraphrases(items, options.seed)
    print(f"{len(items)} sentences and {len(light)} paraphrases, seed {options.seed}\n")
    for title, chosen in (("word for word", items), ("paraphrased", light)):
        worse = damaged(chosen, options.seed)
        report(f"damaged, {title}", faulted(worse, lambda hit: options.show and not hit))
    true = [replace(item, done="word for word") for item in items] + light
    report("true", faulted(true, lambda hit: options.show and hit))


if __name__ == "__main__":
    main()
