"""Step 10, its citations: the events behind the values of an answer, each once and in the order they are needed."""

from chartline.language.passages import document_text
from chartline.language.verbalizer import describe
from chartline.record.event import Event
from chartline.record.result import PlanResult, Value
from services.gateway.answer import Citation

#: An answer over thousands of events cites these many; its values still name all their events.
MOST_CITATIONS = 100


def citations_of(values: tuple[Value, ...], result: PlanResult) -> tuple[Citation, ...]:
    """Every citation resolves: a key without its event in the result is no evidence and is left out."""
    events = {event.event_key: event for event in result.events}
    cited = dict.fromkeys(
        (key, _passage(events[key], value)) for value in values for key in value.event_keys if key in events
    )
    return tuple(_citation(events[key], passage) for key, passage in list(cited)[:MOST_CITATIONS])


def _citation(event: Event, passage: str) -> Citation:
    return Citation(event.event_key, event.source, event.time, describe(event), passage)


def _passage(event: Event, value: Value) -> str:
    """A note is cited by each passage that was quoted from it."""
    said = value.form if isinstance(value.form, str) else ""
    return said if _one_line(said) in _one_line(document_text(event)) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
