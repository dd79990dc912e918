"""Filters of a selection: which events a condition on a field lets through."""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from chartline.errors import InvalidRequest
from chartline.record.chart import Chart, Indices
from chartline.record.event import Event, Instant, Quantity
from chartline.record.fields import Form, holds_number, read
from chartline.record.interpretations import CODES_OF_WORD, UNDIRECTED
from chartline.record.measures import Measure, convert, limit_of, measure_of
from chartline.record.names import normalise
from chartline.record.plan import Comparator, Field, Filter
from chartline.record.result import Duration
from chartline.record.routes import routes_of
from chartline.record.times import local_micros, moment_of, parse_instant
from chartline.record.units import decimal_of

_ORDERS: dict[Comparator, Callable[[int], bool]] = {
    Comparator.EQUAL: lambda sign: sign == 0,
    Comparator.LESS: lambda sign: sign < 0,
    Comparator.GREATER: lambda sign: sign > 0,
    Comparator.LESS_OR_EQUAL: lambda sign: sign <= 0,
    Comparator.GREATER_OR_EQUAL: lambda sign: sign >= 0,
}
#: Of each what rules it out.
_OPPOSITES = {
    Comparator.EQUAL: (Comparator.LESS, Comparator.GREATER),
    Comparator.LESS: (Comparator.GREATER_OR_EQUAL,),
    Comparator.GREATER: (Comparator.LESS_OR_EQUAL,),
    Comparator.LESS_OR_EQUAL: (Comparator.GREATER,),
    Comparator.GREATER_OR_EQUAL: (Comparator.LESS,),
}
#: What "<5" and ">100" certainly are, compared with a bound: the sign of value - bound where it can be known.
_BELOW, _ABOVE = ("<", "<="), (">", ">=")


def verdicts(condition: Filter, indices: Indices, chart: Chart, now: Instant) -> list[bool | None]:
    """Of each event whether it passes; None where its unit, its flag or a text in place of a number leaves it open.

    A text without a number in it ("hemolyzed") is beyond no limit where others of the series are numbers. An event
    without the field passes no filter. A number without a unit is of that of the events that it is held against; where
    they have several and it matters which, it is left open. Raises InvalidRequest.
    """
    events = [chart.events[index] for index in indices.tolist()]
    forms = [read(chart, index, condition.field, condition.attribute, now) for index in indices.tolist()]
    test = _test(condition, list(zip(forms, events, strict=True)))
    return [form is not None and test(form, event) for form, event in zip(forms, events, strict=True)]


def _test(condition: Filter, tested: Sequence[tuple[Form | None, Event]]) -> Callable[[Form, Event], bool | None]:
    if condition.comparator is Comparator.PRESENT:
        return lambda *_: True
    if condition.comparator not in _ORDERS:
        raise InvalidRequest("the plan filters by a comparator that compares nothing", field="plan")
    if condition.field is Field.INTERPRETATION or condition.attribute == "susceptibility":
        word = normalise(condition.value)
        codes = CODES_OF_WORD.get(word, frozenset({condition.value.strip().upper()}))
        return lambda form, event: form in codes or (_lies(event, word) if form in UNDIRECTED else False)
    if condition.attribute == "route" and not any(form and _is_called(form, condition) for form, _ in tested):
        asked = routes_of(condition.value)
        return lambda form, _: bool(asked & routes_of(str(form)))
    number, _, unit = condition.value.strip().partition(" ")
    bound = decimal_of(Quantity(number))
    if bound is None:
        return lambda form, _: _is_called(form, condition)
    measures = {measure_of(plain, event) for form, event in tested if isinstance(plain := _plain(form), Quantity)}
    limits = {limit_of(bound, measure, unit) for measure in measures}

    def holds(form: Form, event: Event) -> bool | None:
        plain = _plain(form)
        if isinstance(plain, Quantity):
            return _holds(plain, event, condition.comparator, bound, limits)
        decided = isinstance(form, Instant) or condition.comparator is Comparator.EQUAL
        return _is_called(form, condition) or (False if decided or (measures and not holds_number(form)) else None)

    return holds


def _plain(form: Form | None) -> Form | None:
    """As a quantity, where it is a number of whatever form."""
    if isinstance(form, Duration):
        return Quantity(str(form.hours), "h")
    if isinstance(form, str) and (number := decimal_of(Quantity(form.strip()))) is not None:
        return Quantity(str(number))
    return form


def _lies(event: Event, word: str) -> bool | None:
    """Whether an abnormal number lies high or low by the range of its sender; None without one."""
    comparator = {"high": Comparator.GREATER, "low": Comparator.LESS}.get(word)
    if comparator is None or event.quantity is None:
        return False
    told = event.attribute(f"reference_{word}")
    limit = told if isinstance(told, Quantity) else Quantity(str(told or ""), event.quantity.unit)
    bound = decimal_of(limit)
    return None if bound is None else _holds(event.quantity, event, comparator, bound, {Measure(limit.unit)})


def _holds(
    quantity: Quantity, event: Event, comparator: Comparator, bound: Decimal, limits: Collection[Measure]
) -> bool | None:
    """By each limit that can be compared with it; None where there is none, or they disagree."""
    own = measure_of(quantity, event)
    held = {
        certainly(quantity, comparator, limit)
        for measure in limits
        if (limit := convert(bound, measure._replace(analyte=measure.analyte or own.analyte), own)) is not None
    }
    return held.pop() if len(held) == 1 else None


def _is_called(form: Form, condition: Filter) -> bool:
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


def certainly(quantity: Quantity, comparator: Comparator, bound: Decimal) -> bool | None:
    """Whether it holds; None where a value that is only bounded (<5) leaves it open. The bound is in its unit."""
    if compare_quantity(quantity, comparator, bound):
        return True
    ruled_out = any(compare_quantity(quantity, opposite, bound) for opposite in _OPPOSITES[comparator])
    return False if ruled_out or decimal_of(quantity) is None else None


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
    end = local_micros(moment_of(limit))
    return _ORDERS[condition.comparator](-1 if local < start else int(local > end))
