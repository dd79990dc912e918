import random
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from encoder_events import HOUR, START, antibiotic, culture, delivery, lab, medication, order, record
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chartline.errors import NotFound, NotUnique, Unavailable
from chartline.record.event import CanonicalRecord, Definition, Event, EventStatus, Instant
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery, Outcome
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import metadata, pending


def state(store: RecordStore, patient: str, tenant: str = "t") -> list[str]:
    """Every version as the record knows it, without the time at which it learnt it."""
    versions = store.history(store.find_patient(tenant, patient))
    return sorted(repr(replace(v, recorded_at=None)) for v in versions)


def test_migrations_make_the_declared_tables(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_event_comes_back_as_it_was_sent(store: RecordStore) -> None:
    sent = lab(1, interpretation="H", end_time=Instant(START + HOUR, 60))
    appended = store.append("t", [delivery(sent)])
    assert appended.outcomes == (Outcome.INDEXED,)
    assert appended.touched == {"Patient/1"}
    (kept,) = store.history(store.find_patient("t", "Patient/1"))
    assert len(kept.event_key) == 32
    assert kept.recorded_at is not None
    assert replace(kept, event_key="", recorded_at=None) == sent


def test_what_is_known_is_a_duplicate_and_a_new_version_is_kept_beside_it(store: RecordStore) -> None:
    corrected = lab(1, value="1.2", version=2, status=EventStatus.CORRECTED)
    first = store.append("t", [delivery(lab(1)), delivery(lab(1))])
    second = store.append("t", [delivery(lab(1)), delivery(corrected)])
    assert first.outcomes == (Outcome.INDEXED, Outcome.DUPLICATE)
    assert second.outcomes == (Outcome.DUPLICATE, Outcome.UPDATED)
    assert (first.new_events, second.new_events) == (1, 1)
    assert {v.version for v in store.history(store.find_patient("t", "Patient/1"))} == {1, 2}
    assert store.append("t", [delivery(lab(1))]).touched == frozenset()


def test_tenants_never_meet(store: RecordStore) -> None:
    store.append("a", [delivery(lab(1))])
    store.append("b", [delivery(lab(1, value="9"))])
    assert len(state(store, "Patient/1", "a")) == len(state(store, "Patient/1", "b")) == 1
    assert state(store, "Patient/1", "a") != state(store, "Patient/1", "b")
    with pytest.raises(NotFound):
        store.find_patient("c", "Patient/1")


def test_identifiers_meet_whenever_the_link_comes(store: RecordStore) -> None:
    store.append("t", [delivery(lab(1, "urn:mrn|77")), delivery(lab(2, "Patient/9")), delivery(lab(3, "Patient/x"))])
    merged = store.append("t", [delivery(record(link=["urn:mrn|77", "Patient/9"]))])
    assert merged.outcomes == (Outcome.MERGED,)
    assert merged.touched == {"urn:mrn|77", "Patient/9"}
    again = store.append("t", [delivery(record(link=["Patient/9", "urn:mrn|77"]))])
    assert again.outcomes == (Outcome.DUPLICATE,)
    for identifier in ("urn:mrn|77", "Patient/9", "77", "9"):
        patient = store.find_patient("t", identifier)
        assert patient.canonical == "Patient/9"
        assert len(store.history(patient)) == 2
    store.append("t", [delivery(record(link=["urn:mrn|77", "Patient/x"]))])
    assert {len(store.history(store.find_patient("t", i))) for i in ("9", "x", "77")} == {3}


def test_names_without_events_are_no_patients(store: RecordStore) -> None:
    store.append("t", [delivery(record(link=["urn:mrn|1", "Patient/1"]))])
    with pytest.raises(NotFound):
        store.find_patient("t", "Patient/1")
    assert (store.list_patients("t", "", 9), store.counts("t", "").patients) == ([], 0)
    store.append("t", [delivery(lab(1))])
    assert store.find_patient("t", "urn:mrn|1").canonical == "Patient/1"


def test_a_bare_value_must_be_unique(store: RecordStore) -> None:
    store.append("t", [delivery(lab(1, "urn:a|5")), delivery(lab(2, "urn:b|5"))])
    with pytest.raises(NotUnique):
        store.find_patient("t", "5")
    store.append("t", [delivery(record(link=["urn:a|5", "urn:b|5"]))])
    assert store.find_patient("t", "5").canonical == "urn:a|5"


@pytest.mark.parametrize("definition_first", [True, False])
def test_references_resolve_in_either_order(store: RecordStore, database: Database, definition_first: bool) -> None:
    steps = [delivery(record(definitions=[medication("Medication/1", "Aspirin")])), delivery(order(1, "Medication/1"))]
    for step in steps if definition_first else steps[::-1]:
        store.append("t", [step])
    (kept,) = store.history(store.find_patient("t", "1"))
    assert (kept.display, kept.attribute("form"), kept.attribute("route")) == ("Aspirin", "tablet", "PO")
    assert store.counts("t", "").unresolved_references == 0


def test_a_late_or_newer_definition_says_its_events_again(store: RecordStore, database: Database) -> None:
    store.append("t", [delivery(order(1, "Medication/1")), delivery(order(2, "Medication/2", "Patient/2"))])
    assert store.counts("t", "").unresolved_references == 2
    with database.writing() as connection:
        connection.execute(pending.delete())
    newer = medication("Medication/1", "Aspirin 100", version=2)
    appended = store.append("t", [delivery(record(definitions=[newer]))])
    assert appended.touched == {"Patient/1"}
    with database.reading() as connection:
        assert len(connection.execute(select(pending)).all()) == 1
    assert store.append("t", [delivery(record(definitions=[newer]))]).outcomes == (Outcome.DUPLICATE,)
    store.append("t", [delivery(record(definitions=[medication("Medication/1", "Aspirin old", version=1)]))])
    (kept,) = store.history(store.find_patient("t", "1"))
    assert kept.display == "Aspirin 100"
    assert store.counts("t", "").unresolved_references == 1


def test_a_chain_of_definitions_says_its_events_again_whichever_step_comes_last(
    store: RecordStore, database: Database
) -> None:
    tested = replace(antibiotic(1, "Observation/o"), version=None)
    steps = [delivery(tested), *(delivery(record(definitions=[definition])) for definition in culture())]
    for number, shuffled in enumerate(permutations(steps)):
        tenant, before = str(number), [""]
        for step in shuffled:
            with database.writing() as connection:
                connection.execute(pending.delete())
            touched = store.append(tenant, [step]).touched
            after = state(store, "Patient/1", tenant) if store.list_patients(tenant, "", 1) else [""]
            with database.reading() as connection:
                assert len(connection.execute(select(pending)).all()) == len(touched) >= (after != before)
            before = after
        (kept,) = store.history(store.find_patient(tenant, "1"))
        assert kept.display == "Urine culture"
        assert {a.name: a.value for a in kept.attributes} == {
            "antibiotic": "Ampicillin",
            "organism": "E. coli",
            "specimen": "Urine",
        }


def test_a_reference_is_unresolved_where_an_event_reaches_it(store: RecordStore) -> None:
    organism, test, specimen = culture()
    store.append("t", [delivery(record(definitions=[organism]))])
    assert store.counts("t", "").unresolved_references == 0
    store.append("t", [delivery(antibiotic(1, "Observation/o")), delivery(antibiotic(2, "Observation/x"))])
    assert store.counts("t", "").unresolved_references == 2
    store.append("t", [delivery(record(definitions=[test]))])
    assert store.counts("t", "").unresolved_references == 2
    store.append("t", [delivery(record(definitions=[specimen]))])
    assert store.counts("t", "").unresolved_references == 1


def test_what_a_record_lends_of_its_own_event_is_no_change_beside_it(store: RecordStore) -> None:
    panel, member = lab(1), antibiotic(2, "Observation/2#member")
    of_panel = Definition("Observation/2#member", "hospital", version=0, code_reference="Observation/1")
    of_member = Definition("Observation/2#member", "hospital", display="Ampicillin")
    told = [record(panel, definitions=[of_panel]), record(member, definitions=[of_member])]
    assert store.append("t", [delivery(each) for each in told]).outcomes == (Outcome.INDEXED, Outcome.INDEXED)
    retracted = replace(panel, version=2, status=EventStatus.ENTERED_IN_ERROR)
    again = record(retracted, definitions=[replace(of_panel, version=2)])
    assert store.append("t", [delivery(again), delivery(told[0])]).outcomes == (Outcome.DELETED, Outcome.DUPLICATE)


def test_a_circle_of_definitions_ends(store: RecordStore) -> None:
    organism, test, _ = culture()
    round_ = replace(test, code_reference="Observation/o")
    store.append("t", [delivery(antibiotic(1, "Observation/o")), delivery(record(definitions=[organism, round_]))])
    (kept,) = store.history(store.find_patient("t", "1"))
    assert (kept.display, kept.attribute("organism")) == ("Urine culture", "E. coli")
    assert store.counts("t", "").unresolved_references == 0


def test_definitions_of_another_tenant_or_system_stay_apart(store: RecordStore) -> None:
    foreign = replace(medication("Medication/1", "Aspirin"), system="elsewhere")
    store.append("t", [delivery(order(1, "Medication/1")), delivery(record(definitions=[foreign]))])
    store.append("u", [delivery(record(definitions=[medication("Medication/1", "Aspirin")]))])
    (kept,) = store.history(store.find_patient("t", "1"))
    assert kept.display == ""


def test_an_event_that_moves_to_another_patient_leaves_nothing_behind(store: RecordStore) -> None:
    store.append("t", [delivery(lab(1))])
    moved = store.append("t", [delivery(lab(1, "Patient/2", value="7", version=2))])
    assert moved.touched == {"Patient/1", "Patient/2"}
    old = {v.version: v for v in store.history(store.find_patient("t", "Patient/1"))}
    assert (old[1].status, old[2].status) == (EventStatus.FINAL, EventStatus.WRONG_PATIENT)
    assert (old[2].quantity, old[2].display, old[2].patient) == (None, "", "Patient/1")
    new = {v.version: v for v in store.history(store.find_patient("t", "Patient/2"))}
    assert (new[1].status, new[2].status) == (EventStatus.WRONG_PATIENT, EventStatus.FINAL)


def test_outcomes_are_counted_once_for_each_place_in_kafka(store: RecordStore) -> None:
    unreadable = CanonicalRecord("r", unreadable_reason="no patient\x00" + "!" * 999)
    empty = CanonicalRecord("r", without_events_reason="Organization")
    batch = [delivery(lab(1), 0, "l"), delivery(lab(1), 1, "l"), delivery(unreadable, 2, "l"), delivery(empty, 3, "l")]
    for _ in range(3):
        outcomes = store.append("t", batch).outcomes
    assert outcomes == (Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.DEAD_LETTERED, Outcome.WITHOUT_EVENTS)
    store.append("t", [delivery(lab(2), 4, "other"), replace(delivery(lab(3), 5, "l"), counted=False)])
    counts = store.counts("t", "l")
    assert [counts.records[o] for o in Outcome] == [1, 1, 1, 1, 0, 0, 0]
    assert counts.reasons == {("no patient" + "!" * 999)[:256]: 1, "Organization": 1}
    assert (counts.events, counts.patients, counts.pending_embeddings) == (2, 1, 3)
    assert store.counts("t", "").records[Outcome.INDEXED] == 2
    assert store.counts("u", "").records.total() == 0


def test_the_count_of_a_dead_letter_moves_when_it_is_read_again(store: RecordStore) -> None:
    unreadable = CanonicalRecord("r", unreadable_reason="no patient\x00" + "!" * 999)
    store.append("t", [delivery(unreadable, 0, "l"), delivery(unreadable, 1, "l")])
    again = replace(delivery(lab(1), 7, "l"), buried_reason=unreadable.unreadable_reason)
    silent = replace(delivery(lab(2), 8, "l"), buried_reason=unreadable.unreadable_reason, counted=False)
    for _ in range(3):
        store.append("t", [again, silent])
    counts = store.counts("t", "l")
    assert (counts.records[Outcome.INDEXED], counts.records[Outcome.DEAD_LETTERED]) == (1, 1)
    assert counts.reasons.total() == 1


def test_patients_are_listed_in_pages(store: RecordStore) -> None:
    store.append("t", [delivery(lab(i, f"Patient/{i % 5}")) for i in range(10)])
    store.append("t", [delivery(record(link=["Patient/3", "Patient/4"])), delivery(lab(0, "Patient/0", version=2))])
    first = store.list_patients("t", "", 2)
    rest = store.list_patients("t", first[-1][0].canonical, 10)
    assert [(p.canonical, n) for p, n in first + rest] == [
        ("Patient/0", 2),
        ("Patient/1", 2),
        ("Patient/2", 2),
        ("Patient/3", 4),
    ]
    assert rest[-1][0].identifiers == ("Patient/3", "Patient/4")


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Database(f"sqlite:///{tmp_path}/no/such/folder/record.db")
    with pytest.raises(Unavailable):
        Database(f"postgresql+psycopg://postgres@/none?host={tmp_path}")


HISTORY: list[Delivery] = [
    delivery(lab(1)),
    delivery(lab(1, value="2", version=2)),
    delivery(lab(1, value="3", version=2)),
    delivery(lab(2, "urn:mrn|1")),
    delivery(lab(3, "Patient/2")),
    delivery(lab(3, "Patient/1", version=5)),
    delivery(order(4, "Medication/1")),
    delivery(record(definitions=[medication("Medication/1", "Old")])),
    delivery(record(definitions=[medication("Medication/1", "New", 2)])),
    delivery(antibiotic(8, "Observation/o")),
    *(delivery(record(definitions=[definition])) for definition in culture()),
    delivery(record(definitions=[replace(culture()[1], display="Blood culture", version=2)])),
    delivery(record(link=["Patient/1", "urn:mrn|1"])),
    delivery(record(lab(6), lab(7, "Patient/2"), link=["Patient/2", "urn:mrn|2"])),
]


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the history ends in when it is delivered once, in order."""
    return _played(tmp_path_factory.mktemp("straight"), [HISTORY])


def _played(folder: Path, requests: list[list[Delivery]]) -> dict[str, list[str]]:
    database = Database(f"sqlite:///{folder}/record.db")
    store = RecordStore(database)
    for request in requests:
        store.append("t", request)
    ended = {patient.canonical: state(store, patient.canonical) for patient, _ in store.list_patients("t", "", 9)}
    database.close()
    return ended


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_and_any_duplication_end_in_the_same_state(
    straight: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory, randomness: random.Random, size: int
) -> None:
    shuffled = HISTORY + randomness.choices(HISTORY, k=5)
    randomness.shuffle(shuffled)
    requests = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    assert _played(tmp_path_factory.mktemp("any"), requests) == straight
    assert sorted(straight) == ["Patient/1", "Patient/2"]


def test_output_only_fields_of_a_sender_are_ignored(store: RecordStore) -> None:
    forged: Event = replace(lab(1), event_key="f" * 32, recorded_at=Instant(1), conflicting=True)
    store.append("t", [delivery(lab(1))])
    assert store.append("t", [delivery(forged)]).outcomes == (Outcome.DUPLICATE,)
