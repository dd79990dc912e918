"""Puts together what an operation found: values, each with the events behind it, within the bounds of the contract."""

from collections.abc import Iterable
from dataclasses import dataclass

from chartline.record.analytes import Analyte
from chartline.record.chart import Chart
from chartline.record.fields import Form
from chartline.record.plan import PlanOutcome
from chartline.record.result import PlanResult, Value

#: Values, and events behind them, that one result holds at most.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """One value and the places of the events behind it; `analyte` is what a reckoned amount is an amount of."""

    form: Form
    label: str = ""
    indices: tuple[int, ...] = ()
    analyte: Analyte | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All values of an operation.

    `outcome` says what they are where they are no answer though no event is in conflict; `contestable` is false where
    it does not matter what the events say, only that they are there.
    """

    values: tuple[Found, ...] = ()
    outcome: PlanOutcome = PlanOutcome.FOUND
    contestable: bool = True


def outcome_of(findings: Findings, chart: Chart) -> PlanOutcome:
    if not findings.values:
        return PlanOutcome.EMPTY
    behind = (chart.events[i] for value in findings.values for i in value.indices)
    contested = findings.contestable and any(event.conflicting for event in behind)
    return PlanOutcome.CONFLICTING if contested and findings.outcome is PlanOutcome.FOUND else findings.outcome


def as_result(findings: Findings, chart: Chart) -> PlanResult:
    """Each event_key of a value is the key of one of the result's events."""
    shown = findings.values[:MOST]
    indices = _first(index for value in shown for index in value.indices)
    values = tuple(
        Value(v.form, v.label, tuple(chart.events[i].event_key for i in v.indices if i in indices)) for v in shown
    )
    events = tuple(chart.events[i] for i in sorted(indices))
    return PlanResult(outcome_of(findings, chart), values, events, truncated=len(findings.values) > MOST)


def _first(indices: Iterable[int]) -> set[int]:
    kept: set[int] = set()
    for index in indices:
        kept.add(index)
        if len(kept) == MOST:
            break
    return kept
