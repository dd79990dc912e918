"""The MLLP listener over real sockets: a message is answered only when it is durable."""

import asyncio
from contextlib import asynccontextmanager, suppress

import hl7
import pytest
from hl7.mllp import open_hl7_connection
from hl7_messages import PID, message

from chartline.errors import InvalidRequest, Unavailable
from services.ingest.mllp import MllpListener

KEY = b"k" * 32
MESSAGE = message("ADT^A08", PID, control="M-7")


class Topic:
    def __init__(self, away=False):
        self.away = away
        self.written = []

    async def write(self, topic, value, headers, key=None):
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("Kafka is away")
        self.written.append((topic, value, dict(headers), key))


@asynccontextmanager
async def listening(topic):
    listener = MllpListener("127.0.0.1:0", "t", KEY, topic)
    running = asyncio.create_task(listener.run())
    try:
        await listener.listening.wait()
        yield listener
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def connected(listener):
    reader, writer = await open_hl7_connection(*listener.address.split(":"))
    try:
        yield reader, writer
    finally:
        writer.close()


async def say(listener, *payloads):
    """The MSA of each answer."""
    async with connected(listener) as (reader, writer):
        found = []
        for payload in payloads:
            writer.writeblock(payload)
            await writer.drain()
            answer = hl7.parse((await reader.readblock()).decode())
            found.append(tuple(str(answer["MSA"][0][n]) for n in (1, 2)))
        return found


def asking(accept="", application=""):
    return MESSAGE.replace(b"|P|2.5.1", f"|P|2.5.1|||{accept}|{application}".encode())


async def test_messages_are_kept_with_their_format_and_a_key_that_names_nobody():
    topic = Topic()
    async with listening(topic) as listener:
        assert await say(listener, MESSAGE, MESSAGE) == [("AA", "M-7")] * 2
    (first, second) = topic.written
    assert first == second
    assert first[:3] == ("ehr.t.raw", MESSAGE, {"format": b"hl7v2"})
    assert len(first[3]) == 64
    assert first[3] != b"7"


async def test_nothing_is_accepted_while_kafka_is_away():
    topic = Topic(away=True)
    async with listening(topic) as listener:
        assert await say(listener, MESSAGE, asking("AL"), b"nothing") == [("AE", "M-7"), ("CE", "M-7"), ("AR", "")]
        topic.away = False
        assert await say(listener, MESSAGE) == [("AA", "M-7")]
    assert len(topic.written) == 1


async def test_senders_are_answered_at_the_same_time():
    topic = Topic()
    async with listening(topic) as listener:
        found = await asyncio.gather(*(say(listener, MESSAGE, MESSAGE) for _ in range(5)))
    assert found == [[("AA", "M-7")] * 2] * 5


@pytest.mark.parametrize(
    ("accept", "application", "code"),
    [("", "", "AA"), ("AL", "NE", "CA"), ("SU", "", "CA"), ("NE", "AL", "AA"), ("", "AL", "AA")],
)
async def test_the_answer_that_is_asked_for(accept, application, code):
    async with listening(Topic()) as listener:
        assert await say(listener, asking(accept, application)) == [(code, "M-7")]


@pytest.mark.parametrize(("accept", "application"), [("NE", "NE"), ("ER", ""), ("NE", ""), ("", "NE")])
async def test_no_answer_where_none_is_asked_for(accept, application):
    topic = Topic()
    async with listening(topic) as listener, connected(listener) as (reader, writer):
        writer.writeblock(asking(accept, application))
        writer.writeblock(MESSAGE)
        assert b"MSA|AA|M-7" in await reader.readblock()
    assert len(topic.written) == 2


async def test_a_batch_is_refused_and_bytes_without_a_frame_end_the_connection():
    topic = Topic()
    async with listening(topic) as listener:
        assert await say(listener, MESSAGE + b"\r" + MESSAGE) == [("AR", "M-7")]
        async with connected(listener) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\x1c\r")
            assert await reader.read() == b""
        assert await say(listener, MESSAGE) == [("AA", "M-7")]
    assert len(topic.written) == 1


@pytest.mark.parametrize(("address", "tenant"), [("2575", "t"), ("host:x", "t"), ("127.0.0.1:2575", "")])
def test_a_listener_needs_an_address_and_a_tenant(address, tenant):
    with pytest.raises(InvalidRequest):
        MllpListener(address, tenant, KEY, Topic())
