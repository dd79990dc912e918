"""Laws of the sequence models: what each must learn, and what must not change what it says."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sequence_cases import NOW, case, embed, event, noise, planted_cases, random_cases, stay_cases
from sklearn.metrics import roc_auc_score

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.linear_model import LinearModel
from chartline.learning.outcomes.sequences.batches import Schedule
from chartline.learning.outcomes.sequences.grasp import Grasp, edges
from chartline.learning.outcomes.sequences.models import GenHpfModel, NextCodeFeatures, RemedModel, StepModel
from chartline.learning.outcomes.sequences.networks import Attentive, Recurrent, Retain
from chartline.learning.outcomes.sequences.remed import CHOSEN, PART, READ, EventRows, Remed
from chartline.learning.outcomes.sequences.retain_model import RetainModel
from chartline.learning.outcomes.sequences.rows import row, rows
from chartline.learning.outcomes.sequences.steps import Vocabulary
from chartline.record.chart import Chart
from chartline.record.event import Attribute, EventStatus, Instant
from chartline.record.kinds import EventKind
from chartline.record.times import HOUR

MODELS: dict[str, Callable[[Schedule], Any]] = {
    "gru": lambda schedule: StepModel(Recurrent, schedule),
    "transformer": lambda schedule: StepModel(Attentive, schedule),
    "retain": lambda schedule: StepModel(Retain, schedule),
    "grasp": lambda schedule: StepModel(Grasp, schedule),
    "genhpf": GenHpfModel,
    "remed": lambda schedule: RemedModel(embed, 16, schedule),
    "next-code": lambda schedule: LinearModel(NextCodeFeatures(schedule)),
}
#: Reads words of every event: minutes where others take seconds.
SLOW = pytest.param("genhpf", marks=pytest.mark.long)
BY_LABELS = [SLOW if name == "genhpf" else name for name in MODELS if name != "next-code"]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(params=[SLOW if name == "genhpf" else name for name in MODELS])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", BY_LABELS)
def test_learns_thirty_two_patients_by_heart(name: str) -> None:
    cases = random_cases(32, seed=1, events=6)
    model = MODELS[name](Schedule(rate=3e-3, epochs=100, patience=100, weight_decay=0.0))
    model.fit(cases, [], seed=1)
    labels = np.array([c.label for c in cases])
    assert np.abs(model.predict(cases) - labels).max() < 0.25


def test_finds_a_planted_event(name: str) -> None:
    train, valid, test = (planted_cases(count, seed) for seed, count in ((1, 240), (2, 60), (3, 90)))
    model = MODELS[name](Schedule(rate=3e-3, epochs=30, patience=10))
    model.fit(train, valid, seed=3)
    assert roc_auc_score([c.label for c in test], model.predict(test)) > 0.9


def test_finds_nothing_where_there_is_nothing() -> None:
    model = StepModel(Recurrent, Schedule(epochs=8))
    model.fit(random_cases(64, seed=1), random_cases(32, seed=2), seed=1)
    test = random_cases(200, seed=3)
    assert 0.35 < roc_auc_score([c.label for c in test], model.predict(test)) < 0.65


def test_a_case_is_judged_alone_the_same_for_the_same_seed_and_after_saving(name: str, tmp_path: Path) -> None:
    cases = stay_cases(24)
    model, again = (MODELS[name](Schedule(epochs=1)) for _ in range(2))
    before = torch.random.get_rng_state()
    model.fit(cases[:16], cases[16:], seed=5)
    assert torch.equal(torch.random.get_rng_state(), before)
    together = model.predict(cases)
    assert ((together > 0) & (together < 1)).all()
    alone = np.concatenate([model.predict([one]) for one in reversed(cases)])[::-1]
    assert np.allclose(together, alone, atol=1e-6)
    again.fit(cases[:16], cases[16:], seed=5)
    assert np.array_equal(again.predict(cases), together)
    model.save(tmp_path)
    loaded = MODELS[name](Schedule())
    loaded.read(tmp_path)
    assert np.array_equal(loaded.predict(cases), together)


def test_an_empty_chart_has_a_probability(name: str) -> None:
    cases = [*random_cases(16, seed=1), case("Patient/empty", [], False)]
    model = MODELS[name](Schedule(epochs=1))
    model.fit(cases, cases, seed=1)
    assert np.isfinite(model.predict(cases)).all()


def test_retain_contributions_sum_to_the_logit_and_ignore_padding() -> None:
    cases = stay_cases(12)
    model = StepModel(Retain, Schedule(epochs=2))
    model.fit(cases, [], seed=1)
    network = model.module
    assert isinstance(network, Retain)
    batch = model.batch(cases)
    with torch.no_grad():
        logits = network(batch)
    told = network.contributions(batch)
    assert torch.allclose(told.sum(dim=(1, 2)) + network.head.bias, logits, atol=1e-5)
    assert (told[~batch.mask] == 0).all()
    assert (told[batch.tokens == 0] == 0).all()
    alpha, _ = network.attentions(network.embed(batch.tokens), batch)
    assert torch.allclose(alpha.sum(dim=1), torch.ones(len(cases)), atol=1e-6)
    assert (alpha[~batch.mask] == 0).all()


def test_retain_attends_in_the_order_of_time() -> None:
    """What the reversed reading finds at a step is given back to that very step."""
    torch.manual_seed(0)
    cases = [case("Patient/1", [event("Patient/1", n, f"test {n}", 6.0 * (9 - n)) for n in range(8)], False)]
    vocabulary = Vocabulary.learn(
        [*cases, case("Patient/2", [event("Patient/2", n, f"test {n}", 1) for n in range(8)], False)]
    )
    network = Retain(len(vocabulary)).eval()
    model = StepModel(Retain)
    model.vocabulary = vocabulary
    batch = model.batch(cases)
    alpha, _ = network.attentions(network.embed(batch.tokens), batch)
    steps = network.embed(batch.tokens)
    inputs = torch.cat([steps, batch.hours.unsqueeze(2)], dim=2).flip(1)
    scores = network.alpha(network.visit(inputs)[0]).squeeze(2).flip(1)
    assert torch.allclose(alpha, torch.softmax(scores, dim=1), atol=1e-6)


def test_grasp_spreads_over_a_graph_and_keeps_its_centres() -> None:
    cases = stay_cases(40)
    model = StepModel(Grasp, Schedule(epochs=2))
    model.fit(cases, [], seed=1)
    network = model.module
    assert isinstance(network, Grasp)
    graph = edges(network.centres)
    assert torch.allclose(graph, graph.T)
    assert ((graph > 0).sum(dim=1) > 1).all(), "each centre is joined to another one"
    before = network.centres.clone()
    model.predict(cases[:3])
    assert torch.equal(network.centres, before)


def test_genhpf_reads_numbers_by_place_and_codes_not_at_all() -> None:
    one, ten = (row(event("Patient/1", 1, "creatinine", 1, text)) for text in ("1.4", "14"))
    assert [part for _, part, _ in one] == [part for _, part, _ in ten[:-1]] + [5, 5]
    assert one[-3][2] != ten[-2][2], "the same digit at another place"
    assert row(event("Patient/1", 1, "creatinine", 1, "1.4")) == one
    assert len(row(event("Patient/1", 1, "word " * 60, 1, "1.4"))) == 24


def test_remed_retrieves_what_matters_and_beats_events_at_random() -> None:
    train, valid = (planted_cases(count, seed, events=200) for seed, count in ((1, 90), (2, 45)))
    model = RemedModel(embed, 16, Schedule(rate=2e-3, epochs=15, patience=15))
    model.fit(train, valid, seed=1)
    batch = model.batch([c for c in valid if c.label])
    network = model.module
    assert isinstance(network, Remed)
    planted = [int(np.flatnonzero(chart.channels[:, 0] == 0)[0]) for chart in batch.charts]
    ranks = []
    for chart, place in zip(batch.charts, planted, strict=True):
        scores = network.score(
            torch.cat([batch.table[chart.sentences] * 4.0, torch.from_numpy(chart.channels)], dim=1)
        ).squeeze(1)
        ranks.append(float((scores > scores[place]).float().mean()))
    assert np.mean(ranks) < 0.1, "0.5 is chance"


def test_remed_scores_a_long_chart_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Remed(16).eval()
    rows = 3 * PART + 5
    rng = np.random.default_rng(0)
    chart = EventRows(rng.integers(0, 7, rows), rng.normal(size=(rows, READ)).astype(np.float32))
    table = torch.from_numpy(embed([str(n) for n in range(7)]))
    largest: list[int] = []
    network.score.register_forward_hook(lambda _, inputs, __: largest.append(len(inputs[0])))
    places = network.chosen(table, chart)
    assert max(largest) <= PART
    assert len(places) == CHOSEN
    assert (np.diff(places) > 0).all()
    whole = network.score(torch.cat([table[chart.sentences] * 4.0, torch.from_numpy(chart.channels)], dim=1)).squeeze(1)
    lowest = whole[torch.from_numpy(places)].min()
    assert int((whole > lowest).sum()) <= CHOSEN


def test_steps_count_back_from_the_prediction_time() -> None:
    cases = [
        case(f"Patient/{p}", [event(f"Patient/{p}", n, f"test {n}", h) for n, h in enumerate((1, 5, 7, 30))], False)
        for p in (1, 2)
    ]
    vocabulary = Vocabulary.learn(cases)
    steps = vocabulary.steps(cases[0])
    assert steps.hours.tolist() == [30.0, 6.0, 0.0]
    assert [len(tokens) for tokens in steps.tokens] == [1, 1, 2]


@pytest.mark.parametrize("name", [name for name in BY_LABELS if name != SLOW] + ["next-code"])
def test_the_same_events_are_read_otherwise_at_another_time(name: str) -> None:
    cases = random_cases(16, seed=1)
    model = MODELS[name](Schedule(epochs=1))
    model.fit(cases, [], seed=1)
    later = Instant(NOW.unix_micros + 240 * HOUR)
    moved = [replace(c, prediction_time=later, chart=Chart(c.chart.events, later)) for c in cases]
    assert (model.predict(moved) != model.predict(cases)).all()


def test_the_age_is_a_token_of_the_patient() -> None:
    def born(patient: str, year: int) -> Case:
        told = replace(event(patient, 1, "", 0), kind=EventKind.PATIENT, time=None, quantity=None)
        return case(patient, [replace(told, attributes=(Attribute("birth_year", str(year)),))], False)

    now = 1970 + NOW.unix_micros // (365.2425 * 24 * HOUR)
    old = [born(patient, int(now) - 65) for patient in ("Patient/1", "Patient/2")]
    vocabulary = Vocabulary.learn([*old, born("Patient/3", int(now) - 25)])
    assert list(vocabulary.ids) == ["age/60s"]
    assert vocabulary.steps(old[0]).tokens == ((vocabulary.ids["age/60s"],),)


def test_a_drug_that_was_refused_is_read_by_no_model() -> None:
    given = [case(f"Patient/{n}", [event(f"Patient/{n}", 1, "heparin", 1)], False) for n in (1, 2)]
    refused = replace(event("Patient/1", 2, "warfarin", 1), status=EventStatus.CANCELLED)
    both = [case(c.patient, [*c.chart.events, replace(refused, patient=c.patient)], False) for c in given]
    vocabulary = Vocabulary.learn(both)
    assert vocabulary == Vocabulary.learn(given)
    assert vocabulary.steps(both[0]).tokens == vocabulary.steps(given[0]).tokens
    assert np.array_equal(rows(both[0]).tokens, rows(given[0]).tokens)
    model = RetainModel()
    model.vocabulary = Vocabulary.learn([case(p, [replace(refused, status=EventStatus.FINAL)], False) for p in "ab"])
    (warfarin,) = model.vocabulary.ids
    assert model.evidence(both[0], [warfarin]) == {warfarin: ()}


def test_a_number_is_a_decile_of_its_own_series() -> None:
    cases = [case(f"Patient/{n}", [event(f"Patient/{n}", 1, "glucose", 1, str(n))], False) for n in range(100)]
    vocabulary = Vocabulary.learn(cases)
    decile = [vocabulary.steps(c).tokens[0][1] for c in cases]
    assert len(set(decile)) == 10
    assert decile == sorted(decile)
    unseen = case(
        "Patient/x", [event("Patient/x", 1, "glucose", 1, "1e6"), event("Patient/x", 2, "ferritin", 1)], False
    )
    assert max(vocabulary.steps(unseen).tokens[0]) == max(decile)


def test_nothing_after_the_prediction_time_is_read() -> None:
    rng = np.random.default_rng(1)
    early = noise(1, rng, 8)
    late = event("Patient/1", 99, "troponin", -5)
    assert [e.event_key for e in case("Patient/1", [*early, late], True).chart.events] == [
        e.event_key for e in case("Patient/1", early, True).chart.events
    ]
    assert NOW.unix_micros > 0
