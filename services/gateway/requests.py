"""Reads requests: what a message breaks of its limits (gateway_service.proto) is InvalidRequest with the field."""

from __future__ import annotations

from collections.abc import Iterable, Sized

from google.protobuf.message import Message

from chartline.errors import InvalidRequest
from chartline.language.turns import Turn
from chartline.record.event import Instant, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.times import check_instant
from chartline.rpc.messages import instant_from_message
from chartline.v1 import encoder_service_pb2, event_pb2, gateway_service_pb2, record_service_pb2
from services.gateway.answer import Question
from services.gateway.prediction import PredictionRequest

_MAX_IDENTIFIER = 256
_MAX_QUESTION = 2_000
_MAX_ANSWER = 8_000
_MAX_TURNS = 20
_MAX_HINTS = 8
_MAX_HINT = 500
_MAX_OUTCOMES = 32
_MAX_PURPOSE = 64
_MAX_PAGE_TOKEN = 4_096


def read_question(request: gateway_service_pb2.AnswerQuestionRequest) -> Question:
    """Raises InvalidRequest."""
    _identifier(request.patient, "patient")
    _identifier(request.encounter, "encounter", required=False)
    _text(request.question, "question", _MAX_QUESTION)
    _count(request.conversation, "conversation", _MAX_TURNS)
    _count(request.hints, "hints", _MAX_HINTS)
    for turn in request.conversation:
        _text(turn.question, "conversation.question", _MAX_QUESTION, required=False)
        _text(turn.answer, "conversation.answer", _MAX_ANSWER, required=False)
        _text(turn.plan_text, "conversation.plan_text", _MAX_QUESTION, required=False)
    for hint in request.hints:
        _text(hint, "hints", _MAX_HINT)
    _text(request.purpose, "purpose", _MAX_PURPOSE, required=False)
    return Question(
        patient=request.patient,
        text=request.question.strip(),
        encounter=request.encounter,
        as_of=_instant(request, "as_of"),
        now=_instant(request, "now"),
        conversation=tuple(Turn(turn.question, turn.answer, turn.plan_text) for turn in request.conversation),
        hints=tuple(request.hints),
    )


def read_prediction(request: gateway_service_pb2.PredictOutcomesRequest) -> PredictionRequest:
    """Raises InvalidRequest."""
    _identifier(request.patient, "patient")
    _count(request.outcomes, "outcomes", _MAX_OUTCOMES)
    for outcome in request.outcomes:
        _text(outcome, "outcomes", _MAX_IDENTIFIER)
    _text(request.purpose, "purpose", _MAX_PURPOSE, required=False)
    return PredictionRequest(
        request.patient, tuple(dict.fromkeys(request.outcomes)), _instant(request, "prediction_time")
    )


def check_list_events(request: record_service_pb2.ListEventsRequest) -> None:
    """Raises InvalidRequest."""
    _identifier(request.patient, "patient")
    _identifier(request.encounter, "encounter", required=False)
    _kinds(request.kinds)
    _instant(request, "as_of")
    _page(request)


def check_list_patients(request: record_service_pb2.ListPatientsRequest) -> None:
    """Raises InvalidRequest."""
    _page(request)


def check_search(request: encoder_service_pb2.SearchEventsRequest) -> None:
    """Raises InvalidRequest."""
    _identifier(request.patient, "patient")
    _identifier(request.encounter, "encounter", required=False)
    _text(request.query, "query", _MAX_QUESTION)
    _kinds(request.kinds)
    _instant(request, "as_of")
    _not_negative(request.limit, "limit")
    if request.order not in encoder_service_pb2.SearchOrder.values():
        raise InvalidRequest("order is no SearchOrder", field="order")


def check_similar(request: encoder_service_pb2.FindSimilarPatientsRequest) -> None:
    """Raises InvalidRequest."""
    _identifier(request.patient, "patient")
    _not_negative(request.limit, "limit")


def _text(value: str, field: str, longest: int, *, required: bool = True) -> None:
    if required and not value.strip():
        raise InvalidRequest(f"{field} is missing", field=field)
    if len(value) > longest:
        raise InvalidRequest(f"{field} has more than {longest:,} characters", field=field)
    if "\0" in value:
        raise InvalidRequest(f"{field} holds a null character", field=field)


def _identifier(value: str, field: str, *, required: bool = True) -> None:
    _text(value, field, _MAX_IDENTIFIER, required=required)
    if not value.isprintable():
        raise InvalidRequest(f"{field} holds control characters", field=field)


def _count(values: Sized, field: str, most: int) -> None:
    if len(values) > most:
        raise InvalidRequest(f"{field} has more than {most} entries", field=field)


def _not_negative(value: int, field: str) -> None:
    if value < 0:
        raise InvalidRequest(f"{field} is negative", field=field)


def _page(request: record_service_pb2.ListEventsRequest | record_service_pb2.ListPatientsRequest) -> None:
    _not_negative(request.page_size, "page_size")
    _text(request.page_token, "page_token", _MAX_PAGE_TOKEN, required=False)


def _kinds(kinds: Iterable[int]) -> None:
    known = {int(kind) for kind in EventKind}
    if not known.issuperset(kinds):
        raise InvalidRequest("kinds holds no EventKind", field="kinds")


def _instant(request: Message, field: str) -> Instant | None:
    if not request.HasField(field):
        return None
    message: event_pb2.Instant = getattr(request, field)
    if message.precision not in {0, *TimePrecision}:
        raise InvalidRequest(f"{field} has no TimePrecision", field=field)
    instant = instant_from_message(message)
    try:
        check_instant(instant)
    except ValueError as error:
        raise InvalidRequest(f"{field}: {error}", field=field) from None
    return instant
