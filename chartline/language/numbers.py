"""The rounding rule of answers: what the record says keeps its text, what is computed gets three decimals."""

from decimal import Context, Decimal

from chartline.language.plan_parts import is_difference
from chartline.record.event import Quantity
from chartline.record.plan import Aggregate, Field, Function, Lookup, QueryPlan, TimeUnit
from chartline.record.result import Duration

#: Hours of a unit; months and years have no fixed length and are said in days.
HOURS: dict[TimeUnit, Decimal] = {
    TimeUnit.MINUTE: Decimal(1) / 60,
    TimeUnit.HOUR: Decimal(1),
    TimeUnit.DAY: Decimal(24),
    TimeUnit.WEEK: Decimal(168),
}
_SIGNIFICANT = Context(prec=3)


def is_computed(plan: QueryPlan) -> bool:
    """Whether the plan's numbers come from arithmetic and not from one event."""
    if isinstance(plan, Aggregate):
        return plan.function in (Function.SUM, Function.MEAN)
    if isinstance(plan, Lookup):
        return plan.field is Field.AGE
    return is_difference(plan)


def rounded(number: Decimal) -> str:
    """Three decimals, half to even; a number below 0.1 keeps three significant digits. No trailing zeros."""
    close = round(number, 3) if abs(number) >= Decimal("0.1") else _SIGNIFICANT.plus(number)
    text = f"{close:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def number_text(quantity: Quantity, *, computed: bool) -> str:
    """The number as it is shown, with its comparator and without its unit."""
    return quantity.comparator + (rounded(Decimal(quantity.value)) if computed else quantity.value)


def duration_text(duration: Duration, unit: TimeUnit) -> str:
    """The number of `unit` (days for months and years), rounded by the rule; seconds are exact."""
    seconds = round(Decimal(duration.hours) * 3600, 6)
    return rounded(seconds / (HOURS.get(unit, HOURS[TimeUnit.DAY]) * 3600))
