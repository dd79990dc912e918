"""An erased patient leaves nothing behind but that it was erased; everybody else keeps everything."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from encoder_calls import Client
from encoder_events import delivery, lab, record
from sqlalchemy import func, select

from chartline.errors import NotFound
from chartline.record.event import CanonicalRecord, Definition, Event, PatientLink, RecordVersion
from chartline.record.kinds import EventKind
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import record_service_pb2 as record_pb2
from services.encoder.record import codec
from services.encoder.record.database import Database
from services.encoder.record.erasing import Erasure
from services.encoder.record.outcomes import Outcome
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import definitions, erasures, events, links, metadata, moved, record_versions
from services.encoder.shard import Shard

CANARY = "Xanthippe-Canary"
KEPT = {"counts", "positions", "definitions", "meta", "words", "erasures"}


def pseudonym(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()


def erase(store: RecordStore, identifier: str) -> Erasure:
    return store.erase("t", identifier, "somebody", pseudonym, _no_vectors)


def _no_vectors(event: Event) -> Iterator[bytes]:
    return iter(())


def rows(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in metadata.sorted_tables}


def test_all_of_a_patient_goes_under_any_of_its_identifiers(store: RecordStore, database: Database) -> None:
    links_ = (PatientLink(("Patient/1", "urn:mrn|7")), PatientLink(("urn:mrn|7", "Patient/9"), withdrawn=True))
    versions = (RecordVersion("hospital", "Observation/1", 1),)
    told = CanonicalRecord("r", (lab(1), lab(1, version=2), lab(2, "urn:mrn|7")), links=links_, versions=versions)
    store.append("t", [delivery(told, 0)])
    gone = erase(store, "7")
    assert (gone.events, gone.patient.identifiers) == (3, ("Patient/1", "urn:mrn|7"))
    left = {name: number for name, number in rows(database).items() if number and name not in KEPT}
    assert left == {"subjects": 1}  # Patient/9, who is somebody else
    for identifier in ("Patient/1", "urn:mrn|7", "7"):
        with pytest.raises(NotFound):
            store.find_patient("t", identifier)
    with database.reading() as connection:
        stubs = connection.execute(select(erasures)).all()
    assert {stub.pseudonym for stub in stubs} == {pseudonym("Patient/1"), pseudonym("urn:mrn|7")}
    assert {(stub.tenant, stub.erased_by, stub.events) for stub in stubs} == {("t", "somebody", 3)}


def test_others_keep_what_they_share_with_the_erased(store: RecordStore, database: Database) -> None:
    both = CanonicalRecord(
        "r",
        (lab(1, natural_key="a"), replace(lab(1, "Patient/2", natural_key="b"))),
        versions=(RecordVersion("hospital", "Observation/1", 1),),
    )
    store.append("t", [delivery(both), delivery(lab(3, "Patient/2")), delivery(lab(3, "Patient/1", version=2))])
    store.append("u", [delivery(lab(1))])
    erase(store, "Patient/1")
    assert len(store.history(store.find_patient("t", "Patient/2"))) == 2
    assert len(store.history(store.find_patient("u", "Patient/1"))) == 1
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(record_versions)) == 1
    erase(store, "Patient/2")
    assert {rows(database)[t.name] for t in (record_versions, moved, links)} == {0}
    assert rows(database)[events.name] == 1


def test_what_a_record_of_the_patient_lent_goes_with_it(store: RecordStore, database: Database) -> None:
    specimen = lab(5, kind=EventKind.SPECIMEN)
    own = Definition(specimen.source.record_id, specimen.source.system, display="Urine")
    drug = Definition("Medication/1", specimen.source.system, display="Aspirin")
    store.append("t", [delivery(CanonicalRecord("r", (specimen,), definitions=(own, drug)))])
    erase(store, "Patient/1")
    assert rows(database)["definitions"] == 1


def test_what_the_records_of_the_patient_lent_goes_at_every_step(store: RecordStore, database: Database) -> None:
    def lending(number: int, to: str, **lent: str) -> CanonicalRecord:
        event = lab(number, natural_key=f"Observation/{number}", code_reference=to)
        own = Definition(f"Observation/{number}", "hospital", code_reference=to, **lent)
        return CanonicalRecord("r", (event,), definitions=(own,))

    to_member = Definition("Observation/9#member", "hospital", code_reference="Observation/2")
    others = Definition("Observation/8", "hospital", display="E. coli", code_reference="Observation/1")
    own_part = replace(to_member, reference="Observation/3#member", code_reference="Medication/1")
    store.append("t", [delivery(lending(1, "")), delivery(lending(2, "Observation/1", display="Urine culture"))])
    store.append("t", [delivery(lending(3, "Observation/3#member")), delivery(record(definitions=[to_member, others]))])
    store.append("t", [delivery(record(definitions=[own_part, Definition("Medication/1", "hospital")]))])
    assert rows(database)["definitions"] == 7
    erase(store, "Patient/1")
    with database.reading() as connection:
        left = [codec.decode_definition(body).reference for body in connection.scalars(select(definitions.c.body))]
    assert sorted(left) == ["Medication/1", "Observation/8"]


def test_what_arrives_later_is_a_new_record(store: RecordStore) -> None:
    deletion = CanonicalRecord("r", versions=(RecordVersion("hospital", "Observation/1", deleted=True),))
    store.append("t", [delivery(lab(1)), delivery(deletion)])
    erase(store, "Patient/1")
    assert store.append("t", [delivery(lab(1))]).outcomes == (Outcome.INDEXED,)
    assert len(store.history(store.find_patient("t", "Patient/1"))) == 1
    with pytest.raises(NotFound):
        erase(store, "Patient/2")


def test_no_byte_of_the_text_stays_in_the_file(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path}/record.db")
    store = RecordStore(opened)
    store.append("t", [delivery(lab(1, name=CANARY)), delivery(record(link=["Patient/1", f"urn:x|{CANARY}"]))])
    store.append("t", [delivery(lab(2, "Patient/2"))])
    assert CANARY.encode() in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    erase(store, "Patient/1")
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    opened.close()


async def _status(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return failed.value.code()


async def test_an_operator_erases_what_was_kept_and_computed(client: Client, shard: Shard) -> None:
    note = lab(2, kind=EventKind.NOTE, display="Note", text_value=f"{CANARY} fell.", quantity=None, attributes=())
    await client.append(lab(1), note, lab(3, "Patient/2"))
    search = encoder_pb2.SearchEventsRequest(patient="1", query="fell", limit=5)
    assert (await client.call(search)).hits
    await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="1"))
    texts = len(shard.vectors._memory)
    request = record_pb2.EraseChartRequest(patient="1")
    for scope in ("internal", "read", "ingest"):
        assert await _status(client.call(request, scope=scope)) == grpc.StatusCode.PERMISSION_DENIED
    assert await _status(client.call(request, tenant="u", scope="operator")) == grpc.StatusCode.NOT_FOUND
    erased = await client.call(request, scope="operator")
    assert (erased.events, erased.identifiers, erased.erased_identifiers) == (2, 1, ["Patient/1"])
    assert len(shard.vectors._memory) < texts
    assert await _status(client.call(search)) == grpc.StatusCode.NOT_FOUND
    near = await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="2"))
    assert not near.patients
    assert await _status(client.call(request, scope="operator")) == grpc.StatusCode.NOT_FOUND
    listed = await client.call(record_pb2.ListEventsRequest(patient="2"))
    assert [event.natural_key for event in listed.events] == ["Observation/3"]
