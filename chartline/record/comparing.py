"""Compares or subtracts the values of two operands, their units reconciled."""

from dataclasses import replace
from itertools import product

from chartline.errors import InvalidRequest
from chartline.record.analytes import analyte_of
from chartline.record.answer import Findings, Found
from chartline.record.chart import Chart
from chartline.record.event import Instant, Quantity
from chartline.record.fields import Form, time_between, within_one_date
from chartline.record.filters import certainly
from chartline.record.measures import Measure, convert, limit_of
from chartline.record.names import normalise
from chartline.record.plan import Comparator, PlanOutcome
from chartline.record.result import Duration
from chartline.record.selecting import Unresolved
from chartline.record.times import interval_end
from chartline.record.units import CONTEXT, decimal_of, show

#: Readings of one side beyond which the plan names no single value.
MOST_READINGS = 8

_MIRROR = {
    Comparator.LESS: Comparator.GREATER,
    Comparator.GREATER: Comparator.LESS,
    Comparator.LESS_OR_EQUAL: Comparator.GREATER_OR_EQUAL,
    Comparator.GREATER_OR_EQUAL: Comparator.LESS_OR_EQUAL,
    Comparator.EQUAL: Comparator.EQUAL,
}


def compare(left: Findings, comparator: Comparator, right: Findings, chart: Chart) -> Findings:
    """Each reading with each: where several at the same time disagree, or no two can be compared, both sides are shown.

    A side without values leaves nothing to compare. Raises Unresolved, and
    InvalidRequest for a comparator that compares nothing.
    """
    if comparator is Comparator.PRESENT:
        raise InvalidRequest("the plan compares by a comparator that compares nothing", field="plan")
    if not left.values or not right.values:
        return Findings()
    if max(len(left.values), len(right.values)) > MOST_READINGS:
        raise Unresolved(PlanOutcome.AMBIGUOUS)
    answers: dict[Form, Found] = {}
    for one, other in product(left.values, right.values):
        form = _relate(one, comparator, other, chart)
        if form is not None:
            before = answers[form].indices if form in answers else ()
            answers[form] = Found(form, one.label, before + one.indices + other.indices)
    if not answers or PlanOutcome.INCOMPARABLE in (left.outcome, right.outcome):
        return Findings(left.values + right.values, PlanOutcome.INCOMPARABLE)
    if len(answers) > 1 and comparator is not Comparator.DIFFERENCE:
        return Findings(left.values + right.values, PlanOutcome.CONFLICTING)
    return Findings(tuple(answers.values()))


def _relate(one: Found, comparator: Comparator, other: Found, chart: Chart) -> Form | None:
    """None where the two cannot be compared, or not with certainty."""
    left, right = _hours(one.form), _hours(other.form)
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        left, right = _with_unit(one, left, right), _with_unit(other, right, left)
        same = _in_unit_of(left, right, one, other, chart)
        if same is None:
            return None
        if comparator is not Comparator.DIFFERENCE:
            return _holds(left, comparator, same)
        difference = _difference(left, same)
        both = isinstance(one.form, Duration) and isinstance(other.form, Duration)
        return Duration(float(difference.value)) if both and difference is not None else difference
    if isinstance(left, Instant) and isinstance(right, Instant):
        return _relate_times(left, comparator, right, chart)
    if isinstance(left, str) and isinstance(right, str) and comparator is Comparator.EQUAL:
        return normalise(left) == normalise(right)
    return None


def _hours(form: Form) -> Form:
    return Quantity(repr(form.hours), "h") if isinstance(form, Duration) else form


def _in_unit_of(left: Quantity, right: Quantity, one: Found, other: Found, chart: Chart) -> Quantity | None:
    """The right side in the unit of the left; a number said in the question is of what it is compared with."""
    own, others = _measure(left, one, chart), _measure(right, other, chart)
    number = decimal_of(right)
    if not one.indices or not other.indices:
        analyte = own.analyte or others.analyte
        own, others = Measure(own.unit, analyte), Measure(others.unit, analyte)
    same = None if number is None else convert(number, others, own)
    return None if same is None else Quantity(str(same), left.unit, right.comparator)


def _measure(quantity: Quantity, found: Found, chart: Chart) -> Measure:
    """Of several events behind one value all are of one analyte, or none is known."""
    analytes = {found.analyte or analyte_of(chart.events[i]) for i in found.indices}
    return Measure(quantity.unit, analytes.pop() if len(analytes) == 1 else None)


def _with_unit(found: Found, quantity: Quantity, other: Quantity) -> Quantity:
    """A number said in the question has the unit of a limit for what it is compared with."""
    number = decimal_of(quantity)
    if found.indices or number is None:
        return quantity
    return replace(quantity, unit=limit_of(number, Measure(other.unit), quantity.unit).unit)


def _holds(left: Quantity, comparator: Comparator, right: Quantity) -> bool | None:
    """In one unit. None where a value that is only bounded (<5) leaves it open."""
    if right.comparator:
        if left.comparator or comparator not in _MIRROR:
            return None
        left, comparator, right = right, _MIRROR[comparator], left
    bound = decimal_of(right)
    if bound is None:
        return None
    return certainly(left, comparator, bound)


def _difference(left: Quantity, right: Quantity) -> Quantity | None:
    """In one unit."""
    minuend, subtrahend = decimal_of(left), decimal_of(right)
    if minuend is None or subtrahend is None or left.comparator or right.comparator:
        return None
    return Quantity(show(CONTEXT.subtract(minuend, subtrahend)), left.unit)


def _relate_times(left: Instant, comparator: Comparator, right: Instant, chart: Chart) -> Form | None:
    """A day holds all its hours: what is before or after one of them is not known."""
    if comparator is Comparator.DIFFERENCE:
        return time_between(chart, right, left)
    one, other = chart.clock(left), chart.clock(right)
    same = (one, interval_end(left) - left.unix_micros) == (other, interval_end(right) - right.unix_micros)
    if within_one_date(chart, left, right) and not (same and comparator is Comparator.EQUAL):
        return None
    return _holds(Quantity(str(one)), comparator, Quantity(str(other)))
