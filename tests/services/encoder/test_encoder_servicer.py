from dataclasses import replace
from typing import Any

import grpc
import numpy as np
import pytest
from encoder_calls import Client, append_request, serving
from encoder_events import HOUR, START, lab, medication, order, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartline.errors import Unavailable
from chartline.language.channels import CHANNELS
from chartline.record.event import CanonicalRecord, Event, EventStatus, Instant, PatientLink, RecordVersion, Source
from chartline.record.identity import shard_of
from chartline.record.kinds import EventKind
from chartline.record.plan import Exists, Selection
from chartline.rpc.keys import KeyFiles
from chartline.rpc.messages import events_from_bytes, instant_to_message, plan_to_message
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import event_pb2
from chartline.v1 import record_service_pb2 as record_pb2
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard, Shard

INDEXED, DUPLICATE, DELETED, MERGED = 1, 2, 6, 7


def note(number: int, text: str) -> Event:
    return lab(number, kind=EventKind.NOTE, display="Discharge summary", text_value=text, quantity=None, attributes=())


async def status_of(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return failed.value.code()


async def test_what_is_appended_is_there_for_the_next_question(client: Client) -> None:
    assert await client.append(lab(1), lab(2, value="1.3")) == [INDEXED, INDEXED]
    assert await client.append(lab(1)) == [DUPLICATE]
    listed = await client.call(record_pb2.ListEventsRequest(patient="1"))
    assert [e.quantity.value for e in listed.events] == ["1.1", "1.3"]
    assert all(len(e.event_key) == 32 and e.HasField("recorded_at") for e in listed.events)
    await client.append(lab(1, value="1.2", version=2, status=EventStatus.CORRECTED))
    listed = await client.call(record_pb2.ListEventsRequest(patient="Patient/1"))
    assert [e.quantity.value for e in listed.events] == ["1.2", "1.3"]


async def test_events_come_in_pages_bound_to_caller_and_filter(client: Client) -> None:
    await client.append(*(lab(i) for i in range(25)))
    request = record_pb2.ListEventsRequest(patient="1", page_size=10)
    keys: list[str] = []
    while True:
        page = await client.call(request)
        keys += [e.natural_key for e in page.events]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert keys == [f"Observation/{i}" for i in range(25)]
    stolen = record_pb2.ListEventsRequest(patient="2", page_token=request.page_token)
    assert await status_of(client.call(stolen)) == grpc.StatusCode.INVALID_ARGUMENT
    assert await status_of(client.call(request, tenant="u")) == grpc.StatusCode.INVALID_ARGUMENT


async def test_withdrawn_facts_are_listed_for_who_asks_for_them(client: Client) -> None:
    await client.append(lab(1), lab(2), lab(3))
    await client.append(lab(1, value="9", version=4, status=EventStatus.ENTERED_IN_ERROR))
    deleted = RecordVersion("hospital", "Observation/2", deleted=True)
    assert await client.append(CanonicalRecord("r", versions=(deleted,))) == [DELETED]
    request = record_pb2.ListEventsRequest(patient="1")
    assert [e.natural_key for e in (await client.call(request)).events] == ["Observation/3"]
    request.include_withdrawn = True
    listed = {e.natural_key: e for e in (await client.call(request)).events}
    stub = listed["Observation/1"]
    assert (stub.status, stub.version) == (event_pb2.EVENT_STATUS_ENTERED_IN_ERROR, 4)
    assert (stub.source.record_id, len(stub.event_key)) == ("Observation/1", 32)
    assert not stub.HasField("quantity")
    assert listed["Observation/2"].HasField("recorded_at")
    assert listed["Observation/3"].HasField("quantity")
    prefix = await client.call(encoder_pb2.EncodePatientRequest(patient="1"))
    assert [block.events for block in prefix.blocks] == [1]


async def test_as_of_and_filters(client: Client) -> None:
    await client.append(lab(1), lab(5, encounter="E1"), order(2, "Medication/1"))
    as_of = instant_to_message(Instant(START + 3 * HOUR))
    listed = await client.call(record_pb2.ListEventsRequest(patient="1", as_of=as_of))
    assert {e.natural_key for e in listed.events} == {"Observation/1", "MedicationRequest/2"}
    kinds = [event_pb2.EVENT_KIND_MEDICATION_REQUEST]
    assert len((await client.call(record_pb2.ListEventsRequest(patient="1", kinds=kinds))).events) == 1
    assert len((await client.call(record_pb2.ListEventsRequest(patient="1", encounter="E1"))).events) == 1


async def test_an_encounter_has_what_names_its_icu_stay(client: Client) -> None:
    unit = {
        "kind": EventKind.ICU_STAY,
        "source": Source("fhir", "hospital", "Encounter/U1"),
        "natural_key": "unit",
        "attributes": (),
    }
    await client.append(lab(1), lab(5, encounter="E1"), lab(6, encounter="E1", **unit), lab(7, encounter="U1"))
    listed = await client.call(record_pb2.ListEventsRequest(patient="1", encounter="Encounter/E1"))
    assert {e.natural_key for e in listed.events} == {"Observation/5", "unit", "Observation/7"}


async def test_patients_in_pages(client: Client) -> None:
    await client.append(*(lab(i, f"Patient/{i}") for i in range(5)), record(link=["Patient/0", "urn:mrn|9"]))
    first = await client.call(record_pb2.ListPatientsRequest(page_size=3))
    rest = await client.call(record_pb2.ListPatientsRequest(page_size=3, page_token=first.next_page_token))
    assert [p.patient for p in [*first.patients, *rest.patients]] == [f"Patient/{i}" for i in range(5)]
    assert list(first.patients[0].identifiers) == ["Patient/0", "urn:mrn|9"]
    assert (first.patients[0].events, rest.next_page_token) == (1, "")


async def test_search_finds_by_meaning_and_expands_by_order(client: Client) -> None:
    values = {1: "1.0", 2: "4.0", 3: "2.0", 4: "3.0"}
    await client.append(*(lab(i, value=v) for i, v in values.items()), lab(9, name="Sodium"), note(20, "Fell at home."))
    search = encoder_pb2.SearchEventsRequest(patient="1", query="creatinine", limit=10)
    nearest = await client.call(search)
    assert [h.event.natural_key for h in nearest.hits[:3]] == ["Observation/4", "Observation/3", "Observation/2"]
    assert nearest.hits[0].score > 0.3
    for kind, expected in ((1, "Observation/4"), (2, "Observation/2"), (3, "Observation/1")):
        search.order = encoder_pb2.SearchOrder.ValueType(kind)
        assert (await client.call(search)).hits[0].event.natural_key == expected
    fall = await client.call(encoder_pb2.SearchEventsRequest(patient="1", query="fell at home.", limit=1))
    assert (fall.hits[0].passage, fall.hits[0].event.kind) == ("Fell at home.", event_pb2.EVENT_KIND_NOTE)
    before = instant_to_message(Instant(START + 10 * HOUR))
    early = await client.call(encoder_pb2.SearchEventsRequest(patient="1", query="fell", as_of=before, limit=200))
    assert not any(h.passage for h in early.hits)


async def test_the_prefix_is_stable_and_carries_content_on_demand(client: Client) -> None:
    await client.append(*(lab(i, name=f"Test {i % 7}") for i in range(100)))
    digests = await client.call(encoder_pb2.EncodePatientRequest(patient="1", content_from_block=99))
    assert [b.events for b in digests.blocks] == [64, 36]
    assert not any(b.event_embeddings or b.channels for b in digests.blocks)
    full = await client.call(encoder_pb2.EncodePatientRequest(patient="1"))
    assert [b.digest for b in full.blocks] == [b.digest for b in digests.blocks]
    vectors = np.frombuffer(full.blocks[0].event_embeddings, "<f4").reshape(64, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(full.blocks[1].channels) == 36 * CHANNELS * 4
    assert full.last_available_time.unix_micros == START + 99 * HOUR
    assert full.patient == "Patient/1"
    assert full.encoder_version.startswith("words/")
    await client.append(lab(200))
    later = await client.call(encoder_pb2.EncodePatientRequest(patient="1", content_from_block=99))
    assert later.blocks[0].digest == digests.blocks[0].digest
    assert later.blocks[1].digest != digests.blocks[1].digest
    past = encoder_pb2.EncodePatientRequest(patient="1", as_of=instant_to_message(Instant(START + 99 * HOUR)))
    assert [b.digest for b in (await client.call(past)).blocks] == [b.digest for b in digests.blocks]


async def test_the_prefix_brings_the_names_that_texts_hold(client: Client) -> None:
    await client.append(lab(1, name="Urea nitrogen"), lab(5, name="Sodium, whole blood"))
    texts = ["Is sodium, whole blood above urea nitrogen?", "The urea nitrogen?"]
    prefix = await client.call(encoder_pb2.EncodePatientRequest(patient="1", texts=texts))
    assert prefix.names == ["sodium, whole blood", "urea nitrogen"]
    early = instant_to_message(Instant(START + 3 * HOUR))
    known = await client.call(encoder_pb2.EncodePatientRequest(patient="1", texts=texts, as_of=early))
    assert known.names == ["urea nitrogen"]
    for unfit in (["a"] * 33, ["a" * 8_001]):
        refused = client.call(encoder_pb2.EncodePatientRequest(patient="1", texts=unfit))
        assert await status_of(refused) == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_chart_is_read_as_it_was_known(client: Client) -> None:
    await client.append(*(lab(i) for i in range(6)))
    then = instant_to_message(Instant(START + 3 * HOUR))
    early = await client.call(encoder_pb2.ReadChartRequest(patient="1", as_of=then))
    assert len(events_from_bytes(early.chart)) == 4
    assert early.as_of == then
    whole = await client.call(encoder_pb2.ReadChartRequest(patient="1"))
    assert len(events_from_bytes(whole.chart)) == 6
    assert whole.as_of.unix_micros == START + 5 * HOUR


async def test_what_changes_later_reaches_blocks_searches_and_neighbours_at_once(client: Client) -> None:
    def problem(number: int, patient: str, name: str) -> Event:
        return lab(number, patient, name, kind=EventKind.CONDITION, quantity=None, attributes=())

    async def seen(patient: str) -> tuple[int, list[str]]:
        prefix = await client.call(encoder_pb2.EncodePatientRequest(patient=patient))
        hits = (await client.call(encoder_pb2.SearchEventsRequest(patient=patient, query="gout"))).hits
        return sum(block.events for block in prefix.blocks), sorted(hit.event.display for hit in hits)

    async def neighbours() -> list[str]:
        found = await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="Patient/1"))
        return sorted(concept for patient in found.patients for concept in patient.shared_concepts)

    await client.append(problem(1, "Patient/1", "Gout"), problem(2, "Patient/2", "Asthma"))
    await client.append(problem(3, "Patient/3", "Asthma"))
    while not (await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="Patient/1"))).patients:
        pass
    assert (await seen("1"), await seen("2")) == ((1, ["Gout"]), (1, ["Asthma"]))
    link = PatientLink(("Patient/1", "Patient/2"), version=1)
    assert await client.append(CanonicalRecord("r", links=(link,))) == [MERGED]
    assert await seen("1") == await seen("2") == (2, ["Asthma", "Gout"])
    while await neighbours() != ["Asthma"]:  # Patient/3's vector may be computed behind the acknowledgement
        pass
    parted = replace(link, withdrawn=True, version=2)
    assert await client.append(CanonicalRecord("r", links=(parted,))) == [MERGED]
    assert (await seen("1"), await seen("2")) == ((1, ["Gout"]), (1, ["Asthma"]))
    assert await neighbours() == []
    deleted = RecordVersion("hospital", "Observation/1", deleted=True)
    assert await client.append(CanonicalRecord("r", versions=(deleted,))) == [DELETED]
    assert await seen("1") == (0, [])


async def test_similar_patients_share_concepts(client: Client) -> None:
    def diagnosis(number: int, patient: str, name: str) -> Event:
        return lab(number, patient, name, kind=EventKind.CONDITION, quantity=None, attributes=())

    diagnoses = {"Patient/1": ["Asthma", "Gout"], "Patient/2": ["Asthma", "Gout"], "Patient/3": ["Hip fracture"]}
    number = 0
    for patient, names in diagnoses.items():
        for name in names:
            number += 1
            await client.append(diagnosis(number, patient, name))
    await client.append(diagnosis(99, "Patient/9", "Asthma"), tenant="u")
    found = await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="Patient/1"))
    while len(found.patients) < 2:  # the others' vectors are computed behind the acknowledgement
        found = await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="Patient/1"))
    assert [p.patient for p in found.patients] == ["Patient/2", "Patient/3"]
    assert list(found.patients[0].shared_concepts) == ["Asthma", "Gout"]
    await client.append(record(link=["Patient/1", "Patient/2"]))
    merged = await client.call(encoder_pb2.FindSimilarPatientsRequest(patient="2"))
    assert [p.patient for p in merged.patients] == ["Patient/3"]


async def test_a_plan_is_executed_on_the_owners_events(client: Client) -> None:
    await client.append(lab(1), lab(2, "Patient/2"))
    plan = plan_to_message(Exists(Selection(kind=EventKind.LABORATORY)))
    result = await client.call(record_pb2.ExecutePlanRequest(patient="1", plan=plan))
    assert [e.patient for e in result.events] == ["Patient/1"]
    assert result.now.unix_micros == START + HOUR


async def test_counts_and_the_queue_runs_empty(client: Client, shard: Shard) -> None:
    unreadable = CanonicalRecord("r", unreadable_reason="no patient")
    await client.append(lab(1), lab(1), order(2, "Medication/1"), unreadable, load="l")
    counts = await client.call(record_pb2.GetRecordCountsRequest(load_id="l"))
    while counts.pending_embeddings:
        counts = await client.call(record_pb2.GetRecordCountsRequest(load_id="l"))
    assert (counts.indexed, counts.duplicates, counts.dead_lettered, counts.events) == (2, 1, 1, 2)
    assert dict(counts.reasons) == {"no patient": 1}
    assert (counts.patients, counts.unresolved_references) == (1, 1)
    await client.append(record(definitions=[medication("Medication/1", "Aspirin")]))
    hits = (await client.call(encoder_pb2.SearchEventsRequest(patient="1", query="aspirin"))).hits
    assert hits[0].event.display == "Aspirin"


async def test_statuses(client: Client) -> None:
    await client.append(lab(1))
    nobody = record_pb2.ListEventsRequest(patient="Patient/nobody")
    assert await status_of(client.call(nobody)) == grpc.StatusCode.NOT_FOUND
    assert await status_of(client.call(record_pb2.ListEventsRequest())) == grpc.StatusCode.INVALID_ARGUMENT
    foreign = record_pb2.ListEventsRequest(patient="Patient/1")
    assert await status_of(client.call(foreign, tenant="u")) == grpc.StatusCode.NOT_FOUND
    assert await status_of(client.call(foreign, scope="read")) == grpc.StatusCode.PERMISSION_DENIED
    negative = encoder_pb2.SearchEventsRequest(patient="1", query="x", limit=-1)
    assert await status_of(client.call(negative)) == grpc.StatusCode.INVALID_ARGUMENT
    empty_plan = record_pb2.ExecutePlanRequest(patient="1")
    assert await status_of(client.call(empty_plan)) == grpc.StatusCode.INVALID_ARGUMENT
    late = record_pb2.ListEventsRequest(patient="1", as_of=event_pb2.Instant(unix_micros=2**62))
    assert await status_of(client.call(late)) == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "wrong",
    [
        lab(1, patient=""),
        lab(1, patient="Patient/\x00"),
        lab(1, natural_key=""),
        lab(1, time=Instant(2**62)),
        lab(1, text_value="x" * ((1 << 20) + 1)),
        lab(1, kind=EventKind.NOTE),  # notes have no specimen
        record(link=["Patient/1"]),
    ],
)
async def test_a_malformed_record_refuses_the_whole_request(client: Client, wrong: Any) -> None:
    refused = client.call(append_request([lab(7), wrong]))
    assert await status_of(refused) == grpc.StatusCode.INVALID_ARGUMENT
    counts = await client.call(record_pb2.GetRecordCountsRequest())
    assert (counts.indexed, counts.patients) == (0, 0)


async def test_another_shards_patient_is_refused(
    encoder_settings: EncoderSettings, shard: Shard, client: Client
) -> None:
    mine = next(p for p in (f"Patient/{i}" for i in range(99)) if shard_of("t", p, 2) == 0)
    theirs = next(p for p in (f"Patient/{i}" for i in range(99)) if shard_of("t", p, 2) == 1)
    shard.keeper._shards = 2
    assert await client.append(lab(1, mine)) == [INDEXED]
    assert await status_of(client.call(append_request([lab(2, theirs)]))) == grpc.StatusCode.FAILED_PRECONDITION


async def test_a_full_queue_and_a_loading_shard_say_so(
    client: Client, shard: Shard, encoder_settings: EncoderSettings, keys: KeyFiles
) -> None:
    shard.keeper._max_pending = -1
    assert await status_of(client.call(append_request([lab(1)]))) == grpc.StatusCode.RESOURCE_EXHAUSTED
    loading = LoadingShard(lambda: shard)
    with pytest.raises(Unavailable):
        loading()
    async with serving(encoder_settings, loading, keys) as early:
        assert await status_of(early.call(record_pb2.ListPatientsRequest())) == grpc.StatusCode.UNAVAILABLE


_MESSAGES = [record_pb2, encoder_pb2]
_REQUESTS = [getattr(module, name) for module in _MESSAGES for name in dir(module) if name.endswith("Request")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_REQUESTS), st.binary(max_size=60), st.text(max_size=12), st.integers(-(2**31), 2**31 - 1))
async def test_no_request_ends_in_unknown_or_internal(
    client: Client, make: Any, noise: bytes, words: str, number: int
) -> None:
    request = make()
    for field, value in (("patient", words), ("query", words), ("limit", number), ("page_size", number)):
        if hasattr(request, field):
            setattr(request, field, value)
    try:
        request.MergeFromString(noise)
    except Exception:
        request = make(**({"patient": words} if "patient" in make.DESCRIPTOR.fields_by_name else {}))
    assert await _code_of(client.call(request)) not in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)


async def _code_of(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK
