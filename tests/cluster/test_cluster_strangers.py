"""Random valid and mutated calls of one tenant, armed with another's ids and tokens: no byte of the other comes out."""

import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from cluster_parts import Cluster, heart_rate, messages, patient
from google.protobuf.message import Message as Protobuf

from chartline.commands.load import load_messages
from chartline.local.client import Client
from chartline.rpc.methods import RULES
from chartline.sources.hospital import encode
from chartline.v1.encoder_service_pb2 import (
    EncodePatientRequest,
    FindSimilarPatientsRequest,
    ReadChartRequest,
    SearchEventsRequest,
)
from chartline.v1.event_pb2 import Instant
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, GetModelInfoRequest, PredictOutcomesRequest
from chartline.v1.ingest_service_pb2 import (
    CountSentRecordsRequest,
    DeadLetterFilter,
    EraseDeadLettersRequest,
    GetDeadLetterRequest,
    GetIngestStatusRequest,
    ListDeadLettersRequest,
    ReplayDeadLettersRequest,
    ReplayRecordsRequest,
    SourceRecord,
    SubmitRecordsRequest,
)
from chartline.v1.record_service_pb2 import (
    AppendEventsRequest,
    EraseChartRequest,
    ExecutePlanRequest,
    GetRecordCountsRequest,
    ListEventsRequest,
    ListPatientsRequest,
)

pytestmark = pytest.mark.cluster

#: Stands in every event of the other tenant and in no request.
MARK = b"zebrafinch"
OTHERS = ("p001", "zf-1", "zf-2")
NEVER = {"UNKNOWN", "INTERNAL"}
#: How often each rpc is called, 20 where nothing stands: answers take the model's time, replays Kafka's, internal rpcs
#: refuse all.
WEIGHTS = {"AnswerQuestion": 1, "PredictOutcomes": 4, "SubmitRecords": 4}
INTERNAL, OPERATOR = 3, 1


@dataclass(frozen=True)
class Arms:
    """What the caller has got hold of: its own and the other tenant's tokens, patients, page tokens, loads.

    `operator` is the token of an operator of its own tenant.
    """

    tokens: tuple[str, str]
    operator: str
    patients: tuple[str, ...]
    page_tokens: tuple[str, ...]
    load_ids: tuple[str, ...]
    event_keys: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    method: str
    data: bytes
    token: str


def marked(number: int, of: str) -> dict[str, Any]:
    return heart_rate(number, of, code={"coding": [{"display": f"Heart rate {MARK.decode()} {number}"}]})


def load_other(client: Client) -> str:
    """The other tenant's records; one patient has the id of a patient of the first tenant. Returns the load's id."""
    names = [{**patient(name), "name": [{"family": MARK.decode()}]} for name in OTHERS]
    facts = [marked(n, OTHERS[n % len(OTHERS)]) for n in range(90)]
    return str(load_messages(client, messages([*names, *facts]), wait=True)["load_id"])


def page_tokens(client: Client) -> Iterator[str]:
    yield client.gateway.ListPatients(ListPatientsRequest(page_size=1), timeout=30).next_page_token
    for name in ("p001", OTHERS[1]):
        request = ListEventsRequest(patient=f"Patient/{name}", page_size=3)
        try:
            yield client.gateway.ListEvents(request, timeout=30).next_page_token
        except grpc.RpcError:
            continue


def requests(arms: Arms, dice: random.Random) -> dict[str, Protobuf]:
    """One valid request of every rpc, by the rpc's path."""
    who, page, load = dice.choice(arms.patients), dice.choice(arms.page_tokens), dice.choice(arms.load_ids)
    question = dice.choice(("What was the last heart rate?", f"When was {dice.choice(arms.event_keys)} recorded?"))
    own = encode(heart_rate(dice.randrange(500), "own-1"))
    listing = ListEventsRequest(patient=who, page_size=dice.randrange(5), page_token=dice.choice(("", page)))
    patients = ListPatientsRequest(page_size=dice.randrange(5), page_token=dice.choice(("", page)))
    search, similar = SearchEventsRequest(patient=who, query="heart rate"), FindSimilarPatientsRequest(patient=who)
    every: dict[str, list[Protobuf]] = {
        "GatewayService": [
            AnswerQuestionRequest(patient=who, question=question, request_id=str(uuid.UUID(int=dice.randrange(9)))),
            PredictOutcomesRequest(patient=who),
            listing,
            patients,
            search,
            similar,
            GetModelInfoRequest(),
        ],
        "IngestService": [
            GetIngestStatusRequest(load_id=load),
            SubmitRecordsRequest(records=[SourceRecord(format="fhir", payload=own)], load_id=load),
            ListDeadLettersRequest(page_size=dice.randrange(5), page_token=dice.choice(("", page))),
            GetDeadLetterRequest(id=dice.choice(("0-0", "0-1", load)), purpose="test"),
            ReplayDeadLettersRequest(filter=DeadLetterFilter(load_id=load)),
            EraseDeadLettersRequest(identifiers=[OTHERS[1]]),
            ReplayRecordsRequest(start=Instant(unix_micros=1), end=Instant(unix_micros=2), dry_run=True),
            CountSentRecordsRequest(load_id=load),
        ],
        "RecordService": [
            AppendEventsRequest(),
            listing,
            patients,
            ExecutePlanRequest(patient=who),
            GetRecordCountsRequest(load_id=load),
            EraseChartRequest(patient=dice.choice((f"Patient/{OTHERS[1]}", OTHERS[2]))),
        ],
        "EncoderService": [search, EncodePatientRequest(patient=who), ReadChartRequest(patient=who), similar],
    }
    return {
        f"/chartline.v1.{service}/{type(request).__name__.removesuffix('Request')}": request
        for service, made in every.items()
        for request in made
    }


def mutated(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(changed) + 1)
        changed[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(4))
    return bytes(changed)


def forged(arms: Arms, dice: random.Random) -> str:
    """Made of pieces of both tokens, or one with a changed letter: the other tenant's claims, the own signature."""
    own, other = (token.split(".") for token in arms.tokens)
    if dice.random() < 0.5:
        return ".".join(dice.choice(pieces) for pieces in zip(own, other, strict=True))
    at = dice.randrange(len(arms.tokens[1]) - 12)  # the last letters of base64 may carry no bit
    letter = "A" if arms.tokens[1][at] != "A" else "B"
    return arms.tokens[1][:at] + letter + arms.tokens[1][at + 1 :]


def calls(arms: Arms, number: int) -> Iterator[Call]:
    dice = random.Random(11)
    methods = list(RULES)
    rare = {"internal": INTERNAL, "operator": OPERATOR}
    weights = [rare.get(RULES[method].scope, WEIGHTS.get(method.rpartition("/")[2], 20)) for method in methods]
    for _ in range(number):
        method = dice.choices(methods, weights)[0]
        data = requests(arms, dice)[method].SerializeToString()
        form = dice.random()
        data = data if form < 0.5 else mutated(data, dice) if form < 0.9 else dice.randbytes(dice.randrange(80))
        token = arms.operator if RULES[method].scope == "operator" and dice.random() < 0.7 else arms.tokens[0]
        if dice.random() < 0.15:
            token = forged(arms, dice)
        yield Call(method, data, arms.tokens[0] if token == arms.tokens[1] else token)


def ending(channels: dict[str, grpc.Channel], call: Call) -> tuple[str, bytes]:
    """The status and every byte that came back, details and trailing metadata among them."""
    channel = channels[call.method.split("/")[1].rpartition(".")[2]]
    running = channel.unary_stream(call.method)(
        call.data, metadata=(("authorization", f"Bearer {call.token}"),), timeout=60
    )
    received = bytearray()
    try:
        for message in running:
            received += message
    except grpc.RpcError:
        pass
    trailing = json.dumps([[key, repr(value)] for key, value in running.trailing_metadata() or ()])
    return running.code().name, bytes(received) + f"{running.details()}{trailing}".encode()


def barrage(cluster: Cluster, number: int) -> None:
    with cluster.client("neighbour") as other:
        other_load = load_other(other)
        keys = [e.event_key for e in other.events(ListEventsRequest(patient=f"Patient/{OTHERS[1]}"))]
        other_tokens = tuple(page_tokens(other))
    with cluster.client("hospital") as own:
        arms = Arms(
            tokens=(cluster.home.token("hospital"), cluster.home.token("neighbour")),
            operator=cluster.home.operator_token("hospital"),
            patients=("Patient/p001", "Patient/p002", "p003", *(f"Patient/{n}" for n in OTHERS), "zf-1", keys[0], ""),
            page_tokens=(*other_tokens, *page_tokens(own)),
            load_ids=(other_load, uuid.uuid4().hex),
            event_keys=tuple(keys[:5]),
        )
        channels = {
            "GatewayService": grpc.insecure_channel(own.endpoints.gateway),
            "IngestService": grpc.insecure_channel(own.endpoints.ingest),
            "RecordService": grpc.insecure_channel(own.endpoints.encoder),
            "EncoderService": grpc.insecure_channel(own.endpoints.encoder),
        }
        one: Callable[[Call], tuple[Call, str, bytes]] = lambda call: (call, *ending(channels, call))  # noqa: E731
        statuses: Counter[str] = Counter()
        with ThreadPoolExecutor(8) as pool:
            for call, status, received in pool.map(one, calls(arms, number)):
                statuses[status] += 1
                assert status not in NEVER, (call, received)
                assert MARK not in received, call
                leaked = [key for key in keys if key.encode() in received and key.encode() not in call.data]
                assert not leaked, call
        for channel in channels.values():
            channel.close()
    with cluster.client("neighbour") as other:
        assert [e.event_key for e in other.events(ListEventsRequest(patient=f"Patient/{OTHERS[1]}"))] == keys
    assert statuses["OK"] > number / 10, statuses
    assert {"INVALID_ARGUMENT", "NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED"} <= statuses.keys(), statuses
    print(f"{number} calls: {dict(statuses)}")


@pytest.mark.timeout(900)
def test_another_tenants_bytes_never_come_out(cluster: Cluster, client: Client) -> None:
    barrage(cluster, 1000)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_another_tenants_bytes_never_come_out_of_many_calls(cluster: Cluster, client: Client) -> None:
    barrage(cluster, 10_000)
