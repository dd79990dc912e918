"""Requests of the two services as the code inside reads them; whatever is malformed is InvalidRequest here."""

from collections.abc import Iterable, Sequence

from google.protobuf.message import Message

from chartline.errors import InvalidRequest
from chartline.record.event import Instant
from chartline.record.kinds import EventKind
from chartline.record.plan import QueryPlan
from chartline.record.times import check_instant
from chartline.rpc.messages import optional_instant, plan_from_message, record_from_message
from chartline.v1 import query_plan_pb2, record_service_pb2
from services.encoder.record.outcomes import Delivery, Position
from services.encoder.record.validation import check_identifier, check_record
from services.encoder.search import SearchFilter, SearchOrder

_MOST_RECORDS = 4_096
_LONGEST_LABEL = 256
_LONGEST_LOAD_ID = 64
_LONGEST_QUERY = 2_000
_MOST_TEXTS, _LONGEST_TEXT = 32, 8_000


def deliveries_of(request: record_service_pb2.AppendEventsRequest) -> list[Delivery]:
    if len(request.records) > _MOST_RECORDS:
        raise InvalidRequest(f"more than {_MOST_RECORDS} records", field="records")
    return [_delivery(message, f"records[{i}]") for i, message in enumerate(request.records)]


def _delivery(message: record_service_pb2.DeliveredRecord, field: str) -> Delivery:
    position = None
    if message.HasField("position"):
        place = message.position
        position = Position(label_of(place.topic, f"{field}.position.topic"), place.partition, place.offset)
    try:
        record = record_from_message(message.record)
    except ValueError:
        raise InvalidRequest("the record holds a value that this version does not know", field=field) from None
    check_record(record, field)
    load_id = label_of(message.load_id, f"{field}.load_id", _LONGEST_LOAD_ID)
    return Delivery(record, position, load_id, message.counted, message.buried_reason)


def label_of(text: str, field: str, longest: int = _LONGEST_LABEL) -> str:
    if len(text) > longest or "\x00" in text:
        raise InvalidRequest(f"longer than {longest} characters, or holds a NUL character", field=field)
    return text


def patient_of(text: str) -> str:
    try:
        check_identifier(text)
    except ValueError as error:
        raise InvalidRequest(str(error), field="patient") from None
    return text


def instant_of(message: Message, field: str) -> Instant | None:
    try:
        instant = optional_instant(message, field)
        if instant is not None:
            check_instant(instant)
    except ValueError:
        raise InvalidRequest("an instant lies outside the calendar", field=field) from None
    return instant


def filter_of(kinds: Iterable[int], encounter: str) -> SearchFilter:
    try:
        return SearchFilter(frozenset(EventKind(kind) for kind in kinds), encounter)
    except ValueError:
        raise InvalidRequest("no such kind of event", field="kinds") from None


def plan_of(message: query_plan_pb2.QueryPlan) -> QueryPlan:
    try:
        return plan_from_message(message)
    except ValueError:
        raise InvalidRequest("the plan is empty or holds an unknown value", field="plan") from None


def query_of(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_QUERY:
        raise InvalidRequest(f"empty, or longer than {_LONGEST_QUERY} characters", field="query")
    return text


def texts_of(texts: Sequence[str]) -> list[str]:
    if len(texts) > _MOST_TEXTS or any(len(text) > _LONGEST_TEXT for text in texts):
        raise InvalidRequest(f"more than {_MOST_TEXTS}, or one of over {_LONGEST_TEXT} characters", field="texts")
    return list(texts)


def order_of(value: int) -> SearchOrder:
    try:
        return SearchOrder(value)
    except ValueError:
        raise InvalidRequest("no such order", field="order") from None


def limit_of(value: int, default: int, most: int) -> int:
    if value < 0:
        raise InvalidRequest("must not be negative", field="limit")
    return min(value or default, most)
