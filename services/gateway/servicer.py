"""The gateway on the wire: protobuf in, one call of the domain, protobuf out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from chartline.rpc.audit import AuditTrail
from chartline.rpc.context import current_request_id
from chartline.rpc.idempotency import Replays
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1 import record_service_pb2 as record_pb2
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceServicer
from services.gateway import replies, requests
from services.gateway.answer import Question
from services.gateway.answering import Answering
from services.gateway.auditing import audited, audited_answer
from services.gateway.encoder_client import EncoderClient
from services.gateway.metering import counted, metered
from services.gateway.model_info import ModelCatalogue
from services.gateway.prediction import PredictionRequest, Predictor


class GatewayServicer(GatewayServiceServicer):
    """Errors of the domain become statuses at the boundary; a repeated `request_id` is replayed, not answered anew."""

    def __init__(
        self,
        answering: Answering,
        predictor: Predictor,
        encoder: EncoderClient,
        catalogue: ModelCatalogue,
        trail: AuditTrail,
    ) -> None:
        self._answering = answering
        self._predictor = predictor
        self._encoder = encoder
        self._catalogue = catalogue
        self._trail = trail
        self._replays = Replays(self._still_there)

    async def AnswerQuestion(
        self, request: pb.AnswerQuestionRequest, context: Any
    ) -> AsyncGenerator[pb.AnswerQuestionResponse, None]:
        question = requests.read_question(request)
        answer = self._replays.stream(request, partial(self._answer, question), keep=_is_worth_keeping)
        audited_messages = audited_answer(self._trail, question.patient, request.purpose, answer)
        async with aclosing(counted(audited_messages)) as messages:
            async for message in messages:
                yield message

    async def _answer(self, question: Question) -> AsyncGenerator[pb.AnswerQuestionResponse, None]:
        sequence = 0
        async with aclosing(metered(self._answering.answer(question))) as messages:
            async for message in messages:
                yield replies.answer_message(message, sequence, current_request_id())
                sequence += 1

    async def PredictOutcomes(self, request: pb.PredictOutcomesRequest, context: Any) -> pb.PredictOutcomesResponse:
        wanted = requests.read_prediction(request)
        with audited(self._trail, wanted.patient, request.purpose) as read:
            response = await self._replays.unary(request, partial(self._predict, wanted))
            read.model_versions = {p.model_version: p.card_id for p in response.predictions}
            read.event_keys = [key for p in response.predictions for c in p.contributions for key in c.event_keys]
            return response

    async def _predict(self, wanted: PredictionRequest) -> pb.PredictOutcomesResponse:
        return replies.predictions_message(await self._predictor.predict(wanted))

    async def _still_there(self, request: pb.AnswerQuestionRequest | pb.PredictOutcomesRequest) -> None:
        """Raises NotFound of a patient who was erased after the answer was kept."""
        await self._encoder.list_events(record_pb2.ListEventsRequest(patient=request.patient, page_size=1))

    async def ListEvents(self, request: record_pb2.ListEventsRequest, context: Any) -> record_pb2.ListEventsResponse:
        requests.check_list_events(request)
        with audited(self._trail, request.patient) as read:
            response = await self._encoder.list_events(request)
            read.event_keys = [event.event_key for event in response.events]
            return response

    async def ListPatients(
        self, request: record_pb2.ListPatientsRequest, context: Any
    ) -> record_pb2.ListPatientsResponse:
        requests.check_list_patients(request)
        with audited(self._trail, patient=""):
            return await self._encoder.list_patients(request)

    async def SearchEvents(
        self, request: encoder_pb2.SearchEventsRequest, context: Any
    ) -> encoder_pb2.SearchEventsResponse:
        requests.check_search(request)
        with audited(self._trail, request.patient) as read:
            response = await self._encoder.search(request)
            read.event_keys = [hit.event.event_key for hit in response.hits]
            return response

    async def FindSimilarPatients(
        self, request: encoder_pb2.FindSimilarPatientsRequest, context: Any
    ) -> encoder_pb2.FindSimilarPatientsResponse:
        requests.check_similar(request)
        with audited(self._trail, request.patient) as read:
            response = await self._encoder.similar(request)
            read.others = [other.patient for other in response.patients]
            return response

    async def GetModelInfo(self, request: pb.GetModelInfoRequest, context: Any) -> pb.GetModelInfoResponse:
        return replies.models_message(await self._catalogue.describe())


def _is_worth_keeping(last: pb.AnswerQuestionResponse) -> bool:
    """A failure is tried again by the next call."""
    return last.final.status != pb.ANSWER_STATUS_UNAVAILABLE
