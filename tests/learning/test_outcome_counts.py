"""Count features, the models over them, and what is kept of them."""

from pathlib import Path

import numpy as np
import pytest
from outcome_cases import labels_of, planted_cases
from outcome_charts import Writer, at
from sklearn.metrics import roc_auc_score

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.concepts import concepts_of
from chartline.learning.outcomes.count_space import CountSpace
from chartline.learning.outcomes.counting import counted
from chartline.learning.outcomes.data_hash import data_sha256
from chartline.learning.outcomes.kinds import Explaining
from chartline.learning.outcomes.models import MODELS, model_kind
from chartline.record.event import Coding
from chartline.record.kinds import EventKind

EVERY = pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("counts-")])


def test_an_event_counts_as_itself_and_as_what_it_is_part_of() -> None:
    writer = Writer()
    assert concepts_of(writer.diagnosis(0, "N17.9", "a", 1))[1:] == ("condition/icd10 N17", "condition/genitourinary")
    drug = writer.add(EventKind.MEDICATION_REQUEST, 0, "Furosemide 40 mg Tablet")
    assert concepts_of(drug) == ("medication_request/furosemide 40 mg tablet", "drug/diuretic")
    assert concepts_of(writer.add(EventKind.PATIENT, None)) == ()
    assert Coding("x", "1") not in drug.codings


def test_counts_go_into_bins_of_time_and_values_into_deciles() -> None:
    writer = Writer()
    writer.visit(-24 * 400, -24 * 399, "old")
    for hours in (-24 * 400, -24 * 20, -30, -10, -1):
        writer.lab(hours, "Lactate", "2.5", "mmol/L")
    writer.lab(5, "Lactate", "9", "mmol/L", known=-1)  # known beforehand, not begun
    writer.add(EventKind.ALLERGY, None, "penicillin")
    found = counted(case_at(writer.patient, writer.events, at(0), False))
    assert [found.counts.get(("laboratory/lactate", place), 0) for place in range(5)] == [2, 1, 1, 0, 1]
    assert found.counts["allergy/penicillin", 4] == 1
    assert found.values["laboratory/lactate [mmol/L]", 0].tolist() == [2.5, 2.5]
    assert found.features["visits_before"] == 0


def test_columns_and_deciles_are_those_of_training() -> None:
    cases = planted_cases(60)
    space = CountSpace.of(cases[:40])
    edges = space.deciles["laboratory/lactate [mmol/L]"]
    assert list(edges) == sorted(edges)
    assert len(edges) == 9
    lone = Writer("Patient/900")
    lone.visit(0, 30, "v")
    lone.lab(1, "Unheard-of test", "1", "mg/dL")
    row = space.matrix([case_at(lone.patient, lone.events, at(24), False)])
    assert row.shape == (1, len(space.columns))
    assert not any("unheard" in column for column in space.columns)


@EVERY
def test_a_model_overfits_a_few_patients(name: str) -> None:
    cases = planted_cases(32, shuffled=True)
    model = model_kind(name).new()
    model.fit(cases, cases, 1)
    assert roc_auc_score(labels_of(cases), model.predict(cases)) > 0.98


@EVERY
def test_a_model_finds_a_planted_signal_and_none_in_shuffled_labels(name: str) -> None:
    for shuffled, low, high in ((False, 0.9, 1.0), (True, 0.3, 0.7)):
        cases = planted_cases(320, seed=3, shuffled=shuffled)
        model = model_kind(name).new()
        model.fit(cases[:160], cases[160:200], 1)
        assert low <= roc_auc_score(labels_of(cases[200:]), model.predict(cases[200:])) <= high


@EVERY
def test_a_model_is_the_same_for_the_same_seed_and_after_it_was_kept(name: str, tmp_path: Path) -> None:
    cases = planted_cases(90)
    told = []
    for _ in range(2):
        model = model_kind(name).new()
        model.fit(cases[:60], cases[60:80], 7)
        told.append(model.predict(cases))
    model.save(tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.suffix in (".pkl", ".pickle", ".joblib")]
    kept = model_kind(name).load(tmp_path)
    assert told[0].tobytes() == told[1].tobytes() == kept.predict(cases).tobytes()
    assert isinstance(kept, Explaining)
    assert any("lactate" in feature for feature in kept.attributions())


@EVERY
def test_a_case_is_predicted_on_alone(name: str) -> None:
    cases = planted_cases(90)
    model = model_kind(name).new()
    model.fit(cases[:60], cases[60:80], 7)
    together = model.predict(cases)
    assert np.array([model.predict([case])[0] for case in cases]).tobytes() == together.tobytes()
    assert model.predict(cases[::-1])[::-1].tobytes() == together.tobytes()


@EVERY
def test_a_folder_without_the_model_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="count model"):
        model_kind(name).load(tmp_path)


def test_an_unknown_model_is_told_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="counts-lightgbm"):
        model_kind("oracle")


def test_the_hash_names_the_data_whatever_its_order() -> None:
    cases = planted_cases(5)
    assert data_sha256(cases) == data_sha256(cases[::-1])
    assert data_sha256(cases) != data_sha256(planted_cases(5, seed=2))
    assert data_sha256(cases) != data_sha256(cases[1:])
