"""Windows of a plan that are a hospital or ICU stay, or a part of one."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt

from chartline.errors import InvalidRequest
from chartline.record.calendar_windows import Span
from chartline.record.chart import Chart, Indices
from chartline.record.event import Quantity
from chartline.record.plan import StayType, StayWindow, Which
from chartline.record.stays import Stay
from chartline.record.times import DAY, HOUR, LATEST, LONGEST
from chartline.record.units import decimal_of

Mask = npt.NDArray[np.bool_]


def in_stay_window(window: StayWindow, indices: Indices, chart: Chart, now: int, encounter: str) -> Mask:
    """bool[len(indices)]. An event that names a visit or an ICU stay belongs to that one; the others by their time."""
    named = chart.named_stays(window.stay)[indices]
    whole = not _has_part(window)
    mask = np.zeros(len(indices), dtype=np.bool_)
    for stay, span in stay_spans(window, chart, now, encounter):
        timely = span.holds(chart.starts[indices], chart.lengths[indices], now)
        here = named == chart.stays(window.stay).index(stay)
        mask |= (here & (whole | timely)) | ((named < 0) & timely)
    return mask


def stay_spans(window: StayWindow, chart: Chart, now: int, encounter: str) -> list[tuple[Stay, Span]]:
    """The stays that the window means, each with the part of it. Raises InvalidRequest."""
    return [(stay, _part(window, stay, now)) for stay in _chosen(window, chart, now, encounter)]


def stay_of(chart: Chart, stay: StayType, indices: Indices) -> npt.NDArray[np.int64]:
    """int64[len(indices)]: the place among the chart's stays in which each event lies, -1 for none."""
    places = np.full(len(indices), -1, dtype=np.int64)
    for place, one in enumerate(chart.stays(stay)):
        places[(chart.starts[indices] >= one.start) & (chart.starts[indices] < one.end)] = place
    named = chart.named_stays(stay)[indices]
    return np.where(named >= 0, named, places)


def _chosen(window: StayWindow, chart: Chart, now: int, encounter: str) -> list[Stay]:
    """First and last count the stays that have ended: the one that lasts is the current one.

    Of a question about a visit, that visit is the current one, and ICU stays are those in it.
    """
    begun = [stay for stay in chart.stays(window.stay) if stay.start <= now]
    if encounter and (window.stay is StayType.ICU or window.which in (Which.ALL, Which.CURRENT)):
        begun = _asked(window.stay, begun, chart, encounter)
    if window.which is Which.CURRENT:
        return begun if encounter else [stay for stay in begun if stay.lasts_at(now)]
    if window.which is Which.ALL:
        return begun
    ended = [stay for stay in begun if stay.end <= now]
    ordered = ended if window.which is Which.FIRST else ended[::-1]
    return ordered[window.nth - 1 : window.nth] if window.nth >= 1 else []


def _asked(stay: StayType, begun: list[Stay], chart: Chart, encounter: str) -> list[Stay]:
    """The stays of the request's encounter, which may be named with or without its resource type."""
    if named := [one for one in begun if _same(one.encounter, encounter)]:
        return named
    visits = [one for one in chart.stays(StayType.HOSPITAL) if _same(one.encounter, encounter)]
    return [one for one in begun if stay is StayType.ICU and any(v.lasts_at(one.start) for v in visits)]


def end_of_visit(chart: Chart, encounter: str) -> int | None:
    """When the visit was over, on the chart's clock; None where it is unknown or not over."""
    ends = (stay.end for stay in chart.stays(StayType.HOSPITAL) if _same(stay.encounter, encounter))
    return next((end for end in ends if end != LATEST), None)


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
