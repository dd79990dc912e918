"""Step 8 for narrative questions: passages of notes and events that are near the question, as a plan's result.

The answer quotes them word for word: what a note claims is never retold, so nothing can be added to it.
"""

from __future__ import annotations

from dataclasses import replace

from chartline.errors import Unavailable
from chartline.language.verbalizer import describe
from chartline.record.event import Event, Instant
from chartline.record.plan import PlanOutcome, Retrieve
from chartline.record.result import PlanResult, Value
from services.gateway.answer import Question
from services.gateway.encoder_client import EncoderClient, Hit
from services.gateway.prefix import Prefix

#: Cosine of all-MiniLM-L6-v2 under which a sentence is about something else.
LEAST_SIMILARITY = 0.35
MOST_PASSAGES = 5
_SEARCHED = 50


async def read_chart(
    encoder: EncoderClient, question: Question, plan: Retrieve, now: Instant, prefix: Prefix
) -> PlanResult:
    """The nearest passages inside the plan's windows. Raises ChartlineError.

    A chart with events always has a nearest one: no hit at all means that it is not indexed, which is a failure and
    no answer.
    """
    covered = await encoder.execute(question.patient, plan, as_of=question.as_of, now=now, encounter=question.encounter)
    hits = await encoder.hits(
        question.patient, plan.query, as_of=question.as_of, encounter=question.encounter, limit=_SEARCHED
    )
    if not hits and prefix.digests and not question.encounter:
        raise Unavailable("the record is not searchable yet; try later", reason="INDEX_EMPTY")
    near = [hit for hit in hits if hit.score >= LEAST_SIMILARITY and _inside(hit.event, covered)][:MOST_PASSAGES]
    return replace(
        covered,
        outcome=PlanOutcome.FOUND if near else PlanOutcome.EMPTY,
        values=tuple(_value(hit) for hit in near),
        events=tuple(hit.event for hit in near),
    )


def _inside(event: Event, covered: PlanResult) -> bool:
    """Whether it happened in [start, end), where the plan names a time."""
    if covered.window_start is None and covered.window_end is None:
        return True
    if event.time is None:
        return False
    begun = covered.window_start is None or event.time.unix_micros >= covered.window_start.unix_micros
    return begun and (covered.window_end is None or event.time.unix_micros < covered.window_end.unix_micros)


def _value(hit: Hit) -> Value:
    """A note speaks for itself; other events are said in words."""
    name = hit.event.name or hit.event.kind.name.capitalize().replace("_", " ")
    return Value(hit.passage or describe(hit.event), label=name, event_keys=(hit.event.event_key,))
