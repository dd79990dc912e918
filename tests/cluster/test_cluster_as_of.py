"""An answer as of a time is the same, byte for byte, before and after the record learns more."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice

import pytest
from cluster_parts import Cluster, spoken

from chartline.commands.ask import last_of, status_name
from chartline.commands.load import load_messages
from chartline.local.client import Client
from chartline.record.event import RETRACTIONS, CanonicalRecord, Event, Instant, Quantity
from chartline.record.linking import SERIES_KINDS
from chartline.record.versions import is_known
from chartline.rpc.messages import instant_to_message, record_to_message
from chartline.sources.files import Message
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, FinalAnswer
from services.ingest.parsers import parse

pytestmark = pytest.mark.cluster

QUESTIONS = (
    "What was the last {} of the patient?",
    "When was the first {} measured?",
    "How many times was {} measured?",
    "What was the highest {} on the first hospital visit?",
    "Has the patient had any {} test?",
    "What is the patient's age?",
    "What drugs were prescribed to the patient?",
    "When was the patient discharged?",
)

#: Whom, what and as of when.
Triple = tuple[str, str, Instant]


def as_messages(records: list[CanonicalRecord]) -> Iterator[Message]:
    for record in records:
        if record.events or record.definitions or record.links:
            patient = record.events[0].patient if record.events else ""
            yield Message("events", record_to_message(record).SerializeToString(), patient)


def known_events(records: list[CanonicalRecord]) -> dict[str, list[Event]]:
    events: dict[str, list[Event]] = {}
    for record in records:
        for event in record.events:
            events.setdefault(event.patient, []).append(event)
    return dict(sorted(events.items()))


def moments(events: dict[str, list[Event]], dice: random.Random) -> dict[str, Instant]:
    """One time for every patient, so that its later events can be held back."""
    return {
        patient: dice.choice([e.available_time for e in known if e.available_time is not None])
        for patient, known in events.items()
    }


def triples(
    events: dict[str, list[Event]], times: dict[str, Instant], number: int, dice: random.Random
) -> Iterator[Triple]:
    for patient in islice(cycle(events), number):
        names = [spoken(e.name) for e in events[patient] if e.kind in SERIES_KINDS] or ["sodium"]
        yield patient, dice.choice(QUESTIONS).format(dice.choice(names)), times[patient]


def divided(
    records: list[CanonicalRecord], times: dict[str, Instant], dice: random.Random
) -> tuple[list[CanonicalRecord], list[CanonicalRecord]]:
    """What was known at each patient's time, and what came later, with other numbers than it had."""
    early, late = [], []
    for record in records:
        known = tuple(e for e in record.events if is_known(e, times[e.patient]) or e.status in RETRACTIONS)
        later = tuple(
            replace(e, quantity=Quantity(str(dice.randrange(10_000)), e.quantity.unit) if e.quantity else None)
            for e in record.events
            if e not in known
        )
        early.append(replace(record, events=known))
        late.append(CanonicalRecord(record.record_id, events=later))
    return early, late


def said(client: Client, triple: Triple) -> FinalAnswer:
    """The whole answer without the ids and the usage of the call."""
    patient, question, as_of = triple
    request = AnswerQuestionRequest(patient=patient, question=question, as_of=instant_to_message(as_of))
    final: FinalAnswer = last_of(client.gateway.AnswerQuestion(request, timeout=120))
    final.ClearField("usage")
    final.ClearField("request_id")
    return final


def as_bytes(final: FinalAnswer) -> bytes:
    return final.SerializeToString(deterministic=True)


def compare(cluster: Cluster, hospital: list[Message], tenant: str, number: int) -> None:
    dice = random.Random(3)
    records = [parse(m.format, m.payload) for m in hospital]
    events = known_events(records)
    times = moments(events, dice)
    asked = list(triples(events, times, number, dice))
    early, late = divided(records, times, dice)
    with cluster.client(tenant) as client:
        load_messages(client, as_messages(early), wait=True)
        before = [said(client, triple) for triple in asked]
        assert load_messages(client, as_messages(late), wait=True)["events"] > 20 * len(asked)
        after = [said(client, triple) for triple in asked]
    assert list(map(as_bytes, after)) == list(map(as_bytes, before))
    statuses = Counter(map(status_name, before))
    assert statuses["ANSWERED"] >= number // 2, statuses
    assert {f.reason for f in before if status_name(f) == "UNAVAILABLE"} <= {"PLAN_INVALID"}, "nothing was late"


@pytest.mark.timeout(900)
def test_a_later_record_changes_no_byte_of_an_answer(cluster: Cluster, hospital: list[Message]) -> None:
    compare(cluster, hospital, "as-of", 12)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_later_record_changes_no_byte_of_many_answers(cluster: Cluster, hospital: list[Message]) -> None:
    compare(cluster, hospital, "as-of-often", 60)
