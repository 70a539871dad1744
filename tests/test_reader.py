"""The evidence reader that ships: it reads the passage, and not only the question."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import config, weights
from assistant.config import Settings
from assistant.domain import Question
from assistant.embed.reader import EvidenceReader
from assistant.ground import load_weights
from assistant.service import Assistant
from assistant.text import words

TEXT = (
    "Keys > Where they hang\n"
    "The spare key of the hall hangs behind the blue door. Amina Okafor lent it to the choir in "
    "May 2023. It costs 12 pounds to have a new one cut."
)
ANSWERED = {
    "Where can I find the extra key for the hall?": "behind the blue door",
    "Who lent the key to the choir?": "Amina Okafor",
    "When was the key lent to the choir?": "May 2023",
    "How much is a new key?": "12 pounds",
}
NEAR_MISSES = (
    "What colour is the spare key of the hall?",
    "Who lent the key to the football club?",
    "Who has the key of the cellar?",
    "How long does it take to have a new key cut?",
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EvidenceReader:
    files = weights.reader(config.load(tmp_path_factory.mktemp("reader"), {}))
    return EvidenceReader(files.embedder, files.weights)


@pytest.mark.parametrize(("question", "answer"), ANSWERED.items())
def test_it_marks_the_words_that_answer(reader: EvidenceReader, question: str, answer: str) -> None:
    (verdict,) = reader.read(question, [TEXT])
    start, end = verdict.words()
    assert set(words(answer)) & set(words(TEXT[start:end]))
    place = TEXT.index(answer)
    assert verdict.share(place, place + len(answer)) > 0.3


def test_near_misses_answer_less_than_questions_that_the_text_answers(
    reader: EvidenceReader,
) -> None:
    asked = [reader.read(q, [TEXT])[0].answers for q in ANSWERED]
    missed = [reader.read(q, [TEXT])[0].answers for q in NEAR_MISSES]
    wins = sum(a > m for a in asked for m in missed)
    assert wins >= 0.75 * len(asked) * len(missed)


def test_without_the_text_the_question_alone_gets_no_answer(reader: EvidenceReader) -> None:
    other = "Opening hours\nThe repair café opens at ten on the first Saturday of the month."
    for question in ANSWERED:
        with_text, with_other, with_none = reader.read(question, [TEXT, other, ""])
        assert with_text.answers > max(with_other.answers, with_none.answers)


def test_its_shares_are_probabilities_and_batches_change_nothing(reader: EvidenceReader) -> None:
    passages = [TEXT, "", "Short.", TEXT * 20, "会議は十時から"]
    together = reader.read("Where is the key?", passages)
    for passage, verdict in zip(passages, together, strict=True):
        alone = reader.read("Where is the key?", [passage])[0]
        assert np.isclose(alone.answers, verdict.answers, atol=1e-3)
        total = verdict.nowhere + float(np.exp(verdict.begins).sum())
        assert np.isclose(total, 1.0, atol=1e-3)
        start, end = verdict.words()
        assert 0 <= start <= end <= len(passage)


def test_it_computes_what_torch_computes(reader: EvidenceReader) -> None:
    """The forward pass in NumPy against the library that it was trained with."""
    import torch
    from safetensors.numpy import load_file
    from transformers import BertModel

    files = weights.reader(config.load(Path("unused"), {}))
    bert = BertModel.from_pretrained(files.embedder, add_pooling_layer=False)
    own = {k: torch.tensor(v).float() for k, v in load_file(files.weights).items()}
    bert.load_state_dict({k: v for k, v in own.items() if k.startswith("encoder.")}, strict=False)
    bert.eval()
    pair = reader._pair("Where is the key?", TEXT)
    ids = np.array([pair.ids])
    types = np.zeros_like(ids)
    types[0, pair.start : pair.length - 1] = 1
    with torch.no_grad():
        states = bert(torch.tensor(ids), token_type_ids=torch.tensor(types)).last_hidden_state
    ours = reader._bert.states(ids, np.ones_like(ids, dtype=np.float32), types)
    assert np.abs(states.numpy() - ours).max() < 0.01


def test_decisions_are_made_with_every_weight_they_need() -> None:
    file = config.bundled("models") / "reader" / "decision.json"
    kept = load_weights(file)
    assert 0 < kept.threshold < 1
    assert set(json.loads(file.read_text())) == {"sentence", "decision", "threshold"}
    assert "bias" in kept.sentence
    assert "bias" in kept.decision


def test_a_damaged_reader_costs_its_judgement_alone(
    settings: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rules of before decide then, and the log says why."""
    files = weights.reader(settings)
    (tmp_path / "half.safetensors").write_bytes(files.weights.read_bytes()[:1000])
    broken = replace(files, weights=tmp_path / "half.safetensors")
    monkeypatch.setattr("assistant.service.weights.reader", lambda _: broken)
    library = Assistant(settings)
    for _ in library.sync((library.source_for(folder),)):
        pass
    found = list(library.search(Question("Where does the spare key of the hall hang?")))
    assert found
    assert library._judges().read is None
    assert "is damaged" in settings.log.read_text()
    library.close()
