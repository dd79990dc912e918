"""The events that a chart shows as bytes: what the encoder sends to models of outcomes through the gateway.

A chart of 100,000 events has some thousand different descriptions, so each is sent once and events name theirs: a fifth
of the time and half of the bytes of events one by one. Version and `recorded_at` stay behind: they say how the record
came about, and no model may go by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from google.protobuf.message import DecodeError

from chartline.errors import InvalidRequest
from chartline.record.event import Event, Instant, Quantity, Source
from chartline.rpc.messages.events import event_from_message, event_to_message
from chartline.v1 import encoder_service_pb2


def events_to_bytes(events: Iterable[Event]) -> bytes:
    chart = encoder_service_pb2.Chart()
    shown = list(events)
    places: dict[tuple[Any, ...], int] = {}
    for event in shown:
        key = _shared(event)
        if (place := places.get(key)) is None:
            place = places[key] = len(places)
            chart.descriptions.append(event_to_message(_description(event)))
        chart.places.append(place)
    chart.event_keys.extend(event.event_key for event in shown)
    chart.natural_keys.extend(event.natural_key for event in shown)
    chart.record_ids.extend(event.source.record_id for event in shown)
    chart.values.extend(event.quantity.value if event.quantity else "" for event in shown)
    chart.times.extend(_micros(event.time) for event in shown)
    chart.end_times.extend(_micros(event.end_time) for event in shown)
    chart.available_times.extend(_micros(event.available_time) for event in shown)
    return chart.SerializeToString()


def events_from_bytes(data: bytes) -> tuple[Event, ...]:
    """Without version and `recorded_at`. Raises InvalidRequest for bytes that are no chart."""
    try:
        chart = encoder_service_pb2.Chart.FromString(data)
        descriptions = [event_from_message(message) for message in chart.descriptions]
        texts = (chart.event_keys, chart.natural_keys, chart.record_ids, chart.values)
        times = (chart.times, chart.end_times, chart.available_times)
        rows = zip(chart.places, *texts, *times, strict=True)
        return tuple(_event(descriptions[place], *row) for place, *row in rows)
    except (DecodeError, ValueError, IndexError) as error:
        raise InvalidRequest("the chart cannot be read", field="chart") from error


def _shared(event: Event) -> tuple[Any, ...]:
    """What tells descriptions apart."""
    return (
        *(event.patient, event.kind, event.source.format, event.source.system, event.encounter, event.codings),
        *(event.display, event.text_value, event.interpretation, event.status, event.attributes),
        *(event.code_reference, event.conflicting),
        event.quantity and (event.quantity.unit, event.quantity.comparator),
        *(t and (t.offset_minutes, t.precision) for t in (event.time, event.end_time, event.available_time)),
    )


def _description(event: Event) -> Event:
    return replace(
        event,
        event_key="",
        natural_key="",
        source=replace(event.source, record_id=""),
        quantity=event.quantity and replace(event.quantity, value=""),
        time=_at(event.time, 0),
        end_time=_at(event.end_time, 0),
        available_time=_at(event.available_time, 0),
        version=None,
        recorded_at=None,
    )


def _event(
    like: Event, key: str, natural_key: str, record_id: str, value: str, time: int, end: int, available: int
) -> Event:
    quantity = like.quantity
    return Event(
        like.patient,
        like.kind,
        Source(like.source.format, like.source.system, record_id),
        natural_key,
        like.encounter,
        like.codings,
        like.display,
        _at(like.time, time),
        _at(like.end_time, end),
        _at(like.available_time, available),
        None if quantity is None else Quantity(value, quantity.unit, quantity.comparator),
        like.text_value,
        like.interpretation,
        like.status,
        None,
        like.attributes,
        like.code_reference,
        key,
        None,
        like.conflicting,
    )


def _at(like: Instant | None, micros: int) -> Instant | None:
    return None if like is None else Instant(micros, like.offset_minutes, like.precision)


def _micros(instant: Instant | None) -> int:
    return 0 if instant is None else instant.unix_micros
