"""Step 10, its citations: the events behind the values of an answer, each once and in the order they are needed."""

from chartline.language.verbalizer import describe
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.result import PlanResult, Value
from services.gateway.answer import Citation

#: An answer over thousands of events cites these many; its values still name all their events.
MOST_CITATIONS = 100


def citations_of(values: tuple[Value, ...], result: PlanResult) -> tuple[Citation, ...]:
    """Every citation resolves: a key without its event in the result is no evidence and is left out."""
    events = {event.event_key: event for event in result.events}
    passages = {key: value.form for value in values for key in value.event_keys if isinstance(value.form, str)}
    keys = dict.fromkeys(key for value in values for key in value.event_keys if key in events)
    return tuple(_citation(events[key], passages.get(key, "")) for key in list(keys)[:MOST_CITATIONS])


def _citation(event: Event, said: str) -> Citation:
    """A note is cited by the passage that was quoted from it."""
    passage = said if event.kind is EventKind.NOTE and said in event.text_value else ""
    return Citation(event.event_key, event.source, event.time, describe(event), passage)
