"""AL1 and IAM: what a patient must not be given, or that nothing such is known."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind
from services.ingest.parsers.absences import as_observation, none_known
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment


def read(scope: Scope, segment: Segment) -> Iterator[Event]:
    """The two segments share their first fields; IAM can take an allergy back."""
    concept = segment.first(3)
    detailed = segment.name == "IAM"
    if not (code := values.code_of(concept) or (values.entity(segment.first(7)) if detailed else "")):
        scope.leave(f"{segment.name} without a substance")
        return
    standing = segment.get(17) if detailed else ""
    onset = scope.moment(segment, 11 if detailed else 6)
    kind = EventKind.ALLERGY
    facts: Facts = {
        "category": values.said(segment.first(2), tables.ALLERGY_TYPES),
        "criticality": values.said(segment.first(4), tables.ALLERGY_SEVERITIES),
        "reaction": "; ".join(filter(None, (values.words(element) for element in segment.all(5)))),
        "clinical_status": tables.ALLERGY_CLINICAL_STATUSES.get(standing, ""),
    }
    allergy = replace(
        scope.event(kind, "allergy", scope.number, code, system=scope.authority),
        encounter="",
        codings=values.codings(concept),
        display=values.name(concept),
        time=onset,
        available_time=scope.known(scope.moment(segment, 13) if detailed else None, happened=onset),
        text_value="\n".join(filter(None, (segment.first(12).whole() if detailed else "", comment(segment)))),
        status=_status(segment.get(6) if detailed else "", standing),
        attributes=attributes(kind, facts),
    )
    yield as_observation(allergy) if none_known(allergy, values.words(concept)) else allergy


def _status(action: str, standing: str) -> EventStatus:
    """What was taken back (IAM-6) has no standing (IAM-17) any more."""
    acted = tables.ACTION_CODES.get(action, EventStatus.FINAL)
    return acted if acted is not EventStatus.FINAL else tables.ALLERGY_STATUSES.get(standing, acted)
