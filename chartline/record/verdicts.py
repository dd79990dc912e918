"""What a plan's outcome makes of an answer: the one table from outcome to status, of serving and of training data."""

from enum import IntEnum

from chartline.record.plan import Exists, OutOfScope, PlanOutcome, QueryPlan
from chartline.record.result import PlanResult, Value


class AnswerStatus(IntEnum):
    """Numbers are those of chartline.v1.AnswerStatus."""

    ANSWERED = 1
    PARTIAL = 2
    NOT_IN_RECORD = 3
    CONFLICTING = 4
    UNAVAILABLE = 5


_STATUS = {
    PlanOutcome.FOUND: AnswerStatus.ANSWERED,
    PlanOutcome.EMPTY: AnswerStatus.NOT_IN_RECORD,
    PlanOutcome.UNLINKED: AnswerStatus.NOT_IN_RECORD,
    PlanOutcome.AMBIGUOUS: AnswerStatus.PARTIAL,
    PlanOutcome.CONFLICTING: AnswerStatus.CONFLICTING,
    PlanOutcome.INCOMPARABLE: AnswerStatus.PARTIAL,
}


def status_of(plan: QueryPlan, result: PlanResult) -> AnswerStatus:
    """Whether something is there is answered by its absence too, but not where nobody knows what it is."""
    if isinstance(plan, Exists) and result.outcome is PlanOutcome.EMPTY:
        return AnswerStatus.ANSWERED
    if result.outcome is PlanOutcome.FOUND and result.truncated:
        return AnswerStatus.PARTIAL
    return _STATUS[result.outcome]


def reason_of(plan: QueryPlan, result: PlanResult) -> str:
    """UPPER_SNAKE, empty for an answer; no patient data."""
    status = status_of(plan, result)
    if status is AnswerStatus.ANSWERED:
        return ""
    if isinstance(plan, OutOfScope):
        return f"OUT_OF_SCOPE_{plan.reason.name}"
    return "TRUNCATED" if result.outcome is PlanOutcome.FOUND else result.outcome.name


def values_of(plan: QueryPlan, result: PlanResult) -> tuple[Value, ...]:
    """The answer and nothing else: what is missing, ambiguous or refused has no value."""
    if isinstance(plan, Exists) and result.outcome is PlanOutcome.EMPTY:
        return result.values or (Value(form=False),)
    answered = (PlanOutcome.FOUND, PlanOutcome.CONFLICTING, PlanOutcome.INCOMPARABLE)
    return result.values if result.outcome in answered else ()
