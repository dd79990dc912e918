"""Predicts outcomes: the features known at the prediction time, one call of the heads on Triton, words for why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chartline.errors import InvalidRequest, Unfit
from chartline.llm_contract import HeadPrediction, PredictRequest
from chartline.record.event import Instant
from chartline.telemetry import chartline_gateway_abstentions
from services.gateway.encoder_client import EncoderClient
from services.gateway.llm_client import LanguageModel
from services.gateway.outcomes import FEWEST_EVENTS, feature_words, unfit_reason

_MOST_CONTRIBUTIONS = 10
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """No outcomes asks for all that fit; no time is the last the chart knows."""

    patient: str
    outcomes: tuple[str, ...] = ()
    prediction_time: Instant | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """`log_odds` is the feature's part; positive speaks for the outcome."""

    words: str
    log_odds: float
    event_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """`probability` is calibrated, 0 to 1; it is 0 and means nothing where `abstained_reason` is set."""

    outcome: str
    probability: float
    contributions: tuple[Contribution, ...]
    model_version: str
    abstained_reason: str = ""


@dataclass(frozen=True, slots=True)
class Predictions:
    predictions: tuple[Prediction, ...]
    prediction_time: Instant | None

    @property
    def model_versions(self) -> dict[str, str]:
        return {p.outcome: p.model_version for p in self.predictions if p.model_version}


class Predictor:
    def __init__(self, encoder: EncoderClient, model: LanguageModel) -> None:
        self._encoder = encoder
        self._model = model

    async def predict(self, request: PredictionRequest) -> Predictions:
        """Raises InvalidRequest for an unknown outcome and Unfit for one that means nothing at that time."""
        known = await self._model.outcomes(request.patient)
        if any(outcome not in known for outcome in request.outcomes):
            raise InvalidRequest(f"no such outcome; there are {', '.join(known)}", field="outcomes")
        chart = await self._encoder.known(request.patient, request.prediction_time)
        chosen = _fitting(request.outcomes, known, chart.values)
        if chart.events < FEWEST_EVENTS:
            predictions = [_abstained(outcome, chart.events) for outcome in chosen]
        else:
            answer = await self._model.predict(PredictRequest(chosen, chart.values), request.patient)
            predictions = [_prediction(head, chart.evidence) for head in answer.predictions]
        return Predictions(tuple(predictions), chart.known_at)


def _fitting(outcomes: tuple[str, ...], known: tuple[str, ...], values: Mapping[str, float]) -> tuple[str, ...]:
    if not outcomes:
        return tuple(outcome for outcome in known if not unfit_reason(outcome, values))
    for outcome in outcomes:
        if reason := unfit_reason(outcome, values):
            raise Unfit(f"{outcome}: {reason}", reason="OUTCOME_UNFIT")
    return outcomes


def _abstained(outcome: str, events: int) -> Prediction:
    chartline_gateway_abstentions.inc()
    reason = f"{events} events are known at that time; at least {FEWEST_EVENTS} are needed"
    return Prediction(outcome, 0.0, (), "", reason)


def _prediction(head: HeadPrediction, evidence: Mapping[str, tuple[str, ...]]) -> Prediction:
    strongest = sorted(head.contributions.items(), key=lambda item: -abs(item[1]))[:_MOST_CONTRIBUTIONS]
    contributions = tuple(
        Contribution(feature_words(name), round(part, _DECIMALS), evidence.get(name, ()))
        for name, part in strongest
        if round(part, _DECIMALS)
    )
    return Prediction(head.outcome, round(head.probability, _DECIMALS), contributions, head.model_version)
