"""A chart's events cross the wire and are the same, but for what no model may see."""

from dataclasses import replace

import pytest

from chartline.errors import InvalidRequest
from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind
from chartline.rpc.messages import events_from_bytes, events_to_bytes
from chartline.v1 import encoder_service_pb2

PLAIN = Event("Patient/1", EventKind.LABORATORY, Source("fhir", "ehr", "Observation/1"), "o1", event_key="a" * 32)
RICH = replace(
    PLAIN,
    encounter="Encounter/9",
    codings=(Coding("http://loinc.org", "2823-3", "Potassium"), Coding("local", "K")),
    display="Potassium",
    time=Instant(-5, -300, TimePrecision.DAY),
    end_time=Instant(7, None, TimePrecision.MICROSECOND),
    available_time=Instant(9, 60),
    quantity=Quantity("4.10", "mmol/L", "<"),
    text_value="haemolysed",
    interpretation="H",
    status=EventStatus.CORRECTED,
    attributes=(Attribute("a", "b"), Attribute("q", Quantity("1", "mg")), Attribute("t", Instant(3, 0))),
    code_reference="Medication/1",
    conflicting=True,
)
#: One change each: none may be mistaken for the description of another.
CHANGED = [
    replace(RICH, **change)  # type: ignore[arg-type]
    for change in (
        {"kind": EventKind.VITAL},
        {"patient": "Patient/2"},
        {"source": Source("hl7v2", "ehr", "x")},
        {"source": Source("fhir", "other", "x")},
        {"encounter": ""},
        {"codings": ()},
        {"display": "Kalium"},
        {"time": Instant(-5, -240, TimePrecision.DAY)},
        {"time": Instant(-5, -300, TimePrecision.YEAR)},
        {"time": None},
        {"end_time": None},
        {"available_time": None},
        {"quantity": None},
        {"quantity": Quantity("4.10", "meq/L", "<")},
        {"quantity": Quantity("4.10", "mmol/L")},
        {"text_value": ""},
        {"interpretation": ""},
        {"status": EventStatus.CANCELLED},
        {"attributes": ()},
        {"code_reference": ""},
        {"conflicting": False},
        {"event_key": "b" * 32, "natural_key": "o2"},
        {"quantity": Quantity("7", "mmol/L", "<"), "time": Instant(11, -300, TimePrecision.DAY)},
    )
]


def test_events_come_back_as_they_were() -> None:
    events = (PLAIN, RICH, *CHANGED, PLAIN)
    assert events_from_bytes(events_to_bytes(events)) == events
    assert events_from_bytes(events_to_bytes(())) == ()


def test_what_many_events_share_is_sent_once() -> None:
    many = [replace(RICH, event_key=f"{n:032x}", time=Instant(n, -300, TimePrecision.DAY)) for n in range(50)]
    assert len(encoder_service_pb2.Chart.FromString(events_to_bytes(many)).descriptions) == 1


def test_how_the_record_came_about_stays_behind() -> None:
    (told,) = events_from_bytes(events_to_bytes([replace(RICH, version=4, recorded_at=Instant(1))]))
    assert told == RICH


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff",
        encoder_service_pb2.Chart(places=[3], event_keys=["x"]).SerializeToString(),
        encoder_service_pb2.Chart(event_keys=["x"]).SerializeToString(),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest):
        events_from_bytes(data)
