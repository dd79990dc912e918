"""Model `chartline_predictor` as Triton's shim calls it, without Triton and without torch: it is up in no time."""

from __future__ import annotations

from collections.abc import Mapping

from chartline.errors import InvalidRequest
from chartline.llm_contract import HeadPrediction, PredictResponse, dump_predict_response, load_predict_request
from chartline.models.heads.logistic import LogisticHead, load_heads
from services.llm.settings import LlmSettings


class PredictorService:
    """`heads` by outcome, each with its version."""

    def __init__(self, heads: Mapping[str, tuple[LogisticHead, str]]) -> None:
        self._heads = heads

    @classmethod
    def load(cls, settings: LlmSettings) -> PredictorService:
        """Raises InvalidRequest for a file that is no head."""
        return cls(load_heads(settings.heads))

    def predict(self, request: bytes) -> bytes:
        """Predictions of the outcomes that are known, in the order asked. Raises InvalidRequest."""
        try:
            asked = load_predict_request(request)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidRequest("REQUEST is not a PredictRequest") from error
        predictions = [
            self._prediction(*self._heads[outcome], asked.features)
            for outcome in asked.outcomes
            if outcome in self._heads
        ]
        return dump_predict_response(PredictResponse(tuple(predictions), tuple(sorted(self._heads))))

    @staticmethod
    def _prediction(head: LogisticHead, version: str, features: Mapping[str, float]) -> HeadPrediction:
        contributions = head.contributions(features)
        return HeadPrediction(head.outcome, head.probability(contributions), contributions, version)
