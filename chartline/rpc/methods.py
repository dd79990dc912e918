"""What each rpc demands and may take: the scope of its caller, its time where the caller sets none, safe repetition.

The boundary interceptor reads it on the way in, the channels' retry policy on the way out. A test holds it against the
contract: every rpc has its line.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`seconds` is the deadline of a caller that names none. `retried`: a client may repeat it after UNAVAILABLE."""

    scope: str
    seconds: float
    retried: bool = True


#: Standard services that probes and tools call without a token.
OPEN_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})

_GATEWAY = "/chartline.v1.GatewayService/"
_INGEST = "/chartline.v1.IngestService/"
_RECORD = "/chartline.v1.RecordService/"
_ENCODER = "/chartline.v1.EncoderService/"

RULES: dict[str, Rule] = {
    # A repeated question is answered again at full price, so only its asker decides about that (request_id).
    _GATEWAY + "AnswerQuestion": Rule("ask", 60.0, retried=False),
    _GATEWAY + "PredictOutcomes": Rule("predict", 10.0),
    _GATEWAY + "ListEvents": Rule("read", 5.0),
    _GATEWAY + "ListPatients": Rule("read", 5.0),
    _GATEWAY + "SearchEvents": Rule("read", 5.0),
    _GATEWAY + "FindSimilarPatients": Rule("read", 5.0),
    _GATEWAY + "GetModelInfo": Rule("read", 5.0),
    _INGEST + "GetIngestStatus": Rule("ingest", 10.0),
    _INGEST + "SubmitRecords": Rule("ingest", 60.0),
    # Whoever they are about: an operator's own token alone has the scope.
    _INGEST + "ListDeadLetters": Rule("operator", 60.0),
    _INGEST + "GetDeadLetter": Rule("operator", 60.0),
    _INGEST + "ReplayDeadLetters": Rule("operator", 3600.0, retried=False),
    _INGEST + "EraseDeadLetters": Rule("operator", 600.0),
    _INGEST + "ReplayRecords": Rule("operator", 3600.0, retried=False),
    _INGEST + "CountSentRecords": Rule("operator", 600.0),
    _RECORD + "AppendEvents": Rule("internal", 60.0),
    _RECORD + "ListEvents": Rule("internal", 5.0),
    _RECORD + "ListPatients": Rule("internal", 5.0),
    _RECORD + "ExecutePlan": Rule("internal", 10.0),
    _RECORD + "GetRecordCounts": Rule("internal", 10.0),
    # No service may: an operator's own token alone has the scope. A second time there is nothing left to erase.
    _RECORD + "EraseChart": Rule("operator", 60.0, retried=False),
    _ENCODER + "SearchEvents": Rule("internal", 5.0),
    _ENCODER + "EncodePatient": Rule("internal", 30.0),
    _ENCODER + "ReadChart": Rule("internal", 30.0),
    _ENCODER + "FindSimilarPatients": Rule("internal", 5.0),
}
