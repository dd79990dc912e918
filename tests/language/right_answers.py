"""Right answers in many wordings: seeded charts, plans of every operation, phrases as a language model writes them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from answer_cases import EMPTY, FOUND, at, event
from mutators import World

from chartline.record.event import Event, Quantity
from chartline.record.kinds import EventKind as Kind
from chartline.record.plan import (
    Aggregate,
    CalendarDate,
    CalendarWindow,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Extremum,
    Field,
    Filter,
    Function,
    Interval,
    Lookup,
    QueryPlan,
    RecentWindow,
    Relation,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
)
from chartline.record.result import Duration, LinkedConcept, PlanResult, Value

LABS = (
    ("creatinine", "Creatinine, serum", "mg/dL", 2),
    ("sodium", "Sodium", "mEq/L", 0),
    ("pt", "PT", "sec", 1),
    ("urea nitrogen", "Urea Nitrogen", "mg/dL", 0),
    ("free calcium", "Free Calcium", "mmol/L", 2),
    ("vitamin b12", "Vitamin B12", "pg/mL", 0),
    ("% hemoglobin a1c", "% Hemoglobin A1c", "%", 1),
    ("white blood cells", "WBC (blood)", "K/uL", 1),
)
VITALS = (
    ("heart rate", "Heart Rate", "bpm", 0),
    ("systolic blood pressure", "Arterial Blood Pressure systolic", "mm[Hg]", 0),
    ("temperature", "Temperature Celsius", "Cel", 1),
    ("weight", "Daily Weight", "kg", 1),
)
DRUGS = (
    "Heparin",
    "0.9% Sodium Chloride",
    "Insulin, Human",
    "Acetaminophen (Liquid)",
    "Lisinopril",
    "5% Dextrose",
    "Amoxicillin-Clavulanic Acid",
)
DIAGNOSES = ("Acute kidney failure, unspecified", "Sepsis", "Type 2 diabetes mellitus", "Anemia, unspecified")
PROCEDURES = ("Appendectomy", "Percutaneous abdominal drainage", "Mech vent < 96 hrs")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ORDINALS = {
    (Which.LAST, 1): ("last", "most recent", "latest"),
    (Which.FIRST, 1): ("first", "earliest", "initial"),
    (Which.LAST, 2): ("second to last", "second-to-last"),
    (Which.FIRST, 2): ("second",),
}


@dataclass(frozen=True)
class Right:
    """A plan and its result with right answers, and the world they can be made wrong in."""

    family: str
    question: str
    plan: QueryPlan
    result: PlanResult
    answers: tuple[str, ...]
    world: World


class Chart:
    """Draws one patient's events and remembers the ones that no answer is about."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.start = datetime(
            2100, rng.randint(1, 10), rng.randint(1, 28), rng.randint(0, 23), rng.randint(1, 59), tzinfo=UTC
        )

    def moment(self) -> datetime:
        return self.start + timedelta(minutes=self.rng.randint(1, 60_000))

    def number(self, decimals: int) -> str:
        return f"{self.rng.uniform(2, 99):.{decimals}f}"

    def measured(self, kind: Kind, name: str, unit: str, decimals: int, count: int) -> list[Event]:
        times = sorted({self.moment() for _ in range(count * 3)})[:count]
        numbers: set[str] = set()
        while len(numbers) < count:
            numbers.add(self.number(decimals))
        pairs = zip(times, sorted(numbers, key=hash_order(self.rng)), strict=True)
        return [event(f"e{i}", kind, name, Quantity(n, unit), at(*t.timetuple()[:6])) for i, (t, n) in enumerate(pairs)]


def hash_order(rng: random.Random) -> Callable[[str], float]:
    keys: dict[str, float] = {}
    return lambda text: keys.setdefault(text, rng.random())


def iso(event: Event) -> str:
    return clock(event).strftime("%Y-%m-%d %H:%M")


def long(event: Event) -> str:
    t = clock(event)
    return f"{t.day} {MONTHS[t.month - 1]} {t.year}, {t:%H:%M}"


def american(event: Event) -> str:
    t = clock(event)
    return f"{MONTHS[t.month - 1]} {t.day}, {t.year} at {t.hour % 12 or 12}:{t:%M} {'PM' if t.hour > 11 else 'AM'}"


def clock(event: Event) -> datetime:
    assert event.time is not None
    return datetime.fromtimestamp(event.time.unix_micros / 1e6, UTC)


def shown(unit: str) -> str:
    return {"mm[Hg]": "mmHg", "Cel": "°C"}.get(unit, unit)


def amount(event: Event) -> str:
    assert event.quantity is not None
    unit = shown(event.quantity.unit)
    return f"{event.quantity.value}{unit}" if unit == "%" else f"{event.quantity.value} {unit}"


def others(*events: Event) -> dict[str, tuple[str, ...]]:
    return {
        "other_numbers": tuple(e.quantity.value for e in events if e.quantity),
        "other_times": tuple(iso(e) for e in events),
    }


def result_of(values: list[Value], events: list[Event], *concepts: LinkedConcept) -> PlanResult:
    return PlanResult(FOUND, tuple(values), tuple(events), concepts)


def values_of(events: list[Event]) -> list[Value]:
    return [Value(e.quantity or e.name, e.name, (e.event_key,)) for e in events]


def lookup_value(rng: random.Random) -> Right:
    kind = rng.choice((Kind.LABORATORY, Kind.VITAL))
    concept, name, unit, decimals = rng.choice(LABS if kind is Kind.LABORATORY else VITALS)
    e, *rest = Chart(rng).measured(kind, name, unit, decimals, 3)
    which, nth = rng.choice(list(ORDINALS))
    word = rng.choice(ORDINALS[which, nth])
    plan = Lookup(Selection(kind, (concept,), which=which, nth=nth), Field.VALUE)
    v = amount(e)
    answers = (
        f"The {word} {concept} was {v} on {iso(e)}.",
        f"The patient's {word} {concept} was {v} ({iso(e)}).",
        f"Their {word} {concept} came back at {v} ({long(e)}).",
        f"The {word} {concept} measurement, taken on {american(e)}, was {v}.",
        f"The {word} recorded value of {concept} was {v}.",
        f"On {iso(e)}, the patient's {word} {concept} was {v}.",
        f"{v}, measured on {iso(e)}.",
        f"The {word} {name} value is {v}. It was recorded on {iso(e)} with a value of {v}.",
    )
    world = World((concept, name), **others(*rest))
    result = result_of(values_of([e]), [e], LinkedConcept(concept, (name,), kind))
    return Right("lookup value", f"What was the {word} {concept} of the patient?", plan, result, answers, world)


def lookup_in_month(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(LABS)
    e, *rest = Chart(rng).measured(Kind.LABORATORY, name, unit, decimals, 3)
    t = clock(e)
    start = at(t.year, t.month, 1)
    end = at(t.year + t.month // 12, t.month % 12 + 1, 1)
    window = (CalendarWindow(Relation.IN, CalendarDate(year=t.year, month=t.month)),)
    plan = Lookup(Selection(Kind.LABORATORY, (concept,), windows=window, which=Which.LAST), Field.VALUE)
    month = f"{MONTHS[t.month - 1]} {t.year}"
    answers = (
        f"The last {concept} in {month} was {amount(e)} on {iso(e)}.",
        f"In {month}, the most recent {concept} was {amount(e)}, measured on {long(e)}.",
        f"The patient's last {concept} in {t.month:02}/{t.year} was {amount(e)}.",
        f"The last {concept} level recorded in {t:%Y-%m} was {amount(e)} ({iso(e)}).",
    )
    result = replace(
        result_of(values_of([e]), [e], LinkedConcept(concept, (name,), Kind.LABORATORY)),
        window_start=start,
        window_end=end,
    )
    question = f"What was the last {concept} in {t.month:02}/{t.year}?"
    return Right("lookup in month", question, plan, result, answers, World((concept, name), **others(*rest)))


def lookup_since(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(VITALS)
    e, *rest = Chart(rng).measured(Kind.VITAL, name, unit, decimals, 3)
    t = clock(e) - timedelta(days=2)
    window = (CalendarWindow(Relation.SINCE, CalendarDate(year=t.year, month=t.month, day=t.day)),)
    plan = Lookup(Selection(Kind.VITAL, (concept,), windows=window, which=Which.FIRST), Field.VALUE)
    answers = (
        f"The first {concept} since {t:%Y-%m-%d} was {amount(e)} on {iso(e)}.",
        f"Since {t.day} {MONTHS[t.month - 1]} {t.year}, the patient's first {concept} was {amount(e)}.",
        f"The earliest {concept} reading since {t:%Y-%m-%d} was {amount(e)}, recorded on {american(e)}.",
    )
    result = replace(
        result_of(values_of([e]), [e], LinkedConcept(concept, (name,), Kind.VITAL)),
        window_start=at(t.year, t.month, t.day),
    )
    question = f"What was the first {concept} since {t:%m/%d/%Y}?"
    return Right("lookup since", question, plan, result, answers, World((concept, name), **others(*rest)))


def list_values(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(LABS)
    a, b, c, *rest = Chart(rng).measured(Kind.LABORATORY, name, unit, decimals, 5)
    plan = Lookup(Selection(Kind.LABORATORY, (concept,)), Field.VALUE)
    answers = (
        f"The {concept} values were {amount(a)} ({iso(a)}), {amount(b)} ({iso(b)}) and {amount(c)} ({iso(c)}).",
        f"The patient's {concept} was {amount(a)} on {iso(a)}, {amount(b)} on {iso(b)}, and {amount(c)} on {iso(c)}.",
        f"{concept} results: {iso(a)}: {amount(a)}; {iso(b)}: {amount(b)}; {iso(c)}: {amount(c)}.",
        f"The recorded {concept} values are {amount(a)}, {amount(b)} and {amount(c)}.",
        f"The {concept} values were:\n- {amount(a)} ({iso(a)})\n- {amount(b)} ({iso(b)})\n- {amount(c)} ({iso(c)})",
    )
    result = result_of(values_of([a, b, c]), [a, b, c], LinkedConcept(concept, (name,), Kind.LABORATORY))
    return Right(
        "list of values", f"List the {concept} values.", plan, result, answers, World((concept, name), **others(*rest))
    )


def lookup_time(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(LABS)
    e, *rest = Chart(rng).measured(Kind.LABORATORY, name, unit, decimals, 3)
    which, nth = rng.choice(list(ORDINALS))
    word = rng.choice(ORDINALS[which, nth])
    plan = Lookup(Selection(Kind.LABORATORY, (concept,), which=which, nth=nth), Field.TIME)
    assert e.time is not None
    answers = (
        f"The {word} {concept} test was on {iso(e)}.",
        f"The patient had the {word} {concept} test on {long(e)}.",
        f"The {word} {concept} laboratory test was performed on {american(e)}.",
        f"{iso(e)}.",
        f"The {word} time the patient received a {concept} test was {iso(e)}.",
    )
    result = result_of([Value(e.time, name, (e.event_key,))], [e], LinkedConcept(concept, (name,), Kind.LABORATORY))
    world = World((concept, name), other_times=others(*rest)["other_times"])
    return Right("time", f"When was the {word} {concept} test of the patient?", plan, result, answers, world)


def threshold_time(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(VITALS)
    e, *rest = Chart(rng).measured(Kind.VITAL, name, unit, decimals, 3)
    assert e.time is not None
    bound = "101.5"
    plan = Lookup(
        Selection(
            Kind.VITAL,
            (concept,),
            (Filter(Field.VALUE, Comparator.GREATER, bound),),
            (StayWindow(StayType.ICU, Which.LAST),),
            which=Which.FIRST,
        ),
        Field.TIME,
    )
    answers = (
        f"The {concept} was first greater than {bound} on {iso(e)} during the last ICU stay.",
        f"During the last ICU stay, the {concept} was above {bound} for the first time on {long(e)}.",
        f"The first {concept} measurement above {bound} during the last ICU stay was on {iso(e)}.",
    )
    result = result_of([Value(e.time, name, (e.event_key,))], [e], LinkedConcept(concept, (name,), Kind.VITAL))
    world = World((concept, name), other_times=others(*rest)["other_times"])
    question = f"When was the {concept} greater than {bound} for the first time during the last ICU stay?"
    return Right("threshold", question, plan, result, answers, world)


def drug_names(rng: random.Random) -> Right:
    chosen = rng.sample(DRUGS, rng.randint(1, 4))
    time = at(*Chart(rng).moment().timetuple()[:6])
    events = [event(f"d{i}", Kind.MEDICATION_REQUEST, drug, None, time) for i, drug in enumerate(chosen)]
    plan = Lookup(Selection(Kind.MEDICATION_REQUEST, which=Which.LAST), Field.NAME)
    listed = "; ".join(chosen)
    verb = "drug was" if len(chosen) == 1 else "drugs were"
    answers = (
        f"The last prescribed {verb} {listed}.",
        f"The most recent prescription was {listed} on {iso(events[0])}.",
        f"The patient was last prescribed {listed}.",
        f"{listed}.",
        f"On {long(events[0])}, the patient was prescribed {listed}.",
    )
    result = result_of(values_of(events), events)
    return Right(
        "names", "What was the last drug prescribed to the patient?", plan, result, answers, World(tuple(chosen))
    )


def drug_after(rng: random.Random) -> Right:
    drug, procedure = rng.choice(DRUGS), rng.choice(PROCEDURES)
    e = event("d", Kind.MEDICATION_REQUEST, drug, None, at(*Chart(rng).moment().timetuple()[:6]))
    anchor = Selection(Kind.PROCEDURE, (procedure.lower(),))
    window = EventWindow(Relation.AFTER, anchor, within_stay=StayType.HOSPITAL)
    plan = Lookup(Selection(Kind.MEDICATION_REQUEST, windows=(window,), which=Which.FIRST), Field.NAME)
    answers = (
        f"The first drug prescribed after receiving a {procedure.lower()} was {drug}.",
        f"{drug} was the first medication prescribed after the {procedure.lower()} procedure.",
        f"After the {procedure.lower()}, the patient was first prescribed {drug} on {iso(e)}.",
    )
    question = f"What drug was first prescribed after receiving a {procedure.lower()} in the same hospital visit?"
    return Right("after", question, plan, result_of(values_of([e]), [e]), answers, World((drug, procedure)))


def attribute(rng: random.Random) -> Right:
    name, value = rng.choice(
        (("insurance", "Medicaid"), ("admission_type", "EW EMER."), ("discharge_location", "SKILLED NURSING FACILITY"))
    )
    which, nth = rng.choice(((Which.LAST, 1), (Which.FIRST, 1)))
    word = rng.choice(ORDINALS[which, nth])
    field = name.replace("_", " ")
    plan = Lookup(Selection(Kind.ENCOUNTER, which=which, nth=nth), Field.ATTRIBUTE, name)
    answers = (
        f"The {field} of the {word} hospital visit was {value}.",
        f"The patient's {field} for the {word} hospital visit was {value}.",
        f"The {field} was {value} during the {word} admission.",
        f"{value}.",
    )
    question = f"What was the {field} of the {word} hospital visit?"
    return Right("attribute", question, plan, result_of([Value(value)], []), answers, World((value,)))


def age(rng: random.Random) -> Right:
    years = rng.randint(21, 95)
    plan = Lookup(Selection(Kind.ENCOUNTER, which=Which.FIRST), Field.AGE)
    answers = (
        f"The patient was {years} years old at the first hospital visit.",
        f"At the first hospital visit, the patient was {years} years old.",
        f"The patient's age was {years} during the first hospital encounter.",
    )
    result = result_of([Value(Quantity(str(years), "a"))], [])
    return Right("age", "What was the patient's age at the first hospital encounter?", plan, result, answers, World())


def stay_length(rng: random.Random) -> Right:
    minutes = rng.randint(2000, 20_000)
    plan = Lookup(Selection(Kind.ICU_STAY, which=Which.LAST), Field.DURATION)
    days = f"{minutes / 1440:.3f}".rstrip("0").rstrip(".")
    hours = f"{minutes / 60:.3f}".rstrip("0").rstrip(".")
    answers = (
        f"The last ICU stay lasted {days} days.",
        f"The patient's most recent ICU stay was {days} days ({hours} hours) long.",
        f"The length of the last ICU stay was {hours} hours.",
    )
    result = result_of([Value(Duration(minutes / 60))], [])
    return Right("stay length", "How long was the last ICU stay?", plan, result, answers, World())


def count(rng: random.Random) -> Right:
    number = rng.randint(2, 40)
    drug = rng.choice(DRUGS)
    plan = Aggregate(
        Selection(Kind.MEDICATION_REQUEST, (drug.lower(),), windows=(RecentWindow(9, TimeUnit.MONTH),)), Function.COUNT
    )
    answers = (
        f"There were {number} prescriptions of {drug.lower()} in the last 9 months.",
        f"{drug.lower()} was prescribed {number} times in the last 9 months.",
        f"The patient was prescribed {drug} {number} times since 9 months ago.",
        f"A total of {number} {drug.lower()} prescriptions were recorded since 9 months ago.",
        f"{number} times.",
    )
    result = result_of(
        [Value(Quantity(str(number), "1"))], [], LinkedConcept(drug.lower(), (drug,), Kind.MEDICATION_REQUEST)
    )
    question = f"How many times was {drug.lower()} prescribed to the patient since 9 months ago?"
    return Right("count", question, plan, result, answers, World((drug,)))


def extreme(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(LABS)
    e, *rest = Chart(rng).measured(Kind.LABORATORY, name, unit, decimals, 3)
    function, word = rng.choice(((Function.MINIMUM, "minimum"), (Function.MAXIMUM, "maximum")))
    other = {"minimum": "lowest", "maximum": "highest"}[word]
    plan = Aggregate(Selection(Kind.LABORATORY, (concept,)), function)
    answers = (
        f"The {word} {concept} was {amount(e)} on {iso(e)}.",
        f"The patient's {other} {concept} value was {amount(e)} ({long(e)}).",
        f"The {word} value of {concept} recorded was {amount(e)}.",
    )
    result = result_of(values_of([e]), [e], LinkedConcept(concept, (name,), Kind.LABORATORY))
    question = f"What was the {word} {concept} of the patient?"
    return Right("extreme", question, plan, result, answers, World((concept, name), **others(*rest)))


def total(rng: random.Random) -> Right:
    number = rng.randint(200, 20_000)
    function, word = rng.choice(((Function.SUM, "total"), (Function.MEAN, "mean")))
    plan = Aggregate(Selection(Kind.OUTPUT, ("foley",)), function)
    grouped = f"{number:,}"
    answers = (
        f"The {word} foley output was {number} mL.",
        f"The {'average' if word == 'mean' else 'total'} foley volume of the patient was {grouped} mL.",
        f"The patient's {word} foley output is {number} mL.",
    )
    result = result_of(
        [Value(Quantity(str(number), "mL"), "Foley")], [], LinkedConcept("foley", ("Foley",), Kind.OUTPUT)
    )
    return Right("total", f"What was the {word} foley volume?", plan, result, answers, World(("foley",)))


def buckets(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(VITALS)
    a, b, *rest = Chart(rng).measured(Kind.VITAL, name, unit, decimals, 4)
    days = [f"{clock(a):%Y-%m-%d}", f"{clock(b) + timedelta(days=50):%Y-%m-%d}"]
    values = [Value(e.quantity, day, (e.event_key,)) for e, day in zip((a, b), days, strict=True) if e.quantity]
    plan = Aggregate(Selection(Kind.VITAL, (concept,)), Function.MAXIMUM, bucket=TimeUnit.DAY)
    answers = (
        f"The daily maximum {concept} was {amount(a)} on {days[0]} and {amount(b)} on {days[1]}.",
        f"The maximum {concept} by day: {days[0]}: {amount(a)}; {days[1]}: {amount(b)}.",
    )
    result = result_of(values, [a, b], LinkedConcept(concept, (name,), Kind.VITAL))
    world = World((concept, name), other_numbers=others(*rest)["other_numbers"])
    return Right("buckets", f"What was the daily maximum {concept}?", plan, result, answers, world)


def exists_yes(rng: random.Random) -> Right:
    drug, other = rng.sample(DRUGS, 2)
    e = event("d", Kind.MEDICATION_REQUEST, drug, None, at(*Chart(rng).moment().timetuple()[:6]))
    plan = Exists(
        Selection(Kind.MEDICATION_REQUEST, (drug.lower(),), windows=(StayWindow(StayType.HOSPITAL, Which.FIRST),))
    )
    answers = (
        f"Yes, {drug.lower()} was prescribed on {iso(e)}.",
        f"Yes, the patient was prescribed {drug} during the first hospital visit.",
        f"Yes, there is a record of {drug.lower()} on {long(e)}.",
        "Yes.",
    )
    linked = LinkedConcept(drug.lower(), (drug,), Kind.MEDICATION_REQUEST)
    result = result_of([Value(True, "", ("d",))], [e], linked)
    question = f"Was the patient prescribed {drug.lower()} during the first hospital visit?"
    return Right("exists", question, plan, result, answers, World((drug, other), boolean=True))


def exists_no(rng: random.Random) -> Right:
    drug = rng.choice(DRUGS).lower()
    plan = Exists(Selection(Kind.MEDICATION_REQUEST, (drug,)))
    answers = (
        f"No, there is no record of {drug}.",
        f"No, {drug} was not prescribed.",
        f"No, the patient has not been prescribed any {drug}.",
        f"No, the record does not show any prescription of {drug}.",
        f"No, the patient wasn't prescribed {drug}.",
        f"No record of {drug} prescriptions was found.",
    )
    result = PlanResult(EMPTY) if rng.random() < 0.5 else result_of([Value(False)], [])
    return Right("exists not", f"Has {drug} been prescribed?", plan, result, answers, World((drug,), boolean=True))


def compare(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(VITALS)
    a, b = Chart(rng).measured(Kind.VITAL, name, unit, decimals, 2)
    last = Selection(Kind.VITAL, (concept,), which=Which.LAST)
    truth = rng.random() < 0.5
    plan = Compare(Lookup(last, Field.VALUE), Comparator.GREATER, Lookup(replace(last, nth=2), Field.VALUE))
    lead, verb = ("Yes", "was") if truth else ("No", "was not")
    answers = (
        f"{lead}, the last {concept} {verb} greater than the second to last.",
        f"{lead}, the most recent {concept} {verb} higher than the second to last {concept}.",
        f"{lead}, the patient's last {concept} value {verb} greater than the second-to-last value.",
    )
    result = result_of([Value(truth, "", ("e0", "e1"))], [a, b], LinkedConcept(concept, (name,), Kind.VITAL))
    question = f"Is the last {concept} greater than the second to last?"
    return Right("compare", question, plan, result, answers, World((concept,), boolean=True))


def difference(rng: random.Random) -> Right:
    concept, name, unit, _ = rng.choice(VITALS)
    last = Selection(Kind.VITAL, (concept,), which=Which.LAST)
    number = f"{rng.uniform(-9, -1):.1f}"
    plan = Compare(
        Lookup(last, Field.VALUE), Comparator.DIFFERENCE, Lookup(replace(last, which=Which.FIRST), Field.VALUE)
    )
    v = f"{number} {shown(unit)}"
    answers = (
        f"The difference between the last {concept} and the first {concept} was {v}.",
        f"The {concept} changed by {v} between the last and the first measurement.",
        f"The difference in {concept} was {v}.",
    )
    result = result_of([Value(Quantity(number, unit))], [], LinkedConcept(concept, (name,), Kind.VITAL))
    question = f"What is the difference between the last {concept} and the first {concept}?"
    return Right("difference", question, plan, result, answers, World((concept,)))


def interval(rng: random.Random) -> Right:
    diagnosis = rng.choice(DIAGNOSES).lower()
    minutes = rng.randint(100, 9000)
    hours = f"{minutes / 60:.3f}".rstrip("0").rstrip(".")
    window = (StayWindow(StayType.HOSPITAL, Which.CURRENT),)
    plan = Interval(Selection(Kind.CONDITION, (diagnosis,), windows=window, which=Which.LAST))
    answers = (
        f"{hours} hours have passed since the last diagnosis of {diagnosis} during this hospital visit.",
        f"During this hospital visit, it has been {hours} hours since the patient was last diagnosed with {diagnosis}.",
        f"{hours} hours.",
        f"The time from the last {diagnosis} diagnosis during the current hospital visit to now was {hours} hours.",
    )
    result = result_of([Value(Duration(minutes / 60))], [])
    question = f"How many hours have passed since the last diagnosis of {diagnosis} during this hospital visit?"
    return Right("interval", question, plan, result, answers, World((diagnosis,)))


def nothing(rng: random.Random) -> Right:
    concept, name, _, _ = rng.choice(LABS)
    plan = Lookup(Selection(Kind.LABORATORY, (concept,), which=Which.LAST), Field.VALUE)
    answers = (
        f"There is no record of {concept}.",
        f"No {concept} test was recorded.",
        f"The record does not contain any {concept} results.",
        f"No record of a {concept} test was found for the patient.",
    )
    result = PlanResult(EMPTY, concepts=(LinkedConcept(concept, (name,), Kind.LABORATORY),))
    return Right("nothing", f"What was the last {concept}?", plan, result, answers, World((concept,)))


def highest_time(rng: random.Random) -> Right:
    concept, name, unit, decimals = rng.choice(LABS)
    e, *rest = Chart(rng).measured(Kind.LABORATORY, name, unit, decimals, 3)
    assert e.time is not None
    plan = Lookup(Selection(Kind.LABORATORY, (concept,), extremum=Extremum.MAXIMUM, which=Which.LAST), Field.TIME)
    answers = (
        f"The patient last had the maximum {concept} on {iso(e)}.",
        f"The highest {concept} was last measured on {long(e)}.",
    )
    result = result_of([Value(e.time, name, (e.event_key,))], [e], LinkedConcept(concept, (name,), Kind.LABORATORY))
    world = World((concept, name), other_times=others(*rest)["other_times"])
    return Right("highest", f"When did the patient last have the maximum {concept}?", plan, result, answers, world)


FAMILIES = (
    lookup_value,
    lookup_in_month,
    lookup_since,
    list_values,
    lookup_time,
    threshold_time,
    drug_names,
    drug_after,
    attribute,
    age,
    stay_length,
    count,
    extreme,
    total,
    buckets,
    exists_yes,
    exists_no,
    compare,
    difference,
    interval,
    nothing,
    highest_time,
)


def right_answers(rounds: int, seed: int = 20) -> Iterator[Right]:
    for turn in range(rounds):
        for family in FAMILIES:
            yield family(random.Random(f"{seed}/{turn}/{family.__name__}"))
