"""Versions of whole records: what only older ones hold is gone from then on, what was deleted was never there."""

from dataclasses import replace

import pytest
from record_charts import lab

from chartline.record.event import Event, EventStatus, Instant, RecordVersion, Source
from chartline.record.times import parse_instant
from chartline.record.versions import states, withdrawn
from chartline.record.whole_records import takes_back, with_record_versions


def told(part: str, version: int | None, day: int, record: str = "Observation/1") -> Event:
    made = lab(part, f"2100-01-0{day} 08:00", "1", key=f"{record}#{part}", version=version)
    return replace(made, source=Source("fhir", "clinic", record))


def whole(
    version: int | None, day: int | None, *, deleted: bool = False, record: str = "Observation/1"
) -> RecordVersion:
    at = None if day is None else parse_instant(f"2100-01-0{day} 08:00")
    return RecordVersion("clinic", record, version, at, deleted)


def shown(events: list[Event], records: list[RecordVersion], day: int | None = None) -> list[str]:
    as_of = None if day is None else parse_instant(f"2100-01-0{day} 09:00")
    return [f"{e.display}{e.version or ''}" for e in states(with_record_versions(events, records), as_of)]


def test_what_a_newer_version_does_not_hold_is_gone_from_then_on() -> None:
    events = [told("a", 1, 1), told("b", 1, 1), told("b", 2, 3)]
    assert sorted(shown(events, [whole(2, 3)])) == ["b2"]
    assert sorted(shown(events, [whole(2, 3)], day=2)) == ["a1", "b1"]
    back = [*events, told("a", 3, 5)]
    assert sorted(shown(back, [whole(2, 3), whole(3, 5)])) == ["a3"]
    assert sorted(shown(back, [whole(2, 3), whole(3, 5)], day=4)) == ["b2"]


def test_a_deletion_acts_backwards_and_up_to_its_version() -> None:
    events = [told("a", 1, 1), told("a", 2, 2), told("a", 4, 6), told("other", 1, 1, "Observation/2")]
    deletion = [whole(3, 5, deleted=True)]
    assert shown(events, deletion, day=4) == ["other1"]
    assert sorted(shown(events, deletion)) == ["a4", "other1"]
    assert shown(events[:2], [whole(2, None, deleted=True)]) == []


def test_without_versions_the_time_decides() -> None:
    events = [told("a", None, 1), told("b", None, 3)]
    assert shown(events, [whole(None, 3)]) == ["b"]
    assert shown(events, [whole(None, 3)], day=2) == ["a"]
    assert shown(events, [whole(None, 2, deleted=True)]) == ["b"]
    assert shown(events, [whole(None, None)]) == shown(events, [])


@pytest.mark.parametrize(
    ("record", "version", "day", "expected"),
    [
        (whole(2, 5), 2, 1, False),
        (whole(2, 5), 1, 9, True),
        (whole(2, 5), None, 9, True),
        (whole(None, 5), 7, 1, False),
        (whole(2, 1, deleted=True), 2, 9, True),
        (whole(2, 1, deleted=True), 3, 1, False),
        (whole(None, 5, deleted=True), 7, 5, True),
        (whole(None, 5, deleted=True), 7, 6, False),
        (whole(None, None, deleted=True), 7, 9, True),
    ],
)
def test_what_a_version_takes_back(record: RecordVersion, version: int | None, day: int, expected: bool) -> None:
    assert takes_back(record, version, parse_instant(f"2100-01-0{day} 08:00")) is expected


def test_only_its_own_record_is_meant() -> None:
    events = [told("a", 1, 1)]
    assert shown(events, [whole(2, 2, record="Observation/2")]) == ["a1"]
    assert shown(events, [replace(whole(2, 2), system="elsewhere")]) == ["a1"]


def test_what_is_gone_leaves_a_stub_that_says_why_and_when() -> None:
    learnt = Instant(7, 0)
    events = [told("a", 1, 1), told("b", 1, 1), told("c", 1, 1, "Observation/2")]
    records = [replace(whole(2, 3), recorded_at=learnt), whole(9, 6, deleted=True, record="Observation/2")]
    retracted = replace(told("d", 3, 4, "Observation/3"), status=EventStatus.WRONG_PATIENT)
    versions = with_record_versions([*events, told("b", 2, 3), retracted], records)
    stubs = {stub.natural_key: stub for stub in withdrawn(versions)}
    assert {key: (stub.status, stub.version) for key, stub in stubs.items()} == {
        "Observation/1#a": (EventStatus.REMOVED, 2),
        "Observation/2#c": (EventStatus.ENTERED_IN_ERROR, 9),
        "Observation/3#d": (EventStatus.WRONG_PATIENT, 3),
    }
    gone = stubs["Observation/1#a"]
    assert (gone.available_time, gone.recorded_at) == (whole(2, 3).available_time, learnt)
    assert all(stub.quantity is None and not stub.display and not stub.codings for stub in stubs.values())
    earlier = withdrawn(versions, parse_instant("2100-01-02 09:00"))
    assert "Observation/1#a" not in {stub.natural_key for stub in earlier}
