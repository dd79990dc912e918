"""Generated hospital stays whose course depends on one hidden severity, for tests of sequence models.

The sicker, the worse labs and vital signs, the more drugs, the longer the stay, the likelier death and readmission.
The same seed, the same stay.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from chartline.learning.generation.windows import random_moment
from chartline.record.event import Attribute, Event, Instant, Quantity, Source, TimePrecision
from chartline.record.identity import event_key
from chartline.record.kinds import EventKind

_SOURCE = Source("generated", "cohort", "")


@dataclass(frozen=True, slots=True)
class Finding:
    """A measurement: its usual value and spread, how much one unit of severity moves it, and its normal range."""

    kind: EventKind
    name: str
    unit: str
    usual: float
    spread: float
    shift: float
    low: float
    high: float


_LAB, _VITAL = EventKind.LABORATORY, EventKind.VITAL
#: Reference ranges: adult ranges of common use (Merck Manual, normal laboratory values; WHO for vital signs).
FINDINGS = (
    Finding(_LAB, "creatinine", "mg/dL", 0.9, 0.2, 0.5, 0.6, 1.3),
    Finding(_LAB, "urea nitrogen", "mg/dL", 15, 5, 8, 7, 20),
    Finding(_LAB, "lactate", "mmol/L", 1.2, 0.4, 0.9, 0.5, 2.2),
    Finding(_LAB, "white blood cells", "K/uL", 8, 2, 2.5, 4, 11),
    Finding(_LAB, "hemoglobin", "g/dL", 13, 1.5, -0.9, 12, 17),
    Finding(_LAB, "platelet count", "K/uL", 250, 60, -35, 150, 400),
    Finding(_LAB, "sodium", "mEq/L", 139, 3, -0.8, 135, 145),
    Finding(_LAB, "potassium", "mEq/L", 4.1, 0.4, 0.15, 3.5, 5.0),
    Finding(_LAB, "bicarbonate", "mEq/L", 25, 2.5, -1.8, 22, 29),
    Finding(_LAB, "glucose", "mg/dL", 110, 25, 14, 70, 140),
    Finding(_LAB, "bilirubin total", "mg/dL", 0.7, 0.3, 0.5, 0.1, 1.2),
    Finding(_LAB, "albumin", "g/dL", 4.0, 0.4, -0.35, 3.5, 5.2),
    Finding(_VITAL, "heart rate", "bpm", 80, 10, 9, 60, 100),
    Finding(_VITAL, "respiratory rate", "insp/min", 16, 2, 2.2, 12, 20),
    Finding(_VITAL, "systolic blood pressure", "mmHg", 125, 14, -8, 90, 140),
    Finding(_VITAL, "spo2", "%", 97, 1.2, -1.2, 94, 100),
    Finding(_VITAL, "temperature", "°C", 37.0, 0.4, 0.25, 36.0, 38.0),
)


@dataclass(frozen=True, slots=True)
class Stay:
    """One patient with the stay that is predicted on; `died`, `long` and `readmitted` are what came of it."""

    events: tuple[Event, ...]
    admitted: Instant
    discharged: Instant
    died: bool
    long: bool
    readmitted: bool


def generate_stay(seed: int) -> Stay:
    """The same for the same seed."""
    rng = random.Random(seed)
    age = rng.randint(19, 95)
    severity = max(0.0, rng.gauss(0.9, 1.0) + (age - 60) * 0.012)
    start = random_moment(rng)
    hours = max(26.0, rng.lognormvariate(4.2 + 0.28 * severity, 0.6))
    died = rng.random() < _chance(-5.2 + 1.35 * severity)
    readmitted = not died and rng.random() < _chance(-2.4 + 0.6 * severity)
    end = start + timedelta(hours=hours)
    patient = f"Patient/{seed}"
    writer = _Writer(patient)
    writer.add(EventKind.PATIENT, None, birth_year=str(start.year - age), gender=rng.choice(("male", "female")))
    for months in range(rng.choice((0, 0, 0, 1, 2))):
        before = start - timedelta(days=40 * (months + 1))
        writer.visit(before, before + timedelta(days=3))
    writer.visit(start, end)
    for hour in range(0, int(min(hours, 96)), 6):
        writer.findings(start + timedelta(hours=hour + rng.random()), severity, rng)
    for _ in range(int(3 + 4 * severity + 3 * rng.random())):
        at = start + timedelta(hours=20 * rng.random())
        writer.add(EventKind.MEDICATION_REQUEST, at, rng.choice(("furosemide", "vancomycin", "insulin", "heparin")))
    return Stay(tuple(writer.events), _instant(start), _instant(end), died, hours > 7 * 24, readmitted)


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


class _Writer:
    """Collects one patient's events."""

    def __init__(self, patient: str) -> None:
        self._patient = patient
        self.events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        at: datetime | None,
        name: str = "",
        *,
        quantity: Quantity | None = None,
        interpretation: str = "",
        end: datetime | None = None,
        key: str = "",
        version: int | None = None,
        **attributes: str,
    ) -> None:
        """With `end`, the version that is known at that end."""
        natural_key = key or str(len(self.events))
        self.events.append(
            Event(
                patient=self._patient,
                kind=kind,
                source=_SOURCE,
                natural_key=natural_key,
                display=name,
                time=None if at is None else _instant(at),
                end_time=None if end is None else _instant(end),
                available_time=None if at is None else _instant(end or at),
                quantity=quantity,
                interpretation=interpretation,
                version=version,
                attributes=tuple(Attribute(*item) for item in attributes.items()),
                event_key=event_key("generated", self._patient, natural_key),
            )
        )

    def visit(self, start: datetime, end: datetime) -> None:
        key = f"visit/{start.isoformat()}"
        self.add(EventKind.ENCOUNTER, start, "hospital visit", key=key, version=1)
        self.add(EventKind.ENCOUNTER, start, "hospital visit", key=key, version=2, end=end)

    def findings(self, at: datetime, severity: float, rng: random.Random) -> None:
        for finding in FINDINGS:
            if rng.random() < 0.7:
                value = rng.gauss(finding.usual + finding.shift * severity, finding.spread)
                value = max(value, finding.usual * 0.05)
                flag = "L" if value < finding.low else "H" if value > finding.high else "N"
                amount = Quantity(f"{value:.1f}", finding.unit)
                self.add(finding.kind, at, finding.name, quantity=amount, interpretation=flag)


def _instant(at: datetime) -> Instant:
    micros = int((at - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001 - local clock read as UTC
    return Instant(micros, None, TimePrecision.SECOND)
