"""The harness on planted cases: what it measures, what it refuses, and what it writes."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from outcome_cases import planted_cases

from chartline.errors import InvalidRequest
from chartline.evaluation.outcomes import harness
from chartline.evaluation.outcomes.harness import Run, Study, run_harness
from chartline.evaluation.outcomes.prediction_files import write_predictions
from chartline.evaluation.outcomes.report import outcome_plot, outcomes_report
from chartline.evaluation.outcomes.subgroups import subgroups
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.kept import OutcomeHead, Prediction
from chartline.learning.outcomes.names import HeldOut
from chartline.learning.outcomes.splits import split
from chartline.learning.tasks.label_files import LabelRow

RUN = Run("planted", ("counts-logistic",), rotations=3)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [replace(case, group=f"hospital {n % 30}") for n, case in enumerate(planted_cases(300))]


@pytest.fixture(scope="module")
def tested(cases: list[Case]) -> Study:
    done: list[int] = []
    study = run_harness(RUN, cases, done.append)
    assert done == list(range(1, 7))
    return study


def test_each_case_is_tested_by_models_that_never_saw_its_patient(cases: list[Case], tested: Study) -> None:
    expected = sorted(i for rotation in range(3) for i in split(cases, rotation=rotation).test)
    assert list(tested.places) == expected
    assert tested.predictions.keys() == {"counts-lightgbm", "counts-logistic"}


def test_the_patients_of_a_rotation_are_kept_from_its_fit(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = harness.fit_head
    seen: list[set[str]] = []

    def watched(origin: object, given: list[Case], parts: object) -> OutcomeHead:
        hidden = set(parts.test)  # type: ignore[attr-defined]
        blind = [replace(case, label=not case.label) if i in hidden else case for i, case in enumerate(given)]
        seen.append({given[i].patient for i in hidden})
        return fitted(origin, blind, parts)  # type: ignore[arg-type]

    told = run_harness(replace(RUN, rotations=1), cases, lambda _: None)
    monkeypatch.setattr(harness, "fit_head", watched)
    assert run_harness(replace(RUN, rotations=1), cases, lambda _: None).predictions == told.predictions
    assert seen[0]


def test_the_page_has_every_table(tested: Study) -> None:
    page = outcomes_report([tested], "planted records", resamples=30)
    for word in (
        "## planted",
        "| counts-lightgbm | ",
        "ECE by chance",
        "less counts-lightgbm",
        "net benefit",
        "| sex | ",
    ):
        assert word in page
    assert "No AUROC" not in page
    assert page == outcomes_report([tested], "planted records", resamples=30)


def test_a_headline_is_refused_under_twenty_positives(tested: Study) -> None:
    sick = [i for i, case in enumerate(tested.cases) if case.label]
    healthy = [i for i, case in enumerate(tested.cases) if not case.label]
    kept = sorted(sick[:19] + healthy)
    few = replace(
        tested,
        cases=tuple(tested.cases[i] for i in kept),
        predictions={model: tuple(told[i] for i in kept) for model, told in tested.predictions.items()},
    )
    page = outcomes_report([few], "planted records", resamples=30)
    assert f"**No AUROC is reported**: 19 positives of {len(kept)} cases rank nobody." in page
    assert outcome_plot(few) == ""
    assert "svg" not in page
    row = next(line for line in page.splitlines() if line.startswith("| counts-lightgbm | "))
    assert row.split(" | ")[2:4] == ["–", "–"]


def test_a_plot_is_an_svg_with_a_line_for_each_model(tested: Study) -> None:
    root = ElementTree.fromstring(outcome_plot(tested))
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 6


def test_what_cannot_be_calibrated_has_no_number_and_says_why(cases: list[Case]) -> None:
    rare = [replace(case, label=n % 60 == 0) for n, case in enumerate(cases)]
    study = run_harness(replace(RUN, rotations=1), rare, lambda _: None)
    assert np.isnan(study.probabilities("counts-logistic")).all()
    page = outcomes_report([study], "rare", resamples=30)
    assert "not calibrated" in page
    assert "| counts-logistic | 0.0 % |" in page


def test_hospitals_are_held_out_whole(cases: list[Case]) -> None:
    study = run_harness(replace(RUN, held_out=HeldOut.HOSPITALS, rotations=2), cases, lambda _: None)
    tested = {case.group for case in study.cases}
    assert sum(case.group in tested for case in cases) == len(study.cases)


def test_groups_too_small_are_shown_together(tested: Study) -> None:
    groups = subgroups(tested.cases)
    assert groups.keys() == {"age", "sex", "ethnicity"}
    assert {"male", "female"} == groups["sex"].keys()
    for parts in groups.values():
        assert sorted(place for places in parts.values() for place in places) == list(range(len(tested.cases)))


def test_no_case_in_the_test_part_is_said() -> None:
    with pytest.raises(InvalidRequest, match="more rotations"):
        run_harness(replace(RUN, rotations=1), planted_cases(1), lambda _: None)


def test_prediction_files_are_what_scorers_read(tmp_path: Path) -> None:
    rows = [LabelRow(7, 10, True), LabelRow(8, 20, False)]
    write_predictions(tmp_path / "model" / "task.parquet", rows, [Prediction(0.25), Prediction(None, "too short")])
    table = pq.read_table(tmp_path / "model" / "task.parquet")
    assert table["subject_id"].to_pylist() == [7, 8]
    assert table["predicted_boolean_probability"].to_pylist() == [0.25, None]
    assert table["reason"].to_pylist() == ["", "too short"]
