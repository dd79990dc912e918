"""Domain objects through protobuf bytes and back: nothing is lost, nothing is invented."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartline.record import plan as p
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
from chartline.record.result import Duration, LinkedConcept, PlanResult, Value
from chartline.rpc.messages import (
    event_from_message,
    event_to_message,
    plan_from_message,
    plan_to_message,
    record_from_message,
    record_to_message,
    result_from_message,
    result_to_message,
)
from chartline.v1 import event_pb2, query_plan_pb2

text = st.text(st.characters(codec="utf-8"), max_size=8)
int64 = st.integers(-(2**63), 2**63 - 1)
uint32 = st.integers(0, 2**32 - 1)
instants = st.builds(Instant, int64, st.none() | st.integers(-1080, 1080), st.sampled_from(TimePrecision))
quantities = st.builds(Quantity, text, text, st.sampled_from(["", "<", "<=", ">=", ">"]))
codings = st.builds(Coding, text, text, text)
attributes = st.builds(Attribute, text, text | quantities | instants)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


events = st.builds(
    Event,
    patient=text,
    kind=st.sampled_from(EventKind),
    source=st.builds(Source, text, text, text),
    natural_key=text,
    encounter=text,
    codings=some(codings),
    display=text,
    time=st.none() | instants,
    end_time=st.none() | instants,
    available_time=st.none() | instants,
    quantity=st.none() | quantities,
    text_value=text,
    interpretation=text,
    status=st.sampled_from(EventStatus),
    version=st.none() | int64,
    attributes=some(attributes),
    code_reference=text,
    event_key=text,
    recorded_at=st.none() | instants,
    conflicting=st.booleans(),
)
definitions = st.builds(Definition, text, text, some(codings), text, st.none() | int64, some(attributes), text)
records = st.builds(CanonicalRecord, text, some(events), some(definitions), some(st.builds(PatientLink, some(text))))

hours = st.floats(0, 1e6) | st.none()
days = st.integers(-9999, 9999)


@st.composite
def dates(draw: st.DrawFn) -> p.CalendarDate:
    parts: dict[str, int] = {}
    for name in ("year", "month", "day"):
        form = draw(st.sampled_from(["", name, f"{name}_offset"]))
        if form:
            parts[form] = draw(days if form.endswith("offset") else st.integers(0, 9999))
    for name in ("hour", "minute", "second"):
        if draw(st.booleans()):
            parts[name] = draw(st.integers(0, 59))
    return p.CalendarDate(**parts)


@st.composite
def stays(draw: st.DrawFn) -> p.StayWindow:
    part = draw(st.sampled_from([{}, {"first_hours": 24.0}, {"last_hours": 0.0}, {"day": 2}, {"at_hour": "9.28"}]))
    return p.StayWindow(draw(st.sampled_from(p.StayType)), draw(st.sampled_from(p.Which)), draw(places), **part)


places = st.integers(1, 99)
selections = st.deferred(lambda: _selections)
windows: st.SearchStrategy[p.Window] = st.one_of(
    st.builds(p.CalendarWindow, st.sampled_from(p.Relation), dates(), st.none() | dates()),
    st.builds(p.RecentWindow, uint32, st.sampled_from(p.TimeUnit)),
    stays(),
    st.builds(
        p.EventWindow,
        st.sampled_from(p.Relation),
        selections,
        st.none() | uint32,
        st.none() | st.sampled_from(p.TimeUnit),
        st.booleans(),
        st.none() | st.sampled_from(p.StayType),
    ),
)
_selections = st.builds(
    p.Selection,
    st.none() | st.sampled_from(EventKind),
    some(text),
    some(st.builds(p.Filter, st.sampled_from(p.Field), st.sampled_from(p.Comparator), text, text)),
    st.lists(windows, max_size=1).map(tuple),
    st.sampled_from(p.Extremum),
    st.sampled_from(p.Which),
    places,
    uint32,
    st.none() | windows,
)
lookups = st.builds(p.Lookup, selections, st.sampled_from(p.Field), text)
aggregates = st.builds(
    p.Aggregate,
    selections,
    st.sampled_from(p.Function),
    st.sampled_from(p.Field),
    text,
    st.none() | st.sampled_from(p.TimeUnit),
)
operands = lookups | aggregates | quantities
plans: st.SearchStrategy[p.QueryPlan] = st.one_of(
    lookups,
    aggregates,
    st.builds(p.Exists, selections),
    st.builds(p.Compare, operands, st.sampled_from(p.Comparator), operands),
    st.builds(p.Interval, selections, st.none() | selections, st.sampled_from(p.TimeUnit)),
    st.builds(p.Retrieve, text, st.lists(windows, max_size=1).map(tuple)),
    st.builds(p.OutOfScope, st.sampled_from(p.OutOfScopeReason)),
)
forms = quantities | instants | text | st.booleans() | st.builds(Duration, st.floats(-1e6, 1e6))
results = st.builds(
    PlanResult,
    st.sampled_from(p.PlanOutcome),
    some(st.builds(Value, forms, text, some(text))),
    some(events),
    some(st.builds(LinkedConcept, text, some(text), st.sampled_from(EventKind))),
    st.integers(0, 2**40),
    st.none() | instants,
    st.none() | instants,
    st.none() | instants,
    st.booleans(),
)


def over_the_wire(message: Any) -> Any:
    return type(message).FromString(message.SerializeToString())


@given(events)
def test_events(event: Event) -> None:
    assert event_from_message(over_the_wire(event_to_message(event))) == event


@given(records)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_records(record: CanonicalRecord) -> None:
    assert record_from_message(over_the_wire(record_to_message(record))) == record


@given(plans)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_plans(plan: p.QueryPlan) -> None:
    assert plan_from_message(over_the_wire(plan_to_message(plan))) == plan


@given(results)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_results(result: PlanResult) -> None:
    assert result_from_message(over_the_wire(result_to_message(result))) == result


def test_what_a_client_leaves_out_has_the_meaning_the_contract_gives_it() -> None:
    selection = query_plan_pb2.Selection()
    aggregate = query_plan_pb2.Aggregate(selection=selection, function=query_plan_pb2.FUNCTION_COUNT)
    assert plan_from_message(query_plan_pb2.QueryPlan(aggregate=aggregate)) == p.Aggregate(
        p.Selection(), p.Function.COUNT, p.Field.VALUE
    )
    interval = query_plan_pb2.Interval(start=selection)
    assert plan_from_message(query_plan_pb2.QueryPlan(interval=interval)) == p.Interval(p.Selection())


@pytest.mark.parametrize(
    "message",
    [
        query_plan_pb2.QueryPlan(),
        query_plan_pb2.QueryPlan(lookup=query_plan_pb2.Lookup(field=query_plan_pb2.FIELD_VALUE)),
        query_plan_pb2.QueryPlan(lookup=query_plan_pb2.Lookup(selection=query_plan_pb2.Selection())),
        query_plan_pb2.QueryPlan(exists=query_plan_pb2.Exists()),
        query_plan_pb2.QueryPlan(compare=query_plan_pb2.Compare()),
        query_plan_pb2.QueryPlan(out_of_scope=query_plan_pb2.OutOfScope()),
        query_plan_pb2.QueryPlan(
            exists=query_plan_pb2.Exists(selection=query_plan_pb2.Selection(windows=[query_plan_pb2.Window()]))
        ),
        query_plan_pb2.QueryPlan(exists=query_plan_pb2.Exists(selection=query_plan_pb2.Selection(kind=99))),
    ],
)
def test_a_plan_that_lacks_something_is_a_value_error(message: query_plan_pb2.QueryPlan) -> None:
    with pytest.raises(ValueError):
        plan_from_message(message)


@pytest.mark.parametrize("message", [event_pb2.Event(), event_pb2.Event(kind=99), event_pb2.Event(kind=1, status=99)])
def test_an_event_of_an_unknown_kind_or_status_is_a_value_error(message: event_pb2.Event) -> None:
    with pytest.raises(ValueError):
        event_from_message(message)


def test_a_time_of_an_unknown_precision_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        event_from_message(event_pb2.Event(kind=1, time=event_pb2.Instant(precision=99)))
