"""RecordService and EncoderService: a message in, one call in a worker thread, a message out."""

from typing import Any

from chartline.language.blocks import Block
from chartline.rpc.auth import current_caller
from chartline.rpc.messages import event_to_message, events_to_bytes, instant_to_message, result_to_message
from chartline.rpc.paging import PageTokens, page_size
from chartline.rpc.server import Service
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import encoder_service_pb2_grpc, record_service_pb2_grpc
from chartline.v1 import record_service_pb2 as record_pb2
from services.encoder.reading import Prefix, Shown
from services.encoder.record.outcomes import Outcome, RecordCounts
from services.encoder.requests import (
    deliveries_of,
    filter_of,
    instant_of,
    label_of,
    limit_of,
    order_of,
    patient_of,
    plan_of,
    query_of,
    texts_of,
)
from services.encoder.search import Hit
from services.encoder.shard import LoadingShard
from services.encoder.vectors import SentenceVectors


class RecordServicer(record_service_pb2_grpc.RecordServiceServicer):
    def __init__(self, shard: LoadingShard, tokens: PageTokens) -> None:
        self._shard = shard
        self._tokens = tokens

    async def AppendEvents(self, request: Any, context: Any) -> record_pb2.AppendEventsResponse:
        shard, tenant = self._shard(), current_caller().tenant
        outcomes = await shard.write(lambda: shard.keeper.append(tenant, deliveries_of(request)))
        return record_pb2.AppendEventsResponse(outcomes=[record_pb2.RecordOutcome.ValueType(o) for o in outcomes])

    async def ListEvents(self, request: Any, context: Any) -> record_pb2.ListEventsResponse:
        shard = self._shard()
        events, place = await shard.read(
            shard.reader.list_events,
            current_caller().tenant,
            patient_of(request.patient),
            filter_of(request.kinds, request.encounter),
            instant_of(request, "as_of"),
            request.include_withdrawn,
            self._tokens.position(request),
            page_size(request),
        )
        messages = [event_to_message(event) for event in events]
        return record_pb2.ListEventsResponse(events=messages, next_page_token=self._tokens.issue(request, place))

    async def ListPatients(self, request: Any, context: Any) -> record_pb2.ListPatientsResponse:
        size, after = page_size(request), self._tokens.position(request)
        shard = self._shard()
        found = await shard.read(shard.store.list_patients, current_caller().tenant, after, size + 1)
        page = found[:size]
        token = self._tokens.issue(request, page[-1][0].canonical) if len(found) > size else ""
        summaries = [
            record_pb2.PatientSummary(patient=patient.canonical, identifiers=patient.identifiers, events=events)
            for patient, events in page
        ]
        return record_pb2.ListPatientsResponse(patients=summaries, next_page_token=token)

    async def ExecutePlan(self, request: Any, context: Any) -> record_pb2.ExecutePlanResponse:
        shard = self._shard()
        result = await shard.read(
            shard.reader.execute,
            current_caller().tenant,
            patient_of(request.patient),
            plan_of(request.plan),
            instant_of(request, "as_of"),
            instant_of(request, "now"),
            request.encounter,
        )
        return result_to_message(result)

    async def GetRecordCounts(self, request: Any, context: Any) -> record_pb2.GetRecordCountsResponse:
        shard, load_id = self._shard(), label_of(request.load_id, "load_id")
        counts = await shard.read(shard.store.counts, current_caller().tenant, load_id)
        return _counts_message(counts)

    async def EraseChart(self, request: Any, context: Any) -> record_pb2.EraseChartResponse:
        shard, caller = self._shard(), current_caller()
        erasure = await shard.write(shard.keeper.erase, caller.tenant, patient_of(request.patient), caller.person)
        gone = sorted(erasure.patient.identifiers)
        return record_pb2.EraseChartResponse(events=erasure.events, identifiers=len(gone), erased_identifiers=gone)


class EncoderServicer(encoder_service_pb2_grpc.EncoderServiceServicer):
    def __init__(self, shard: LoadingShard) -> None:
        self._shard = shard

    async def SearchEvents(self, request: Any, context: Any) -> encoder_pb2.SearchEventsResponse:
        shard = self._shard()
        hits = await shard.read(
            shard.reader.search,
            current_caller().tenant,
            patient_of(request.patient),
            query_of(request.query),
            filter_of(request.kinds, request.encounter),
            instant_of(request, "as_of"),
            order_of(request.order),
            limit_of(request.limit, 10, 200),
        )
        return encoder_pb2.SearchEventsResponse(hits=[_hit_message(hit) for hit in hits])

    async def EncodePatient(self, request: Any, context: Any) -> encoder_pb2.EncodePatientResponse:
        shard = self._shard()
        prefix = await shard.read(
            shard.reader.prefix,
            current_caller().tenant,
            patient_of(request.patient),
            instant_of(request, "as_of"),
            texts_of(request.texts),
        )
        return await shard.read(_prefix_message, shard.vectors, prefix, request.content_from_block)

    async def ReadChart(self, request: Any, context: Any) -> encoder_pb2.ReadChartResponse:
        shard = self._shard()
        shown = await shard.read(
            shard.reader.chart, current_caller().tenant, patient_of(request.patient), instant_of(request, "as_of")
        )
        return await shard.read(_chart_message, shown)

    async def FindSimilarPatients(self, request: Any, context: Any) -> encoder_pb2.FindSimilarPatientsResponse:
        shard = self._shard()
        neighbours = await shard.read(
            shard.similar.find,
            current_caller().tenant,
            patient_of(request.patient),
            limit_of(request.limit, 10, 100),
        )
        return encoder_pb2.FindSimilarPatientsResponse(
            patients=[
                encoder_pb2.SimilarPatient(patient=n.patient, score=n.score, shared_concepts=n.shared_concepts)
                for n in neighbours
            ]
        )


def services_of(shard: LoadingShard, tokens: PageTokens) -> list[Service]:
    """Both services, ready for one server."""
    return [
        Service(
            "chartline.v1.RecordService",
            record_service_pb2_grpc.add_RecordServiceServicer_to_server,
            RecordServicer(shard, tokens),
        ),
        Service(
            "chartline.v1.EncoderService",
            encoder_service_pb2_grpc.add_EncoderServiceServicer_to_server,
            EncoderServicer(shard),
        ),
    ]


def _prefix_message(vectors: SentenceVectors, prefix: Prefix, content_from: int) -> encoder_pb2.EncodePatientResponse:
    last = prefix.last_available_time
    return encoder_pb2.EncodePatientResponse(
        blocks=[_block_message(vectors, block, i >= content_from) for i, block in enumerate(prefix.blocks)],
        encoder_version=vectors.version,
        patient=prefix.patient,
        last_available_time=None if last is None else instant_to_message(last),
        names=prefix.names,
    )


def _chart_message(shown: Shown) -> encoder_pb2.ReadChartResponse:
    as_of = None if shown.as_of is None else instant_to_message(shown.as_of)
    return encoder_pb2.ReadChartResponse(chart=events_to_bytes(shown.events), as_of=as_of)


def _block_message(vectors: SentenceVectors, block: Block, with_content: bool) -> encoder_pb2.PrefixBlock:
    message = encoder_pb2.PrefixBlock(digest=block.digest, events=len(block.events))
    if with_content:
        message.event_embeddings = vectors.of(block.sentences).astype("<f4").tobytes()
        message.channels = block.channels.astype("<f4").tobytes()
    return message


def _hit_message(hit: Hit) -> encoder_pb2.SearchHit:
    return encoder_pb2.SearchHit(event=event_to_message(hit.event), score=hit.score, passage=hit.passage)


def _counts_message(counts: RecordCounts) -> record_pb2.GetRecordCountsResponse:
    return record_pb2.GetRecordCountsResponse(
        indexed=counts.records[Outcome.INDEXED],
        duplicates=counts.records[Outcome.DUPLICATE],
        without_events=counts.records[Outcome.WITHOUT_EVENTS],
        dead_lettered=counts.records[Outcome.DEAD_LETTERED],
        events=counts.events,
        reasons=dict(counts.reasons),
        pending_embeddings=counts.pending_embeddings,
        patients=counts.patients,
        unresolved_references=counts.unresolved_references,
        updated=counts.records[Outcome.UPDATED],
        deleted=counts.records[Outcome.DELETED],
        merged=counts.records[Outcome.MERGED],
        leftovers=dict(counts.leftovers),
    )
