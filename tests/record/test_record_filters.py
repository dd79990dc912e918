"""What is held against a limit or a flag: numbers that stand in words, flags of every sender, panels."""

import pytest
from record_charts import event, run, said

from chartline.language.plan_text import load_plan
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.plan import Aggregate, Comparator, Field, Filter, Function, PlanOutcome, Selection


def vital(name: str, day: int, value: str = "", unit: str = "", text: str = "") -> Event:
    return event(EventKind.VITAL, name, f"2100-03-{day:02} 10:00:00", value, unit, text_value=text)


WORDS = [
    vital("pain", 1, text="7-Mod to Severe"),
    vital("pain", 2, "3"),
    vital("cuff pressure", 1, text="180/110"),
    vital("clarity", 1, "4"),
    vital("clarity", 2, text="hemolyzed"),
    vital("ketones", 1, text="Negative"),
]


@pytest.mark.parametrize(
    "plan",
    [
        'exists vital "pain" with value > 5',
        'exists vital "cuff pressure" with value <= 140',
        'count vital "pain" with value > 2',
        'exists vital "ketones" with value > 5',
        'get time of highest vital "pain"',
        'max vital "cuff pressure"',
        'mean vital "pain"',
        'max vital "pain" by day',
        'greater (max vital "pain") 4',
    ],
)
def test_a_number_that_only_a_text_tells_leaves_it_open(plan: str) -> None:
    assert run(load_plan(plan), WORDS).outcome is PlanOutcome.INCOMPARABLE


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ('exists vital "pain" with value > 2', [True]),
        ('exists vital "clarity" with value > 5', [False]),
        ('exists vital "clarity" with value > 3', [True]),
        ('max vital "clarity"', ["4"]),
        ('exists vital "pain" with value = 5', [False]),
        ('count vital "pain"', ["2 1"]),
        ('get value of last vital "pain"', ["3"]),
    ],
)
def test_it_leaves_nothing_open_that_others_decide_or_that_is_no_limit(plan: str, expected: list[object]) -> None:
    assert said(run(load_plan(plan), WORDS)) == expected


def test_what_cannot_be_reckoned_with_is_shown_beside_what_can() -> None:
    assert said(run(load_plan('max vital "pain"'), WORDS)) == ["3", "7-Mod to Severe"]


def flagged(code: str, value: str = "7.9", **limits: str) -> Event:
    return event(
        EventKind.LABORATORY,
        "potassium",
        "2100-03-01 10:00:00",
        value,
        "mmol/L",
        interpretation=code,
        attributes=limits,
    )


@pytest.mark.parametrize(
    ("codes", "word"), [(("H", "HH", "HU", "HX", ">"), "high"), (("L", "LL", "LU", "LX", "<"), "low")]
)
def test_a_flag_says_its_direction_and_that_it_is_abnormal(codes: tuple[str, ...], word: str) -> None:
    other = {"high": "low", "low": "high"}[word]
    for code in codes:
        answers = [_is(answer, flagged(code)) for answer in (word, "abnormal", other, "normal")]
        assert answers == [[True], [True], [False], [False]]


def _is(word: str, result: Event) -> list[object]:
    return said(run(load_plan(f'exists lab "potassium" with interpretation {word}'), [result]))


def test_what_is_only_abnormal_is_high_or_low_by_its_range() -> None:
    limits = {"reference_low": "3.5", "reference_high": "5.1"}
    high, low = flagged("A", "7.9", **limits), flagged("A", "2.1", **limits)
    assert [_is(word, high) for word in ("high", "low", "abnormal")] == [[True], [False], [True]]
    assert [_is(word, low) for word in ("high", "low", "abnormal")] == [[False], [True], [True]]
    assert [_is(word, flagged("A")) for word in ("high", "low", "abnormal", "normal")] == [[], [], [True], [False]]
    assert [_is(word, flagged("A", "")) for word in ("high", "low")] == [[False], [False]]


PANELS = [
    vital("Systolic blood pressure", 1, "130", "mmHg"),
    vital("Diastolic blood pressure", 1, "75", "mmHg"),
    vital("GCS - Eye Opening", 1, "4"),
    vital("GCS - Verbal Response", 1, "5"),
    vital("GCS - Motor Response", 1, "6"),
]


@pytest.mark.parametrize("plan", ['exists vital "gcs" with value < 8', 'exists vital "blood pressure" with value < 90'])
def test_a_limit_over_a_panel_is_asked_back(plan: str) -> None:
    """One of its numbers says nothing of the others, nor of their sum."""
    assert run(load_plan(plan), PANELS).outcome is PlanOutcome.AMBIGUOUS


@pytest.mark.parametrize("plan", ['exists vital "gcs"', 'exists vital "systolic blood pressure" with value < 140'])
def test_a_panel_without_a_limit_or_one_of_its_series_is_there(plan: str) -> None:
    assert said(run(load_plan(plan), PANELS)) == [True]


SCALES = [
    vital("Temperature Fahrenheit", 1, "98.6", "°F"),
    vital("Temperature Fahrenheit", 2, "103.1", "°F"),
    vital("Temperature Celsius", 3, "36.8", "°C"),
    vital("Glucose", 1, "180", "mg/dL"),
    vital("Glucose", 2, "7", "mmol/L"),
]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ('max vital "temperature"', ["103.1 °F"]),
        ('exists vital "temperature" with value > 39', [True]),
        ('count vital "temperature" with value > 100', ["1 1"]),
        ('exists vital "temperature" with value > 104', [False]),
        ('exists vital "temperature celsius" with value > 39', [False]),
        ('greater (get value of first vital "temperature") 38', [False]),
        ('exists vital "glucose" with value < 5', [False]),
    ],
)
def test_one_measurement_on_two_scales_is_one_series(plan: str, expected: list[object]) -> None:
    assert said(run(load_plan(plan), SCALES)) == expected


@pytest.mark.parametrize("limit", ["> 10", "< 8"])
def test_a_limit_that_is_of_either_unit_is_left_open_where_they_disagree(limit: str) -> None:
    assert run(load_plan(f'exists vital "glucose" with value {limit}'), SCALES).outcome is PlanOutcome.INCOMPARABLE


def given(name: str, day: int, route: str) -> Event:
    return event(EventKind.MEDICATION_ADMINISTRATION, name, f"2100-03-{day:02} 10:00:00", attributes={"route": route})


GIVEN = [
    given("heparin", 1, "IV DRIP"),
    given("heparin", 2, "SC"),
    given("aspirin", 3, "PO/NG"),
    given("cream", 4, "XX"),
]


@pytest.mark.parametrize(
    ("drug", "route", "many"),
    [
        ("heparin", "intravenously", 1),
        ("heparin", "IV", 1),
        ("heparin", "subcutaneous route", 1),
        ("heparin", "by mouth", 0),
        ("aspirin", "oral", 1),
        ("aspirin", "PO/NG", 1),
        ("cream", "xx", 1),
        ("cream", "topical", 0),
    ],
)
def test_a_route_is_the_same_whatever_its_sender_calls_it(drug: str, route: str, many: int) -> None:
    plan = f'count administration "{drug}" with route = "{route}"'
    assert said(run(load_plan(plan), GIVEN)) == [f"{many} 1"]


def test_a_route_that_the_record_writes_so_is_that_one_alone() -> None:
    both = [given("heparin", 1, "IV"), given("heparin", 2, "IV DRIP")]
    assert said(run(load_plan('count administration "heparin" with route = "iv"'), both)) == ["1 1"]


def potassium(day: int, value: str, flag: str = "") -> Event:
    number = {"value": value, "unit": "mmol/L"} if "-" not in value else {"text_value": value}
    return event(EventKind.LABORATORY, "potassium", f"2100-03-{day:02} 10:00:00", interpretation=flag, **number)


@pytest.mark.parametrize(
    ("events", "plan"),
    [
        ([potassium(1, "6"), potassium(2, "7"), potassium(3, "6-7")], "with value > 5 repeated 3"),
        ([potassium(1, "6", "N"), potassium(2, "5-6", "HH")], "with value > 5 with interpretation high"),
        ([potassium(1, "6", "N"), potassium(2, "5-6", "HH")], "with interpretation high with value > 5"),
    ],
)
def test_one_that_passes_one_condition_decides_nothing_of_several(events: list[Event], plan: str) -> None:
    assert run(load_plan(f'exists lab "potassium" {plan}'), events).outcome is PlanOutcome.INCOMPARABLE


def test_one_that_passes_all_conditions_is_there_whatever_is_open() -> None:
    events = [potassium(1, "6", "H"), potassium(2, "5-6", "HH")]
    assert said(run(load_plan('exists lab "potassium" with value > 5 with interpretation high'), events)) == [True]


def test_a_sample_may_be_told_by_the_name_of_the_test() -> None:
    events = [event(EventKind.LABORATORY, "Glucose, Urine", "2100-03-01 10:00:00", "120", "mg/dL")]
    plan = load_plan('get value of lab "glucose" with specimen = "urine"')
    assert said(run(plan, events)) == ["120 mg/dL"]


def test_times_of_a_panel_within_a_limit_are_asked_back() -> None:
    assert run(load_plan('get time of vital "blood pressure" with value < 90'), PANELS).outcome is PlanOutcome.AMBIGUOUS


WORDED = [
    event(EventKind.LABORATORY, "troponin", "2100-03-01 10:00:00", text_value="0.4"),
    event(EventKind.LABORATORY, "troponin", "2100-03-02 10:00:00", text_value="< 0.01"),
    event(EventKind.LABORATORY, "hemoglobin", "2100-03-02 10:00:00", "6.5", "g/dL"),
    event(EventKind.LABORATORY, "hemoglobin", "2100-03-03 10:00:00", "8.1", "g/dL"),
]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ('max lab "troponin"', ["0.4"]),
        ('count lab "troponin" with value < 0.1', ["1 1"]),
        ('get value of last lab "troponin"', ["<0.01"]),
        ('get value of highest lab "troponin"', ["0.4"]),
    ],
)
def test_a_text_that_is_all_number_is_a_number(plan: str, expected: list[object]) -> None:
    assert said(run(load_plan(plan), WORDED)) == expected


@pytest.mark.parametrize(
    ("comparator", "limit", "expected"),
    [
        (Comparator.LESS, "7 grams", ["1 1"]),
        (Comparator.GREATER, "80 g/L", ["1 1"]),
        (Comparator.GREATER, "6000 mg", ["2 1"]),
        (Comparator.GREATER, "7 mmHg", []),
    ],
)
def test_a_unit_said_in_half_is_that_of_the_ratio(comparator: Comparator, limit: str, expected: list[object]) -> None:
    low = Selection(EventKind.LABORATORY, ("hemoglobin",), filters=(Filter(Field.VALUE, comparator, limit),))
    assert said(run(Aggregate(low, Function.COUNT), WORDED)) == expected
