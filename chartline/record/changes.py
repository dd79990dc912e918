"""What of a chart is news in a span of time: "what changed overnight" asked of events, by a rule for each kind."""

from chartline.record.chart import Chart, Indices
from chartline.record.event import Event
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.kinds import EventKind
from chartline.record.linking import SERIES_KINDS
from chartline.record.names import normalise

_ALWAYS = frozenset(
    {
        EventKind.DEATH,
        EventKind.ENCOUNTER,
        EventKind.ICU_STAY,
        EventKind.TRANSFER,
        EventKind.PROCEDURE,
        EventKind.MICROBIOLOGY,
    }
)
_WHEN_NEW = frozenset({EventKind.MEDICATION_REQUEST, EventKind.CONDITION, EventKind.ALLERGY})
#: In which order they are told: what was done before what was measured.
_ORDER = tuple(sorted(_ALWAYS)) + tuple(sorted(_WHEN_NEW)) + tuple(sorted(SERIES_KINDS))


def find_changes(chart: Chart, indices: Indices) -> list[Event]:
    """Of the events at `indices` those that are news, the latest of each name: moves, procedures and cultures, what is
    ordered or diagnosed for the first time in its visit, results out of range. By kind, then by time.
    """
    first = int(indices[0]) if len(indices) else 0
    before = {_fact(event) for event in chart.events[:first] if event.kind in _WHEN_NEW}
    news: dict[tuple[EventKind, str], Event] = {}
    for event in (chart.events[i] for i in indices.tolist() if chart.happened[i]):
        if _is_news(event, before):
            key = event.kind, normalise(event.name)
            news.pop(key, None)
            news[key] = event
    return sorted(news.values(), key=lambda event: _ORDER.index(event.kind))


def _is_news(event: Event, before: set[tuple[EventKind, str, str]]) -> bool:
    if event.kind in SERIES_KINDS:
        return event.interpretation in CODES_OF_WORD["abnormal"]
    return event.kind in _ALWAYS or (event.kind in _WHEN_NEW and _fact(event) not in before)


def _fact(event: Event) -> tuple[EventKind, str, str]:
    return event.kind, event.encounter, normalise(event.name)
