"""Answers: what they say, that they come when a message is durable, and that nothing is lost while Kafka is away."""

from datetime import UTC, datetime

import hl7
import pytest
from hl7_messages import PID, message

from chartline.errors import Unavailable
from chartline.v1.record_service_pb2 import (
    RECORD_OUTCOME_DEAD_LETTERED,
    RECORD_OUTCOME_DUPLICATE,
    RECORD_OUTCOME_INDEXED,
    RECORD_OUTCOME_WITHOUT_EVENTS,
    Position,
)
from services.ingest.acknowledgements import Acknowledgements
from services.ingest.hl7_ack import acknowledge, read_header
from services.ingest.incoming import Incoming
from services.ingest.pipeline import Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MESSAGE = message("ADT^A08^ADT_A01", PID, control="M-7")


class Topics:
    """Keeps what is written; `failures` come first."""

    def __init__(self, failures=0):
        self.failures = failures
        self.written = []

    async def write_all(self, topic, messages):
        if self.failures:
            self.failures -= 1
            raise Unavailable("away")
        self.written += [(topic, hl7.parse(value.decode()), dict(headers)) for value, headers in messages]


def incoming(payload=MESSAGE, source_format="hl7v2", tenant="t", offset=5):
    return Incoming(tenant, source_format, payload, position=Position(topic=f"ehr.{tenant}.raw", offset=offset))


async def answers(*outcomes, writer=None, records=None):
    writer = writer or Topics()

    async def deliver(records):
        assert not writer.written, "an answer before the message is durable"
        return [Outcome(value, reason) for value, reason in outcomes]

    found = await Acknowledgements(deliver, writer, first_pause=0.0).deliver(records or [incoming()] * len(outcomes))
    assert [o.value for o in found] == [value for value, _ in outcomes]
    return writer.written


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (RECORD_OUTCOME_INDEXED, "AA"),
        (RECORD_OUTCOME_DUPLICATE, "AA"),
        (RECORD_OUTCOME_WITHOUT_EVENTS, "AA"),
        (RECORD_OUTCOME_DEAD_LETTERED, "AR"),
    ],
)
async def test_what_became_of_a_message_decides_the_answer(outcome, code):
    ((topic, answer, headers),) = await answers((outcome, "why"))
    assert topic == "ehr.t.acks"
    assert (str(answer["MSA"][0][1]), str(answer["MSA"][0][2]), str(answer["MSA"][0][3])) == (code, "M-7", "why")
    assert headers == {"format": b"hl7v2", "topic": b"ehr.t.raw", "partition": b"0", "offset": b"5"}
    assert ("ERR" in {str(s[0]) for s in answer}) == (code == "AR")


async def test_only_hl7_v2_is_answered_and_each_tenant_on_its_own_topic():
    records = [incoming(), incoming(b"{}", "fhir"), incoming(tenant="u"), incoming(None)]
    written = await answers(*[(RECORD_OUTCOME_INDEXED, "")] * 4, records=records)
    assert [topic for topic, _, _ in written] == ["ehr.t.acks", "ehr.u.acks"]


async def test_an_answer_is_written_until_it_is_durable():
    assert len(await answers((RECORD_OUTCOME_INDEXED, ""), writer=Topics(failures=3))) == 1


async def test_no_answer_where_delivery_failed():
    writer = Topics()

    async def deliver(records):
        raise Unavailable("the encoder is away")

    with pytest.raises(Unavailable):
        await Acknowledgements(deliver, writer).deliver([incoming()])
    assert not writer.written


def test_an_answer_goes_back_to_who_sent_the_message():
    sent = b"MSH|^~\\&|APP|FAC|HERE|US|2026||ORU^R01|7|T|2.3"
    answer = hl7.parse(acknowledge(read_header(sent), "AA", "", NOW).decode())
    msh = [str(field) for field in answer["MSH"][0]]
    assert msh[3:7] == ["HERE", "US", "APP", "FAC"]
    assert (msh[9], msh[11], msh[12]) == ("ACK^R01^ACK", "T", "2.3")


def test_an_answer_has_the_separators_of_the_message():
    answer = acknowledge(read_header(b"MSH#!@%*#A#B#C#D#2026##ADT!A01#7#P#2.5"), "AR", "one#two", NOW).decode()
    assert answer.startswith("MSH#!@%*#C#D#A#B#")
    assert "MSA#AR#7#one%F%two\r" in answer
    assert "207!Application internal error!HL70357" in answer


@pytest.mark.parametrize("payload", [b"", b"hello", b"MSH", b"\xff\xfe\x00", b"MSHABC"])
def test_what_has_no_header_is_answered_all_the_same(payload):
    answer = acknowledge(read_header(payload), "AR", "no MSH segment at the beginning", NOW).decode()
    assert "MSA|AR||no MSH segment at the beginning\r" in answer
    assert "100^Segment sequence error" in answer
