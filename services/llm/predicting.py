"""Model `chartline_predictor` as Triton's shim calls it, without Triton: requests in, answers out, in batches."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chartline.errors import ChartlineError, InvalidRequest
from chartline.learning.outcomes.serving import Case, Prediction, ServedHead, shown_case, unfit_reason
from chartline.llm_contract import (
    HeadCard,
    HeadContribution,
    HeadPrediction,
    PredictRequest,
    PredictResponse,
    dump_predict_response,
    load_predict_request,
)
from chartline.record.event import Instant, TimePrecision
from chartline.rpc.messages import events_from_bytes
from chartline.telemetry import get_logger
from services.llm.drift import Drift, DriftWindow
from services.llm.heads import Heads
from services.llm.settings import LlmSettings

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PredictorCounts:
    """`results` by outcome, version and what became of it: predicted, abstained, unfit; `drift` by outcome, version."""

    heads: int
    broken: int
    results: Mapping[tuple[str, str, str], int]
    drift: Mapping[tuple[str, str], Drift]


@dataclass(frozen=True, slots=True)
class _Asked:
    """`case` None asks for no prediction; `chosen` are the heads, `named` whether the caller named them."""

    request: PredictRequest
    case: Case | None
    chosen: tuple[ServedHead, ...]
    named: bool


class PredictorService:
    """`predict` in one thread; another looks after the heads every `seconds` and tells `on_change` how things are."""

    def __init__(self, heads: Heads, on_change: Callable[[PredictorCounts], None], seconds: float = 10.0) -> None:
        self._heads = heads
        self._on_change = on_change
        self._seconds = seconds
        self._results: Counter[tuple[str, str, str]] = Counter()
        self._windows: dict[ServedHead, DriftWindow] = {}
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._look_after, name="heads", daemon=True)

    @classmethod
    def load(cls, settings: LlmSettings, on_change: Callable[[PredictorCounts], None]) -> PredictorService:
        service = cls(Heads(settings.heads), on_change, settings.heads_seconds)
        service.refresh()
        service._keeper.start()
        return service

    def close(self) -> None:
        self._closing.set()
        self._keeper.join()

    def refresh(self) -> None:
        self._heads.refresh()
        heads = self._heads.all()
        for gone in set(self._windows).difference(heads):
            del self._windows[gone]
        drift = {_labels(head): window.drift() for head, window in list(self._windows.items())}
        self._on_change(PredictorCounts(len(heads), self._heads.broken, dict(self._results), drift))

    def _look_after(self) -> None:
        while not self._closing.wait(self._seconds):
            try:
                self.refresh()
            except Exception:  # a folder that is away for a moment must not end the watch over it
                log.exception("refresh_failed")

    # --- requests --------------------------------------------------------------------------------------------------

    def predict(self, batch: Sequence[tuple[bytes, bytes]]) -> list[bytes | ChartlineError]:
        """Of each REQUEST and CHART the answer, or why there is none; none fails for another's sake.

        Heads are asked once for the whole batch.
        """
        try:
            return self._predict(batch)
        except Exception:
            if len(batch) > 1:
                return [answer for one in batch for answer in self.predict([one])]
            log.exception("prediction_failed")
            return [ChartlineError("The prediction failed", reason="PREDICTION_FAILED")]

    def _predict(self, batch: Sequence[tuple[bytes, bytes]]) -> list[bytes | ChartlineError]:
        heads = self._heads.by_name()
        asked = [_read(request, chart, heads) for request, chart in batch]
        cases: dict[ServedHead, list[Case]] = {}
        for one in asked:
            if isinstance(one, _Asked) and one.case is not None:
                for head in one.chosen:
                    cases.setdefault(head, []).append(one.case)
        told = {head: iter(head.head.predict(of)) for head, of in cases.items()}
        return [one if isinstance(one, InvalidRequest) else self._answer(one, heads, told) for one in asked]

    def _answer(
        self, asked: _Asked, heads: Mapping[str, ServedHead], told: Mapping[ServedHead, Iterator[Prediction]]
    ) -> bytes:
        predictions = []
        if (case := asked.case) is not None:
            for head in asked.chosen:
                made, unfit = next(told[head]), unfit_reason(head.head.origin.task, case)
                if asked.named or not unfit:
                    predictions.append(self._prediction(head, case, made, unfit))
        outcomes = tuple(sorted({head.place.outcome for head in heads.values()}))
        cards = tuple(map(_card, self._heads.all())) if asked.request.describe else ()
        return dump_predict_response(PredictResponse(tuple(predictions), outcomes, cards))

    def _prediction(self, head: ServedHead, case: Case, made: Prediction, unfit: str) -> HeadPrediction:
        kept = head.head
        self._results[(*_labels(head), "unfit" if unfit else "abstained" if made.reason else "predicted")] += 1
        told = HeadPrediction(head.place.outcome, head.model_version, head.card_id)
        if unfit:
            return replace(told, unfit_reason=unfit)
        self._windows.setdefault(head, DriftWindow(head)).add(case, made)
        if made.interval is None:
            return replace(told, abstained_reason=made.reason)
        parts = (HeadContribution(part.words, part.log_odds, part.event_keys) for part in kept.contributions(case))
        return replace(
            told,
            probability=made.probability,
            interval=made.interval,
            calibration=kept.calibration.statement,
            explained_by=kept.explains_by,
            contributions=tuple(parts),
        )


def _read(request: bytes, chart: bytes, heads: Mapping[str, ServedHead]) -> _Asked | InvalidRequest:
    try:
        asked = load_predict_request(request)
        if asked.prediction_time is None:
            return _Asked(asked, None, (), named=False)
        micros, offset, precision = asked.prediction_time
        case = shown_case(events_from_bytes(chart), Instant(micros, offset, TimePrecision(precision)))
    except InvalidRequest as error:
        return error
    except (ValueError, TypeError, KeyError, AttributeError):
        return InvalidRequest("REQUEST is not a PredictRequest")
    wanted = asked.outcomes or sorted({head.place.outcome for head in heads.values()})
    return _Asked(asked, case, tuple(heads[name] for name in wanted if name in heads), bool(asked.outcomes))


def _labels(head: ServedHead) -> tuple[str, str]:
    return head.place.outcome, str(head.place.version)


def _card(head: ServedHead) -> HeadCard:
    return HeadCard(head.place.outcome, head.model_version, head.card, head.card_id)
