"""The one guard against knowing the future: charts and cases as they were known at a prediction time.

Labels, features, training and serving all see a record's state at the prediction time, without what other models
predicted (never_features.toml); only what a label is read from (chartline/learning/tasks/course.py) looks further.

What is known beforehand stays known: an order's planned end, an appointment. Features therefore count what had begun,
and see it without the end that was only planned (`as_begun`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.cases import Case
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant
from chartline.record.plan import StayType
from chartline.record.times import moment_of
from chartline.record.versions import is_known, states

#: Where a visit says which hospital it was to; else its source system is taken for the hospital.
_HOSPITAL = "hospital"
_NEVER = Path(__file__).with_name("never_features.toml")


def chart_at(versions: Iterable[Event], prediction_time: Instant) -> Chart:
    """What the chart showed then; retractions alone act backwards."""
    return _learnable(states(versions, prediction_time), prediction_time)


def case_at(
    patient: str, versions: Iterable[Event], prediction_time: Instant, label: bool, encounter: str = ""
) -> Case:
    chart = chart_at(versions, prediction_time)
    return Case(patient, prediction_time, chart, label, encounter, hospital_of(chart, prediction_time))


def shown_case(shown: Iterable[Event], prediction_time: Instant) -> Case:
    """A case to predict on, of the state that `chart_at` showed elsewhere; its label means nothing.

    Raises InvalidRequest where an event became known later: whoever built the state used another time.
    """
    chart = _learnable(shown, prediction_time)
    if not all(is_known(event, prediction_time) for event in chart.events):
        raise InvalidRequest("the chart holds what became known after the prediction time", field="chart")
    return Case("", prediction_time, chart, label=False)


def _learnable(shown: Iterable[Event], prediction_time: Instant) -> Chart:
    return Chart((event for event in shown if not _is_prediction(event)), prediction_time)


def _is_prediction(event: Event) -> bool:
    return event.source.record_id.partition("/")[0] in _never_features().get(event.source.format, ())


@cache
def _never_features() -> dict[str, list[str]]:
    return tomllib.loads(_NEVER.read_text("utf-8"))


def as_begun(event: Event, now: Instant) -> Event:
    """Without an end that is only planned: plans change, and what came of one is not known yet."""
    planned = event.end_time is not None and event.end_time.unix_micros > now.unix_micros
    return replace(event, end_time=None) if planned else event


def hospital_of(chart: Chart, prediction_time: Instant) -> str:
    """Of the last stay that had begun; empty for a chart without one."""
    now = chart.clock(moment_of(prediction_time))
    begun = [stay for stay in chart.stays(StayType.HOSPITAL) if stay.start <= now]
    if not begun:
        return ""
    event = chart.events[begun[-1].index]
    told = event.attribute(_HOSPITAL)
    return told if isinstance(told, str) and told else event.source.system
