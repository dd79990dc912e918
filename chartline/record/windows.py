"""Which events of a chart lie in a plan's windows: each form is resolved against now, the stays or other events.

    calendar  on the event's own local clock       [start, end) of the named dates
    recent    on the chart's clock                 [now - N units, now]
    stay      on the chart's clock, or by the visit that the event names
    event     on the chart's clock, see event_windows

A partial date lies in a window when all of the interval it names does, as far as that is past. Where a question asks
whether, what was done for a time is in each window that it reaches into, a stay in each that no other event draws, an
order in each of its days.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chartline.record.calendar_windows import Happening, Span, calendar_span
from chartline.record.chart import STAY_KINDS, Chart, Indices, Times
from chartline.record.event import Instant, TimePrecision
from chartline.record.event_windows import in_event_window
from chartline.record.kinds import EventKind
from chartline.record.ordering import DONE_KINDS, ORDERS, going_on_until
from chartline.record.plan import CalendarWindow, EventWindow, RecentWindow, Selection, StayWindow, Window
from chartline.record.stay_windows import in_stay_window, stay_spans
from chartline.record.times import DAY, EARLIEST, LATEST, MINUTE, add, local_micros, moment_of

Mask = npt.NDArray[np.bool_]
#: What is in each span of time that it reaches into; drawn around other events, a stay begins before or after them.
_ANYWHERE = DONE_KINDS.union(STAY_KINDS)
#: The years that an Instant may be in: a window that goes on beyond them is open there.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Frame:
    """What windows are resolved against. `now` is in the chart's zone, `moment` is it on the chart's clock, `local` on
    the clock on the wall there.

    `select` finds the events that a window is drawn around. `lasting`: what lasts counts for all its time.
    """

    chart: Chart
    now: Instant
    moment: int
    local: int
    encounter: str
    select: Callable[[Selection], Indices]
    lasting: bool


def inside(window: Window, indices: Indices, frame: Frame) -> Mask:
    """bool[len(indices)]: the events in the window; those without a time are in none."""
    chart = frame.chart
    if isinstance(window, EventWindow):
        until = _went_on(indices, frame, DONE_KINDS)
        return in_event_window(window, indices, until, frame.select(window.anchor), chart)
    if isinstance(window, CalendarWindow):
        span = calendar_span(window, frame.local)
        return np.zeros(len(indices), dtype=np.bool_) if span is None else _on_calendar(span, indices, frame)
    ends = _went_on(indices, frame, _ANYWHERE)
    when = Happening(chart.starts[indices], chart.lengths[indices], ends, frame.moment)
    if isinstance(window, StayWindow):
        return in_stay_window(window, indices, when, chart, frame.encounter)
    return _recent(window, frame).holds(when)


def _on_calendar(span: Span, indices: Indices, frame: Frame) -> Mask:
    """On each event's local clock. What was prescribed in a year was ordered in it; on a day also what went on."""
    chart, local = frame.chart, frame.chart.local[indices]
    kinds = _ANYWHERE | ORDERS if span.end - span.start <= DAY else _ANYWHERE
    lasted = _went_on(indices, frame, kinds) - chart.starts[indices]
    return span.holds(Happening(local, chart.lengths[indices], local + lasted, frame.local))


def _went_on(indices: Indices, frame: Frame, kinds: Collection[EventKind]) -> Times:
    """Until when, on the chart's clock; the start of what is of no such kind, and of all where only starts count."""
    return going_on_until(frame.chart, indices, frame.moment, kinds) if frame.lasting else frame.chart.starts[indices]


def _recent(window: RecentWindow, frame: Frame) -> Span:
    """The calendar's units are counted on the wall's clock; what happens at now is still in it."""
    length = frame.local - add(frame.local, -window.amount, window.unit)
    return Span(frame.moment - length, frame.moment + 1)


def covered(windows: tuple[Window, ...], frame: Frame) -> tuple[Instant | None, Instant | None]:
    """[start, end) of the time that the windows name together, None where open or drawn around other events."""
    spans = [span for window in windows if (span := _hull(window, frame)) is not None]
    start = max((span.start for span in spans), default=EARLIEST)
    end = min((span.end for span in spans), default=LATEST)
    return _as_instant(start, frame), _as_instant(end, frame)


def _hull(window: Window, frame: Frame) -> Span | None:
    """The span of a window on the wall's clock."""
    if isinstance(window, CalendarWindow):
        return calendar_span(window, frame.local)
    if isinstance(window, EventWindow):
        return None
    shift = frame.local - frame.moment
    if isinstance(window, RecentWindow):
        spans = [Span(_recent(window, frame).start, frame.moment)]  # now itself is inside, and is what people say
    else:
        spans = [span for _, span in stay_spans(window, frame.chart, frame.moment, frame.encounter)]
    start = min((s.start for s in spans), default=EARLIEST)
    end = max((s.end for s in spans), default=LATEST)
    return Span(_shifted(start, shift), _shifted(end, shift))


def _shifted(micros: int, shift: int) -> int:
    return micros if micros in (EARLIEST, LATEST) else micros + shift


def _as_instant(local: int, frame: Frame) -> Instant | None:
    if not _FIRST <= local <= _LAST:
        return None
    offset = frame.now.offset_minutes
    precision = TimePrecision.MICROSECOND if local % 1_000_000 else TimePrecision.SECOND
    return Instant(local - (offset or 0) * MINUTE, offset, precision)


def make_frame(
    chart: Chart, now: Instant, encounter: str, select: Callable[[Selection], Indices], *, lasting: bool = False
) -> Frame:
    """Today is the patient's day, wherever who asks has the clock: a now without the chart's zone is told in it."""
    if chart.offset_minutes is not None:
        now = Instant(chart.clock(now), chart.offset_minutes, now.precision)
    moment = moment_of(now)
    return Frame(chart, now, chart.clock(moment), local_micros(moment), encounter, select, lasting)
