"""The engine's counts as Triton's own metrics: Triton counts requests of a decoupled model, but not what became of
them. Declared here as data; dashboards and alerts are tested against it."""

from __future__ import annotations

import time
from typing import Any

from chartline.models.engine_counts import EngineCounts

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


def _attribute(name: str) -> str:
    return name.removeprefix("chartline_llm_").removesuffix("_total")


def _raise_to(metric: Any, total: float) -> None:
    if (more := total - metric.value()) > 0:
        metric.increment(more)
