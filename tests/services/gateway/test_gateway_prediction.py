"""Predictions over real gRPC."""

from dataclasses import replace

import grpc
import pytest
from gateway_fake_encoder import EVENTS, PATIENT, at
from gateway_fake_model import OUTCOMES, _head
from gateway_parts import Gateway

from chartline.rpc.messages import events_from_bytes
from chartline.v1 import gateway_service_pb2 as pb

Code = grpc.StatusCode


async def predict(gateway: Gateway, *outcomes: str, **rest: object) -> pb.PredictOutcomesResponse:
    request = pb.PredictOutcomesRequest(patient=PATIENT, outcomes=outcomes, **rest)  # type: ignore[arg-type]
    response: pb.PredictOutcomesResponse = await gateway.stub.PredictOutcomes(request, metadata=gateway.metadata())
    return response


async def test_a_probability_with_its_interval_and_what_speaks_for_and_against(gateway: Gateway) -> None:
    response = await predict(gateway, "in_hospital_mortality")
    (prediction,) = response.predictions
    assert (prediction.probability, prediction.interval_low, prediction.interval_high) == (0.123456, 0.1, 0.15)
    assert [(c.feature, c.log_odds, list(c.event_keys)) for c in prediction.contributions] == [
        ("age", -0.75, []),
        ("last creatinine (laboratory)", 0.51249, ["a" * 32]),
    ]
    assert (prediction.model_version, prediction.card_id) == ("in_hospital_mortality/1@0a", "c1")
    assert (prediction.calibration, prediction.explained_by) == ("calibrated on 9 cases", "exact parts")
    assert response.prediction_time.unix_micros == at(70).unix_micros


async def test_the_models_get_the_chart_and_its_time_once_for_all_outcomes(gateway: Gateway) -> None:
    await predict(gateway, *OUTCOMES)
    ((request, chart),) = gateway.model.predicted
    assert request.outcomes == OUTCOMES
    assert request.prediction_time == (at(70).unix_micros, None, 5)
    assert events_from_bytes(chart) == EVENTS
    assert [type(r).__name__ for r in gateway.encoder.requests] == ["ReadChartRequest"]


async def test_only_what_was_known_at_the_prediction_time_is_asked_for(gateway: Gateway) -> None:
    time = {"unix_micros": at(20).unix_micros, "precision": 5}
    response = await predict(gateway, prediction_time=time)
    assert gateway.encoder.requests[0].as_of.unix_micros == at(20).unix_micros
    assert response.prediction_time.unix_micros == at(20).unix_micros
    assert len(response.predictions) == len(OUTCOMES)


async def test_an_outcome_that_means_nothing_now_is_refused(gateway: Gateway) -> None:
    gateway.model.head = lambda outcome: replace(_head(outcome), probability=None, unfit_reason="still in hospital")
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await predict(gateway, "readmission_30d")
    assert failed.value.code() is Code.FAILED_PRECONDITION
    assert failed.value.details() == "readmission_30d: still in hospital"


async def test_an_unknown_outcome_is_invalid_and_the_known_ones_are_named(gateway: Gateway) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await predict(gateway, "happiness")
    assert failed.value.code() is Code.INVALID_ARGUMENT
    assert all(outcome in (failed.value.details() or "") for outcome in OUTCOMES)


async def test_a_chart_without_any_time_needs_one(gateway: Gateway) -> None:
    gateway.encoder.events = ()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await predict(gateway)
    assert failed.value.code() is Code.INVALID_ARGUMENT


async def test_an_abstention_has_a_reason_and_no_probability(gateway: Gateway) -> None:
    gateway.model.head = lambda outcome: replace(
        _head(outcome), probability=None, interval=None, contributions=(), abstained_reason="too short a record"
    )
    (prediction,) = (await predict(gateway, "in_hospital_mortality")).predictions
    assert prediction.abstained_reason == "too short a record"
    assert (prediction.probability, prediction.interval_high, list(prediction.contributions)) == (0.0, 0.0, [])


async def test_each_model_says_what_it_is(gateway: Gateway) -> None:
    models = (await gateway.stub.GetModelInfo(pb.GetModelInfoRequest(), metadata=gateway.metadata())).models
    assert [(m.version, list(m.outcomes), m.card, m.card_id) for m in models[1:]] == [
        (f"{o}/1@0a", [o], f"# {o}", "c1") for o in OUTCOMES
    ]
