"""A thousand times (patient, as_of, question): what is known later changes no byte of prompt, result, features."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chartline.language.blocks import prefix_blocks
from chartline.language.plan_text import load_plan
from chartline.language.plan_words import KINDS
from chartline.language.prompt import planning_text
from chartline.learning.generation.questions import generate
from chartline.record.chart import Chart
from chartline.record.event import RETRACTIONS, Event, EventStatus, Instant, Quantity
from chartline.record.execute import execute
from chartline.record.features import outcome_features
from chartline.record.linking import LexicalLinker
from chartline.record.plan import PlanOutcome
from chartline.record.versions import is_known
from chartline.rpc.messages import result_to_message
from chartline.sources.files import fhir_messages
from chartline.sources.hospital import build_hospital, encode
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery, Position
from services.encoder.record.store import RecordStore
from services.ingest.parsers import parse

TRIPLES = 1000
#: Questions about a thing that this chart names; the generator's are about any.
ABOUT = (
    "get value of last {kind} {name}",
    "get time of first {kind} {name}",
    "get name of {kind}",
    "count {kind} {name}",
    "exists {kind} {name}",
    "max {kind} {name}",
    "hours from (last {kind} {name}) to now",
    "days from (first visit) to (last {kind} {name})",
    "get duration of last visit",
    "get end of last icu",
    "get age of last visit",
)
WORDS = {kind: word for word, kind in KINDS.items() if kind is not None}

History = list[Event]


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> list[History]:
    """All versions of all facts of each patient of the demo hospital, as the store keeps them."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('as-of') / 'record.db'}")
    store = RecordStore(database)
    records = [parse(m.format, m.payload) for resource in build_hospital() for m in fhir_messages(encode(resource))]
    store.append("t", [Delivery(record, Position("t", 0, place)) for place, record in enumerate(records)])
    patients = sorted({event.patient for record in records for event in record.events})
    found = [store.history(store.find_patient("t", patient)) for patient in patients]
    database.close()
    return [list(history) for history in found]


def moment(history: History, dice: random.Random) -> Instant:
    """Somewhere between the first and the last thing the chart learnt; often the very instant of one."""
    times = [event.available_time for event in history if event.available_time is not None]
    one, other = dice.choice(times), dice.choice(times)
    return one if dice.random() < 0.5 else replace(one, unix_micros=(one.unix_micros + other.unix_micros) // 2)


def changed(event: Event, others: History, dice: random.Random) -> Event:
    """Another content of the same version; it stays known only from its own time on."""
    form = dice.randrange(5)
    if form == 0:
        return replace(event, quantity=Quantity(str(dice.randrange(10_000)), "mg/dL"))
    if form == 1:
        return replace(event, display=dice.choice(others).display, codings=())
    if form == 2:
        return replace(event, status=EventStatus.CANCELLED)
    if form == 3:
        return replace(event, time=dice.choice(others).time, end_time=None, encounter="")
    return replace(event, kind=dice.choice(others).kind, attributes=())


def another_future(history: History, as_of: Instant, dice: random.Random) -> tuple[History, int]:
    """The history with everything after `as_of` deleted or changed, retractions excepted, and how much that was."""
    kept = [e for e in history if is_known(e, as_of) or e.status in RETRACTIONS]
    later = [e for e in history if not is_known(e, as_of) and e.status not in RETRACTIONS]
    return [*kept, *(changed(e, history, dice) for e in later if dice.random() < 0.7)], len(later)


def shown(history: History, as_of: Instant, question: str, plan: str) -> tuple[bytes, PlanOutcome]:
    """Every byte the model reads and everything the plan returns."""
    chart = Chart.build(history, as_of)
    blocks = prefix_blocks(chart.events)
    prompt = [part for b in blocks for part in (b.digest, "\n".join(b.sentences).encode(), b.channels.tobytes())]
    result = execute(load_plan(plan), chart, as_of, "", LexicalLinker())
    message = result_to_message(result).SerializeToString(deterministic=True)
    features = repr(sorted(outcome_features(chart, as_of).items())).encode()
    return b"|".join([*prompt, planning_text(question, as_of).encode(), message, features]), result.outcome


def questions(dice: random.Random) -> Iterator[tuple[str, str]]:
    """(question, plan) without end; those about a chart have a name's place in them."""
    generated = generate(17)
    while True:
        example = next(generated)
        yield example.question, example.plan
        yield (text := dice.choice(ABOUT)), text


def test_what_is_known_later_changes_no_byte_a_thousand_times(histories: list[History]) -> None:
    dice = random.Random(5)
    asked, outcomes, altered = questions(dice), Counter[PlanOutcome](), 0
    for _ in range(TRIPLES):
        history = dice.choice(histories)
        as_of = moment(history, dice)
        about = dice.choice([e for e in history if e.display and e.kind in WORDS])
        question, plan = (
            text.replace("{kind}", WORDS[about.kind]).replace("{name}", f'"{about.display.replace(chr(34), "")}"')
            for text in next(asked)
        )
        other, later = another_future(history, as_of, dice)
        before, outcome = shown(history, as_of, question, plan)
        assert shown(other, as_of, question, plan)[0] == before, (question, plan, as_of)
        outcomes[outcome] += 1
        altered += later
    assert altered > 50 * TRIPLES, "there was a future to change"
    assert outcomes[PlanOutcome.FOUND] > TRIPLES // 4, outcomes


def test_a_retraction_changes_what_was_shown(histories: list[History]) -> None:
    """The comparison can fail: a retraction made after as_of is the one thing that acts backwards."""
    history = histories[0]
    fact = next(e for e in history if e.quantity is not None and e.version is not None)
    as_of = fact.available_time
    assert as_of is not None
    withdrawn = replace(fact, status=EventStatus.ENTERED_IN_ERROR, version=(fact.version or 0) + 1)
    assert shown([*history, withdrawn], as_of, "q", "count lab")[0] != shown(history, as_of, "q", "count lab")[0]
