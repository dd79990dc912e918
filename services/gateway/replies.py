"""Writes replies: the gateway's domain objects as protobuf messages."""

from collections.abc import Iterable

from chartline.record.event import Instant, Source
from chartline.rpc.messages import concept_to_message, instant_to_message, plan_to_message, value_to_message
from chartline.v1 import event_pb2, gateway_service_pb2
from services.gateway.answer import AnswerMessage, Citation, Final, Piece, Spent, Summary
from services.gateway.model_info import ModelCard
from services.gateway.prediction import Prediction, Predictions


def answer_message(
    message: AnswerMessage, sequence: int, request_id: str
) -> gateway_service_pb2.AnswerQuestionResponse:
    """One message of the stream; `request_id` is quoted by the final one."""
    response = gateway_service_pb2.AnswerQuestionResponse(sequence=sequence)
    if isinstance(message, Summary):
        response.summary.CopyFrom(_summary(message))
    elif isinstance(message, Piece):
        response.text = message.text
    elif isinstance(message, Citation):
        response.citation.CopyFrom(_citation(message))
    else:
        response.final.CopyFrom(_final(message, request_id))
    return response


def _instant(instant: Instant | None) -> event_pb2.Instant | None:
    return instant_to_message(instant) if instant else None


def _summary(summary: Summary) -> gateway_service_pb2.RetrievalSummary:
    return gateway_service_pb2.RetrievalSummary(
        now=instant_to_message(summary.now),
        as_of=_instant(summary.as_of),
        events_searched=summary.events_searched,
        plan=plan_to_message(summary.plan) if summary.plan else None,
        concepts=[concept_to_message(concept) for concept in summary.concepts],
        plan_text=summary.plan_text,
    )


def _source(source: Source) -> event_pb2.Source:
    return event_pb2.Source(format=source.format, system=source.system, record_id=source.record_id)


def _citation(citation: Citation) -> gateway_service_pb2.Citation:
    return gateway_service_pb2.Citation(
        event_key=citation.event_key,
        source=_source(citation.source),
        time=_instant(citation.time),
        sentence=citation.sentence,
        passage=citation.passage,
    )


def _usage(spent: Spent) -> gateway_service_pb2.Usage:
    return gateway_service_pb2.Usage(
        prefix_tokens=spent.prefix_tokens,
        reused_tokens=spent.reused_tokens,
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        step_times=gateway_service_pb2.StepTimes(**{step: round(1e6 * s) for step, s in spent.seconds.items()}),
    )


def _final(final: Final, request_id: str) -> gateway_service_pb2.FinalAnswer:
    return gateway_service_pb2.FinalAnswer(
        status=gateway_service_pb2.AnswerStatus.ValueType(final.status),
        text=final.text,
        values=[value_to_message(value) for value in final.values],
        citations=[_citation(citation) for citation in final.citations],
        usage=_usage(final.spent),
        model_versions=final.spent.model_versions,
        replaced_sentences=final.spent.replaced_sentences,
        reason=final.reason,
        now=_instant(final.now),
        request_id=request_id,
    )


def predictions_message(predictions: Predictions) -> gateway_service_pb2.PredictOutcomesResponse:
    return gateway_service_pb2.PredictOutcomesResponse(
        predictions=[_prediction(prediction) for prediction in predictions.predictions],
        prediction_time=_instant(predictions.prediction_time),
    )


def _prediction(prediction: Prediction) -> gateway_service_pb2.Prediction:
    return gateway_service_pb2.Prediction(
        outcome=prediction.outcome,
        probability=prediction.probability,
        contributions=[
            gateway_service_pb2.Contribution(feature=c.words, log_odds=c.log_odds, event_keys=c.event_keys)
            for c in prediction.contributions
        ],
        model_version=prediction.model_version,
        abstained_reason=prediction.abstained_reason,
        interval_low=prediction.interval[0],
        interval_high=prediction.interval[1],
        calibration=prediction.calibration,
        explained_by=prediction.explained_by,
        card_id=prediction.card_id,
    )


def models_message(cards: Iterable[ModelCard]) -> gateway_service_pb2.GetModelInfoResponse:
    models = [
        gateway_service_pb2.ModelInfo(
            name=card.name, version=card.version, card=card.card, outcomes=card.outcomes, card_id=card.card_id
        )
        for card in cards
    ]
    return gateway_service_pb2.GetModelInfoResponse(models=models)
