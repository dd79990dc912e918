"""Dead letters as an operator meets them: listed, read again by parsers that were repaired, erased."""

import json

import pytest
from ingest_fakes import FakeEncoder, FakeKafka, refuse

from chartline.errors import NotFound, Unfit
from chartline.record.event import CanonicalRecord, Event, Source
from chartline.record.kinds import EventKind
from chartline.rpc.messages import record_to_message
from services.ingest.dead_letters import DeadLetters
from services.ingest.envelope import TENANT_MISMATCH, Formats, from_kafka
from services.ingest.incoming import dead_letter_topic, raw_topic
from services.ingest.letter_box import LetterBox, Wanted
from services.ingest.parsers import PARSERS
from services.ingest.pipeline import Pipeline
from services.ingest.replay import Replayer

ALL = Wanted()
RAW = raw_topic("north")
UNKNOWN = "the format is not known"


def condition(name="c", patient="Patient/p"):
    subject = {"reference": patient}
    return {"resourceType": "Condition", "id": name, "subject": subject, "code": {"text": "Sepsis"}}


class Site:
    """Ingest of one tenant, with Kafka and the encoder in memory."""

    def __init__(self, encoder=None):
        self.kafka, self.encoder = FakeKafka(), encoder or FakeEncoder()
        letters = DeadLetters(self.kafka, first_pause=0.0)
        self.pipeline = Pipeline(self.encoder, letters, first_pause=0.0)
        self.box = LetterBox(self.kafka, letters, self.kafka)
        self.replayer = Replayer(self.pipeline, self.box, self.kafka, letters, Formats({}))

    async def take(self, *payloads, **headers):
        """Sends to the raw topic and takes it from there."""
        told = [
            ("load-id", b"night"),
            *((name.replace("content_type", "content-type"), text) for name, text in headers.items()),
        ]
        records = [self.kafka.place(RAW, payload, told) for payload in payloads]
        await self.pipeline.deliver([from_kafka(record, Formats({})) for record in records])

    async def replay(self, wanted=ALL):
        tallies = [tally async for tally in self.replayer.letters("north", wanted, "ops", float("inf"))]
        return dict(tallies[-1].outcomes) if tallies else {}

    async def letters(self, wanted=ALL):
        return await self.box.list("north", wanted)

    def counted(self):
        return [(d.position.topic, d.position.offset, d.buried_reason) for d in self.encoder.counted()]


@pytest.fixture
def repaired(monkeypatch):
    """From now on the format `later` is read as FHIR."""
    return lambda: monkeypatch.setitem(PARSERS, "later", PARSERS["fhir"])


async def test_letters_are_listed_without_content_as_they_stand():
    site = Site()
    await site.take(b"{Secret", b"[", format=b"fhir")
    await site.take(b"x", format=b"later", ce_source=b"/lab", ce_id=b"17")
    first, second, third = await site.letters()
    assert [letter.id for letter in (first, second, third)] == [f"{RAW}-0-{n}" for n in range(3)]
    assert (third.reason, third.source_format, third.source, third.message_id) == (UNKNOWN, "later", "/lab", "17")
    assert (first.load_id, first.size, first.payload, first.buried_at) == ("night", 7, b"", 1000.0)
    assert (await site.box.get("north", first.id)).payload == b"{Secret"
    with pytest.raises(NotFound):
        await site.box.get("north", f"{RAW}-0-9")
    assert await site.box.list("south", ALL) == []


@pytest.mark.parametrize("topic", ["ehr.south.raw", "ehr.south.backfill", "ehr.north.dlq", "nonsense"])
async def test_a_letter_that_names_a_place_of_another_tenant_is_passed_over(topic):
    site = Site()
    said = {"topic": topic, "partition": "0", "offset": "5", "reason": UNKNOWN, "format": "fhir"}
    headers = [(name, text.encode()) for name, text in said.items()]
    site.kafka.place(dead_letter_topic("north"), json.dumps(condition()).encode(), headers, f"{topic}-0-5".encode())
    assert await site.letters() == []
    assert await site.replay() == {}
    assert site.encoder.kept == []


@pytest.mark.parametrize(
    ("wanted", "offsets"),
    [
        (Wanted(reason=UNKNOWN), [1]),
        (Wanted(ids=frozenset({f"{RAW}-0-2"})), [2]),
        (Wanted(topic=RAW, partition=0, first_offset=1, last_offset=2), [1, 2]),
        (Wanted(load_id="day"), []),
        (Wanted(partition=1), []),
        (Wanted(topic="ehr.north.backfill"), []),
    ],
)
async def test_a_filter_narrows(wanted, offsets):
    site = Site()
    await site.take(b"{", format=b"fhir")
    await site.take(b"x", format=b"later")
    await site.take(b"{", format=b"fhir")
    assert [letter.origin.offset for letter in await site.letters(wanted)] == offsets


async def test_a_record_that_comes_twice_is_one_letter():
    site = Site()
    record = from_kafka(site.kafka.place(RAW, b"{", [("format", b"fhir")]), Formats({}))
    for _ in range(2):
        await site.pipeline.deliver([record])
    assert len(await site.letters()) == 1


async def test_a_repaired_parser_reads_a_letter_again_once(repaired):
    site = Site()
    await site.take(json.dumps(condition()).encode(), b"{", format=b"later")
    repaired()
    assert await site.replay() == {"indexed": 1, "dead_lettered": 1}
    replayed = [delivered for delivered in site.encoder.counted() if delivered.record.events]
    assert [d.record.events[0].natural_key for d in replayed] == ["Condition/c"]
    assert [(d.load_id, d.buried_reason) for d in replayed] == [("night", UNKNOWN)]
    (left,) = await site.letters()
    assert left.origin.offset == 1
    assert "JSON" in left.reason
    assert await site.replay() == {"dead_lettered": 1}
    assert {letter.replayed for letter in await site.letters(Wanted(replayed=True))} == {"indexed", ""}


async def test_each_replay_moves_the_count_from_the_place_of_the_letter_it_read(repaired):
    site = Site()
    await site.take(json.dumps(condition()).encode(), b"{", format=b"later")
    dlq = dead_letter_topic("north")
    repaired()
    await site.replay()
    known = {(topic, offset) for topic, offset, _ in site.counted()}
    assert known == {(RAW, 0), (RAW, 1), (dlq, 0), (dlq, 1)}
    await site.replay(Wanted(replayed=True))
    moved = site.counted()[4:]
    assert (RAW, 0, "") in moved, "it was counted where it came from, and moves nothing any more"
    assert len([place for place in moved if place[0] == dlq and place[1] > 1]) == 1


async def test_a_letter_that_is_refused_by_the_encoder_may_be_taken_later():
    site = Site(FakeEncoder(fail=refuse("Condition/c")))
    await site.take(json.dumps(condition()).encode(), format=b"fhir")
    (letter,) = await site.letters()
    assert letter.reason.startswith("refused by the encoder")
    assert await site.replay() == {"dead_lettered": 1}
    site.encoder.fail = None
    assert await site.replay() == {"indexed": 1}
    assert site.encoder.counted()[-1].buried_reason == letter.reason


async def test_the_record_of_another_tenant_is_never_replayed():
    site = Site()
    await site.take(json.dumps(condition()).encode(), format=b"fhir", tenantid=b"south")
    structured = {"specversion": "1.0", "tenantid": "south", "data": condition()}
    await site.take(json.dumps(structured).encode(), content_type=b"application/cloudevents+json")
    assert {letter.reason for letter in await site.letters()} == {TENANT_MISMATCH}
    assert await site.replay(Wanted(replayed=True)) == {"dead_lettered": 2}
    assert not any(delivered.record.events for delivered in site.encoder.counted())


async def test_what_could_not_be_taken_out_of_its_envelope_is_kept_in_it(monkeypatch):
    site = Site()
    value = json.dumps({"specversion": "2.0", "data": condition(), "datacontenttype": "application/fhir+json"}).encode()
    await site.take(value, content_type=b"application/cloudevents+json")
    (letter,) = await site.letters()
    assert (await site.box.get("north", letter.id)).payload == value
    monkeypatch.setattr("services.ingest.envelope._SPEC_VERSION", "2.0")
    assert await site.replay() == {"indexed": 1}


async def test_what_is_too_large_for_a_letter_is_read_where_it_lay(repaired):
    class Small(FakeKafka):
        async def write(self, topic, value, headers, key=None):
            await super().write(topic, b"", [*headers, ("too-large", b"1")], key)

    site = Site()
    small = DeadLetters(Small(), first_pause=0.0)
    site.kafka.topics[dead_letter_topic("north")] = small._writer.topics.setdefault(dead_letter_topic("north"), [])
    site.pipeline = Pipeline(site.encoder, small, first_pause=0.0)
    await site.take(json.dumps(condition()).encode(), format=b"later")
    repaired()
    assert await site.replay() == {"indexed": 1}


async def test_a_stretch_of_time_is_delivered_again(repaired):
    site = Site()
    for now in (1.0, 2.0, 3.0):
        site.kafka.now = now
        await site.take(json.dumps(condition(f"c{now}")).encode(), format=b"later")
    before = len(site.encoder.counted())
    repaired()

    async def stretch(since, until, dry_run):
        tallies = [t async for t in site.replayer.stretch("north", since, until, "ops", 9e9, dry_run=dry_run)]
        return dict(tallies[-1].outcomes) if tallies else {}

    assert await stretch(2.0, float("inf"), True) == {"readable": 2}
    assert len(site.encoder.counted()) == before
    assert await stretch(2.0, 3.0, False) == {"indexed": 1}
    assert [(d.position.topic, d.position.offset, d.buried_reason) for d in site.encoder.counted()[before:]] == [
        (RAW, 1, "")
    ]
    assert await stretch(9.0, 10.0, False) == {}


@pytest.mark.parametrize(
    ("payload", "identifiers", "erased"),
    [
        (b'{"subject": {"reference": "Patient/p1"}', ["Patient/p1"], 1),
        (b'{"subject": {"reference": "Patient/p12"}', ["Patient/p1"], 0),
        (b"PID|||4711234^^^HOSP^MR||ASH", ["urn:mrn|4711234"], 1),
        (b"PID|||94711234^^^HOSP^MR||ASH", ["urn:mrn|4711234"], 0),
        (b"PID|||4711234-2^^^HOSP^MR||ASH", ["urn:mrn|4711234"], 0),
        (b"OBX|1|NM|x||12|", ["urn:mrn|12"], 0),
        (b'{"id": "Patient/12"', ["urn:mrn|99", "Patient/12"], 1),
    ],
)
async def test_letters_that_name_the_patient_are_erased(payload, identifiers, erased):
    site = Site()
    await site.take(payload, b"{other", format=b"fhir")
    done = await site.box.erase("north", identifiers)
    assert (done.erased, done.unreadable) == (erased, 0)
    assert len(await site.letters()) == 2 - erased
    assert [value for _, value, _ in site.kafka.written].count(None) == erased
    assert await site.replay() == {"dead_lettered": 2 - erased}


async def test_canonical_letters_are_erased_by_their_patients():
    site = Site(FakeEncoder(fail=lambda records: refuse("r")(records)))
    kept = CanonicalRecord("r", (Event("Patient/0123", EventKind.VITAL, Source("mimic-iv", "hosp", "r"), "r"),))
    await site.take(record_to_message(kept).SerializeToString(), format=b"events")
    assert (await site.box.erase("north", ["Patient/012"])).erased == 0
    assert (await site.box.erase("north", ["Patient/0123"])).erased == 1


ADT = "MSH|^~\\&|A|B|C|D|20240101||ADT^A01|1|P|2.5\rPID|1||4711234^^^HOSP^MR||ASH\r"


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("message", "identifier", "erased", "unreadable"),
    [
        (ADT, "urn:mrn|4711234", 1, 0),
        (ADT, "urn:mrn|4711235", 0, 0),
        (f"{ADT}{ADT}", "urn:mrn|4711235", 0, 1),
        ("PID|1||4711234", "urn:mrn|4711234", 0, 1),
    ],
)
async def test_hl7_in_two_bytes_a_character_is_seen_into(charset, message, identifier, erased, unreadable):
    site = Site(FakeEncoder(fail=lambda records: refuse("1")(records)))
    await site.take(message.encode(charset), format=b"hl7v2")
    done = await site.box.erase("north", [identifier])
    assert (done.erased, done.unreadable) == (erased, unreadable)


async def test_a_torn_canonical_letter_is_erased_or_counted():
    site = Site()
    torn = CanonicalRecord("r", (Event("Patient/0123", EventKind.VITAL, Source("mimic-iv", "hosp", "r"), "r"),))
    await site.take(record_to_message(torn).SerializeToString()[:-2], format=b"events")
    done = await site.box.erase("north", ["Patient/012"])
    assert (done.erased, done.unreadable) == (0, 1)
    done = await site.box.erase("north", ["Patient/0123"])
    assert (done.erased, done.unreadable) == (1, 0)


@pytest.mark.parametrize("packed", [b"\x1f\x8bxyz", b"PK\x03\x04"])
async def test_it_is_said_how_many_letters_cannot_be_seen_into(packed):
    site = Site()
    await site.take(packed, b"{", format=b"fhir")
    await site.take(b"[]", content_type=b"application/cloudevents+avro")
    done = await site.box.erase("north", ["Patient/p"])
    assert (done.erased, done.unreadable) == (0, 2)


async def test_nothing_is_erased_where_kafka_would_keep_it():
    site = Site()
    site.kafka.compacted = False
    with pytest.raises(Unfit):
        await site.box.erase("north", ["Patient/p"])
