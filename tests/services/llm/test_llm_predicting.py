"""Models of outcomes as they are served: the numbers of training, several outcomes and versions, swapped under load."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chartline.errors import ChartlineError, InvalidRequest
from chartline.learning.outcomes import counting
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.kept import OutcomeHead
from chartline.learning.outcomes.served_models import SERVED, served_kind
from chartline.learning.outcomes.serving import ServedHead, places
from chartline.llm_contract import HeadPrediction, PredictRequest, PredictResponse, dump_request, load_predict_response
from services.llm import drift, predicting
from services.llm.heads import Heads
from services.llm.predicting import PredictorCounts, PredictorService
from services.llm.settings import LlmSettings
from tests.learning.outcome_cases import planted_cases
from tests.services.llm.served_heads import asked, keep_hardly_trained, write_head

CASES = planted_cases(12, seed=9)
MODELS = {"planted": "counts-logistic", "grown": "counts-lightgbm", "readmission_30d": "counts-logistic"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("heads")
    for outcome, model in MODELS.items():
        write_head(folder, outcome, model=model)
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "heads")
    return tmp_path / "heads"


@pytest.fixture
def seen() -> list[PredictorCounts]:
    return []


@pytest.fixture
def service(folder: Path, seen: list[PredictorCounts]) -> PredictorService:
    service = PredictorService(Heads(folder), seen.append)
    service.refresh()
    return service


def predict(service: PredictorService, *batch: tuple[bytes, bytes]) -> list[PredictResponse]:
    answers = service.predict(batch)
    assert all(isinstance(answer, bytes) for answer in answers), answers
    return [load_predict_response(answer) for answer in answers if isinstance(answer, bytes)]


def one(service: PredictorService, outcome: str, case: object = CASES[0]) -> HeadPrediction:
    (answer,) = predict(service, asked(case, outcome))  # type: ignore[arg-type]
    return answer.predictions[0]


@pytest.mark.parametrize("outcome", ["planted", "grown"])
def test_what_is_served_is_what_training_measured(service: PredictorService, folder: Path, outcome: str) -> None:
    head = OutcomeHead.load(folder / outcome / "1", served_kind)
    offline = head.predict(CASES)
    answers = predict(service, *(asked(case, outcome) for case in CASES))
    for case, answer, kept in zip(CASES, answers, offline, strict=True):
        (told,) = answer.predictions
        assert told.probability == pytest.approx(kept.probability, abs=1e-6)
        assert told.interval == pytest.approx(kept.interval, abs=1e-6)
        assert told.interval[0] < told.probability < told.interval[1]
        parts = [(part.words, part.event_keys) for part in head.contributions(case)]
        assert [(part.words, part.event_keys) for part in told.contributions] == parts
        assert {key for part in told.contributions for key in part.event_keys} <= {
            e.event_key for e in case.chart.events
        }
        assert told.explained_by == head.explains_by
        assert told.calibration.startswith("calibrated by Platt's line on ")


def test_every_model_that_is_served_is_served_as_it_was_kept(tmp_path: Path, seen: list[PredictorCounts]) -> None:
    """Before it was saved, one by one; and after, with others and other outcomes in the same batch."""
    heads = {name: keep_hardly_trained(tmp_path, name, name, planted_cases(24, seed=4)) for name in SERVED}
    service = PredictorService(Heads(tmp_path), seen.append)
    service.refresh()
    assert (seen[-1].heads, seen[-1].broken) == (len(SERVED), 0)
    for case, answer in zip(CASES, predict(service, *(asked(case, *SERVED) for case in CASES)), strict=True):
        for name, told in zip(SERVED, answer.predictions, strict=True):
            (alone,) = heads[name].predict([case])
            assert told.probability == pytest.approx(alone.probability, abs=1e-6), name
            assert bool(told.contributions) == bool(told.explained_by)
    assert {file.suffix for file in tmp_path.rglob("*.*")} == {".json", ".md", ".txt", ".safetensors"}


def test_no_outcome_asks_for_all_that_fit_and_an_unfit_one_says_why(service: PredictorService) -> None:
    (answer,) = predict(service, asked(CASES[0]))
    assert [p.outcome for p in answer.predictions] == ["grown", "planted"]
    assert answer.known_outcomes == tuple(sorted(MODELS))
    unfit = one(service, "readmission_30d")
    assert unfit.probability is None
    assert unfit.unfit_reason == "the patient is still in hospital at the prediction time"


def test_an_unknown_outcome_is_left_out(service: PredictorService) -> None:
    (answer,) = predict(service, asked(CASES[0], "planted", "happiness", "planted/7"))
    assert [p.outcome for p in answer.predictions] == ["planted"]


def test_a_short_chart_gets_a_reason_and_no_number(service: PredictorService) -> None:
    short = replace(CASES[0], chart=type(CASES[0].chart)(CASES[0].chart.events[:2], CASES[0].prediction_time))
    told = one(service, "planted", short)
    assert (told.probability, told.interval, told.contributions) == (None, None, ())
    assert told.abstained_reason.startswith("too short a record")


def test_all_outcomes_of_a_call_count_its_chart_once(
    service: PredictorService, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    kept = counting.outcome_features
    monkeypatch.setattr(counting, "outcome_features", lambda *told: calls.append(told) or kept(*told))
    predict(service, asked(CASES[0], "planted", "grown", "readmission_30d"))
    assert len(calls) == 1


@pytest.mark.parametrize(
    "request_",
    [b"", b"[]", b"{}", b"\xff", b'{"outcomes": "planted", "prediction_time": [1, null, 5], "describe": false}'],
)
def test_a_request_that_is_none_is_refused_and_its_batch_is_answered(
    service: PredictorService, request_: bytes
) -> None:
    refused, answered = service.predict([(request_, b""), asked(CASES[0], "planted")])
    assert isinstance(refused, InvalidRequest)
    assert isinstance(answered, bytes)


def test_one_that_fails_leaves_its_batch_answered(service: PredictorService, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = predicting.unfit_reason
    sound = CASES[0].chart.events[0].event_key

    def fail(task: str, case: Case) -> str:
        if case.chart.events[0].event_key != sound:
            raise ZeroDivisionError
        return kept(task, case)

    monkeypatch.setattr(predicting, "unfit_reason", fail)
    answered, failed = service.predict([asked(CASES[0], "planted"), asked(CASES[1], "planted")])
    assert isinstance(answered, bytes)
    assert isinstance(failed, ChartlineError)


def test_a_chart_that_cannot_be_read_or_knows_the_future_is_refused(service: PredictorService) -> None:
    request, chart = asked(CASES[0], "planted")
    earlier = (CASES[0].prediction_time.unix_micros - 6 * 3_600_000_000, None, 5)
    early = dump_request(PredictRequest(("planted",), earlier))
    for batch in ((request, b"\xff\xff"), (early, chart)):
        (refused,) = service.predict([batch])
        assert isinstance(refused, InvalidRequest)
        assert "chart" in refused.message


def test_cards_are_given_where_they_are_asked_for(service: PredictorService) -> None:
    (answer,) = predict(service, (dump_request(PredictRequest(describe=True)), b""))
    assert [card.outcome for card in answer.cards] == sorted(MODELS)
    assert all("**Meant for**" in card.card and card.card_id for card in answer.cards)
    told = one(service, "planted")
    assert (told.model_version, told.card_id) in {(card.model_version, card.card_id) for card in answer.cards}
    assert predict(service, (dump_request(PredictRequest()), b""))[0].cards == ()


# --- versions --------------------------------------------------------------------------------------------------------


def test_the_newest_version_answers_and_an_older_one_by_its_name(service: PredictorService, folder: Path) -> None:
    before = one(service, "planted")
    write_head(folder, "planted", 10, patients=120)
    service.refresh()
    assert one(service, "planted").model_version.startswith("planted/10@")
    assert one(service, "planted/1") == before
    shutil.rmtree(folder / "planted" / "10")
    service.refresh()
    assert one(service, "planted") == before


def test_a_version_that_is_broken_or_unfinished_leaves_the_one_before(
    service: PredictorService, folder: Path, seen: list[PredictorCounts]
) -> None:
    before = one(service, "planted")
    shutil.copytree(folder / "planted" / "1", folder / "planted" / "2")
    (folder / "planted" / "2" / "calibration.json").unlink()
    shutil.copytree(folder / "planted" / "1", folder / "planted" / "3")
    (folder / "planted" / "3" / "outcome.json").unlink()
    service.refresh()
    assert one(service, "planted") == before
    assert (seen[-1].heads, seen[-1].broken) == (3, 1)


@pytest.mark.parametrize("model", ["list-minilm", "mean", "llemr"])
def test_a_model_that_reads_by_others_weights_is_refused_with_a_reason(
    service: PredictorService, folder: Path, seen: list[PredictorCounts], model: str
) -> None:
    before, place = one(service, "planted"), folder / "planted" / "2"
    shutil.copytree(folder / "planted" / "1", place)
    (place / "outcome.json").write_text(
        json.dumps({**json.loads((place / "outcome.json").read_text()), "model": model})
    )
    (found,) = (each for each in places(folder) if each.folder == place)
    with pytest.raises(InvalidRequest, match=f"^{model} is not served, for no call waits for a text encoder"):
        ServedHead.load(found)
    service.refresh()
    assert one(service, "planted") == before
    assert seen[-1].broken == 1


def test_a_file_of_weights_that_is_none_leaves_the_others(
    service: PredictorService, folder: Path, seen: list[PredictorCounts]
) -> None:
    (folder / "planted" / "1" / "model" / "linear.safetensors").write_bytes(b"none")
    again = PredictorService(Heads(folder), seen.append)
    again.refresh()
    assert (seen[-1].heads, seen[-1].broken) == (2, 1)
    assert one(again, "grown") == one(service, "grown")


def test_no_call_is_dropped_while_versions_are_swapped(folder: Path, seen: list[PredictorCounts]) -> None:
    shutil.copytree(folder / "planted" / "1", folder / "spare")
    service = PredictorService.load(LlmSettings(heads=folder, heads_seconds=0.01), seen.append)
    versions, done = set[str](), threading.Event()

    def swap() -> None:
        for version in range(2, 8):
            # Written beside and moved: what is there is whole.
            shutil.copytree(folder / "spare", folder / "new")
            (folder / "new" / "MODEL_CARD.md").write_text(f"# {version}")
            (folder / "new").rename(folder / "planted" / str(version))
            while f"planted/{version}" not in versions:
                time.sleep(0.001)
        done.set()

    swapping = threading.Thread(target=swap)
    swapping.start()
    expected = one(service, "planted/1").probability
    while not done.is_set():
        told = one(service, "planted")
        assert told.probability == expected
        versions.add(told.model_version.partition("@")[0])
    swapping.join()
    service.close()
    assert versions >= {f"planted/{version}" for version in range(2, 8)}


# --- drift -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(drift, "LEAST", 40)
    return


@pytest.mark.usefixtures("short_window")
def test_charts_unlike_those_of_training_drift(service: PredictorService, seen: list[PredictorCounts]) -> None:
    def drifted(cases: list) -> float:
        service._windows.clear()
        predict(service, *(asked(case, "planted") for case in cases))
        service.refresh()
        return seen[-1].drift["planted", "1"].psi["events"]

    same = drifted(planted_cases(60, seed=77))
    cut = [
        replace(case, chart=type(case.chart)(case.chart.events[:12], case.prediction_time))
        for case in planted_cases(60, seed=78)
    ]
    assert same < 1 < drifted(cut)
    assert seen[-1].results["planted", "1", "predicted"] > 0


def test_few_predictions_say_nothing_of_drift(service: PredictorService, seen: list[PredictorCounts]) -> None:
    one(service, "planted")
    service.refresh()
    assert seen[-1].drift["planted", "1"] == drift.Drift(1, {})
