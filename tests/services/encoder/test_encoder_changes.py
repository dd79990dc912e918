"""What changes later reaches the store whenever it comes: versions of records, links and their withdrawals."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from encoder_events import HOUR, START, delivery, lab, record
from sqlalchemy import create_engine, func, insert, select

from chartline.errors import NotFound
from chartline.record.event import CanonicalRecord, Event, EventStatus, Instant, PatientLink, RecordVersion, Source
from chartline.record.identity import content_hash, event_key
from chartline.record.versions import states, withdrawn
from services.encoder.record import codec, database
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery, Outcome
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import events, record_versions, subjects

LATER = Instant(START + 9_000_000_000)


def part(name: str, version: int, patient: str = "Patient/1") -> Event:
    """One of several facts of the record `Panel/1`."""
    made = lab(1, patient, name, version=version, natural_key=f"Panel/1#{name}")
    return replace(made, source=Source("fhir", "hospital", "Panel/1"))


def whole(version: int | None = None, deleted: bool = False, record_id: str = "Panel/1") -> RecordVersion:
    return RecordVersion("hospital", record_id, version, LATER, deleted)


def sent(
    *told: Event, versions: Sequence[RecordVersion] = (), links: Sequence[PatientLink] = (), **fields: object
) -> Delivery:
    return Delivery(CanonicalRecord("r", told, versions=tuple(versions), links=tuple(links), **fields))  # type: ignore[arg-type]


def said(*identifiers: str, **fields: object) -> PatientLink:
    return PatientLink(identifiers, system="hospital", **fields)  # type: ignore[arg-type]


def shown(store: RecordStore, patient: str, as_of: Instant | None = None) -> list[str]:
    try:
        history = store.history(store.find_patient("t", patient))
    except NotFound:
        return []
    return sorted(f"{e.display} {e.version}" for e in states(history, as_of))


def test_facts_that_a_newer_version_of_their_record_does_not_hold_are_gone(store: RecordStore) -> None:
    store.append("t", [sent(part("a", 1), part("b", 1))])
    newer = store.append("t", [sent(part("b", 2), versions=[whole(2)])])
    assert (newer.outcomes, newer.touched) == ((Outcome.UPDATED,), {"Patient/1"})
    assert shown(store, "1") == ["b 2"]
    assert shown(store, "1", Instant(START + 2 * HOUR)) == ["a 1", "b 2"]  # nobody knew then that it is gone
    assert store.append("t", [sent(part("b", 2), versions=[whole(2)])]).outcomes == (Outcome.DUPLICATE,)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_record_that_names_somebody_else_now_leaves_nothing_behind(
    store: RecordStore, order: tuple[int, int]
) -> None:
    newer = part("b", 2, "Patient/2")
    version = RecordVersion("hospital", "Panel/1", 2, newer.available_time)
    steps = [sent(part("a", 1), part("b", 1)), sent(newer, versions=[version])]
    for step in order:
        store.append("t", [steps[step]])
    assert shown(store, "1") == []
    assert shown(store, "2") == ["b 2"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_deletion_before_between_and_behind_its_events(store: RecordStore, order: tuple[int, ...]) -> None:
    steps = [sent(part("a", 1)), sent(part("a", 3)), sent(versions=[whole(2, deleted=True)])]
    for step in order:
        store.append("t", [steps[step]])
        store.append("t", [steps[step]])
    assert shown(store, "1") == ["a 3"]
    store.append("t", [sent(versions=[whole(5, deleted=True)])])
    store.append("t", [sent(part("a", 4))])
    assert shown(store, "1") == []


def test_a_record_whose_only_fact_has_its_name_is_found_as_well(store: RecordStore) -> None:
    store.append("t", [delivery(lab(1)), delivery(lab(2))])
    deleted = store.append("t", [sent(versions=[whole(deleted=True, record_id="Observation/1")])])
    assert (deleted.outcomes, deleted.touched) == ((Outcome.DELETED,), {"Patient/1"})
    history = store.history(store.find_patient("t", "1"))
    assert [e.natural_key for e in states(history)] == ["Observation/2"]
    (stub,) = withdrawn(history)
    assert (stub.natural_key, stub.status, stub.available_time) == (
        "Observation/1",
        EventStatus.ENTERED_IN_ERROR,
        LATER,
    )
    assert stub.recorded_at is not None
    assert stub.quantity is None


def test_records_of_another_tenant_or_system_are_not_meant(store: RecordStore) -> None:
    store.append("t", [sent(part("a", 1))])
    store.append("u", [sent(versions=[whole(9, deleted=True)])])
    store.append("t", [sent(versions=[replace(whole(9, deleted=True), system="elsewhere")])])
    assert shown(store, "1") == ["a 1"]


def test_what_became_of_records(store: RecordStore) -> None:
    def outcome(step: Delivery) -> Outcome:
        return store.append("t", [step]).outcomes[0]

    assert outcome(sent(part("a", 1), part("b", 1), part("b", 2))) is Outcome.INDEXED
    assert outcome(sent(part("a", 2), part("c", 2))) is Outcome.UPDATED
    assert outcome(sent(replace(part("a", 3), status=EventStatus.ENTERED_IN_ERROR))) is Outcome.DELETED
    assert outcome(sent(versions=[whole(4)])) is Outcome.DELETED
    assert outcome(sent(versions=[whole(5, deleted=True)])) is Outcome.DELETED
    assert outcome(sent(versions=[whole(5, deleted=True)])) is Outcome.DUPLICATE
    nothing = sent(versions=[whole(1, record_id="Unknown/1")], without_events_reason="cancelled")
    assert outcome(nothing) is Outcome.WITHOUT_EVENTS
    assert outcome(sent(links=[said("Patient/1", "urn:mrn|1", version=1)])) is Outcome.MERGED
    assert outcome(sent(links=[said("Patient/1", "urn:mrn|1", version=1)])) is Outcome.DUPLICATE
    assert outcome(sent(lab(8), links=[said("Patient/1", "urn:mrn|2")])) is Outcome.INDEXED
    assert outcome(sent(links=[said("Patient/1", "urn:mrn|1", version=2, withdrawn=True)])) is Outcome.MERGED


def test_leftovers_are_counted_beside_outcomes_once_for_each_place(store: RecordStore) -> None:
    content = replace(record(lab(1)), leftovers=("OBX without value", "OBX without value", "Z\x00segment"))
    for _ in range(2):
        store.append("t", [delivery(content, 7, "l")])
    store.append("t", [replace(delivery(content, 8, "l"), counted=False), delivery(content, 9, "other")])
    assert store.counts("t", "l").leftovers == {"OBX without value": 2, "Zsegment": 1}
    assert store.counts("t", "").leftovers["OBX without value"] == 4
    assert store.counts("t", "l").records.total() == 1


LINKS = [
    said("Patient/a", "urn:x|b"),
    said("urn:x|b", "urn:x|c"),
    said("urn:x|c", "Patient/a"),
    said("urn:x|d", "Patient/e"),
]


@pytest.mark.parametrize("turn", range(4))
def test_chains_cycles_and_unknown_identifiers(store: RecordStore, turn: int) -> None:
    steps = [sent(lab(i, name)) for i, name in enumerate(("Patient/a", "urn:x|b", "urn:x|c"))]
    mixed = [*steps, *(sent(links=[link]) for link in LINKS)]
    for step in mixed[turn:] + mixed[:turn]:
        store.append("t", [step])
    (only,) = store.list_patients("t", "", 9)
    assert (only[0].canonical, only[0].identifiers, only[1]) == ("Patient/a", ("Patient/a", "urn:x|b", "urn:x|c"), 3)


def test_parted_patients_have_each_their_own_again(store: RecordStore) -> None:
    store.append("t", [delivery(lab(1, "Patient/1")), delivery(lab(2, "Patient/2"))])
    store.append("t", [sent(links=[said("Patient/1", "Patient/2", version=1)])])
    assert len(store.history(store.find_patient("t", "Patient/2"))) == 2
    parted = store.append("t", [sent(links=[said("Patient/2", "Patient/1", version=2, withdrawn=True)])])
    assert (parted.outcomes, parted.touched) == ((Outcome.MERGED,), {"Patient/1", "Patient/2"})
    for name in ("Patient/1", "Patient/2"):
        (event,) = store.history(store.find_patient("t", name))
        assert (event.patient, store.find_patient("t", name).canonical) == (name, name)
    late = store.append("t", [sent(links=[said("Patient/1", "Patient/2", version=1, record_id="late")])])
    assert late.touched == set()
    again = store.append("t", [sent(links=[said("Patient/1", "Patient/2", version=3)])])
    assert again.touched == {"Patient/1", "Patient/2"}


@pytest.mark.parametrize("first", [True, False])
def test_a_patient_record_that_repeats_a_link_no_more_takes_it_back(store: RecordStore, first: bool) -> None:
    store.append("t", [delivery(lab(1, "Patient/1")), delivery(lab(2, "urn:mrn|7"))])
    link = said("Patient/1", "urn:mrn|7", version=1, record_id="Patient/1")
    steps = [sent(links=[link]), sent(versions=[whole(2, record_id="Patient/1")])]
    outcomes = [store.append("t", [step]).outcomes[0] for step in (steps if first else steps[::-1])]
    assert outcomes == ([Outcome.MERGED, Outcome.MERGED] if first else [Outcome.WITHOUT_EVENTS, Outcome.INDEXED])
    assert [p.canonical for p, _ in store.list_patients("t", "", 9)] == ["Patient/1", "urn:mrn|7"]


def test_merging_a_whole_batch_at_once(store: RecordStore) -> None:
    batch = [sent(lab(i, f"Patient/{i}"), links=[said(f"Patient/{i}", f"Patient/{i // 2}x")]) for i in range(20)]
    store.append("t", batch)
    assert {len(p.identifiers) for p, _ in store.list_patients("t", "", 99)} == {3}


def test_a_database_of_before_keeps_its_patients_and_finds_its_records(database_url: str) -> None:
    _make_as_before(database_url)
    opened = Database(database_url)
    store = RecordStore(opened)
    patient = store.find_patient("t", "urn:mrn|7")
    assert patient.identifiers == ("Patient/1", "urn:mrn|7")
    store.append("t", [sent(links=[said("Patient/1", "Patient/9")])])
    assert store.find_patient("t", "9").identifiers == ("Patient/1", "Patient/9", "urn:mrn|7")
    assert shown(store, "1") == ["Creatinine 1", "a 1"]
    store.append("t", [sent(versions=[whole(3, deleted=True)])])
    assert shown(store, "1") == ["Creatinine 1"]
    opened.close()


def _make_as_before(url: str) -> None:
    """Two linked identifiers and two events in the tables of 0002."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = create_engine(url)
    old = [c for c in events.c if c.name not in ("record", "whole")]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        names = {"Patient/1": "1", "urn:mrn|7": "7", "Patient/2": "2"}
        for number, (identifier, value) in enumerate(names.items(), start=1):
            patient = "Patient/1" if number < 3 else identifier
            row = {"tenant": "t", "identifier": identifier, "value": value, "patient": patient}
            connection.execute(insert(subjects).values(row))
        for subject, event in enumerate((lab(5), part("a", 1, "urn:mrn|7")), start=1):
            key = bytes.fromhex(event_key("t", "hospital", event.natural_key))
            row = {"subject": subject, "event_key": key, "content": bytes.fromhex(content_hash(event))}
            stored = {**row, "definition": None, "recorded_at": 5, "body": codec.encode_event(event)}
            connection.execute(insert(events).values({c.name: stored[c.name] for c in old if c.name != "seq"}))
        assert connection.scalar(select(events.c.seq).limit(1)) == 1
    engine.dispose()


def test_a_version_that_an_event_says_itself_is_a_mark_on_the_event(store: RecordStore, database: Database) -> None:
    def said_with(*told: Event) -> Delivery:
        return sent(*told, versions=[RecordVersion("hospital", "Panel/1", told[0].version, told[0].available_time)])

    store.append("t", [said_with(part("a", 1), part("b", 1))])
    assert store.append("t", [said_with(part("b", 2))]).outcomes == (Outcome.UPDATED,)
    assert store.append("t", [said_with(part("b", 2))]).outcomes == (Outcome.DUPLICATE,)
    assert shown(store, "1") == ["b 2"]
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(record_versions)) == 0
    store.append("t", [sent(part("c", 3))])
    store.append("t", [said_with(part("c", 3))])
    assert shown(store, "1") == ["c 3"]
