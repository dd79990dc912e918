"""Domain objects to protobuf and back: the only place where the two meet.

Events are on the hot path and converted by hand; plans and results are small trees whose protobuf fields have the
dataclass' own names, so one walk over the descriptors serves them all.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar

from google.protobuf.message import Message

from chartline.record import plan as plans
from chartline.record.event import (
    Attribute,
    CanonicalRecord,
    Coding,
    Definition,
    Event,
    EventStatus,
    Instant,
    PatientLink,
    Quantity,
    Source,
    TimePrecision,
)
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome, QueryPlan
from chartline.record.result import Duration, LinkedConcept, PlanResult, Value
from chartline.v1 import event_pb2, query_plan_pb2, record_service_pb2

T = TypeVar("T")


# --- events ----------------------------------------------------------------------------------------------------------


def instant_to_message(instant: Instant) -> event_pb2.Instant:
    return event_pb2.Instant(
        unix_micros=instant.unix_micros,
        offset_minutes=instant.offset_minutes,
        precision=event_pb2.TimePrecision.ValueType(instant.precision),
    )


def instant_from_message(message: event_pb2.Instant) -> Instant:
    offset = message.offset_minutes if message.HasField("offset_minutes") else None
    return Instant(message.unix_micros, offset, TimePrecision(message.precision or TimePrecision.SECOND))


def optional_instant(message: Message, name: str) -> Instant | None:
    """The instant in that field, None where it is not set."""
    return instant_from_message(getattr(message, name)) if message.HasField(name) else None


def _quantity_to_message(quantity: Quantity) -> event_pb2.Quantity:
    return event_pb2.Quantity(value=quantity.value, unit=quantity.unit, comparator=quantity.comparator)


def _quantity_from_message(message: event_pb2.Quantity) -> Quantity:
    return Quantity(message.value, message.unit, message.comparator)


def _codings_to_message(codings: Iterable[Coding]) -> list[event_pb2.Coding]:
    return [event_pb2.Coding(system=c.system, code=c.code, display=c.display) for c in codings]


def _codings_from_message(messages: Iterable[event_pb2.Coding]) -> tuple[Coding, ...]:
    return tuple(Coding(m.system, m.code, m.display) for m in messages)


def _attribute_to_message(attribute: Attribute) -> event_pb2.Attribute:
    value = attribute.value
    if isinstance(value, str):
        return event_pb2.Attribute(name=attribute.name, text=value)
    if isinstance(value, Quantity):
        return event_pb2.Attribute(name=attribute.name, quantity=_quantity_to_message(value))
    return event_pb2.Attribute(name=attribute.name, time=instant_to_message(value))


def _attribute_from_message(message: event_pb2.Attribute) -> Attribute:
    form = message.WhichOneof("value")
    if form == "quantity":
        return Attribute(message.name, _quantity_from_message(message.quantity))
    if form == "time":
        return Attribute(message.name, instant_from_message(message.time))
    return Attribute(message.name, message.text)


def event_to_message(event: Event) -> event_pb2.Event:
    message = event_pb2.Event(
        event_key=event.event_key,
        patient=event.patient,
        encounter=event.encounter,
        kind=event_pb2.EventKind.ValueType(event.kind),
        codings=_codings_to_message(event.codings),
        display=event.display,
        text_value=event.text_value,
        interpretation=event.interpretation,
        status=event_pb2.EventStatus.ValueType(event.status),
        source=event_pb2.Source(
            format=event.source.format, system=event.source.system, record_id=event.source.record_id
        ),
        natural_key=event.natural_key,
        version=event.version,
        attributes=[_attribute_to_message(a) for a in event.attributes],
        code_reference=event.code_reference,
        conflicting=event.conflicting,
    )
    for name in ("time", "end_time", "available_time", "recorded_at"):
        if (instant := getattr(event, name)) is not None:
            getattr(message, name).CopyFrom(instant_to_message(instant))
    if event.quantity is not None:
        message.quantity.CopyFrom(_quantity_to_message(event.quantity))
    return message


def event_from_message(message: event_pb2.Event) -> Event:
    """Raises ValueError for a kind, status or precision this version does not know."""
    return Event(
        patient=message.patient,
        kind=EventKind(message.kind),
        source=Source(message.source.format, message.source.system, message.source.record_id),
        natural_key=message.natural_key,
        encounter=message.encounter,
        codings=_codings_from_message(message.codings),
        display=message.display,
        time=optional_instant(message, "time"),
        end_time=optional_instant(message, "end_time"),
        available_time=optional_instant(message, "available_time"),
        quantity=_quantity_from_message(message.quantity) if message.HasField("quantity") else None,
        text_value=message.text_value,
        interpretation=message.interpretation,
        status=EventStatus(message.status),
        version=message.version if message.HasField("version") else None,
        attributes=tuple(_attribute_from_message(a) for a in message.attributes),
        code_reference=message.code_reference,
        event_key=message.event_key,
        recorded_at=optional_instant(message, "recorded_at"),
        conflicting=message.conflicting,
    )


def record_to_message(record: CanonicalRecord) -> event_pb2.CanonicalRecord:
    return event_pb2.CanonicalRecord(
        record_id=record.record_id,
        events=[event_to_message(e) for e in record.events],
        definitions=[
            event_pb2.Definition(
                reference=d.reference,
                codings=_codings_to_message(d.codings),
                display=d.display,
                version=d.version,
                system=d.system,
                attributes=[_attribute_to_message(a) for a in d.attributes],
            )
            for d in record.definitions
        ],
        links=[event_pb2.PatientLink(identifiers=link.identifiers) for link in record.links],
        unreadable_reason=record.unreadable_reason,
        without_events_reason=record.without_events_reason,
    )


def record_from_message(message: event_pb2.CanonicalRecord) -> CanonicalRecord:
    return CanonicalRecord(
        record_id=message.record_id,
        events=tuple(event_from_message(e) for e in message.events),
        definitions=tuple(
            Definition(
                reference=d.reference,
                system=d.system,
                codings=_codings_from_message(d.codings),
                display=d.display,
                version=d.version if d.HasField("version") else None,
                attributes=tuple(_attribute_from_message(a) for a in d.attributes),
            )
            for d in message.definitions
        ),
        links=tuple(PatientLink(tuple(link.identifiers)) for link in message.links),
        unreadable_reason=message.unreadable_reason,
        without_events_reason=message.without_events_reason,
    )


# --- plans: one walk over dataclass fields and descriptors of the same names ------------------------------------------

_PLAN_ONEOF = {
    "lookup": plans.Lookup,
    "aggregate": plans.Aggregate,
    "exists": plans.Exists,
    "compare": plans.Compare,
    "interval": plans.Interval,
    "retrieve": plans.Retrieve,
    "out_of_scope": plans.OutOfScope,
}
_WINDOW_ONEOF = {
    "calendar": plans.CalendarWindow,
    "recent": plans.RecentWindow,
    "stay": plans.StayWindow,
    "event": plans.EventWindow,
}
_OPERAND_ONEOF = {"lookup": plans.Lookup, "aggregate": plans.Aggregate, "literal": Quantity}
_ONEOFS: dict[str, dict[str, type]] = {"QueryPlan": _PLAN_ONEOF, "Window": _WINDOW_ONEOF, "Operand": _OPERAND_ONEOF}


def plan_to_message(plan: QueryPlan) -> query_plan_pb2.QueryPlan:
    message = query_plan_pb2.QueryPlan()
    _fill(message, plan)
    return message


def plan_from_message(message: query_plan_pb2.QueryPlan) -> QueryPlan:
    """Raises ValueError when a required part is not set or an enum is unknown."""
    return typing.cast(QueryPlan, _read(message, None))


def _fill(message: Message, value: Any) -> None:
    if (forms := _ONEOFS.get(message.DESCRIPTOR.name)) is not None:
        name = next(name for name, form in forms.items() if isinstance(value, form))
        getattr(message, name).SetInParent()
        _fill(getattr(message, name), value)
        return
    for item in fields(value):
        _assign(message, item.name, getattr(value, item.name))


def _assign(message: Message, name: str, value: Any) -> None:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    if value is None:
        return
    if isinstance(value, tuple):
        target = getattr(message, name)
        for element in value:
            if descriptor.message_type is None:
                target.append(element)
            else:
                _fill(target.add(), element)
    elif descriptor.message_type is not None:
        getattr(message, name).SetInParent()
        _fill(getattr(message, name), value)
    else:
        setattr(message, name, value)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _read(message: Message, cls: type | None) -> Any:
    if (forms := _ONEOFS.get(message.DESCRIPTOR.name)) is not None:
        oneof = message.DESCRIPTOR.oneofs[0].name
        form = message.WhichOneof(oneof)
        if form is None:
            raise ValueError(f"{message.DESCRIPTOR.name} without {oneof}")
        return _read(getattr(message, form), forms[form])
    assert cls is not None
    hints = _hints(cls)
    return cls(**{item.name: _value_of(message, item, hints[item.name]) for item in fields(cls)})


def _value_of(message: Message, item: Field[Any], hint: Any) -> Any:
    """What is not set takes the dataclass' default; without one it is required."""
    value = getattr(message, item.name)
    if typing.get_origin(hint) is tuple:
        element = typing.get_args(hint)[0]
        return tuple(_read(v, element) if isinstance(v, Message) else v for v in value)
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if not _is_set(message, item.name, value):
        if item.default is not MISSING:
            return item.default
        if isinstance(value, Message):
            raise ValueError(f"{message.DESCRIPTOR.name} without {item.name}")
    if isinstance(value, Message):
        return _read(value, options[0])
    enum = next((o for o in options if isinstance(o, type) and issubclass(o, IntEnum)), None)
    return enum(value) if enum is not None else value


def _is_set(message: Message, name: str, value: Any) -> bool:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    return bool(message.HasField(name)) if descriptor.has_presence else bool(value)


# --- results ---------------------------------------------------------------------------------------------------------


def value_to_message(value: Value) -> query_plan_pb2.Value:
    message = query_plan_pb2.Value(label=value.label, event_keys=value.event_keys)
    form = value.form
    if isinstance(form, bool):
        message.boolean = form
    elif isinstance(form, str):
        message.text = form
    elif isinstance(form, Quantity):
        message.number.CopyFrom(_quantity_to_message(form))
    elif isinstance(form, Instant):
        message.time.CopyFrom(instant_to_message(form))
    else:
        message.duration_hours = form.hours
    return message


def value_from_message(message: query_plan_pb2.Value) -> Value:
    name = message.WhichOneof("form")
    form: Quantity | Instant | str | bool | Duration
    if name == "boolean":
        form = message.boolean
    elif name == "number":
        form = _quantity_from_message(message.number)
    elif name == "time":
        form = instant_from_message(message.time)
    elif name == "duration_hours":
        form = Duration(message.duration_hours)
    else:
        form = message.text
    return Value(form, message.label, tuple(message.event_keys))


def concept_to_message(concept: LinkedConcept) -> query_plan_pb2.LinkedConcept:
    kind = event_pb2.EventKind.ValueType(concept.kind)
    return query_plan_pb2.LinkedConcept(concept=concept.concept, names=concept.names, kind=kind)


def result_to_message(result: PlanResult) -> record_service_pb2.ExecutePlanResponse:
    message = record_service_pb2.ExecutePlanResponse(
        outcome=query_plan_pb2.PlanOutcome.ValueType(result.outcome),
        values=[value_to_message(v) for v in result.values],
        events=[event_to_message(e) for e in result.events],
        concepts=[concept_to_message(c) for c in result.concepts],
        events_searched=result.events_searched,
        truncated=result.truncated,
    )
    for name in ("now", "window_start", "window_end"):
        if (instant := getattr(result, name)) is not None:
            getattr(message, name).CopyFrom(instant_to_message(instant))
    return message


def result_from_message(message: record_service_pb2.ExecutePlanResponse) -> PlanResult:
    return PlanResult(
        outcome=PlanOutcome(message.outcome),
        values=tuple(value_from_message(v) for v in message.values),
        events=tuple(event_from_message(e) for e in message.events),
        concepts=tuple(LinkedConcept(c.concept, tuple(c.names), EventKind(c.kind)) for c in message.concepts),
        events_searched=message.events_searched,
        now=optional_instant(message, "now"),
        window_start=optional_instant(message, "window_start"),
        window_end=optional_instant(message, "window_end"),
        truncated=message.truncated,
    )
