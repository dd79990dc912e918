"""Patients written event by event for tests of outcomes: visits, results, diagnoses, deaths, in hours from a start."""

from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, Source, TimePrecision
from chartline.record.identity import event_key
from chartline.record.kinds import EventKind
from chartline.record.times import DAY, HOUR

START = 5_000_000_000_000_000
SOURCE = Source("test", "outcomes", "")
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def at(hours: float) -> Instant:
    return Instant(START + int(hours * HOUR))


class Writer:
    """`known` is when the source knew it, else when it was."""

    def __init__(self, patient: str = "Patient/1") -> None:
        self.patient = patient
        self.events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        hours: float | None,
        name: str = "",
        *,
        end: float | None = None,
        known: float | None = None,
        value: str = "",
        unit: str = "",
        code: str = "",
        encounter: str = "",
        key: str = "",
        version: int | None = None,
        day: bool = False,
        status: EventStatus = EventStatus.FINAL,
        **attributes: str,
    ) -> Event:
        natural_key = key or f"{len(self.events)}"
        learnt = hours if known is None else known
        time = None if hours is None else at(hours)
        if day and time is not None:
            time = Instant(time.unix_micros // DAY * DAY, None, TimePrecision.DAY)
        event = Event(
            patient=self.patient,
            kind=kind,
            source=SOURCE,
            natural_key=natural_key,
            encounter=encounter,
            codings=(Coding(ICD10, code),) if code else (),
            display=name,
            time=time,
            end_time=None if end is None else at(end),
            available_time=None if learnt is None else (time if day else at(learnt)),
            quantity=Quantity(value, unit) if value else None,
            status=status,
            version=version,
            attributes=tuple(Attribute(*item) for item in attributes.items()),
            event_key=event_key("test", self.patient, natural_key),
        )
        self.events.append(event)
        return event

    def visit(self, start: float, end: float | None, name: str, **attributes: str) -> None:
        kind = EventKind.ENCOUNTER
        self.add(kind, start, "hospital visit", encounter=name, key=name, version=1)
        if end is not None:
            self.add(
                kind, start, "hospital visit", encounter=name, key=name, version=2, end=end, known=end, **attributes
            )

    def icu(self, start: float, end: float, encounter: str, name: str) -> None:
        for version, (ended, known) in enumerate(((None, start), (end, end)), start=1):
            self.add(
                EventKind.ICU_STAY,
                start,
                "MICU",
                encounter=encounter,
                key=name,
                version=version,
                end=ended,
                known=known,
            )

    def lab(self, hours: float, name: str, value: str, unit: str, known: float | None = None) -> Event:
        return self.add(EventKind.LABORATORY, hours, name, value=value, unit=unit, known=known)

    def diagnosis(self, hours: float, code: str, encounter: str, known: float) -> Event:
        return self.add(EventKind.CONDITION, hours, f"code {code}", code=code, encounter=encounter, known=known)
