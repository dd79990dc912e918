"""Writes a hospital's messages to its Kafka topic, keyed so that a patient keeps its partition and no MRN is a key."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, TopicAlreadyExistsError

from chartline.errors import Unavailable
from chartline.rpc.keys import derive_key, read_secret
from chartline.sources.files import Message

PARTITIONS = 4
_LARGEST_MESSAGE = 16 << 20


class Producer:
    """One load of one tenant; a context manager that returns when every message is acknowledged by all replicas."""

    def __init__(self, servers: str, tenant: str, secret_file: Path, load_id: str, *, backfill: bool = False) -> None:
        """Makes the topic where it is not there. A `backfill` is read in the pauses of what is live.

        Raises Unavailable when Kafka is away.
        """
        self.topic = f"ehr.{tenant}.{'backfill' if backfill else 'raw'}"
        self.sent = 0
        self._key = derive_key(read_secret(secret_file), "kafka-key", tenant)
        self._load_id = load_id.encode()
        self._failures: list[BaseException] = []
        with _kafka_away():
            self._create_topic(servers)
            self._producer = KafkaProducer(
                bootstrap_servers=servers,
                compression_type="lz4",
                linger_ms=5,
                batch_size=256 << 10,
                max_request_size=_LARGEST_MESSAGE,
            )

    def send(self, message: Message) -> None:
        """Returns before the message is acknowledged. Raises Unavailable when an earlier one failed."""
        if self._failures:
            raise Unavailable(f"Kafka refused a message: {self._failures[0]}")
        key = hmac.digest(self._key, message.patient.encode(), "sha256").hex().encode() if message.patient else None
        headers = [("format", message.format.encode()), ("load-id", self._load_id)]
        with _kafka_away():
            pending = self._producer.send(self.topic, value=message.payload, key=key, headers=headers)
        pending.add_errback(self._failures.append)
        self.sent += 1

    def settle(self) -> None:
        """Returns when every message so far is acknowledged. Raises Unavailable when one failed."""
        with _kafka_away():
            self._producer.flush()
        if self._failures:
            raise Unavailable(f"Kafka refused a message: {self._failures[0]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _kafka_away():
            self._producer.flush()
            self._producer.close()
        if self._failures and error is None:
            raise Unavailable(f"Kafka refused a message: {self._failures[0]}")

    def _create_topic(self, servers: str) -> None:
        settings = {"num_partitions": PARTITIONS, "configs": {"max.message.bytes": str(_LARGEST_MESSAGE)}}
        with KafkaAdminClient(bootstrap_servers=servers) as admin, suppress(TopicAlreadyExistsError):
            admin.create_topics({self.topic: settings}, wait_for_metadata=True)


@contextmanager
def _kafka_away() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise Unavailable(f"Kafka failed: {error}") from error
