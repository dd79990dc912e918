"""The door for senders without Kafka: MLLP over TCP, each message written to Kafka before it is answered.

    sender ── VT … FS CR ──▶ written to ehr.<tenant>.raw, acknowledged by all replicas ──▶ AA or CA
                             Kafka away ──▶ AE or CE, and the sender sends again

Which answer is asked for stands in MSH-15 and MSH-16; without them every message is answered. The answer says that the
message is kept, not what it became: that is said on `ehr.<tenant>.acks`. There is no TLS and no caller's token here:
the listener belongs behind the network's own walls, and its tenant is a setting.
"""

import asyncio
import hmac
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from hl7.mllp import InvalidBlockError, start_hl7_server

from chartline.errors import ChartlineError, InvalidRequest
from chartline.rpc.keys import derive_key
from chartline.sources.hl7_messages import patient_of, split_messages
from chartline.telemetry import (
    chartline_ingest_mllp_answers,
    chartline_ingest_mllp_connections,
    chartline_ingest_mllp_messages,
    get_logger,
)
from services.ingest.hl7_ack import Header, acknowledge, read_header
from services.ingest.incoming import raw_topic
from services.ingest.letters import Headers

log = get_logger(__name__)

#: A longer message ends its connection.
LONGEST_MESSAGE = 16 << 20
_KEEPALIVE_SECONDS = 180
#: MSH-15 and MSH-16, table 0155: asked for always, never, for an error, for a success.
_KEPT = {"AL": True, "NE": False, "ER": False, "SU": True}
_REFUSED = {"AL": True, "NE": False, "ER": True, "SU": False}


class Writer(Protocol):
    async def write(self, topic: str, value: bytes, headers: Headers, key: bytes | None = None) -> None:
        """Returns when the message is durable. Raises Unavailable."""


def listeners(address: str, tenant: str, secret: bytes, writer: Writer) -> list["MllpListener"]:
    """The listener, none without an address. `secret` is what Kafka keys are derived from."""
    return [MllpListener(address, tenant, derive_key(secret, "kafka-key", tenant), writer)] if address else []


class MllpListener:
    """`run` until it is cancelled. `key` makes Kafka keys of patients, so that no number of a patient is one."""

    def __init__(self, address: str, tenant: str, key: bytes, writer: Writer) -> None:
        """`address` is host:port. Raises InvalidRequest for one that is none."""
        self._host, colon, port = address.rpartition(":")
        if not (colon and port.isdecimal() and tenant):
            raise InvalidRequest("the MLLP listener needs an address as host:port, and a tenant")
        self._port = int(port)
        self._topic = raw_topic(tenant)
        self._key = key
        self._writer = writer
        self._connections: set[asyncio.Task[None]] = set()
        self.address = ""
        self.listening = asyncio.Event()

    async def run(self) -> None:
        server = await start_hl7_server(self._connected, self._host or None, self._port, limit=LONGEST_MESSAGE)
        self.address = "{}:{}".format(*server.sockets[0].getsockname()[:2])
        self.listening.set()
        log.info("mllp_listening", address=self.address)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for connection in self._connections:
                connection.cancel()

    async def _connected(self, reader: Any, writer: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        chartline_ingest_mllp_connections.inc()
        _keep_alive(writer.get_extra_info("socket"))
        try:
            while True:
                if (answer := await self._answer(await reader.readblock())) is not None:
                    writer.writeblock(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except (
            InvalidBlockError,
            ValueError,
        ) as error:  # no frame, or one without end: nothing after it can be trusted
            log.warning("mllp_frame", error=type(error).__name__)
        finally:
            chartline_ingest_mllp_connections.dec()
            self._connections.discard(task)
            writer.close()

    async def _answer(self, block: bytes) -> bytes | None:
        """None where the sender asks for no answer."""
        chartline_ingest_mllp_messages.inc()
        header = read_header(block)
        messages = list(split_messages(block))
        if not header.fields or len(messages) != 1:
            return _said(header, "R", "no MSH segment at the beginning, or several messages in one frame")
        try:
            await self._keep(messages)
        except ChartlineError as error:
            log.warning("mllp_not_written", error=type(error).__name__)
            return _said(header, "E", "the message cannot be kept now: send it again")
        return _said(header, "A", "")

    async def _keep(self, messages: Sequence[bytes]) -> None:
        (message,) = messages
        patient = patient_of(message)
        key = hmac.digest(self._key, patient.encode(), "sha256").hex().encode() if patient else None
        await self._writer.write(self._topic, message, [("format", b"hl7v2")], key)


def _said(header: Header, verdict: str, reason: str) -> bytes | None:
    """An accept acknowledgement where MSH-15 asks for one, else the application's where MSH-16 does (2.9.2)."""
    asked = _KEPT if verdict == "A" else _REFUSED
    accept, application = header.get(15).strip(), header.get(16).strip()
    if accept and asked.get(accept, True):
        code = f"C{verdict}"
    elif asked.get(application, True) if application else not accept:
        code = f"A{verdict}"
    else:
        return None
    chartline_ingest_mllp_answers.labels(code).inc()
    return acknowledge(header, code, reason, datetime.now(UTC))


def _keep_alive(connection: socket.socket) -> None:
    """A sender that vanished is noticed after minutes, not never."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_SECONDS)
