"""What goes on now: drugs that were not stopped, conditions that are not over. Stays, by whatever they are called."""

from dataclasses import replace

import pytest
from record_charts import drug, event, lab, run, said, visit

from chartline.language.plan_text import load_plan
from chartline.record.event import Event, EventStatus
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome


def condition(name: str, time: str, status: str = "", end: str | None = None, rank: str = "") -> Event:
    told = {"clinical_status": status, "rank": rank}
    return event(EventKind.CONDITION, name, time, end=end, attributes={k: v for k, v in told.items() if v})


def filed(category: str, status: str = "") -> Event:
    told = {"category": category, "clinical_status": status}
    return event(EventKind.CONDITION, "anemia", "2098-01-01", attributes={k: v for k, v in told.items() if v})


CHART = [
    drug("heparin", "2100-12-30 08:00:00", end="2101-01-02 08:00:00"),
    drug("aspirin", "2100-12-30 08:00:00"),
    drug("warfarin", "2100-12-30 08:00:00", attributes={"order_status": "stopped"}),
    drug("morphine", "2100-12-30 08:00:00", end="2100-12-30 20:00:00"),
    drug("lasix", "2101-01-01 08:00:00"),
    condition("asthma", "2090-01-01"),
    condition("gout", "2091-01-01", "Active"),
    condition("migraine", "2092-01-01", "relapse"),
    condition("sprain", "2093-01-01", "resolved"),
    condition("eczema", "2094-01-01", "Inactive"),
    condition("influenza", "2095-01-01", end="2095-01-09"),
    condition("pneumonia", "2096-01-01", rank="1"),
    condition("diabetes", "2097-01-01", "active", rank="2"),
    event(EventKind.ALLERGY, "penicillin", "2080-01-01", attributes={"clinical_status": "active"}),
    event(EventKind.ALLERGY, "latex", "2080-01-01", attributes={"clinical_status": "resolved"}),
]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("get name of current prescription", ["aspirin", "heparin"]),
        ("get name of current diagnosis", ["asthma", "diabetes", "gout", "migraine"]),
        ("get name of current allergy", ["penicillin"]),
        ("count current diagnosis", ["4 1"]),
        ('exists current prescription "warfarin"', [False]),
        ('exists current prescription "heparin"', [True]),
        ('exists current diagnosis "pneumonia"', [False]),
    ],
)
def test_what_goes_on_now(plan: str, expected: list[object]) -> None:
    """A diagnosis that was billed for a stay does not say that it lasts; one of a problem list does until its end."""
    assert sorted(map(str, said(run(load_plan(plan), CHART)))) == sorted(map(str, expected))


@pytest.mark.parametrize(
    ("told", "current"),
    [
        (filed("Encounter Diagnosis"), False),
        (filed("encounter-diagnosis"), False),
        (filed("encounter-diagnosis", "active"), True),
        (filed("Encounter Diagnosis; Problem List Item"), True),
        (filed("problem-list-item"), True),
    ],
)
def test_what_is_filed_under_a_stay_alone_was_billed_for_it(told: Event, current: bool) -> None:
    assert said(run(load_plan('exists current diagnosis "anemia"'), [told])) == [current]


STAYS = [
    visit("1", "2100-01-01 10:00:00", "2100-01-05 12:00:00", admission_location="emergency room"),
    visit("2", "2100-02-01 10:00:00", "2100-02-01 11:00:00", reason="cough"),
    event(EventKind.ENCOUNTER, "drug rehabilitation", "2100-03-01 10:00:00", end="2100-03-04 10:00:00", key="3"),
    event(EventKind.TRANSFER, "transfer", "2100-01-02 10:00:00", attributes={"care_unit": "discharge lounge"}),
    event(EventKind.MICROBIOLOGY, "mrsa screen", "2100-01-02 10:00:00", attributes={"specimen": "nose"}),
    event(EventKind.MICROBIOLOGY, "urine culture", "2100-01-02 10:00:00", attributes={"organism": "e. coli"}),
]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ('count visit with admission_location = "emergency room"', ["1 1"]),
        ('count visit with admission_type = "emergency room"', ["1 1"]),
        ('count visit with admission_location = "drug rehabilitation"', ["1 1"]),
        ('count visit with admission_type = "emergency room" before (visit "drug rehabilitation")', ["1 1"]),
        ('get time of transfer "careunit discharge lounge"', ["2100-01-02T10:00:00"]),
    ],
)
def test_a_stay_goes_by_any_of_its_names(plan: str, expected: list[str]) -> None:
    """Where none has the value as that attribute: one sender's way of being admitted is another's name of a visit."""
    assert list(map(str, said(run(load_plan(plan), STAYS)))) == expected


@pytest.mark.parametrize("kind", [EventKind.MEDICATION_REQUEST, EventKind.MEDICATION_STATEMENT])
@pytest.mark.parametrize("end", [None, "2101-02-01 08:00:00"])
def test_what_is_only_proposed_is_not_taken(kind: EventKind, end: str | None) -> None:
    chart = [event(kind, "warfarin", "2100-12-30 08:00:00", end=end, status=EventStatus.PRELIMINARY)]
    word = "prescription" if kind is EventKind.MEDICATION_REQUEST else "statement"
    assert said(run(load_plan(f'exists current {word} "warfarin"'), chart)) == [False]
    assert said(run(load_plan(f'exists {word} "warfarin"'), chart)) == [True]


def test_a_preliminary_result_and_an_unconfirmed_allergy_count() -> None:
    told = [replace(e, status=EventStatus.PRELIMINARY) for e in (lab("k", "2100-12-30", "4"), CHART[-2])]
    assert said(run(load_plan('get value of last lab "k"'), told)) == ["4 mg/dL"]
    assert said(run(load_plan("get name of current allergy"), told)) == ["penicillin"]


PLANNED = visit("9", "2100-12-20 10:00:00")


@pytest.mark.parametrize(
    "ahead",
    [
        replace(PLANNED, status=EventStatus.PRELIMINARY),
        visit("9", "2101-03-01 10:00:00", known="2100-12-01 10:00:00"),
        replace(PLANNED, status=EventStatus.CANCELLED),
    ],
)
@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("get time of last visit", ["2100-02-01T10:00:00"]),
        ("get time of first visit", ["2100-01-01T10:00:00"]),
        ("count visit", ["2 1"]),
        ("exists current visit", [False]),
        ('count lab "k" during hospital', ["0 1"]),
        ('count lab "k" during current hospital', ["0 1"]),
    ],
)
def test_a_stay_that_is_only_planned_is_none(ahead: Event, plan: str, expected: list[object]) -> None:
    chart = [*STAYS[:2], ahead, lab("k", "2100-12-21 10:00:00", "4")]
    assert list(map(str, said(run(load_plan(plan), chart)))) == list(map(str, expected))


def test_a_visit_that_came_later_is_a_visit_still_for_who_asks_about_an_earlier_one() -> None:
    result = run(load_plan("get time of last visit"), STAYS[:2], encounter="1")
    assert said(result) == ["2100-02-01T10:00:00"]


def test_a_test_is_no_finding() -> None:
    """A screen for a germ is called by it and does not say that it was found."""
    assert said(run(load_plan('exists micro with organism = "mrsa"'), STAYS)) == [False]


def test_the_first_visit_is_the_first_whatever_is_known_of_it() -> None:
    assert run(load_plan("get reason of first visit"), STAYS).outcome is PlanOutcome.EMPTY
    assert said(run(load_plan("get reason of visit"), STAYS)) == ["cough"]
    assert said(run(load_plan("get reason of first 2 visit"), STAYS)) == ["cough"]


def test_a_name_of_plain_words_is_found_among_what_was_given() -> None:
    chart = [event(EventKind.INTAKE, "solution", "2100-01-02 10:00:00", "10", "mL"), drug("aspirin", "2100-01-01")]
    assert said(run(load_plan('exists prescription "solution"'), chart)) == [True]
