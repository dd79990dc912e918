"""What the models count as Triton's own metrics: Triton counts requests, but not what became of them, and knows nothing
of what is predicted. Declared here as data; dashboards and alerts are tested against it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chartline.models.engine_counts import EngineCounts

if TYPE_CHECKING:
    from services.llm.predicting import PredictorCounts

#: Name and help of each metric; the attribute of `EngineCounts` is the name without prefix and suffix.
COUNTERS = {
    "chartline_llm_prompt_tokens_total": "Inputs of requests that got a token, reused ones included.",
    "chartline_llm_reused_tokens_total": "Of them, those whose keys and values were kept.",
    "chartline_llm_completion_tokens_total": "Tokens written.",
    "chartline_llm_draft_tokens_total": "Tokens that callers guessed.",
    "chartline_llm_draft_kept_tokens_total": "Of them, those that the model wrote.",
    "chartline_llm_first_token_seconds_total": "Sum of the times from a request's arrival to its first token.",
    "chartline_llm_first_tokens_total": "Requests that got a first token.",
    "chartline_llm_steps_total": "Forward passes.",
}
GAUGES = {
    "chartline_llm_running": "Requests being computed.",
    "chartline_llm_waiting": "Requests that wait to be admitted.",
    "chartline_llm_kept_bytes": "Memory of kept prefixes and running requests.",
    "chartline_llm_kept_prefixes": "Prefixes kept for later questions.",
}
OUTCOMES = ("chartline_llm_requests_total", "Requests that ended, by what their last chunk said.")
STARTED = ("chartline_llm_start_time_seconds", "When the model was loaded, in unix time; a change is a restart.")

#: Of the predictor: name, help and labels.
Declared = tuple[str, str, tuple[str, ...]]
PREDICTIONS: Declared = (
    "chartline_predictor_predictions_total",
    "Predictions asked for, by what became of them: predicted, abstained, unfit.",
    ("outcome", "version", "result"),
)
HEADS: Declared = ("chartline_predictor_heads", "Versions of outcomes in service.", ())
BROKEN: Declared = ("chartline_predictor_broken_heads", "Versions of outcomes that could not be loaded.", ())
DRIFT: Declared = (
    "chartline_predictor_drift_psi",
    "Population stability index of a quantity's last 1000 values against training; nothing below 200.",
    ("outcome", "version", "quantity"),
)
WINDOW: Declared = (
    "chartline_predictor_drift_window",
    "Predictions that the index looks back on.",
    ("outcome", "version"),
)


class EngineMetrics:
    """Called with the engine's counts when requests end; `pb_utils` is Triton's module."""

    def __init__(self, pb_utils: Any) -> None:
        self._family = pb_utils.MetricFamily
        self._counters = {name: self._metric(name, help_, counter=True) for name, help_ in COUNTERS.items()}
        self._gauges = {name: self._metric(name, help_, counter=False) for name, help_ in GAUGES.items()}
        self._outcomes = self._family(name=OUTCOMES[0], description=OUTCOMES[1], kind=self._family.COUNTER)
        self._by_outcome: dict[str, Any] = {}
        self._started = self._metric(*STARTED, counter=False)
        self._started.set(time.time())

    def __call__(self, counts: EngineCounts) -> None:
        for name, metric in self._counters.items():
            _raise_to(metric, getattr(counts, _attribute(name)))
        for name, metric in self._gauges.items():
            metric.set(getattr(counts, _attribute(name)))
        for outcome, total in counts.outcomes.items():
            if outcome not in self._by_outcome:
                self._by_outcome[outcome] = self._outcomes.Metric(labels={"outcome": outcome})
            _raise_to(self._by_outcome[outcome], total)

    def _metric(self, name: str, help_: str, *, counter: bool) -> Any:
        kind = self._family.COUNTER if counter else self._family.GAUGE
        family = self._family(name=name, description=help_, kind=kind)
        return _Metric(family, family.Metric(labels={}))


class _Metric:
    """A family must outlive its metrics."""

    def __init__(self, family: Any, metric: Any) -> None:
        self._family_kept, self._metric = family, metric
        self.set, self.increment, self.value = metric.set, metric.increment, metric.value


class PredictorMetrics:
    """Called with the predictor's counts every few seconds; of a version that is gone only its counts stay."""

    def __init__(self, pb_utils: Any) -> None:
        kinds = pb_utils.MetricFamily
        self._predictions = _Labelled(kinds, PREDICTIONS, kinds.COUNTER)
        self._heads, self._broken, self._drift, self._window = (
            _Labelled(kinds, declared, kinds.GAUGE) for declared in (HEADS, BROKEN, DRIFT, WINDOW)
        )

    def __call__(self, counts: PredictorCounts) -> None:
        self._heads.set({(): counts.heads})
        self._broken.set({(): counts.broken})
        for version_and_result, total in counts.results.items():
            _raise_to(self._predictions.of(version_and_result), total)
        self._window.set({labels: drift.predictions for labels, drift in counts.drift.items()})
        psi: dict[tuple[str, ...], float] = {}
        for labels, drift in counts.drift.items():
            psi |= {(*labels, name): index for name, index in drift.psi.items()}
        self._drift.set(psi)


class _Labelled:
    """A family and its metrics by the values of its labels."""

    def __init__(self, family: Any, declared: Declared, kind: Any) -> None:
        name, help_, self._names = declared
        self._family = family(name=name, description=help_, kind=kind)
        self._metrics: dict[tuple[str, ...], Any] = {}

    def of(self, labels: tuple[str, ...]) -> Any:
        if labels not in self._metrics:
            self._metrics[labels] = self._family.Metric(labels=dict(zip(self._names, labels, strict=True)))
        return self._metrics[labels]

    def set(self, values: Mapping[tuple[str, ...], float]) -> None:
        """These and no others."""
        self._metrics = {labels: metric for labels, metric in self._metrics.items() if labels in values}
        for labels, value in values.items():
            self.of(labels).set(value)


def _attribute(name: str) -> str:
    return name.removeprefix("chartline_llm_").removesuffix("_total")


def _raise_to(metric: Any, total: float) -> None:
    if (more := total - metric.value()) > 0:
        metric.increment(more)
