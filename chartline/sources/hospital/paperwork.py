"""What is written in a stay: the admission note, a note a day, the discharge summary; after all has been charted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chartline.sources.hospital import notes, resources
from chartline.sources.hospital.measurements import LABORATORY, VITALS
from chartline.sources.hospital.stays import Known, Stay
from chartline.sources.hospital.terms import Measurement, Term

#: A result is read two hours after the blood was drawn.
_READ = timedelta(hours=2)


def documents(stay: Stay) -> Iterator[Known]:
    admitted = stay.start + timedelta(hours=4)
    text = notes.history_and_physical(stay.person, stay.story, admitted, stay.allergy)
    yield _document(stay, notes.HISTORY_AND_PHYSICAL, admitted, text, "Dr. Amara Nwosu")
    settled = stay.start + timedelta(hours=5)
    yield _document(stay, notes.NURSING, settled, notes.nursing(_vitals(stay, settled)), "Nurse Tomas Lind")
    for day in range(2, stay.story.days + 1):
        at = stay.start + timedelta(days=day - 1, hours=5)
        text = notes.progress(day, _values(stay, at), improving=day > 2)
        yield _document(stay, notes.PROGRESS, at, text, "Dr. Petra Havel")
    text = notes.discharge_summary(stay.person, stay.story, stay.start, stay.end, _values(stay, stay.end))
    yield _document(stay, notes.DISCHARGE_SUMMARY, stay.end + timedelta(hours=2), text, "Dr. Amara Nwosu")


def _document(stay: Stay, kind: Term, at: datetime, text: str, author: str) -> Known:
    own = stay.own("note")
    context = {"encounter": [own.pop("encounter")]}
    return at, resources.document(kind, text, at, author, context=context, **own)


def _values(stay: Stay, at: datetime) -> str:
    """The tests that the story is about, as they were last charted."""
    return _said(stay, {key: LABORATORY[key] for key in list(stay.story.labs)[:4]}, at - _READ)


def _vitals(stay: Stay, at: datetime) -> str:
    keys = ("heart_rate", "systolic", "temperature", "oxygen_saturation")
    return _said(stay, {key: VITALS[key] for key in keys}, at)


def _said(stay: Stay, measurements: dict[str, Measurement], at: datetime) -> str:
    known = ((name, stay.latest(key, at)) for key, name in measurements.items())
    return ", ".join(f"{name.name.split(' [')[0].lower()} {value} {name.unit}" for name, value in known if value)
