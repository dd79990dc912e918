"""Computes one number, or one a calendar unit, from the selected events, in decimal arithmetic."""

from collections.abc import Sequence
from decimal import Decimal

from chartline.record.answer import Findings, Found
from chartline.record.chart import Chart, Indices
from chartline.record.event import Instant, Quantity, TimePrecision
from chartline.record.fields import Form, holds_number, read
from chartline.record.measures import Number, by_series
from chartline.record.names import normalise
from chartline.record.plan import Aggregate, Field, Function, PlanOutcome, TimeUnit
from chartline.record.result import Duration
from chartline.record.times import MINUTE, NO_TIME, format_instant, starts_of
from chartline.record.units import CONTEXT, show

#: The number, its comparator, and those that it rests on.
Reckoned = tuple[Decimal, str, list[Number]]

_COUNTS = frozenset({Function.COUNT, Function.COUNT_DISTINCT})
_EXTREMES = frozenset({Function.MINIMUM, Function.MAXIMUM})
_BUCKET_PRECISION = {TimeUnit.YEAR: TimePrecision.YEAR, TimeUnit.MONTH: TimePrecision.MONTH}
_CLOCK_UNITS = (TimeUnit.MINUTE, TimeUnit.HOUR)


def aggregate(plan: Aggregate, indices: Indices, chart: Chart, label: str, now: Instant) -> Findings:
    """`label` names what is aggregated; a bucket's value is labelled by the bucket.

    Numbers that only a text tells ("180/110") are not reckoned with: what there is leaves the answer open.
    """
    contestable = plan.function not in _COUNTS
    if contestable and (told := _told(plan, indices, chart, now)):
        return Findings((*_computed(plan, indices, chart, label, now), *told), PlanOutcome.INCOMPARABLE)
    if plan.bucket is None:
        return Findings(tuple(_computed(plan, indices, chart, label, now)), contestable=contestable)
    buckets = _buckets(indices, chart, plan.bucket)
    values = (_computed(plan, chosen, chart, bucket, now) for bucket, chosen in buckets.items() if len(chosen))
    return Findings(tuple(found for bucket in values for found in bucket), contestable=contestable)


def _told(plan: Aggregate, indices: Indices, chart: Chart, now: Instant) -> list[Found]:
    forms = ((i, read(chart, i, plan.field, plan.attribute, now)) for i in indices.tolist())
    return [Found(form, chart.events[i].name, (i,)) for i, form in forms if form is not None and holds_number(form)]


def _buckets(indices: Indices, chart: Chart, unit: TimeUnit) -> dict[str, Indices]:
    """Label -> events, in order of time, by each event's own local clock; a time vaguer than the unit has no bucket."""
    indices = indices[chart.starts[indices] != NO_TIME]
    if unit in _BUCKET_PRECISION or unit in (TimeUnit.DAY, TimeUnit.WEEK):
        wanted = _BUCKET_PRECISION.get(unit, TimePrecision.DAY)
        indices = indices[[_precision(chart, i) >= wanted for i in indices.tolist()]]
    starts = starts_of(chart.local[indices], unit)
    return {_bucket_label(start, unit): indices[starts == start] for start in dict.fromkeys(sorted(starts.tolist()))}


def _precision(chart: Chart, index: int) -> TimePrecision:
    time = chart.events[index].time
    assert time is not None
    return time.precision


def _bucket_label(start: int, unit: TimeUnit) -> str:
    """2100, 2100-03, 2100-03-05 (of a week its Monday), 2100-03-05T14:00."""
    clock = unit in _CLOCK_UNITS
    precision = TimePrecision.MINUTE if clock else _BUCKET_PRECISION.get(unit, TimePrecision.DAY)
    return format_instant(Instant(start // MINUTE * MINUTE, None, precision))


def _computed(plan: Aggregate, indices: Indices, chart: Chart, label: str, now: Instant) -> list[Found]:
    if plan.function in _COUNTS:
        counted = len(indices) if plan.function is Function.COUNT else _distinct(plan, indices, chart, now)
        return [Found(Quantity(str(counted), "1"), label, tuple(indices.tolist()))]
    forms = [(i, form) for i in indices.tolist() if (form := read(chart, i, plan.field, plan.attribute, now))]
    if plan.field in (Field.TIME, Field.END_TIME):
        return _extreme_times(plan.function, forms, chart, label)
    quantities = [(i, q, chart.events[i]) for i, form in forms if (q := _quantity(form)) is not None]
    computed = []
    for measure, numbers in by_series(quantities).items():
        if (reckoned := _reckon(plan.function, numbers)) is not None:
            number, comparator, behind = reckoned
            lasting = plan.field is Field.DURATION
            form = Duration(float(number)) if lasting else Quantity(show(number), measure.unit, comparator)
            computed.append(Found(form, label, tuple(index for index, _, _ in behind), measure.analyte))
    return computed


def _distinct(plan: Aggregate, indices: Indices, chart: Chart, now: Instant) -> int:
    """How many names; for any other field but the default, how many of its values."""
    field = Field.NAME if plan.field is Field.VALUE else plan.field
    forms = (read(chart, i, field, plan.attribute, now) for i in indices.tolist())
    return len({normalise(form) if isinstance(form, str) else form for form in forms if form is not None})


def _quantity(form: Form) -> Quantity | None:
    if isinstance(form, Duration):
        return Quantity(repr(form.hours), "h")
    if isinstance(form, str):
        return Quantity(form.strip())
    return form if isinstance(form, Quantity) else None


def _extreme_times(function: Function, forms: Sequence[tuple[int, Form]], chart: Chart, label: str) -> list[Found]:
    times = [(chart.clock(form), i, form) for i, form in forms if isinstance(form, Instant)]
    if not times or function not in _EXTREMES:
        return []
    clock, _, form = min(times) if function is Function.MINIMUM else max(times, key=lambda t: t[0])
    return [Found(form, label, tuple(i for at, i, _ in times if at == clock))]


def _reckon(function: Function, numbers: list[Number]) -> Reckoned | None:
    """None where values below and above what could be measured leave nothing to be said."""
    if function in _EXTREMES:
        return _extreme(function, numbers)
    comparators = {comparator for _, _, comparator in numbers} - {""}
    if len({comparator[0] for comparator in comparators}) > 1:
        return None
    total = Decimal(0)
    for _, number, _ in numbers:
        total = CONTEXT.add(total, number)
    if function is Function.MEAN:
        total = CONTEXT.divide(total, Decimal(len(numbers)))
    # One that is less makes the whole less.
    return total, min(comparators, key=len, default=""), numbers


def _extreme(function: Function, numbers: list[Number]) -> Reckoned:
    """As far as it is certain: the maximum of 600 and >600 is >600, of 650 and >600 it is >=650."""
    pick, beyond, short = (max, ">", "<") if function is Function.MAXIMUM else (min, "<", ">")
    reaching = [n for n in numbers if not n[2].startswith(short)]
    most = pick(number for _, number, _ in reaching or numbers)
    there = [n for n in reaching or numbers if n[1] == most]
    if not reaching:
        return most, max((comparator for _, _, comparator in there), key=len), there
    if past := [n for n in there if n[2] == beyond]:
        return most, beyond, past
    perhaps = [n for n in numbers if n[2].startswith(beyond) or (n[2] and pick(n[1], most) != most)]
    if perhaps:
        return most, f"{beyond}=", [n for n in numbers if n in there or n in perhaps]
    return most, "", there
