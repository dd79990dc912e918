"""Dead letters and filters as messages of IngestService."""

from chartline.record.event import Instant, TimePrecision
from chartline.rpc.messages import instant_to_message
from chartline.v1 import ingest_service_pb2 as pb
from services.ingest.letter_box import Wanted
from services.ingest.letters import DeadLetter


def wanted_from(message: pb.DeadLetterFilter) -> Wanted:
    def number(name: str) -> int | None:
        return getattr(message, name) if message.HasField(name) else None  # type: ignore[arg-type]

    return Wanted(
        ids=frozenset(message.ids),
        reason=message.reason,
        load_id=message.load_id,
        topic=message.topic,
        partition=number("partition"),
        first_offset=number("first_offset"),
        last_offset=number("last_offset"),
        replayed=message.replayed,
    )


def letter_to_message(letter: DeadLetter) -> pb.DeadLetter:
    """Without its content."""
    return pb.DeadLetter(
        id=letter.id,
        origin=letter.origin,
        reason=letter.reason,
        format=letter.source_format,
        load_id=letter.load_id,
        source=letter.source,
        message_id=letter.message_id,
        buried_at=instant_to_message(Instant(round(letter.buried_at * 1e6), 0, TimePrecision.MICROSECOND)),
        bytes=letter.size,
        replayed=letter.replayed,
    )
