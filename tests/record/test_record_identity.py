"""Keys and hashes: stable for ever, blind to what the record fills in, sensitive to all that the source said."""

from dataclasses import replace

import pytest

from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, Source, TimePrecision
from chartline.record.identity import canonical_bytes, content_hash, event_key, shard_of, with_event_key
from chartline.record.kinds import EventKind

EVENT = Event(
    patient="Patient/1",
    kind=EventKind.LABORATORY,
    source=Source("fhir", "clinic", "Observation/7"),
    natural_key="Observation/7",
    display="creatinine",
    time=Instant(1_000_000, 60),
    quantity=Quantity("1.10", "mg/dL"),
    attributes=(Attribute("specimen", "serum"),),
)


def test_the_hashes_never_change() -> None:
    """A change here means that every stored record would have to be rebuilt."""
    assert event_key("clinic-a", "clinic", "Observation/7") == "dbd7ccf192ba60c395f274f6cfb4ea8f"
    assert content_hash(EVENT) == "f6b9f3322f099a43c30bdddc338f57da"
    assert [shard_of("clinic-a", f"Patient/{n}", 4) for n in range(8)] == [3, 3, 0, 0, 1, 0, 0, 1]


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    assert event_key("a", "bc", "d") != event_key("ab", "c", "d")
    assert event_key("a", 'b","c', "d") != event_key("a", "b", 'c","d')


def test_the_key_names_the_fact_whatever_its_version_says() -> None:
    corrected = replace(EVENT, version=2, quantity=Quantity("1.2", "mg/dL"), patient="Patient/2")
    assert with_event_key("t", EVENT).event_key == with_event_key("t", corrected).event_key
    assert len(with_event_key("t", EVENT).event_key) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"patient": "Patient/2"},
        {"encounter": "Encounter/1"},
        {"codings": (Coding("http://loinc.org", "2160-0"),)},
        {"time": Instant(1_000_000, None)},
        {"time": Instant(1_000_000, 60, TimePrecision.MINUTE)},
        {"end_time": Instant(0)},
        {"available_time": Instant(0)},
        {"quantity": Quantity("1.1", "mg/dL")},
        {"quantity": None},
        {"text_value": "high"},
        {"status": EventStatus.CORRECTED},
        {"version": 0},
        {"attributes": (Attribute("specimen", Quantity("1")),)},
        {"attributes": (Attribute("specimen", Instant(0)),)},
    ],
)
def test_whatever_the_source_says_otherwise_changes_the_content(change: dict[str, object]) -> None:
    assert content_hash(replace(EVENT, **change)) != content_hash(EVENT)  # type: ignore[arg-type]


def test_what_the_record_fills_in_is_no_content() -> None:
    kept = replace(EVENT, event_key="0" * 32, recorded_at=Instant(5), conflicting=True)
    assert canonical_bytes(kept) == canonical_bytes(EVENT)


def test_shards_are_even() -> None:
    counts = [0] * 4
    for number in range(4_000):
        counts[shard_of("clinic-a", f"Patient/{number}", 4)] += 1
    assert max(counts) - min(counts) < 200
