"""The words of plan text: one table for the writer, the reader and the grammar."""

from chartline.record.kinds import ATTRIBUTES, EventKind
from chartline.record.plan import (
    Comparator,
    Extremum,
    Field,
    Function,
    OutOfScopeReason,
    Relation,
    StayType,
    TimeUnit,
    Which,
)

KINDS: dict[str, EventKind | None] = {
    "patient": EventKind.PATIENT,
    "visit": EventKind.ENCOUNTER,
    "transfer": EventKind.TRANSFER,
    "icu": EventKind.ICU_STAY,
    "diagnosis": EventKind.CONDITION,
    "lab": EventKind.LABORATORY,
    "vital": EventKind.VITAL,
    "micro": EventKind.MICROBIOLOGY,
    "prescription": EventKind.MEDICATION_REQUEST,
    "administration": EventKind.MEDICATION_ADMINISTRATION,
    "statement": EventKind.MEDICATION_STATEMENT,
    "dispense": EventKind.MEDICATION_DISPENSE,
    "intake": EventKind.INTAKE,
    "output": EventKind.OUTPUT,
    "procedure": EventKind.PROCEDURE,
    "allergy": EventKind.ALLERGY,
    "vaccine": EventKind.IMMUNIZATION,
    "specimen": EventKind.SPECIMEN,
    "report": EventKind.REPORT,
    "note": EventKind.NOTE,
    "death": EventKind.DEATH,
    "event": None,
}
FIELDS = {
    "value": Field.VALUE,
    "name": Field.NAME,
    "time": Field.TIME,
    "end": Field.END_TIME,
    "duration": Field.DURATION,
    "interpretation": Field.INTERPRETATION,
    "age": Field.AGE,
}
#: Attributes a plan may name beside the fields; `age` and `name` are fields.
ATTRIBUTE_NAMES = tuple(sorted(frozenset().union(*ATTRIBUTES.values()) - FIELDS.keys()))
FUNCTIONS = {
    "count": Function.COUNT,
    "distinct": Function.COUNT_DISTINCT,
    "sum": Function.SUM,
    "min": Function.MINIMUM,
    "max": Function.MAXIMUM,
    "mean": Function.MEAN,
}
COMPARISONS = {
    "difference": Comparator.DIFFERENCE,
    "greater": Comparator.GREATER,
    "less": Comparator.LESS,
    "equal": Comparator.EQUAL,
}
FILTER_SIGNS = {
    "=": Comparator.EQUAL,
    "<=": Comparator.LESS_OR_EQUAL,
    ">=": Comparator.GREATER_OR_EQUAL,
    "<": Comparator.LESS,
    ">": Comparator.GREATER,
}
UNITS = {
    "minute": TimeUnit.MINUTE,
    "hour": TimeUnit.HOUR,
    "day": TimeUnit.DAY,
    "week": TimeUnit.WEEK,
    "month": TimeUnit.MONTH,
    "year": TimeUnit.YEAR,
}
WHICH = {"first": Which.FIRST, "last": Which.LAST}
STAY_WHICH = {**WHICH, "current": Which.CURRENT}
STAYS = {"hospital": StayType.HOSPITAL, "icu": StayType.ICU}
EXTREMA = {"lowest": Extremum.MINIMUM, "highest": Extremum.MAXIMUM}
CALENDAR_RELATIONS = {"in": Relation.IN, "since": Relation.SINCE, "before": Relation.BEFORE}
EVENT_RELATIONS = {
    "at": Relation.SAME_TIME,
    "after": Relation.AFTER,
    "before": Relation.BEFORE,
    "since": Relation.SINCE,
}
INTERPRETATIONS = ("normal", "abnormal", "high", "low")
REASONS = {
    "not_recorded": OutOfScopeReason.NOT_RECORDED,
    "other_patients": OutOfScopeReason.OTHER_PATIENTS,
    "knowledge": OutOfScopeReason.KNOWLEDGE,
    "off_topic": OutOfScopeReason.OFF_TOPIC,
}
