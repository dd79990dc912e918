"""Filters of a selection: which events a condition on a field lets through."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from chartline.errors import InvalidRequest
from chartline.record.chart import Chart, Indices
from chartline.record.event import Event, Instant, Quantity
from chartline.record.fields import Form, read
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.measures import Measure, convert, measure_of
from chartline.record.names import normalise
from chartline.record.plan import Comparator, Field, Filter
from chartline.record.result import Duration
from chartline.record.times import interval_end, local_micros, parse_instant
from chartline.record.units import decimal_of

_ORDERS: dict[Comparator, Callable[[int], bool]] = {
    Comparator.EQUAL: lambda sign: sign == 0,
    Comparator.LESS: lambda sign: sign < 0,
    Comparator.GREATER: lambda sign: sign > 0,
    Comparator.LESS_OR_EQUAL: lambda sign: sign <= 0,
    Comparator.GREATER_OR_EQUAL: lambda sign: sign >= 0,
}
#: What "<5" and ">100" certainly are, compared with a bound: the sign of value - bound where it can be known.
_BELOW, _ABOVE = ("<", "<="), (">", ">=")


def passes(condition: Filter, indices: Indices, chart: Chart, now: Instant) -> npt.NDArray[np.bool_]:
    """bool[len(indices)]. An event without the field passes no filter. Raises InvalidRequest."""
    places = indices.tolist()
    forms = (read(chart, index, condition.field, condition.attribute, now) for index in places)
    test = _test(condition)
    passed = (form is not None and test(form, chart.events[i]) for i, form in zip(places, forms, strict=True))
    return np.fromiter(passed, dtype=np.bool_, count=len(indices))


def _test(condition: Filter) -> Callable[[Form, Event], bool]:
    if condition.comparator is Comparator.PRESENT:
        return lambda *_: True
    if condition.comparator not in _ORDERS:
        raise InvalidRequest("the plan filters by a comparator that compares nothing", field="plan")
    if condition.field is Field.INTERPRETATION or condition.attribute == "susceptibility":
        word = normalise(condition.value)
        codes = CODES_OF_WORD.get(word, frozenset({condition.value.strip().upper()}))
        return lambda form, _: form in codes
    bound, unit = _bound(condition.value)
    return lambda form, event: _holds(form, event, condition, bound, unit)


def _bound(text: str) -> tuple[Decimal | None, str]:
    """A number and its unit, which may be empty: "38.5 Cel"."""
    number, _, unit = text.strip().partition(" ")
    return decimal_of(Quantity(number)), unit.strip()


def _holds(form: Form, event: Event, condition: Filter, bound: Decimal | None, unit: str) -> bool:
    if isinstance(form, Duration):
        form = Quantity(str(form.hours), "h")
    if isinstance(form, str) and bound is not None and (number := decimal_of(Quantity(form.strip()))) is not None:
        form = Quantity(str(number), "")
    if isinstance(form, Quantity):
        own = measure_of(form, event)
        limit = None if bound is None else convert(bound, Measure(unit, own.analyte), own) if unit else bound
        return limit is not None and compare_quantity(form, condition.comparator, limit)
    if isinstance(form, Instant):
        return _compare_instant(form, condition)
    equal = normalise(str(form)) == normalise(condition.value)
    return equal and condition.comparator in (
        Comparator.EQUAL,
        Comparator.LESS_OR_EQUAL,
        Comparator.GREATER_OR_EQUAL,
    )


def compare_quantity(quantity: Quantity, comparator: Comparator, bound: Decimal) -> bool:
    """Whether it certainly holds; the bound is in the quantity's unit."""
    number = decimal_of(quantity)
    if number is None:
        return False
    sign = int(number.compare(bound))
    if quantity.comparator in _BELOW:
        return comparator in (Comparator.LESS, Comparator.LESS_OR_EQUAL) and _below(sign, quantity, comparator)
    if quantity.comparator in _ABOVE:
        return comparator in (Comparator.GREATER, Comparator.GREATER_OR_EQUAL) and _above(sign, quantity, comparator)
    return _ORDERS[comparator](sign)


def _below(sign: int, quantity: Quantity, comparator: Comparator) -> bool:
    """The value lies under a number that differs from the bound by `sign`."""
    strict = quantity.comparator == "<" or comparator is Comparator.LESS_OR_EQUAL
    return sign < 0 or (sign == 0 and strict)


def _above(sign: int, quantity: Quantity, comparator: Comparator) -> bool:
    strict = quantity.comparator == ">" or comparator is Comparator.GREATER_OR_EQUAL
    return sign > 0 or (sign == 0 and strict)


def _compare_instant(instant: Instant, condition: Filter) -> bool:
    """Against a date or time, on local clocks; equal is: lies in the day, month or year that the filter names."""
    try:
        limit = parse_instant(condition.value)
    except ValueError:
        return False
    local, start = local_micros(instant), local_micros(limit)
    end = max(start + interval_end(limit) - limit.unix_micros - 1, start)
    return _ORDERS[condition.comparator](-1 if local < start else int(local > end))
