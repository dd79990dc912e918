"""Plans with hand-made results and the plain answer each must get; shared by the tests of rendering and checking."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chartline.record.event import Event, EventStatus, Instant, Quantity, Source, TimePrecision
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
    OutOfScope,
    OutOfScopeReason,
    PlanOutcome,
    QueryPlan,
    RecentWindow,
    Relation,
    Retrieve,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
)
from chartline.record.result import Duration, LinkedConcept, PlanResult, Value

FOUND = PlanOutcome.FOUND
EMPTY = PlanOutcome.EMPTY


@dataclass(frozen=True)
class Case:
    question: str
    plan: QueryPlan
    result: PlanResult
    plain: str


def at(*parts: int, precision: TimePrecision = TimePrecision.SECOND) -> Instant:
    return Instant(round(datetime(*parts, tzinfo=UTC).timestamp() * 1e6), None, precision)  # type: ignore[misc]


def event(key: str, kind: Kind, name: str, quantity: Quantity | None = None, time: Instant | None = None) -> Event:
    source = Source("mimic-iv", "hosp", f"events/{key}")
    return Event("Patient/1", kind, source, key, display=name, quantity=quantity, time=time, event_key=key)


def linked(concept: str, name: str, kind: Kind) -> LinkedConcept:
    return LinkedConcept(concept, (name,), kind)


SERUM = "Creatinine, serum"
FIRST = event("a", Kind.LABORATORY, SERUM, Quantity("1.20", "mg/dL"), at(2100, 12, 3, 2, 37))
SECOND = event("b", Kind.LABORATORY, SERUM, Quantity("1.4", "mg/dL"), at(2100, 12, 4, 2, 37, 5))
BOUNDED = event("b", Kind.LABORATORY, SERUM, Quantity("0.3", "mg/dL", "<"), at(2100, 12, 4, 2, 37, 5))
NOTE = event("a", Kind.NOTE, "Discharge summary", None, at(2100, 12, 3, 2, 37))
CREATININE = Selection(Kind.LABORATORY, ("creatinine",))
LAST_CREATININE = replace(CREATININE, which=Which.LAST)
FIRST_CREATININE = replace(CREATININE, which=Which.FIRST)
SECOND_LAST = replace(LAST_CREATININE, nth=2)
SERUM_LINK = (linked("creatinine", SERUM, Kind.LABORATORY),)
AUGUST = (CalendarWindow(Relation.IN, CalendarDate(year=2100, month=8)),)
HEPARIN = event("h", Kind.MEDICATION_REQUEST, "Heparin", None, at(2100, 12, 3, 9))
INSULIN = event("i", Kind.MEDICATION_REQUEST, "Insulin, regular", None, at(2100, 12, 3, 9))
UNSURE = tuple(replace(e, status=EventStatus.PRELIMINARY) for e in (FIRST, HEPARIN))
WEIGHT = Selection(Kind.VITAL, ("weight",), which=Which.LAST)


def found(values: list[Value], *events: Event, concepts: tuple[LinkedConcept, ...] = SERUM_LINK) -> PlanResult:
    return PlanResult(FOUND, tuple(values), events, concepts)


def of(*events: Event) -> list[Value]:
    return [Value(e.quantity or e.name, e.name, (e.event_key,)) for e in events]


def within(result: PlanResult, start: Instant, end: Instant | None) -> PlanResult:
    return replace(result, window_start=start, window_end=end)


CASES = [
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        found(of(FIRST), FIRST),
        "The last creatinine (Creatinine, serum) was 1.20 mg/dL on 2100-12-03 02:37.",
    ),
    Case(
        "What were the creatinine values in 08/2100?",
        Lookup(replace(CREATININE, windows=AUGUST), Field.VALUE),
        within(found(of(FIRST, SECOND), FIRST, SECOND), at(2100, 8, 1), at(2100, 9, 1)),
        "The creatinine (Creatinine, serum) values in 2100-08 were 1.20 mg/dL (2100-12-03 02:37) and 1.4 mg/dL"
        " (2100-12-04 02:37:05).",
    ),
    Case(
        "When was the last creatinine test?",
        Lookup(LAST_CREATININE, Field.TIME),
        found([Value(FIRST.time, SERUM, ("a",))], FIRST),  # type: ignore[arg-type]
        "The last creatinine (Creatinine, serum) test was on 2100-12-03 02:37.",
    ),
    Case(
        "Was the second to last creatinine of the first ICU stay high?",
        Lookup(replace(SECOND_LAST, windows=(StayWindow(StayType.ICU, Which.FIRST),)), Field.INTERPRETATION),
        found([Value("high", SERUM, ("a",))], FIRST),
        "The second to last creatinine (Creatinine, serum) test during the first ICU stay was high on"
        " 2100-12-03 02:37.",
    ),
    Case(
        "What was prescribed last after the appendectomy within the same hospital visit?",
        Lookup(
            Selection(
                Kind.MEDICATION_REQUEST,
                which=Which.LAST,
                windows=(
                    EventWindow(
                        Relation.AFTER,
                        Selection(Kind.PROCEDURE, ("appendectomy",)),
                        within_stay=StayType.HOSPITAL,
                    ),
                ),
            ),
            Field.NAME,
        ),
        found(of(HEPARIN, INSULIN), HEPARIN, INSULIN, concepts=()),
        "The last prescriptions after the appendectomy procedure within the same hospital visit were Heparin; and"
        " Insulin, regular, on 2100-12-03 09:00.",
    ),
    Case(
        "What insurance did the patient have during the last hospital visit?",
        Lookup(Selection(Kind.ENCOUNTER, which=Which.LAST), Field.ATTRIBUTE, "insurance"),
        found([Value("Medicaid")], concepts=()),
        "The insurance of the last hospital visit was Medicaid.",
    ),
    Case(
        "How long was the first ICU stay?",
        Lookup(Selection(Kind.ICU_STAY, which=Which.FIRST), Field.DURATION),
        found([Value(Duration(26.832))], concepts=()),
        "The first ICU stay lasted 1.118 days (26.832 hours).",
    ),
    Case(
        "How old was the patient at the first hospital visit?",
        Lookup(Selection(Kind.ENCOUNTER, which=Which.FIRST), Field.AGE),
        found([Value(Quantity("52", "a"))], concepts=()),
        "The patient was 52 years old at the first hospital visit.",
    ),
    Case(
        "What is the patient's gender?",
        Lookup(Selection(Kind.PATIENT), Field.ATTRIBUTE, "gender"),
        found([Value("M")], concepts=()),
        "The gender of the patient was M.",
    ),
    Case(
        "How many hospital visits were there since 1 year ago?",
        Aggregate(Selection(Kind.ENCOUNTER, windows=(RecentWindow(1, TimeUnit.YEAR),)), Function.COUNT),
        found([Value(Quantity("4", "1"))], concepts=()),
        "There were 4 hospital visits in the last year.",
    ),
    Case(
        "How many creatinine tests were there?",
        Aggregate(CREATININE, Function.COUNT),
        found([Value(Quantity("1", "1"))]),
        "There was 1 creatinine (Creatinine, serum) test.",
    ),
    Case(
        "How many distinct drugs were prescribed?",
        Aggregate(Selection(Kind.MEDICATION_REQUEST), Function.COUNT_DISTINCT),
        found([Value(Quantity("24", "1"))], concepts=()),
        "There were 24 distinct prescriptions.",
    ),
    Case(
        "What was the maximum creatinine?",
        Aggregate(CREATININE, Function.MAXIMUM),
        found(of(SECOND), SECOND),
        "The maximum creatinine (Creatinine, serum) was 1.4 mg/dL on 2100-12-04 02:37:05.",
    ),
    Case(
        "What was the mean creatinine?",
        Aggregate(CREATININE, Function.MEAN),
        found([Value(Quantity("1.33333333", "mg/dL"), SERUM, ("a", "b"))], FIRST, SECOND),
        "The mean creatinine (Creatinine, serum) was 1.333 mg/dL.",
    ),
    Case(
        "What was the daily maximum creatinine?",
        Aggregate(CREATININE, Function.MAXIMUM, bucket=TimeUnit.DAY),
        found(
            [
                Value(Quantity("1.2", "mg/dL"), "2100-12-03", ("a",)),
                Value(Quantity("1.4", "mg/dL"), "2100-12-04", ("b",)),
            ],
            FIRST,
            SECOND,
        ),
        "The maximum creatinine (Creatinine, serum) by day: 2100-12-03: 1.2 mg/dL and 2100-12-04: 1.4 mg/dL.",
    ),
    Case(
        "Was creatinine tested in 08/2100?",
        Exists(replace(CREATININE, windows=AUGUST)),
        within(found([Value(True, "", ("a",))], FIRST), at(2100, 8, 1), at(2100, 9, 1)),
        "Yes, there is a record of laboratory tests of creatinine (Creatinine, serum) in 2100-08, on 2100-12-03 02:37.",
    ),
    Case(
        "Was lisinopril or heparin prescribed?",
        Exists(Selection(Kind.MEDICATION_REQUEST, ("lisinopril", "heparin"))),
        found([Value(True, "", ("h",))], HEPARIN, concepts=(linked("heparin", "Heparin", Kind.MEDICATION_REQUEST),)),
        "Yes, there is a record of prescriptions of heparin, on 2100-12-03 09:00.",
    ),
    Case(
        "Was lisinopril or vitamin d prescribed since yesterday?",
        Exists(
            Selection(
                Kind.MEDICATION_REQUEST,
                ("lisinopril", "vitamin d"),
                windows=(CalendarWindow(Relation.SINCE, CalendarDate(day_offset=-1)),),
            )
        ),
        within(found([Value(False)], concepts=()), at(2100, 12, 3), at(2100, 12, 4, 2)),
        "No, there is no record of prescriptions of lisinopril or vitamin d between 2100-12-03 and 2100-12-04 02:00.",
    ),
    Case(
        "Was lisinopril prescribed?",
        Exists(Selection(Kind.MEDICATION_REQUEST, ("lisinopril",))),
        PlanResult(EMPTY),
        "No, there is no record of prescriptions of lisinopril.",
    ),
    Case(
        "Was the last creatinine greater than the second to last?",
        Compare(Lookup(LAST_CREATININE, Field.VALUE), Comparator.GREATER, Lookup(SECOND_LAST, Field.VALUE)),
        found([Value(False, "", ("a", "b"))], FIRST, SECOND),
        "No, the last creatinine (Creatinine, serum) was not greater than the second to last creatinine"
        " (Creatinine, serum).",
    ),
    Case(
        "How much did the weight change from the second to last to the last measurement?",
        Compare(Lookup(WEIGHT, Field.VALUE), Comparator.DIFFERENCE, Lookup(replace(WEIGHT, nth=2), Field.VALUE)),
        found([Value(Quantity("-2.3", "kg"))], concepts=(linked("weight", "Weight", Kind.VITAL),)),
        "The difference of the last weight minus the second to last weight was -2.3 kg.",
    ),
    Case(
        "What is the difference between the total input and output?",
        Compare(
            Aggregate(Selection(Kind.INTAKE), Function.SUM),
            Comparator.DIFFERENCE,
            Aggregate(Selection(Kind.OUTPUT), Function.SUM),
        ),
        found([Value(Quantity("15365", "mL"))], concepts=()),
        "The difference of the total intake minus the total output was 15365 mL.",
    ),
    Case(
        "Was the last creatinine below 1.5 mg/dL?",
        Compare(Lookup(LAST_CREATININE, Field.VALUE), Comparator.LESS, Quantity("1.5", "mg/dL")),
        found([Value(True, "", ("a",))], FIRST),
        "Yes, the last creatinine (Creatinine, serum) was less than 1.5 mg/dL.",
    ),
    Case(
        "How many hours have passed since the last creatinine test of the current hospital visit?",
        Interval(replace(LAST_CREATININE, windows=(StayWindow(StayType.HOSPITAL, Which.CURRENT),))),
        found([Value(Duration(228.51666667), "", ("a",))], FIRST),
        "The time from the last creatinine (Creatinine, serum) test during the current hospital visit to now was"
        " 228.517 hours.",
    ),
    Case(
        "How many days lay between the sepsis diagnosis and the first ICU stay?",
        Interval(Selection(Kind.CONDITION, ("sepsis",)), Selection(Kind.ICU_STAY, which=Which.FIRST), TimeUnit.DAY),
        found([Value(Duration(24.0))], concepts=()),
        "The time from the sepsis diagnosis to the first ICU stay was 1 day.",
    ),
    Case(
        "When was the heart rate first above 21.0 in the first 24 hours of the stay?",
        Lookup(
            Selection(
                Kind.VITAL,
                ("heart rate",),
                (Filter(Field.VALUE, Comparator.GREATER, "21.0"),),
                (StayWindow(StayType.HOSPITAL, first_hours=24.0),),
                which=Which.FIRST,
            ),
            Field.TIME,
        ),
        found([Value(at(2100, 12, 3, 2, 37))], concepts=(linked("heart rate", "Heart Rate", Kind.VITAL),)),
        "The first heart rate measurement with value greater than 21.0 in the first 24 hours of the hospital visit"
        " was on 2100-12-03 02:37.",
    ),
    Case(
        "When was the sodium highest for the first time?",
        Lookup(Selection(Kind.LABORATORY, ("sodium",), extremum=Extremum.MAXIMUM, which=Which.FIRST), Field.TIME),
        found([Value(at(2100, 12, 3))], concepts=()),
        "The first highest sodium test was on 2100-12-03 00:00.",
    ),
    Case(
        "What did the discharge summary say about chest pain?",
        Retrieve("chest pain"),
        found([Value("Denies chest pain. No fever.", "Discharge summary, plan", ("a",))], NOTE, concepts=()),
        "Discharge summary, plan (2100-12-03 02:37): “Denies chest pain. No fever.”",
    ),
    Case(
        "What about chest pain?",
        Retrieve("chest pain"),
        PlanResult(EMPTY, events_searched=14),
        "Nothing about “chest pain” was found in 14 notes and reports.",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        PlanResult(EMPTY, concepts=SERUM_LINK),
        "There is no record of laboratory tests of creatinine (Creatinine, serum).",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        PlanResult(PlanOutcome.UNLINKED),
        "creatinine does not appear in this record.",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        PlanResult(
            PlanOutcome.AMBIGUOUS, concepts=(LinkedConcept("creatinine", ("Creatinine, urine",), Kind.LABORATORY),)
        ),
        "In this record creatinine could only mean Creatinine, urine (laboratory test); please ask for it by that name "
        "if it is meant.",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        PlanResult(
            PlanOutcome.AMBIGUOUS,
            concepts=(LinkedConcept("creatinine", (SERUM, "Creatinine, urine"), Kind.LABORATORY),),
        ),
        "In this record creatinine may mean Creatinine, serum (laboratory test); or Creatinine, urine (laboratory"
        " test); please say which.",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        replace(found(of(FIRST, SECOND), FIRST, SECOND), outcome=PlanOutcome.CONFLICTING),
        "The sources disagree on the last creatinine (Creatinine, serum): 1.20 mg/dL (hosp events/a) and 1.4 mg/dL"
        " (hosp events/b).",
    ),
    Case(
        "How much lower is the last creatinine than the first?",
        Compare(Lookup(FIRST_CREATININE, Field.VALUE), Comparator.DIFFERENCE, Lookup(LAST_CREATININE, Field.VALUE)),
        replace(found(of(FIRST, BOUNDED), FIRST, BOUNDED), outcome=PlanOutcome.INCOMPARABLE),
        "There is no certain comparison of the first creatinine (Creatinine, serum) and the last creatinine"
        " (Creatinine, serum): 1.2 mg/dL and <0.3 mg/dL.",
    ),
    Case(
        "What was the last creatinine?",
        Lookup(LAST_CREATININE, Field.VALUE),
        found(of(UNSURE[0]), UNSURE[0]),
        "The last creatinine (Creatinine, serum) was 1.20 mg/dL (preliminary) on 2100-12-03 02:37.",
    ),
    Case(
        "What were the creatinine values?",
        Lookup(CREATININE, Field.VALUE),
        found(of(UNSURE[0], SECOND), UNSURE[0], SECOND),
        "The creatinine (Creatinine, serum) values were 1.20 mg/dL (2100-12-03 02:37, preliminary); and 1.4 mg/dL"
        " (2100-12-04 02:37:05).",
    ),
    Case(
        "Was heparin prescribed?",
        Exists(Selection(Kind.MEDICATION_REQUEST, ("heparin",))),
        found([Value(True, "", ("h",))], UNSURE[1], concepts=()),
        "Yes, there is a record of prescriptions of heparin, on 2100-12-03 09:00 (preliminary).",
    ),
    Case(
        "How many prescriptions were there?",
        Aggregate(Selection(Kind.MEDICATION_REQUEST), Function.COUNT),
        found([Value(Quantity("1", "1"), "", ("h",))], UNSURE[1], concepts=()),
        "There was 1 prescription (preliminary).",
    ),
    Case(
        "Was heparin prescribed, surely?",
        Exists(Selection(Kind.MEDICATION_REQUEST, ("heparin",))),
        found([Value(True, "", ("h", "i"))], UNSURE[1], INSULIN, concepts=()),
        "Yes, there is a record of prescriptions of heparin, on 2100-12-03 09:00.",
    ),
    Case(
        "What is the usual dose of heparin?",
        OutOfScope(OutOfScopeReason.KNOWLEDGE),
        PlanResult(EMPTY),
        "This cannot be answered from a record: it asks for medical knowledge or advice.",
    ),
]
