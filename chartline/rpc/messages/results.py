"""What a plan's execution returns, to protobuf and back."""

from __future__ import annotations

from chartline.record.event import Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome
from chartline.record.result import Duration, LinkedConcept, PlanResult, Value
from chartline.rpc.messages.events import (
    event_from_message,
    event_to_message,
    instant_from_message,
    instant_to_message,
    optional_instant,
    quantity_from_message,
    quantity_to_message,
)
from chartline.v1 import event_pb2, query_plan_pb2, record_service_pb2


def value_to_message(value: Value) -> query_plan_pb2.Value:
    message = query_plan_pb2.Value(label=value.label, event_keys=value.event_keys)
    form = value.form
    if isinstance(form, bool):
        message.boolean = form
    elif isinstance(form, str):
        message.text = form
    elif isinstance(form, Quantity):
        message.number.CopyFrom(quantity_to_message(form))
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
        form = quantity_from_message(message.number)
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
