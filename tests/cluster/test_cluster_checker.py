"""Answers that the model wrote and the gateway let out pass the checker again; made wrong, none of them does."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, permutations

import grpc
import pytest
from cluster_parts import Cluster, spoken

from chartline.language.dates import show
from chartline.language.verification import checked_answer
from chartline.local.client import Client
from chartline.record.fields import Form
from chartline.record.plan import QueryPlan
from chartline.record.result import PlanResult
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.messages import event_from_message, plan_from_message, result_from_message
from chartline.v1.event_pb2 import EVENT_KIND_LABORATORY, EVENT_KIND_VITAL, Instant
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest
from chartline.v1.record_service_pb2 import ExecutePlanRequest, ListEventsRequest
from chartline.v1.record_service_pb2_grpc import RecordServiceStub
from tests.language.mutators import World, mutations

pytestmark = pytest.mark.cluster

QUESTIONS = (
    "What was the last {} of the patient?",
    "When was {} first measured?",
    "How many times was {} measured?",
    "What was the highest {} during the last hospital visit?",
    "What was the average {} of the patient?",
    "List the {} values of the patient during the first hospital visit.",
    "Has {} ever been measured?",
    "What was the difference between the last and the first {}?",
)

#: Draws of the mutators for each answer.
SEEDS = 8
#: Few charts, each read once: the model's time is for answers.
PATIENTS = 8
SERIES = (EVENT_KIND_LABORATORY, EVENT_KIND_VITAL)


@dataclass(frozen=True)
class Said:
    """What the gateway said, and what the record returned for the plan behind it."""

    patient: str
    question: str
    text: str
    plan: QueryPlan
    result: PlanResult


class Asker:
    """Asks through the gateway and executes the answer's plan again, as the gateway did."""

    def __init__(self, client: Client, channel: grpc.Channel) -> None:
        self._client = client
        self._record = RecordServiceStub(channel)
        self._tokens = ServiceTokens(client.home.keys().service_key_file, "gateway")

    def ask(self, patient: str, question: str, as_of: Instant | None = None) -> Said | None:
        """None where nothing was planned or the model's words were replaced by rule."""
        request = AnswerQuestionRequest(patient=patient, question=question, as_of=as_of)
        messages = list(self._client.gateway.AnswerQuestion(request, timeout=120))
        summary, final = messages[0].summary, messages[-1].final
        if not summary.HasField("plan") or not final.values or final.replaced_sentences:
            return None
        executed = self._record.ExecutePlan(
            ExecutePlanRequest(patient=patient, plan=summary.plan, as_of=as_of, now=final.now),
            metadata=self._tokens.metadata(self._client.tenant),
            timeout=30,
        )
        return Said(patient, question, final.text, plan_from_message(summary.plan), result_from_message(executed))

    def world(self, said: Said, dice: random.Random) -> World:
        """Names that the answer holds, and numbers and times of the same chart that it does not."""
        events = [
            event_from_message(e) for e in self._client.events(ListEventsRequest(patient=said.patient)) if e.display
        ]
        names = {c.concept for c in said.result.concepts} | {e.name for e in said.result.events}
        numbers = {e.quantity.value for e in events if e.quantity and e.quantity.value not in said.text}
        times = {show(e.time) for e in events if e.time and len(show(e.time)) == 16 and show(e.time) not in said.text}
        plain = sorted(n for n in numbers if n.replace(".", "", 1).isdigit())
        return World(
            names=tuple(sorted(n for n in names if n and n in said.text)),
            other_numbers=tuple(dice.sample(plain, min(3, len(plain)))),
            other_times=tuple(dice.sample(sorted(times), min(3, len(times)))),
            boolean=isinstance(said.result.values[0].form, bool),
        )


def asked(client: Client, number: int) -> Iterator[tuple[str, str]]:
    dice = random.Random(2)
    patients = [summary.patient for summary in client.patients()][:PATIENTS]
    for place in range(number):
        patient = patients[place % len(patients)]
        request = ListEventsRequest(patient=patient, kinds=SERIES)
        names = [spoken(e.display) for e in client.events(request) if e.HasField("quantity")]
        if names:
            yield patient, dice.choice(QUESTIONS).format(dice.choice(names))


def check_mutations(asker: Asker, said: list[Said]) -> Counter[str]:
    """How many wrong answers of each kind were tried; none may leave."""
    dice, tried, missed = random.Random(4), Counter[str](), []
    for number, answer in enumerate(said):
        checked = checked_answer(answer.plan, answer.result, answer.question, answer.text)
        assert checked.text == answer.text, answer
        world = asker.world(answer, dice)
        wrongs = dict.fromkeys(m for seed in range(SEEDS) for m in mutations(answer.text, world, number + seed))
        for kind, wrong in wrongs:
            if is_still_right(wrong, answer):
                continue
            tried[kind] += 1
            if wrong in checked_answer(answer.plan, answer.result, answer.question, wrong).text:
                missed.append((kind, answer.question, answer.text, wrong))
    assert not missed, f"{len(missed)} of {tried.total()}: {missed[:10]}"
    return tried


def is_still_right(changed: str, said: Said) -> bool:
    """By chance a mutator may write a number as its word, a name as the question's word for it, or the time at which
    the same value was measured again."""
    if changed.replace("thirteen", "13").replace("forty", "40") == said.text:
        return True
    named = (said.text.replace(name, c.concept) for c in said.result.concepts for name in c.names)
    if changed.casefold() in map(str.casefold, named):
        return True
    at = {event.event_key: show(event.time) for event in said.result.events if event.time}
    times: defaultdict[Form, set[str]] = defaultdict(set)
    for value in said.result.values:
        times[value.form] |= {at[key] for key in value.event_keys if key in at}
    pairs = (pair for same in times.values() for pair in permutations(same, 2))
    return any(old in said.text and said.text.replace(old, new, 1) == changed for old, new in pairs)


def mutate(client: Client, enough: int, most: int) -> Counter[str]:
    """Wrong ones of so many answers in the model's own words, for which at most so many questions are asked."""
    with grpc.insecure_channel(client.endpoints.encoder) as channel:
        asker = Asker(client, channel)
        with ThreadPoolExecutor(3) as pool:
            answers = pool.map(lambda one: asker.ask(*one), asked(client, most))
            said = list(islice((answer for answer in answers if answer), enough))
            pool.shutdown(cancel_futures=True)
        tried = check_mutations(asker, said)
    assert len(said) == enough, "the model's own words are let out"
    print(f"{len(said)} answers of the model, {tried.total()} wrong ones: {dict(tried)}")
    return tried


@pytest.mark.timeout(900)
def test_no_wrong_answer_leaves(cluster: Cluster, client: Client) -> None:
    assert mutate(client, 13, 96).total() > 300


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_wrong_answer_leaves_of_many(cluster: Cluster, client: Client) -> None:
    assert mutate(client, 81, 320).total() > 5000
