"""Windows of a plan that are a hospital or ICU stay, or a part of one."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from chartline.errors import InvalidRequest
from chartline.record.calendar_windows import Happening, Span
from chartline.record.chart import STAY_KINDS, Chart, Indices
from chartline.record.event import Quantity
from chartline.record.plan import StayType, StayWindow, Which
from chartline.record.stays import Stay, encounter_token
from chartline.record.times import DAY, HOUR, LATEST, LONGEST
from chartline.record.units import decimal_of

Mask = npt.NDArray[np.bool_]


def in_stay_window(window: StayWindow, indices: Indices, when: Happening, chart: Chart, encounter: str) -> Mask:
    """bool[len(indices)]; `when` is on the chart's clock.

    An event that names a visit or an ICU stay belongs to that one; the others by their time.
    What names a visit to no hospital may still be of the hospital stay in which it was.
    """
    named = chart.named_stays(window.stay)[indices]
    stays = [stay.index for stay in chart.stays(window.stay)]
    whole = not _has_part(window)
    mask = np.zeros(len(indices), dtype=np.bool_)
    for stay, span in stay_spans(window, chart, when.now, encounter):
        timely = span.holds(when)
        elsewhere = np.isin(named, stays) if stay.index in stays else named >= 0
        mask |= ((named == stay.index) & (whole | timely)) | (~elsewhere & timely)
    return mask


def stay_spans(window: StayWindow, chart: Chart, now: int, encounter: str) -> list[tuple[Stay, Span]]:
    """The stays that the window means, each with the part of it. Raises InvalidRequest."""
    return [(stay, _part(window, stay, now)) for stay in _chosen(window, chart, now, encounter)]


def stay_of(chart: Chart, stay: StayType, indices: Indices) -> npt.NDArray[np.int64]:
    """int64[len(indices)]: `Stay.index` of the chart's stay in which each event lies, -1 for none."""
    places = np.full(len(indices), -1, dtype=np.int64)
    for one in chart.stays(stay):
        places[(chart.starts[indices] >= one.start) & (chart.starts[indices] < one.end)] = one.index
    named = chart.named_stays(stay)[indices]
    return np.where(np.isin(named, [one.index for one in chart.stays(stay)]), named, places)


def _chosen(window: StayWindow, chart: Chart, now: int, encounter: str) -> list[Stay]:
    """First and last count the stays that have ended: the one that lasts is the current one.

    Of a question about a visit of any class, that visit is the current one, and ICU stays are those in it.
    """
    stays = chart.stays(window.stay)
    if encounter and (window.stay is StayType.ICU or window.which in (Which.ALL, Which.CURRENT)):
        stays = _visits(chart, encounter) if window.stay is StayType.HOSPITAL else _units(chart, encounter)
    begun = [stay for stay in stays if stay.start <= now]
    if window.which is Which.CURRENT:
        return begun if encounter else [stay for stay in begun if stay.lasts_at(now)]
    if window.which is Which.ALL:
        return begun
    ended = [stay for stay in begun if stay.end <= now]
    ordered = ended if window.which is Which.FIRST else ended[::-1]
    return ordered[window.nth - 1 : window.nth] if window.nth >= 1 else []


def _visits(chart: Chart, encounter: str) -> tuple[Stay, ...]:
    """The request's encounter, which may be named with or without its resource type."""
    return tuple(visit for visit in chart.visits if _same(visit.encounter, encounter))


def _units(chart: Chart, encounter: str) -> tuple[Stay, ...]:
    """The ICU stays that name the encounter, else those of no visit that began in it."""
    units, visits = chart.stays(StayType.ICU), _visits(chart, encounter)
    if named := tuple(unit for unit in units if _same(unit.encounter, encounter)):
        return named
    elsewhere = {visit.encounter for visit in chart.visits}
    loose = (unit for unit in units if unit.encounter not in elsewhere)
    return tuple(unit for unit in loose if any(visit.lasts_at(unit.start) for visit in visits))


def knows_visit(chart: Chart, encounter: str) -> bool:
    """Whether any stay of the record is that visit or a part of it, also one that is planned or was cancelled."""
    stays = (chart.events[i] for kind in STAY_KINDS for i in chart.of_kind(kind).tolist())
    return any(_same(encounter_token(stay), encounter) for stay in stays)


def end_of_visit(chart: Chart, encounter: str) -> int | None:
    """When the visit was over, on the chart's clock; None where it is not over."""
    return next((visit.end for visit in _visits(chart, encounter) if visit.end != LATEST), None)


def _same(one: str, other: str) -> bool:
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def _has_part(window: StayWindow) -> bool:
    parts = (window.first_hours, window.last_hours, window.day, window.at_hour)
    return any(part is not None for part in parts)


def _part(window: StayWindow, stay: Stay, now: int) -> Span:
    if window.at_hour is not None:
        return _hour(_decimal(window.at_hour), stay)
    if window.day is not None:
        day = min(window.day, LONGEST)
        return Span(stay.start + (day - 1) * DAY, stay.start + day * DAY)
    if window.first_hours is not None:
        return Span(stay.start, stay.start + _micros(window.first_hours))
    if window.last_hours is not None:
        # What is charted at the very end belongs to the last hours.
        end = min(stay.end, now)
        return Span(end - _micros(window.last_hours), end + 1)
    return Span(stay.start, stay.end)


def _hour(hour: Decimal, stay: Stay) -> Span:
    """All that rounds to this hour at the precision of its text: 9.28 is [9.275, 9.285)."""
    half = Decimal(1).scaleb(int(hour.as_tuple().exponent)) / 2
    return Span(stay.start + round((hour - half) * HOUR), stay.start + round((hour + half) * HOUR))


def _micros(hours: float) -> int:
    return round(_decimal(str(hours)) * HOUR)


def _decimal(text: str) -> Decimal:
    """Raises InvalidRequest for what is no number of hours."""
    hours = decimal_of(Quantity(text))
    if hours is None or abs(hours) > LONGEST:
        raise InvalidRequest("the plan names a part of a stay by something that is no number of hours", field="plan")
    return hours
