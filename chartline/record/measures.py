"""Brings the values of one concept into one unit, whatever unit each sender wrote: the comparable series.

The unit of a series is the one that most of its values have, of equally many the first; in a comparison it is the
left side's, in a filter each value's own. Only what is reckoned is converted: an event that is looked up is shown as
its source wrote it. What cannot be compared is a series of its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from chartline.record.analytes import Analyte, analyte_of
from chartline.record.event import Event, Quantity
from chartline.record.units import TEMPERATURE, Unit, converted, decimal_of, unit

#: Key, number in the unit of its series, comparator.
Number = tuple[int, Decimal, str]
#: No body is warmer by Celsius, or colder by Fahrenheit.
_WARMEST_CELSIUS = 50


class Measure(NamedTuple):
    """A unit, and what is measured in it where that matters."""

    unit: str
    analyte: Analyte | None = None


def measure_of(quantity: Quantity, event: Event) -> Measure:
    return Measure(quantity.unit, analyte_of(event))


def comparable(one: Measure, other: Measure) -> bool:
    left, right = _scales(one, other)
    return left.dimension == right.dimension


def convert(amount: Decimal, source: Measure, target: Measure) -> Decimal | None:
    """The same amount in another unit; None where the two are not comparable."""
    return amount if source == target else converted(amount, *_scales(source, target))


def linear(source: Measure, target: Measure) -> tuple[float, float]:
    """(slope, shift) of the conversion for arrays of floats. The measures must be comparable."""
    old, new = _scales(source, target)
    return float(old.factor / new.factor), float((old.zero - new.zero) / new.factor)


def _scales(one: Measure, other: Measure) -> tuple[Unit, Unit]:
    """An analyte's own rules hold between amounts of it alone: a mole of glucose is no mole of sodium."""
    if one.analyte is None or other.analyte is None or one.analyte.family != other.analyte.family:
        return unit(one.unit), unit(other.unit)
    return one.analyte.scale(one.unit), other.analyte.scale(other.unit)


def limit_of(bound: Decimal, measure: Measure, said: str = "") -> Measure:
    """That of a limit for values of a measure: theirs, where none is said, but 38 and 101 tell their scale themselves.

    What is said of a ratio in half means all of it: "below 7 grams" of g/dL is 7 g/dL.
    """
    if not said:
        if unit(measure.unit).dimension != TEMPERATURE:
            return measure
        return measure._replace(unit="Cel" if bound <= _WARMEST_CELSIUS else "[degF]")
    whole = measure._replace(unit=said)
    half = measure._replace(unit=f"{said}/{measure.unit.partition('/')[2]}")
    return half if comparable(half, measure) and not comparable(whole, measure) else whole


def targets(measures: Sequence[Measure]) -> dict[Measure, Measure]:
    """Of each measure that of its series."""
    best = [measure for measure, _ in Counter(measures).most_common()]
    return {measure: next(target for target in best if comparable(measure, target)) for measure in best}


def by_series(quantities: Iterable[tuple[int, Quantity, Event]]) -> dict[Measure, list[Number]]:
    """Numbers that may be reckoned with each other, in the order in which they come."""
    numbers = [(key, q, measure_of(q, e), n) for key, q, e in quantities if (n := decimal_of(q)) is not None]
    target = targets([measure for _, _, measure, _ in numbers])
    series: dict[Measure, list[Number]] = {}
    for key, quantity, measure, number in numbers:
        same = convert(number, measure, target[measure])
        assert same is not None
        series.setdefault(target[measure], []).append((key, same, quantity.comparator))
    return series
