"""Generated charts: the patients whose soft tokens stand before generated questions, and on whom plans are executed.

They are plausible in shape (stays, series of measurements, orders, fluids, what is known late), not in medicine: the
planner learns to read a question beside any chart, and numbers in answers come from execution.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from chartline.learning.generation.chart_drugs import dispensed, home_drugs, order
from chartline.learning.generation.chart_writer import ChartWriter
from chartline.learning.generation.names import PLAIN_VISIT
from chartline.learning.generation.vocabulary import SLOTS, recorded
from chartline.learning.generation.windows import random_moment
from chartline.record.event import Event, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import interval_end

_LAB_UNITS = ("mg/dL", "mEq/L", "g/dL", "K/uL", "%", "IU/L", "mmol/L", "ng/mL", "sec", "units")
_VITAL_UNITS = ("bpm", "insp/min", "mmHg", "%", "kg", "°C", "cmH2O")
#: Results that are no plain number: words, titres.
_WORDED = ("negative", "positive", "trace", "1:160", "1:40", "yellow", "none seen")
_RACES = ("white", "black/african american", "asian", "hispanic/latino", "unknown")
_MARITAL, _LANGUAGES = ("married", "single", "widowed", "divorced"), ("english", "spanish", "german")
#: Share of patients whose own record tells these, and not that of their visits alone; of procedures with a report.
_PERSON_SHARE, _REPORTED_SHARE = 0.5, 0.3
#: Share of stays that have no name but that; of patients who also see somebody between their stays; of problems that
#: end, and as many are said to go on.
_PLAIN_SHARE, _SEEN_SHARE, _OVER_SHARE = 0.6, 0.35, 0.3
_Write = Callable[[ChartWriter, random.Random, datetime], None]


def _laboratory(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    series = writer.series(EventKind.LABORATORY, "lab", _LAB_UNITS, 14)
    value, known = series.value(rng), at + timedelta(minutes=rng.randint(20, 180))
    amount: Quantity | None = series.written(value)
    shape = rng.random()
    if shape < 0.03:
        amount = Quantity(rng.choice(("0.01", "5", "200")), series.unit, rng.choice(("<", ">")))
    text = rng.choice(_WORDED) if shape > 0.96 else ""
    writer.add(
        EventKind.LABORATORY,
        at,
        series.name,
        known=known,
        quantity=None if text else amount,
        text=text,
        interpretation=rng.choice((series.flag(value), "")),
        specimen="Blood" if rng.random() < 0.9 else "Urine",
        category=rng.choice(("Chemistry", "Hematology", "Blood Gas")),
    )


def _vital(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    series = writer.series(EventKind.VITAL, "vital", _VITAL_UNITS, 7)
    value = abs(series.value(rng))
    flag = rng.choice(("", series.flag(value)))
    writer.add(EventKind.VITAL, at, series.name, quantity=series.written(value), interpretation=flag)


def _intake(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    name = writer.series(EventKind.INTAKE, "intake", ("mL",), 5).name
    end = at + timedelta(minutes=rng.randint(1, 16) * 15)
    writer.add(EventKind.INTAKE, at, name, end=end, known=end, quantity=_volume(rng))


def _output(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    name = writer.series(EventKind.OUTPUT, "output", ("mL",), 4).name
    writer.add(EventKind.OUTPUT, at, name, quantity=_volume(rng))


def _volume(rng: random.Random) -> Quantity:
    return Quantity(str(rng.randint(1, 200) * 5), "mL")


def _culture(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    organism = rng.choice((*SLOTS["organism"], "", "", "", ""))
    test, specimen = recorded("test", 1, rng)[0], rng.choice(SLOTS["specimen"])
    known = at + timedelta(hours=rng.randint(4, 72))
    tested = rng.sample(SLOTS["antibiotic"], rng.randint(0, 4)) if organism else []
    for antibiotic in tested or [""]:
        found = rng.choice("SRI") if antibiotic else ""
        writer.add(
            EventKind.MICROBIOLOGY,
            at,
            test,
            known=known,
            interpretation=found,
            specimen=specimen,
            organism=organism,
            antibiotic=antibiotic,
            susceptibility=found,
        )


def _procedure(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    end = at + timedelta(minutes=rng.randint(5, 600))
    name = recorded("procedure", 1, rng)[0]
    writer.add(EventKind.PROCEDURE, at, name, end=end, known=end)
    if rng.random() < _REPORTED_SHARE:
        known = end + timedelta(minutes=rng.randint(10, 600))
        writer.add(EventKind.REPORT, end, f"{name} report", known=known, conclusion=rng.choice(SLOTS["conclusion"]))


def _transfer(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    unit = rng.choice(SLOTS["unit"])
    writer.add_lasting(EventKind.TRANSFER, at, at + timedelta(hours=rng.randint(4, 90)), "transfer", {}, care_unit=unit)


def _problem(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    """Some feeds say whether it goes on, and some of it is over one day."""
    name, told = recorded("diagnosis", 1, rng)[0], rng.random()
    if told < _OVER_SHARE:
        over = at + timedelta(hours=rng.randint(2, 2000))
        writer.add_lasting(EventKind.CONDITION, at, over, name, {"clinical_status": "resolved"})
    else:
        writer.add(EventKind.CONDITION, at, name, clinical_status="active" if told < 2 * _OVER_SHARE else "")


def _allergy(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    writer.add(
        EventKind.ALLERGY,
        at,
        rng.choice(SLOTS["allergen"]),
        reaction=rng.choice((*SLOTS["reaction"], "")),
        criticality=rng.choice(("low", "high", "")),
    )


def _vaccine(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    writer.add(EventKind.IMMUNIZATION, at, rng.choice(SLOTS["vaccine"]))


_WRITERS: tuple[tuple[_Write, int], ...] = (
    (_laboratory, 40), (_vital, 30), (order, 15), (_intake, 8), (_output, 6), (_culture, 3), (_procedure, 4),
    (_transfer, 2), (_problem, 2), (_allergy, 1), (_vaccine, 1),
)  # fmt: skip


def _stay(writer: ChartWriter, rng: random.Random, start: datetime, events: int) -> datetime:
    """One hospital visit, mostly with an ICU stay inside; returns its end."""
    length = timedelta(minutes=rng.randint(20 * 60, 400 * 60))
    end = start + length
    _visit(writer, rng, start, end)
    if rng.random() < 0.7:
        icu, unit = start + length * rng.uniform(0, 0.3), rng.choice(SLOTS["unit"])
        left = icu + length * rng.uniform(0.1, 0.6)
        writer.add_lasting(EventKind.ICU_STAY, _minute(icu), _minute(left), unit, {}, care_unit=unit)
    for moment in sorted(start + length * rng.random() for _ in range(events)):
        write = rng.choices([w for w, _ in _WRITERS], [share for _, share in _WRITERS])[0]
        write(writer, rng, _minute(moment))
    for rank, name in enumerate(recorded("diagnosis", rng.randint(1, 9), rng), start=1):
        writer.add(EventKind.CONDITION, start, name, known=end, rank=str(rank))
    ordered = {event.display for event in writer.events if event.kind is EventKind.MEDICATION_REQUEST}
    dispensed(writer, rng, _minute(end), sorted(ordered))
    _notes(writer, rng, start, end)
    return end


def _notes(writer: ChartWriter, rng: random.Random, start: datetime, end: datetime) -> None:
    for name in rng.sample(SLOTS["note"], rng.randint(0, 3)):
        at = _minute(start + (end - start) * rng.random())
        writer.add(EventKind.NOTE, at, name, text=rng.choice(SLOTS["conclusion"]), author=rng.choice(SLOTS["author"]))


def _visit(writer: ChartWriter, rng: random.Random, start: datetime, end: datetime) -> None:
    writer.add_lasting(
        EventKind.ENCOUNTER,
        start,
        end,
        PLAIN_VISIT if rng.random() < _PLAIN_SHARE else rng.choice(SLOTS["visit"]),
        {"discharge_location": rng.choice(SLOTS["leaving"])},
        admission_type=rng.choice(("urgent", "ew emer.", "elective", "observation admit")),
        admission_location=rng.choice(SLOTS["arrival"]),
        insurance=rng.choice(("medicare", "medicaid", "other", "private")),
        marital_status=rng.choice(_MARITAL),
        language=rng.choice(("english", "spanish", "?")),
        race=rng.choice(_RACES),
        reason=rng.choice((*SLOTS["complaint"], "")),
    )


def _office_visit(writer: ChartWriter, rng: random.Random, at: datetime) -> None:
    """Short, with what is told and given there."""
    end = at + timedelta(minutes=rng.randint(1, 4) * 15)
    name, reason = rng.choice(SLOTS["visit"]), rng.choice((*SLOTS["complaint"], "", ""))
    writer.add_lasting(EventKind.ENCOUNTER, at, end, name, {}, reason=reason, **{"class": "AMB"})
    for write in rng.choices((_problem, _vital, _vaccine, _laboratory, order), k=rng.randint(0, 4)):
        write(writer, rng, at)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def generate_chart(seed: int, events: int) -> list[Event]:
    """About `events` facts of one patient, all versions in order of available_time; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    writer = ChartWriter(rng, f"Patient/{seed}")
    start = _minute(random_moment(rng))
    born = f"{start.year - rng.randint(20, 90)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    whole = rng.random() < _PERSON_SHARE
    writer.add(
        EventKind.PATIENT,
        None,
        "patient",
        gender=rng.choice(("male", "female")),
        birth_date=born,
        marital_status=rng.choice(_MARITAL) if whole else "",
        language=rng.choice(_LANGUAGES) if whole else "",
        race=rng.choice(_RACES) if whole else "",
    )
    home_drugs(writer, rng, start)
    stays, named, seen = rng.randint(1, 4), rng.random() < 0.5, rng.random() < _SEEN_SHARE
    for number in range(stays):
        writer.encounter = f"Encounter/{seed}-{number}" if named else ""
        end = _stay(writer, rng, start, events // stays)
        start = end + timedelta(days=rng.randint(1, 300))
        for _ in range(rng.randint(1, 3) if seen else 0):
            writer.encounter = ""
            _office_visit(writer, rng, start)
            start += timedelta(days=rng.randint(1, 200))
    if rng.random() < 0.1:
        writer.add(EventKind.DEATH, end, "death")
    return sorted(writer.events, key=lambda e: interval_end(e.available_time) if e.available_time else -(1 << 62))
