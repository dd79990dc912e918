"""A chart as Markdown, as it was known at a prediction time: the EHR-encoder paper's first serialisation (B2).

    # Electronic Healthcare Record          the time, always the same one: dates are shifted so that it is
    ## Patient Demographics
    ## Recent Body Metrics | Vital Signs | Lab Results      24 concepts, last 3 values, rated
    ## Past Medical Visits
    ## General Medical Events               of no visit, each name once with its last 3 values
    ## Detailed Past Medical Visits (most recent first)     conditions, medications, procedures of each

Sections stand in the order of what is kept: a long chart loses its oldest visits first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from chartline.language.wording import DOCUMENT_KINDS
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.embeddings.markdown_values import MOST_VALUES, concepts, shown_values
from chartline.learning.outcomes.embeddings.texts import Cut, begun, one_line, rounded, value_of
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.names import normalise
from chartline.record.plan import StayType
from chartline.record.stays import Stay
from chartline.record.times import DAY, moment_of

#: What every prediction time is shifted to: the paper's constant.
_NOW = datetime(2024, 1, 1, tzinfo=UTC)
_NO_DATA = "No recent data"
_HEADINGS = {
    EventKind.CONDITION: "Conditions",
    EventKind.MEDICATION_REQUEST: "Medications",
    EventKind.MEDICATION_ADMINISTRATION: "Medications",
    EventKind.MEDICATION_STATEMENT: "Medications",
    EventKind.MEDICATION_DISPENSE: "Medications",
    EventKind.INTAKE: "Medications",
}
#: Everything else, as in the paper.
_REST = "Procedures"
_STAYS = frozenset({EventKind.ENCOUNTER, EventKind.ICU_STAY, EventKind.TRANSFER})


def markdown(case: Case, cut: Cut) -> str:
    return "\n".join(cut(list(_lines(case))))


def _lines(case: Case) -> Iterator[str]:
    recent = list(begun(case))
    yield "# Electronic Healthcare Record"
    yield f"Current time: {_NOW:%Y-%m-%d}"
    yield "## Patient Demographics"
    yield from (f"- {value_of(case, event)}" for _, event in recent if event.kind is EventKind.PATIENT)
    for section, of_section in groupby(concepts(), key=lambda concept: concept.section):
        yield f"## {section}"
        for concept in of_section:
            yield f"- {concept.names[0]} ({concept.unit}): {', '.join(shown_values(case, concept)) or _NO_DATA}"
    yield from _visits(case, recent)


def _visits(case: Case, recent: list[tuple[int, Event]]) -> Iterator[str]:
    chart, now = case.chart, case.chart.clock(moment_of(case.prediction_time))
    named = chart.named_stays(StayType.HOSPITAL)
    stays = {stay.index: stay for stay in chart.stays(StayType.HOSPITAL)}
    of_visit: defaultdict[int, list[Event]] = defaultdict(list)
    for index, event in recent:
        if event.kind not in _STAYS and event.kind is not EventKind.PATIENT:
            visit = int(named[index])
            of_visit[visit if visit in stays else -1].append(event)
    begun = [stay for stay in stays.values() if stay.start <= now][::-1]
    yield "## Past Medical Visits"
    yield from (f"- {_visit(case, stay, now)}" for stay in begun)
    yield "## General Medical Events"
    yield from _unique(case, of_visit[-1])
    yield "## Detailed Past Medical Visits (most recent first)"
    for stay in begun:
        yield f"### {_visit(case, stay, now)}"
        for heading in (*dict.fromkeys(_HEADINGS.values()), _REST):
            yield from _under(heading, _unique(case, _of(heading, of_visit[stay.index])))


def _visit(case: Case, stay: Stay, now: int) -> str:
    """An end that is only planned says nothing: the visit is the current one."""
    event, before = case.chart.events[stay.index], now - stay.start
    on = (_NOW - timedelta(microseconds=before)).strftime("%Y-%m-%d") if before < 100 * 366 * DAY else "long ago"
    lasted = "current visit" if stay.lasts_at(now) else f"duration: {(stay.end - stay.start) // DAY} days"
    return f"{one_line(event.name) or 'visit'} on {on} ({before // DAY} days before prediction time, {lasted})"


def _of(heading: str, events: Iterable[Event]) -> list[Event]:
    return [event for event in events if _HEADINGS.get(event.kind, _REST) == heading]


def _under(heading: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    if shown:
        yield f"#### {heading}"
        yield from shown


def _unique(case: Case, events: Iterable[Event]) -> Iterator[str]:
    """Each name once, in order of its latest, with its last three values; `events` are newest first."""
    by_name: dict[tuple[EventKind, str], list[Event]] = {}
    for event in events:
        by_name.setdefault((event.kind, normalise(event.name)), []).append(event)
    for found in by_name.values():
        name = one_line(found[0].name)
        values = [value for event in found[:MOST_VALUES] if (value := _value(case, event))]
        told = ", ".join(values if len(set(values)) > 1 else values[:1])
        if name:
            yield f"- {name}: {told}" if told else f"- {name}"


def _value(case: Case, event: Event) -> str:
    if event.kind in DOCUMENT_KINDS:
        return ""
    if event.quantity is not None and event.quantity.unit not in ("", "1"):
        return f"{rounded(event.quantity)} {event.quantity.unit}"
    return value_of(case, event)
