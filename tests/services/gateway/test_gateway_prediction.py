"""Predictions over real gRPC."""

import grpc
import pytest
from gateway_fake_encoder import EVENTS, PATIENT, at
from gateway_fake_model import OUTCOMES
from gateway_parts import Gateway

from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import gateway_service_pb2 as pb
from services.gateway.outcomes import feature_words

Code = grpc.StatusCode


def features(in_hospital: float) -> list[encoder_pb2.Feature]:
    creatinine = encoder_pb2.Feature(name="laboratory/creatinine/last", value=1.4, event_keys=[EVENTS[-1].event_key])
    return [creatinine, encoder_pb2.Feature(name="in_hospital", value=in_hospital)]


async def predict(gateway: Gateway, *outcomes: str, **rest: object) -> pb.PredictOutcomesResponse:
    request = pb.PredictOutcomesRequest(patient=PATIENT, outcomes=outcomes, **rest)  # type: ignore[arg-type]
    response: pb.PredictOutcomesResponse = await gateway.stub.PredictOutcomes(request, metadata=gateway.metadata())
    return response


async def test_a_probability_with_what_speaks_for_and_against(gateway: Gateway) -> None:
    gateway.encoder.features = features(1)
    response = await predict(gateway, "in_hospital_mortality")
    (prediction,) = response.predictions
    assert prediction.probability == 0.123
    assert [(c.feature, c.log_odds) for c in prediction.contributions] == [
        ("age", -0.75),
        ("last creatinine (laboratory)", 0.512),
    ]
    assert prediction.contributions[1].event_keys == [EVENTS[-1].event_key]
    assert prediction.model_version == "heads-1"
    assert response.prediction_time.unix_micros == at(70).unix_micros


async def test_only_what_was_known_at_the_prediction_time_is_asked_for(gateway: Gateway) -> None:
    gateway.encoder.features = features(1)
    time = {"unix_micros": at(20).unix_micros, "precision": 5}
    response = await predict(gateway, prediction_time=time)
    assert gateway.encoder.requests[0].as_of.unix_micros == at(20).unix_micros
    assert response.prediction_time.unix_micros == at(20).unix_micros


@pytest.mark.parametrize(("in_hospital", "count"), [(1.0, 2), (0.0, 1)])
async def test_no_outcome_asks_for_all_that_fit(gateway: Gateway, in_hospital: float, count: int) -> None:
    gateway.encoder.features = features(in_hospital)
    assert len((await predict(gateway)).predictions) == count


@pytest.mark.parametrize(
    ("outcome", "in_hospital"),
    [("in_hospital_mortality", 0.0), ("length_of_stay_over_7d", 0.0), ("readmission_30d", 1.0)],
)
async def test_an_outcome_that_means_nothing_now_is_refused(gateway: Gateway, outcome: str, in_hospital: float) -> None:
    gateway.encoder.features = features(in_hospital)
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await predict(gateway, outcome)
    assert failed.value.code() is Code.FAILED_PRECONDITION
    assert not gateway.model.predicted


async def test_an_unknown_outcome_is_invalid_and_the_known_ones_are_named(gateway: Gateway) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await predict(gateway, "happiness")
    assert failed.value.code() is Code.INVALID_ARGUMENT
    assert all(outcome in (failed.value.details() or "") for outcome in OUTCOMES)


async def test_too_little_known_gives_a_reason_and_no_probability(gateway: Gateway) -> None:
    gateway.encoder.features = features(1)
    gateway.encoder.events = EVENTS[:4]
    (prediction,) = (await predict(gateway, "in_hospital_mortality")).predictions
    assert "4 events" in prediction.abstained_reason
    assert (prediction.probability, list(prediction.contributions)) == (0.0, [])


def test_features_in_words() -> None:
    assert feature_words("hours_since_admission") == "hours since admission"
    assert feature_words("vital/heart_rate/max") == "highest heart rate (vital)"
