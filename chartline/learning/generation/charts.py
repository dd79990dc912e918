"""Generated charts: the patients whose soft tokens stand before generated questions, and on whom plans are executed.

They are plausible in shape (stays, repeated measurements, orders, fluids), not in medicine: the planner learns to read
a question beside any chart, and numbers in answers come from execution.
"""

import random
from datetime import datetime, timedelta

from chartline.learning.generation import vocabulary as names
from chartline.learning.generation.windows import random_moment
from chartline.record.event import Attribute, Event, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind

_SOURCE = "generated"
_LAB_UNITS = ("mg/dL", "mEq/L", "g/dL", "K/uL", "%", "IU/L", "mmol/L", "ng/mL", "sec", "units")
_VITAL_UNITS = ("bpm", "insp/min", "mmHg", "%", "kg", "°C", "cmH2O")
_DOSE_UNITS = ("mg", "mL", "g", "UNIT", "mcg", "TAB", "mEq")
_KIND_WEIGHTS = (
    (EventKind.LABORATORY, 40),
    (EventKind.VITAL, 30),
    (EventKind.MEDICATION_REQUEST, 18),
    (EventKind.INTAKE, 8),
    (EventKind.OUTPUT, 6),
    (EventKind.MICROBIOLOGY, 3),
    (EventKind.PROCEDURE, 3),
    (EventKind.CONDITION, 4),
    (EventKind.TRANSFER, 2),
    (EventKind.ALLERGY, 1),
    (EventKind.IMMUNIZATION, 1),
)


class _ChartWriter:
    """Collects the events of one patient; every fact has its own natural key."""

    def __init__(self, rng: random.Random, patient: str) -> None:
        self._rng, self._patient = rng, patient
        self._picks: dict[EventKind, list[tuple[str, str]]] = {}
        self.events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        at: datetime | None,
        name: str = "",
        end: datetime | None = None,
        quantity: Quantity | None = None,
        interpretation: str = "",
        **attributes: str,
    ) -> None:
        time = None if at is None else _instant(at)
        self.events.append(
            Event(
                patient=self._patient,
                kind=kind,
                source=Source(_SOURCE, _SOURCE, str(len(self.events))),
                natural_key=str(len(self.events)),
                display=name,
                time=time,
                end_time=None if end is None else _instant(end),
                available_time=time,
                quantity=quantity,
                interpretation=interpretation,
                attributes=tuple(Attribute(key, value) for key, value in attributes.items() if value),
            )
        )

    def recurring(
        self, kind: EventKind, options: tuple[str, ...], units: tuple[str, ...], many: int
    ) -> tuple[str, str]:
        """A name and unit out of the few that this patient has of that kind, so that series form."""
        rng = self._rng
        if kind not in self._picks:
            picked = rng.sample(options, min(many, len(options)))
            if rng.random() < 0.5:
                picked[0] = names.invented(rng)
            self._picks[kind] = [(name, rng.choice(units)) for name in picked]
        return rng.choice(self._picks[kind])

    def measurement(self, at: datetime, kind: EventKind) -> None:
        rng = self._rng
        if kind is EventKind.LABORATORY:
            name, unit = self.recurring(kind, names.SLOTS["lab"], _LAB_UNITS, 14)
            flag = rng.choice(("", "", "N", "H", "L"))
            self.add(kind, at, name, quantity=_amount(rng, unit), interpretation=flag, specimen="blood")
        else:
            name, unit = self.recurring(kind, (*names.SLOTS["vital"], "weight"), _VITAL_UNITS, 7)
            self.add(kind, at, name, quantity=_amount(rng, unit), interpretation=rng.choice(("", "N", "")))

    def order(self, at: datetime) -> None:
        rng = self._rng
        name, unit = self.recurring(EventKind.MEDICATION_REQUEST, names.SLOTS["drug"], _DOSE_UNITS, 10)
        end = at + timedelta(hours=rng.randint(1, 96))
        self.add(
            EventKind.MEDICATION_REQUEST, at, name, end, _amount(rng, unit), route=rng.choice(names.SLOTS["route"])
        )

    def fluid(self, at: datetime, kind: EventKind) -> None:
        options = names.SLOTS["intake"] if kind is EventKind.INTAKE else names.SLOTS["output"]
        name, _ = self.recurring(kind, options, ("mL",), 5)
        self.add(kind, at, name, quantity=Quantity(str(self._rng.randint(1, 200) * 5), "mL"))

    def culture(self, at: datetime) -> None:
        rng = self._rng
        organism = rng.choice((*names.SLOTS["organism"], "", "", "", ""))
        tested = rng.choice(names.SLOTS["antibiotic"]) if organism and rng.random() < 0.5 else ""
        self.add(
            EventKind.MICROBIOLOGY,
            at,
            rng.choice(names.SLOTS["test"]),
            specimen=rng.choice(names.SLOTS["specimen"]),
            organism=organism,
            antibiotic=tested,
            susceptibility=rng.choice("SRI") if tested else "",
        )

    def any_event(self, at: datetime) -> None:
        rng = self._rng
        kind = rng.choices([k for k, _ in _KIND_WEIGHTS], [w for _, w in _KIND_WEIGHTS])[0]
        if kind in (EventKind.LABORATORY, EventKind.VITAL):
            self.measurement(at, kind)
        elif kind is EventKind.MEDICATION_REQUEST:
            self.order(at)
        elif kind in (EventKind.INTAKE, EventKind.OUTPUT):
            self.fluid(at, kind)
        elif kind is EventKind.MICROBIOLOGY:
            self.culture(at)
        elif kind is EventKind.TRANSFER:
            self.add(
                kind,
                at,
                "transfer",
                at + timedelta(hours=rng.randint(4, 90)),
                care_unit=rng.choice(names.SLOTS["unit"]),
            )
        elif kind is EventKind.PROCEDURE:
            self.add(kind, at, rng.choice(names.SLOTS["procedure"]), at + timedelta(minutes=rng.randint(5, 600)))
        else:
            options = {
                EventKind.CONDITION: names.SLOTS["diagnosis"],
                EventKind.ALLERGY: names.SLOTS["allergen"],
                EventKind.IMMUNIZATION: names.SLOTS["vaccine"],
            }[kind]
            self.add(kind, at, rng.choice(options))

    def stay(self, start: datetime, events: int) -> datetime:
        """One hospital visit with an ICU stay inside; returns its end."""
        rng = self._rng
        length = timedelta(hours=rng.randint(20, 400))
        end = start + length
        self.add(
            EventKind.ENCOUNTER,
            start,
            "hospital visit",
            end,
            admission_type=rng.choice(("urgent", "ew emer.", "elective", "observation admit")),
            admission_location=rng.choice(names.SLOTS["arrival"]),
            insurance=rng.choice(("medicare", "medicaid", "other", "private")),
            marital_status=rng.choice(("married", "single", "widowed", "divorced")),
            language=rng.choice(("english", "spanish", "?")),
            race=rng.choice(("white", "black/african american", "asian", "hispanic/latino", "unknown")),
        )
        if rng.random() < 0.7:
            icu = start + length * rng.uniform(0, 0.3)
            unit = rng.choice(names.SLOTS["unit"])
            self.add(EventKind.ICU_STAY, icu, unit, icu + length * rng.uniform(0.1, 0.6), care_unit=unit)
        for moment in sorted(start + length * rng.random() for _ in range(events)):
            self.any_event(moment.replace(second=0, microsecond=0))
        return end


def _instant(at: datetime) -> Instant:
    micros = int((at - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001 - local clock read as UTC
    return Instant(micros, None, TimePrecision.SECOND)


def _amount(rng: random.Random, unit: str) -> Quantity:
    value = rng.lognormvariate(2.5, 1.5)
    return Quantity(f"{value:.{rng.choice((0, 1, 1, 2))}f}", unit)


def generate_chart(seed: int, events: int) -> list[Event]:
    """About `events` events of one patient, in order of available_time; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    writer = _ChartWriter(rng, f"Patient/{seed}")
    start = random_moment(rng)
    writer.add(
        EventKind.PATIENT,
        None,
        "patient",
        gender=rng.choice(("male", "female")),
        birth_date=f"{start.year - rng.randint(20, 90)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    )
    stays = rng.randint(1, 4)
    for _ in range(stays):
        start = writer.stay(start, events // stays) + timedelta(days=rng.randint(1, 300))
    return sorted(
        writer.events,
        key=lambda e: (e.available_time is not None, e.available_time.unix_micros if e.available_time else 0),
    )
