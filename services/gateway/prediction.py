"""Predicts outcomes: the chart as it was known then goes to the models on Triton, their words come back.

The chart passes through unread: what is counted from it is counted by the code that trained the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chartline.errors import InvalidRequest, Unfit
from chartline.llm_contract import HeadContribution, HeadPrediction, PredictRequest
from chartline.record.event import Instant
from chartline.telemetry import chartline_gateway_abstentions
from services.gateway.encoder_client import EncoderClient
from services.gateway.llm_client import LanguageModel


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """No outcomes asks for all that fit; no time is the last the chart knows."""

    patient: str
    outcomes: tuple[str, ...] = ()
    prediction_time: Instant | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """`probability` is calibrated; with an `abstained_reason` it and its interval are 0 and mean nothing."""

    outcome: str
    probability: float
    interval: tuple[float, float]
    calibration: str
    contributions: tuple[HeadContribution, ...]
    explained_by: str
    model_version: str
    card_id: str
    abstained_reason: str


@dataclass(frozen=True, slots=True)
class Predictions:
    predictions: tuple[Prediction, ...]
    prediction_time: Instant


class Predictor:
    def __init__(self, encoder: EncoderClient, model: LanguageModel) -> None:
        self._encoder = encoder
        self._model = model

    async def predict(self, request: PredictionRequest) -> Predictions:
        """Raises InvalidRequest for an unknown outcome and Unfit for one that means nothing at that time."""
        shown = await self._encoder.chart(request.patient, request.prediction_time)
        if shown.as_of is None:
            raise InvalidRequest("no event says when it was known: say a time", field="prediction_time")
        time = (shown.as_of.unix_micros, shown.as_of.offset_minutes, int(shown.as_of.precision))
        answer = await self._model.predict(PredictRequest(request.outcomes, time), shown.chart, request.patient)
        _check(request.outcomes, answer.predictions, answer.known_outcomes)
        return Predictions(tuple(map(_prediction, answer.predictions)), shown.as_of)


def _check(asked: Sequence[str], told: Sequence[HeadPrediction], known: Sequence[str]) -> None:
    if len(told) < len(asked):
        raise InvalidRequest(f"no such outcome or version; there are {', '.join(known)}", field="outcomes")
    for head in told:
        if head.unfit_reason:
            raise Unfit(f"{head.outcome}: {head.unfit_reason}", reason="OUTCOME_UNFIT")


def _prediction(head: HeadPrediction) -> Prediction:
    if head.probability is None:
        chartline_gateway_abstentions.inc()
    return Prediction(
        outcome=head.outcome,
        probability=head.probability or 0.0,
        interval=head.interval or (0.0, 0.0),
        calibration=head.calibration,
        contributions=head.contributions,
        explained_by=head.explained_by,
        model_version=head.model_version,
        card_id=head.card_id,
        abstained_reason=head.abstained_reason,
    )
