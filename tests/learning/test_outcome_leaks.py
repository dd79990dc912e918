"""No model knows the future, and a model that does is caught."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import pytest
from outcome_cases import patient_events, planted_cases
from outcome_leaks import leaking
from tiny_weights import tiny_weights

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.counting import counted
from chartline.learning.outcomes.head import Origin, OutcomeHead, fit_head
from chartline.learning.outcomes.models import MODELS
from chartline.learning.outcomes.splits import split
from chartline.record.event import Event, Instant
from chartline.record.times import HOUR, LATEST


def patients(count: int, seed: int) -> list[list[Event]]:
    rng = random.Random(seed)
    return [patient_events(number, rng)[0] for number in range(count)]


#: Counts are learnt and told in milliseconds; what reads every event of a chart does so for a few patients.
COUNTING = {"counts-logistic", "counts-lightgbm"}


@pytest.fixture(scope="module")
def head_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], OutcomeHead]]:
    with tiny_weights(tmp_path_factory.mktemp("weights")):
        yield cache(fitted)


def fitted(name: str) -> OutcomeHead:
    cases = planted_cases(260 if name in COUNTING else 110)
    return fit_head(Origin(name, "planted", 1, "", "Does the patient die?"), cases, split(cases))


@pytest.mark.parametrize("name", MODELS)
def test_no_prediction_depends_on_what_came_later(name: str, head_of: Callable[[str], OutcomeHead]) -> None:
    head, most = head_of(name), 300 if name in COUNTING else 12
    assert not leaking(lambda cases: [value.tobytes() for value in head.model.predict(cases)], patients(most, 11), 5)
    assert not leaking(head.predict, patients(min(most, 60), 12), 6)


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_no_prediction_of_a_thousand_depends_on_what_came_later(
    name: str, head_of: Callable[[str], OutcomeHead]
) -> None:
    assert not leaking(head_of(name).predict, patients(1_000, 13), 7)


def test_no_feature_depends_on_what_came_later() -> None:
    def features(cases: Sequence[Case]) -> list[object]:
        return [
            (found.counts, {key: values.tobytes() for key, values in found.values.items()}, found.features)
            for found in map(counted, cases)
        ]

    assert not leaking(features, patients(300, 14), 8)


def test_a_guard_that_looks_an_hour_ahead_is_caught() -> None:
    def ahead(versions: Sequence[Event], moment: Instant) -> Case:
        return case_at(versions[0].patient, versions, Instant(moment.unix_micros + HOUR), False)

    assert len(leaking(lambda cases: [len(case.chart.events) for case in cases], patients(200, 15), 9, ahead)) > 20


def test_a_feature_that_reads_planned_ends_is_caught() -> None:
    def last_end(cases: Sequence[Case]) -> list[object]:
        return [max((int(end) for end in case.chart.ends if end != LATEST), default=0) for case in cases]

    assert leaking(last_end, patients(50, 16), 10)


def test_a_feature_that_reads_the_whole_record_is_caught() -> None:
    whole = {versions[0].patient: versions for versions in patients(50, 17)}
    assert leaking(lambda cases: [len(case.chart.events) for case in cases], list(whole.values()), 11, _unguarded)


def _unguarded(versions: Sequence[Event], moment: Instant) -> Case:
    return case_at(versions[0].patient, versions, Instant(moment.unix_micros + 10_000 * HOUR), False)
