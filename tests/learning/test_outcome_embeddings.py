"""Laws of the models that embed charts: what each must learn, what must not change it, and what it is kept with."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from outcome_cases import labels_of, planted_cases
from outcome_charts import Writer, at
from sklearn.metrics import roc_auc_score
from tiny_weights import EVENTS, tiny_weights

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.calibration import Calibration
from chartline.learning.outcomes.cases import Case, Probabilities
from chartline.learning.outcomes.draws import balanced, shots
from chartline.learning.outcomes.embeddings.features import SoftFeatures, TextFeatures, chat_of, sentences_of, soft_of
from chartline.learning.outcomes.embeddings.llemr import Llemr
from chartline.learning.outcomes.embeddings.readers import chat_rows, last_states
from chartline.learning.outcomes.embeddings.settings import EmbeddingSettings
from chartline.learning.outcomes.embeddings.texts import recent_list
from chartline.learning.outcomes.kinds import Kind
from chartline.learning.outcomes.linear import GRID, fit_linear
from chartline.learning.outcomes.linear_model import LinearModel
from chartline.learning.outcomes.mean import CalibratedMean
from chartline.learning.outcomes.models import MODELS, new_model
from chartline.learning.outcomes.sequences.batches import Schedule
from chartline.models.text_encoder import TextEncoder

EMBEDDED = ("list-minilm", "markdown-minilm", "list-llm", "events-llm", "soft-llm", "list-minilm-counts", "llemr")
ASKED = "Does the patient die in this hospital stay?"


@pytest.fixture(scope="module", autouse=True)
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with tiny_weights(tmp_path_factory.mktemp("weights")):
        yield


def told_cases(count: int, seed: int, planted: bool = True) -> list[Case]:
    """Short charts; a third has a shock, and these are the positive ones unless nothing is planted."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        writer, sick = Writer(f"Patient/{seed}-{number}"), number % 3 == 0
        for _ in range(3):
            writer.lab(rng.uniform(0, 20), f"Test {rng.integers(6)}", f"{rng.normal(100, 20):.1f}", "mg/dL")
        if sick and planted:
            writer.diagnosis(21, "R57.0", "", known=21)
        cases.append(case_at(writer.patient, writer.events, at(24), sick))
    return cases


@pytest.mark.parametrize("name", [name for name in EMBEDDED if name != "llemr"])
def test_a_model_learns_a_few_patients_by_heart(name: str) -> None:
    cases = told_cases(32, 1, planted=False)
    model = new_model(name, ASKED)
    model.fit(cases, cases, 1)
    assert roc_auc_score(labels_of(cases), model.predict(cases)) > 0.98


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_model_finds_a_planted_diagnosis(name: str) -> None:
    train, valid, test = told_cases(36, 2), told_cases(18, 3), told_cases(24, 4)
    model = Llemr(Schedule(rate=3e-3, epochs=8, patience=8)) if name == "llemr" else new_model(name, ASKED)
    model.fit(train, valid, 1)
    assert roc_auc_score(labels_of(test), model.predict(test)) > 0.8


@pytest.mark.parametrize("name", [*EMBEDDED, "mean"])
def test_a_case_is_judged_alone_the_same_for_the_same_seed_and_after_saving(name: str, tmp_path: Path) -> None:
    cases = planted_cases(30)
    told = []
    for _ in range(2):
        model = new_model(name, ASKED)
        model.fit(cases[:14], cases[14:20], 7)
        told.append(model.predict(cases))
    assert told[0].tobytes() == told[1].tobytes()
    model.save(tmp_path)
    assert {file.suffix for file in tmp_path.rglob("*") if file.is_file()} <= {".json", ".safetensors", ".txt"}
    kept = MODELS[name].load(tmp_path)
    alone = np.concatenate([kept.predict([case]) for case in reversed(cases)])[::-1]
    assert alone.tobytes() == told[0].tobytes()
    assert ((alone > 0) & (alone < 1)).all()


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_empty_chart_has_a_probability_and_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    cases = [*told_cases(12, 5), case_at("Patient/empty", [], at(24), False)]
    model = new_model(name, "")
    model.fit(cases, [], 1)
    assert np.isfinite(model.predict(cases)).all()
    assert len(model.predict([])) == 0
    with pytest.raises(InvalidRequest):
        MODELS[name].load(tmp_path)


def test_other_weights_or_limits_are_refused(tmp_path: Path) -> None:
    cases = told_cases(12, 6)
    model = new_model("list-minilm", ASKED)
    model.fit(cases, [], 1)
    model.save(tmp_path)
    assert json.loads((tmp_path / "embedding.json").read_text())["question"] == ASKED
    features = TextFeatures(recent_list, "a newline separated list", sentences_of, EmbeddingSettings(tokens=64))
    with pytest.raises(InvalidRequest, match="64 tokens"):
        LinearModel(features).read(tmp_path)


def test_the_question_shapes_the_vector() -> None:
    (case,) = told_cases(1, 7)
    for kind in (SoftFeatures(), TextFeatures(recent_list, "a newline separated list", sentences_of)):
        vectors = []
        for question in ("", ASKED):
            kind.ask(question)
            vectors.append(kind.vector(case))
            assert abs(float(np.linalg.norm(vectors[-1])) - 1) < 1e-5
        assert not np.array_equal(*vectors)


def test_a_long_chart_is_read_as_its_latest_events() -> None:
    writer = Writer()
    for hour in range(EVENTS + 100):
        writer.lab(hour / 10, f"Test {hour % 7}", f"{hour}", "mg/dL")
    case = case_at(writer.patient, writer.events, at(24), False)
    inputs = soft_of(case, EmbeddingSettings())
    assert 0 < len(inputs.channels) <= EVENTS
    last = soft_of(case_at(writer.patient, writer.events[-1:], at(24), False), EmbeddingSettings())
    assert np.array_equal(inputs.embeddings[-1], last.embeddings[0])


def test_padding_behind_changes_no_state() -> None:
    settings = EmbeddingSettings()
    model = chat_of(settings).model
    charts = planted_cases(3)
    rows = [chat_rows(model, soft_of(case, settings), ASKED, case.prediction_time) for case in charts]
    rows[0] = rows[0][40:]
    with torch.no_grad():
        together = last_states(model.llm, rows)
        alone = torch.cat([last_states(model.llm, [one]) for one in rows])
    assert torch.allclose(together, alone, atol=1e-4)


def test_llemr_learns_adapter_projector_and_line_and_leaves_the_llm() -> None:
    cases = told_cases(24, 8)
    model = Llemr(Schedule(rate=3e-3, epochs=2), cases=16)
    model.fit(cases, [], 1)
    learnt = {name for name, parameter in model.module.named_parameters() if parameter.requires_grad}
    assert {"model.projector.inner.weight", "line.weight"} <= learnt
    assert all("lora" in name or "projector" in name or "line" in name for name in learnt)
    settings = EmbeddingSettings()
    fresh = chat_of(settings).model.llm.get_input_embeddings().weight
    assert torch.equal(model.module.model.llm.get_input_embeddings().weight, fresh)


def test_a_long_text_is_the_mean_of_its_chunks() -> None:
    encoder = TextEncoder(EmbeddingSettings().text_encoder)
    words = "abc defg hi " * 60  # 540 characters, so 540 tokens
    vector = encoder.encode_long(words)
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5
    assert not np.allclose(vector, encoder.encode([words])[0])
    assert np.allclose(encoder.encode_long("abc"), encoder.encode(["abc"])[0], atol=1e-6)
    assert encoder.encode_long(words).tobytes() == vector.tobytes()
    assert encoder.count_tokens(["abc", "ab c"]) == [3, 3]


class Said:
    """Tells the label, or its opposite, with less certainty."""

    def __init__(self, right: bool) -> None:
        self._right = right

    def fit(self, train: Sequence[Case], valid: Sequence[Case], seed: int) -> None:
        """Knows all."""

    def predict(self, cases: Sequence[Case]) -> Probabilities:
        return np.array([0.7 if case.label is self._right else 0.4 for case in cases])

    def save(self, folder: Path) -> None:
        """Nothing."""


def test_a_mean_is_of_calibrated_members() -> None:
    kinds = {
        "good": Kind(lambda: Said(True), lambda _: Said(True)),
        "bad": Kind(lambda: Said(False), lambda _: Said(False)),
    }
    cases = told_cases(60, 9)
    mean = CalibratedMean(kinds)
    mean.fit(cases, cases, 1)
    assert mean.tuning == {"calibrated": {"good": "platt", "bad": "mean"}}, "who says the opposite says nothing"
    told, labels = mean.predict(cases), np.array(labels_of(cases))
    assert told[labels].min() > told[~labels].max()
    mean.fit(cases, cases[:6], 1)
    assert mean.tuning == {"calibrated": {"good": "own", "bad": "own"}}
    itself = Calibration("own", 1.0, 1.0, 0.0, 0, 0, 0, ((0.0,) * 3,) * 3)
    assert np.allclose(itself.apply(np.array([0.2, 0.9])), [0.2, 0.9])


def test_a_line_chooses_by_validation_and_is_never_fitted_to_it() -> None:
    rng = np.random.default_rng(1)
    vectors, labels = rng.normal(size=(80, 30)), rng.random(80) < 0.5
    vectors[:, 0] += 2 * labels
    line = fit_linear(vectors[:40], labels[:40], vectors[40:], labels[40:], 1)
    again = fit_linear(vectors[:40], labels[:40], vectors[40:] * [1, *[0] * 29], labels[40:], 1)
    assert line.strength in GRID
    assert line.auroc == pytest.approx(roc_auc_score(labels[40:], line.logits(vectors[40:])))
    if line.strength == again.strength:
        assert np.array_equal(line.weights, again.weights)
    assert fit_linear(vectors[:40], labels[:40], vectors[40:40], labels[40:40], 1).strength == 1.0
    one_by_one = np.concatenate([line.logits(vectors[i : i + 1]) for i in range(80)])
    assert one_by_one.tobytes() == line.logits(vectors).tobytes()


def test_draws_are_balanced_and_repeat() -> None:
    cases = told_cases(60, 10)
    drawn = shots(cases, 32, (1, 2))
    assert [case.label for case in drawn] == [True] * 32 + [False] * 32
    assert shots(cases, 32, (1, 2)) == drawn != shots(cases, 32, (1, 3))
    with pytest.raises(InvalidRequest, match="either outcome"):
        shots([case for case in cases if case.label], 1, (1,))
    half = balanced(cases, 20, 1)
    assert sum(case.label for case in half) == 10
    assert len({case.patient for case in half}) == 20
    assert balanced(cases, 60, 1) == cases
    rare = [case for case in cases if not case.label] + cases[:1]
    assert sum(case.label for case in balanced(rare, 20, 1)) == 1
    assert len(balanced(rare, 20, 1)) == 20
