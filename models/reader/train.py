"""Trains the evidence reader on two cores and writes reader.safetensors.

    python models/reader/train.py --out /var/tmp/reader            train, in hours
    python models/reader/train.py --out /var/tmp/reader --export   write the weights that ship

all-MiniLM-L6-v2 reads question and passage together. Its embeddings stay as they are, so that the
program takes them from the installed search model. Three heads: where the answer begins and ends
(with the first token for "nowhere", as in Devlin et al. 2019), whether the text answers at all, and
whether it supports, contradicts or leaves open a claim. Where a set knows only the sentence, the
likelihood of any span in it is raised (marginal likelihood, Clark and Gardner 2018).

Fixed seeds; a run that is stopped goes on from its last state.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))
import data

from assistant import chunk, config, weights
from assistant.evaluate import figures

LONGEST = 224  # word pieces of question and passage
QUESTION = 48
IGNORED = -1e4
# Questions that people wrote, with near misses: seen in each epoch. Of the rest, a part in each.
CORE = ("own", "squad2", "unansq_squad2train")


@dataclass
class Row:
    """An example as numbers. `first`, `last`: tokens at which the answer may begin and end."""

    ids: list[int]
    types: list[int]
    begins: list[int]
    ends: list[int]
    answers: float  # 1, 0, or -1 where it is not said
    label: int  # -1 where it is no claim
    weight: float
    source: str
    group: str


def tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def to_row(example: data.Example, tokens: Any, rng: random.Random) -> Row | None:
    question = tokens.encode(example.question, add_special_tokens=False)
    passage = tokens.encode(example.passage, add_special_tokens=False)
    asked = question.ids[:QUESTION]
    room = LONGEST - len(asked) - 3
    begins, ends = [], []
    for start, end in example.spans:
        inside = [i for i, (a, b) in enumerate(passage.offsets) if a < end and b > start]
        if not inside:
            return None
        if example.exact:
            begins.append(inside[0])
            ends.append(inside[-1])
        else:
            begins += inside
            ends += inside
    first = 0
    if len(passage.ids) > room:
        low = max(0, (max(ends) if ends else rng.randint(0, len(passage.ids))) - room + 1)
        high = min(min(begins) if begins else len(passage.ids), len(passage.ids) - room)
        low = min(low, len(passage.ids) - room)
        first = rng.randint(low, high) if low < high else low
    kept = passage.ids[first : first + room]
    shift = len(asked) + 2 - first
    cls, sep = tokens.token_to_id("[CLS]"), tokens.token_to_id("[SEP]")
    fits = [i + shift for i in begins if first <= i < first + room]
    fit_ends = [i + shift for i in ends if first <= i < first + room]
    if example.spans and not (fits and fit_ends):
        return None
    answers = -1.0 if example.answers is None else float(example.answers)
    return Row(
        [cls, *asked, sep, *kept, sep],
        [0] * (len(asked) + 2) + [1] * (len(kept) + 1),
        fits if example.answers else [0],
        fit_ends if example.answers else [0],
        answers,
        -1 if example.label is None else example.label,
        example.weight,
        example.source,
        example.group,
    )


class Reader(nn.Module):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import BertModel

        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False)
        for parameter in self.bert.embeddings.parameters():
            parameter.requires_grad = False
        hidden = self.bert.config.hidden_size
        self.span = nn.Linear(hidden, 2)
        self.whole = nn.Linear(hidden, hidden)
        self.verdict = nn.Linear(hidden, 1 + len(data.LABELS))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        states = self.bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        spans = self.span(states).float()
        allowed = mask.bool() & types.bool()
        allowed[:, 0] = True
        spans = spans.masked_fill(~allowed[:, :, None], IGNORED)
        verdict = self.verdict(torch.tanh(self.whole(states[:, 0]))).float()
        return spans[:, :, 0], spans[:, :, 1], verdict


def collate(rows: list[Row]) -> tuple[Tensor, ...]:
    length = max(len(r.ids) for r in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    begins = torch.zeros(len(rows), length)
    ends = torch.zeros(len(rows), length)
    for n, row in enumerate(rows):
        size = len(row.ids)
        ids[n, :size] = torch.tensor(row.ids)
        types[n, :size] = torch.tensor(row.types)
        types[n, size - 1] = 0  # the last mark is no place for an answer
        mask[n, :size] = 1
        begins[n, row.begins] = 1
        ends[n, row.ends] = 1
    return ids, mask, types, begins, ends


def loss_of(model: Reader, rows: list[Row]) -> Tensor:
    ids, mask, types, begins, ends = collate(rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first, last, verdict = model(ids, mask, types)
    answers = torch.tensor([r.answers for r in rows])
    labels = torch.tensor([r.label for r in rows])
    weight = torch.tensor([r.weight for r in rows])
    said = (answers >= 0).float() * weight
    span = -0.5 * (_log_share(first, begins) + _log_share(last, ends))
    whole = nn.functional.binary_cross_entropy_with_logits(
        verdict[:, 0], answers.clamp(min=0), reduction="none"
    )
    claim = nn.functional.cross_entropy(verdict[:, 1:], labels.clamp(min=0), reduction="none") * (
        labels >= 0
    )
    return (said * (span + whole) + claim * weight).sum() / len(rows)


def _log_share(scores: Tensor, allowed: Tensor) -> Tensor:
    kept = scores.masked_fill(allowed == 0, IGNORED * 2)
    return torch.logsumexp(kept, 1) - torch.logsumexp(scores, 1)


def batches(rows: list[Row], tokens_a_batch: int, rng: random.Random) -> list[list[Row]]:
    """Neighbours in length together, so that little is spent on padding; in random order."""
    order = sorted(rows, key=lambda r: len(r.ids) + rng.random() * 16)
    found, batch = [], []
    for row in order:
        if batch and (len(batch) + 1) * len(row.ids) > tokens_a_batch:
            found.append(batch)
            batch = []
        batch.append(row)
    found.append(batch)
    rng.shuffle(found)
    return found


# --- looking at it ------------------------------------------------------------------------------


def auroc(yes: list[float], no: list[float]) -> float:
    return figures.auroc(yes + no, [True] * len(yes) + [False] * len(no))


@torch.no_grad()
def look(model: Reader, rows: list[Row]) -> dict[str, float]:
    model.eval()
    yes, no = defaultdict(list), defaultdict(list)
    hits = defaultdict(list)
    for batch in batches(rows, 6_000, random.Random(0)):
        ids, mask, types, begins, _ = collate(batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            first, last, verdict = model(ids, mask, types)
        for n, row in enumerate(batch):
            name = row.source.split(":")[0]
            if row.label >= 0:
                hits[f"{name} label"].append(float(verdict[n, 1:].argmax() == row.label))
                continue
            span = (first[n, 1:].max() + last[n, 1:].max() - first[n, 0] - last[n, 0]).item()
            whole = verdict[n, 0].item()
            for kind, score in (("whole", whole), ("span", span), ("both", whole + span / 2)):
                (yes if row.answers else no)[f"{name} {kind}"].append(score)
            if row.answers:
                hits[f"{name} start"].append(float(begins[n, 1 + first[n, 1:].argmax()]))
    model.train()
    found = {f"{k} auroc": auroc(yes[k], no[k]) for k in yes if k in no}
    return found | {k: sum(v) / len(v) for k, v in hits.items()}


# --- the run ------------------------------------------------------------------------------------


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--rate", type=float, default=1.5e-4)
    options.add_argument("--tokens", type=int, default=4_000, help="a batch")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--steps", type=int, default=0, help="stop after so many (a trial)")
    options.add_argument("--export", action="store_true")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    torch.manual_seed(chosen.seed)
    folder = weights.embedder(config.load()).folder
    model = Reader(folder)
    if chosen.export:
        export(model, chosen.out)
        return
    tokens = tokenizer(folder)
    count = counter(tokens)
    rng = random.Random(chosen.seed)
    examples = data.build(count, chosen.seed)
    rows = {k: [r for e in v if (r := to_row(e, tokens, rng))] for k, v in examples.items()}
    for split, some in rows.items():
        print(split, len(some), sum(len(r.ids) for r in some), "tokens", flush=True)
    fit(model, rows, chosen)


def counter(tokens: Any) -> chunk.Count:
    return lambda texts: [len(e.ids) for e in tokens.encode_batch(texts, add_special_tokens=False)]


def fit(model: Reader, rows: dict[str, list[Row]], chosen: argparse.Namespace) -> None:
    core = [r for r in rows["train"] if r.source.split(":")[0] in CORE]
    rest = [r for r in rows["train"] if r.source.split(":")[0] not in CORE]
    plan = []
    for epoch in range(chosen.epochs):
        seen = core + rest[epoch :: chosen.epochs]
        plan += batches(seen, chosen.tokens, random.Random(chosen.seed + epoch))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=chosen.rate, weight_decay=0.01)
    warm = len(plan) // 20

    def pace(step: int) -> float:
        return min((step + 1) / warm, (len(plan) - step) / (len(plan) - warm))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    done, state = 0, chosen.out / "state.pt"
    if state.exists():
        kept = torch.load(state, weights_only=False)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
        done = kept["done"]
    began, since, total, seen = time.time(), done, 0.0, 0
    model.train()
    for step in range(done, len(plan)):
        loss = loss_of(model, plan[step])
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        total += loss.item()
        seen += sum(len(r.ids) for r in plan[step])
        if (step + 1) % 50 == 0:
            rate = seen / (time.time() - began)
            left = (len(plan) - step) * (time.time() - began) / (step + 1 - since) / 60
            print(
                f"{step + 1} of {len(plan)}: loss {total / 50:.3f}, {rate:,.0f} tokens/s,"
                f" {left:.0f} min left",
                flush=True,
            )
            total = 0.0
        if chosen.steps and step + 1 >= chosen.steps:
            return
        if (step + 1) % 500 == 0 or step + 1 == len(plan):
            save(state, model, optimizer, schedule, step + 1)
        if (step + 1) % 1000 == 0 or step + 1 == len(plan):
            print(
                json.dumps({k: round(v, 3) for k, v in sorted(look(model, rows["dev"]).items())}),
                flush=True,
            )


def save(state: Path, model: Reader, optimizer: Any, schedule: Any, done: int) -> None:
    kept = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "done": done,
    }
    torch.save(kept, state.with_suffix(".new"))
    state.with_suffix(".new").replace(state)


def export(model: Reader, out: Path) -> None:
    """Everything but the embeddings, as half-precision numbers."""
    from safetensors.torch import save_file

    model.load_state_dict(torch.load(out / "state.pt", weights_only=False)["model"])
    kept = {
        name.removeprefix("bert."): value.half().contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith("bert.embeddings.")
    }
    save_file(kept, Path(__file__).parent / "reader.safetensors")


if __name__ == "__main__":
    main()
