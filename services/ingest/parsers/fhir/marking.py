"""What is said of every event of a resource: its confidentiality, its narrative, and that an absence is no finding."""

import tomllib
from dataclasses import replace
from pathlib import Path

from chartline.record.event import Attribute, Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.absences import as_observation, none_known
from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.resource import Part
from services.ingest.parsers.markup import without_tags

_DATA = tomllib.loads(Path(__file__).with_name("marking.toml").read_text("utf-8"))
#: Kinds of what is told as absent by a name alone, too.
_NAMED = (EventKind.ALLERGY, EventKind.CONDITION)
_LABELS: dict[str, str] = _DATA["labels"]


def marked(part: Part, resource: Resource) -> Part:
    if not isinstance(part, Event):
        return part
    event = with_narrative(part, resource)
    if none_known(event, event.name if event.kind in _NAMED else ""):
        event = as_observation(event)
    said = "; ".join(dict.fromkeys(_LABELS[c.code] for c in resource.meta.security if c.code in _LABELS))
    return replace(event, attributes=(*event.attributes, Attribute("confidentiality", said))) if said else event


def with_narrative(event: Event, resource: Resource) -> Event:
    """A fact that has no code, no name and no words of its own is what the resource's narrative says."""
    if event.name or event.code_reference or event.text_value or not resource.text:
        return event
    return replace(event, text_value=without_tags(resource.text.div))
