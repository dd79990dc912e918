"""A chart as text, as it was known at a prediction time: what text encoders and LLMs read.

recent_list   one line a code, the latest of each, newest first       EHR-encoder paper, default (B1)
events_text   one line an event with its hour, in order of time       Llemr's text of events (A2, A8)

Neither says what had not begun, nor an end that was only planned. What does not fit is cut, the oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from chartline.language.channels import number
from chartline.language.wording import DOCUMENT_KINDS, INTERPRETATION_WORDS, KIND_WORDS, SPOKEN_ATTRIBUTES
from chartline.learning.outcomes.as_of import as_begun
from chartline.learning.outcomes.cases import Case
from chartline.record.event import Event, Quantity
from chartline.record.fields import age
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.plan import StayType
from chartline.record.times import HOUR, NO_TIME, moment_of

#: Keeps as many of the first lines as fit.
Cut = Callable[[Sequence[str]], Sequence[str]]
#: A case as text of the lines that the cut leaves.
Serialise = Callable[[Case, Cut], str]

_LONGEST_TEXT = 200


def recent_list(case: Case, cut: Cut) -> str:
    """`‹name›[ (‹unit›)]: ‹value›`, newest first, the latest of each code; no dates, no visits (B1).

    What has no time of its own stands last. Beyond the paper: the patient's line says the age.
    """
    latest: dict[tuple[EventKind, str], str] = {}
    for _, event in begun(case):
        latest.setdefault((event.kind, normalise(event.name)), line(case, event))
    return "\n".join(cut(list(latest.values())))


def events_text(case: Case, cut: Cut) -> str:
    """`‹hours› hour, ‹kind›, ‹name›: ‹value› (normal|abnormal)[, duration: ‹hours› hour]` (A2, A8).

    First the patient and what else has no time, then all events in order of time; hours count from the last admission.
    Llemr leaves vitals and fluids out; all kinds are here.
    """
    chart, recent = case.chart, list(begun(case))
    origin = _admission(case, recent)
    static = [_event_line(case, event, "") for index, event in recent if chart.starts[index] == NO_TIME]
    timed = [
        _event_line(case, event, f"{(int(chart.starts[index]) - origin) / HOUR:.2f} hour, ")
        for index, event in recent
        if chart.starts[index] != NO_TIME
    ]
    kept = cut([*static, *timed])
    return "\n".join([*kept[: len(static)], *reversed(kept[len(static) :])])


def begun(case: Case) -> Iterator[tuple[int, Event]]:
    """Place and event of all that had begun and was not cancelled, newest first; what has no time comes last."""
    chart = case.chart
    now = chart.clock(moment_of(case.prediction_time))
    for index in np.flatnonzero((chart.starts <= now) & chart.happened)[::-1].tolist():
        yield index, as_begun(chart.events[index], case.prediction_time)


def line(case: Case, event: Event) -> str:
    """`‹name›[ (‹unit›)]: ‹value›`; without a value the name alone."""
    unit = event.quantity.unit if event.quantity is not None and event.quantity.unit != "1" else ""
    head = one_line(event.name or KIND_WORDS[event.kind]) + (f" ({unit})" if unit else "")
    value = value_of(case, event)
    return f"{head}: {value}" if value else head


def value_of(case: Case, event: Event) -> str:
    """A number, else a text, else what the kind is told apart by; a document's text is no value."""
    if event.quantity is not None:
        return rounded(event.quantity)
    if event.text_value and event.kind not in DOCUMENT_KINDS:
        return one_line(event.text_value)
    told = [(before, event.attribute(name)) for name, before in SPOKEN_ATTRIBUTES[event.kind]]
    said = [f"{before} {one_line(value)}".strip() for before, value in told if isinstance(value, str) and value]
    years = age(case.chart, event, case.prediction_time) if event.kind is EventKind.PATIENT else None
    return ", ".join([*([f"age {rounded(years)}"] if years is not None else []), *said])


def rounded(quantity: Quantity) -> str:
    """Two decimal places without idle zeros (B1); what is no number stays as it is."""
    value = number(quantity.value)
    if value is None:
        return one_line(quantity.value)
    return quantity.comparator + f"{value:.2f}".rstrip("0").rstrip(".")


def one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]


def _event_line(case: Case, event: Event, hour: str) -> str:
    flag = ""
    if event.kind is EventKind.LABORATORY:
        flag = " (abnormal)" if event.interpretation in CODES_OF_WORD["abnormal"] else " (normal)"
    elif event.interpretation in INTERPRETATION_WORDS:
        flag = f" ({INTERPRETATION_WORDS[event.interpretation]})"
    lasted = ""
    if event.time is not None and event.end_time is not None:
        lasted = f", duration: {(event.end_time.unix_micros - event.time.unix_micros) / HOUR:.2f} hour"
    said = line(case, event) if event.name else value_of(case, event)
    return f"{hour}{', '.join(part for part in (KIND_WORDS[event.kind], said) if part)}{flag}{lasted}"


def _admission(case: Case, recent: Sequence[tuple[int, Event]]) -> int:
    """On the chart's clock: of the last stay that had begun, else the first event with a time."""
    chart = case.chart
    now = chart.clock(moment_of(case.prediction_time))
    starts = [stay.start for stay in chart.stays(StayType.HOSPITAL) if stay.start <= now]
    timed = [int(chart.starts[index]) for index, _ in recent if chart.starts[index] != NO_TIME]
    return max(starts, default=min(timed, default=now))
