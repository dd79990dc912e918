"""A day is all its hours: what ends on it has it, and nobody knows what was before one of them."""

import pytest

from chartline.language.plan_text import load_plan
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome
from tests.record.record_charts import drug, event, icu_stay, lab, run, said, visit

STAY = [
    visit("v1", "2100-01-05 10:00:00", "2100-01-10"),
    lab("creatinine", "2100-01-06 08:00:00", "1.5"),
    lab("creatinine", "2100-01-10 07:00:00", "2.5"),
]


@pytest.mark.parametrize(("now", "taken"), [("2100-01-11 09:00:00", True), ("2100-01-12 00:00:00", False)])
def test_an_order_is_current_on_its_last_day(now: str, *, taken: bool) -> None:
    order = drug("warfarin", "2100-01-05", "5", end="2100-01-11")
    assert said(run(load_plan('exists current prescription "warfarin"'), [order], now)) == [taken]


@pytest.mark.parametrize(
    ("plan", "now", "encounter"),
    [
        ('get value of last lab "creatinine" during last hospital', "2100-01-12 09:00:00", ""),
        ('get value of last lab "creatinine" during current hospital', "2100-01-10 09:00:00", ""),
        ('get value of lab "creatinine" in "past 24 hours"', "2100-01-12 09:00:00", "v1"),
        ('get value of lab "creatinine" in "today"', "2100-01-12 09:00:00", "v1"),
    ],
)
def test_the_day_of_discharge_belongs_to_the_visit(plan: str, now: str, encounter: str) -> None:
    assert said(run(load_plan(plan), STAY, now, encounter)) == ["2.5 mg/dL"]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        ('"last year" to "March"', ["1 mg/dL", "2 mg/dL"]),
        ('"11/last year" to "March"', ["1 mg/dL", "2 mg/dL"]),
        ('"May 2099" to "March"', ["1 mg/dL", "2 mg/dL"]),
    ],
)
def test_a_range_ends_in_the_month_that_follows_or_the_last_behind_a_year(window: str, found: list[str]) -> None:
    results = [lab("crp", "2099-12-01 08:00:00", "1"), lab("crp", "2100-02-01 08:00:00", "2")]
    plan = load_plan(f'get value of lab "crp" in {window}')
    assert said(run(plan, results, "2100-06-01 08:00:00")) == found


def test_days_are_counted_from_no_month() -> None:
    events = [event(EventKind.CONDITION, "asthma", "2100-03"), visit("v1", "2100-05-10 08:00:00")]
    result = run(load_plan('days from (first diagnosis "asthma") to (first visit)'), events)
    assert result.outcome is PlanOutcome.INCOMPARABLE


@pytest.mark.parametrize(("death", "age"), [("2100", "50 a"), ("2100-05-09", "50 a"), ("2100-02", "49 a")])
def test_nobody_dies_before_the_end_of_the_date_that_is_known(death: str, age: str) -> None:
    born = event(EventKind.PATIENT, "p", attributes={"birth_date": "2050-03-01"})
    events = [born, event(EventKind.DEATH, "death", death), lab("crp", "2100-05-10 08:00:00", "1")]
    assert said(run(load_plan('get age of last lab "crp"'), events)) == [age]


def test_a_stay_of_days_lasts_as_many_as_lie_between_them() -> None:
    plan = load_plan("get duration of last visit")
    assert said(run(plan, [visit("v1", "2100-01-05", "2100-01-11")])) == [6 * 24]


@pytest.mark.parametrize(
    ("day", "result"),
    [("2100-12-29", [True]), ("2100-12-31", [False]), ("2100-12", PlanOutcome.INCOMPARABLE)],
)
def test_what_is_known_by_the_day_is_before_no_hour_of_it(day: str, result: object) -> None:
    plan = load_plan("less (get time of last vaccine) (get time of last lab)")
    events = [event(EventKind.IMMUNIZATION, "tetanus", day), lab("sodium", "2100-12-30 08:00:00", "140", "mmol/L")]
    found = run(plan, events)
    assert result in (said(found), found.outcome)


LASTING = [
    visit("1", "2100-03-05 10:00:00", "2100-03-15 10:00:00"),
    icu_stay("i", "2100-03-06 10:00:00", "2100-03-10 09:00:00", encounter="1"),
    visit("2", "2100-05-01 10:00:00", "2100-05-02 10:00:00"),
    drug("vancomycin", "2100-03-05", end="2100-03-12", encounter="1"),
    drug("heparin", "2100-03-05 11:00:00", end="2100-03-12 10:00:00", attributes={"order_status": "stopped"}),
    drug("warfarin", "2100-03-05 11:00:00", encounter="1"),
    lab("sodium", "2100-03-05 11:00:00", "140", end="2100-03-12 10:00:00"),
]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ('exists icu in "today"', True),
        ('exists icu in "past 24 hours"', True),
        ('exists icu in "2100-03-11"', False),
        ('exists icu in "2100-03-05"', False),
        ('exists visit in "2100-03-10"', True),
        ('exists current visit in "2100-03-10"', True),
        ('exists first visit in "2100-03-10"', False),
        ('exists visit in "2100-03-10" repeated 1', False),
        ('exists prescription "vancomycin" in "yesterday"', True),
        ('exists prescription "vancomycin" in "2100-03-12"', True),
        ('exists prescription "vancomycin" in "2100-03-13"', False),
        ('exists prescription "vancomycin" in "past 24 hours"', False),
        ('exists prescription "heparin" in "yesterday"', False),
        ('exists prescription "warfarin" in "yesterday"', True),
        ('exists prescription "warfarin" in "2100-03-10"', False),
        ('exists prescription "warfarin" during last hospital', False),
        ('exists lab "sodium" in "yesterday"', False),
        ('exists icu in "today" after (first icu in "today")', False),
    ],
)
def test_what_lasts_is_in_each_of_its_days_where_it_is_asked_whether(plan: str, *, expected: bool) -> None:
    """An open order goes on as far as now, a stopped one nobody knows how long."""
    assert said(run(load_plan(plan), LASTING, "2100-03-09 12:00:00")) == [expected]


@pytest.mark.parametrize("plan", ['count visit in "today"', 'count prescription "vancomycin" in "yesterday"'])
def test_what_lasts_is_counted_where_it_began(plan: str) -> None:
    assert said(run(load_plan(plan), LASTING, "2100-03-09 12:00:00")) == ["0 1"]


def test_a_day_of_the_record_is_in_the_zone_in_which_a_stay_lasts() -> None:
    stay = icu_stay("i", "2100-03-06 10:00:00-05:00", "2100-03-09 22:00:00-05:00")
    for day, there in (("2100-03-09", True), ("2100-03-10", False)):
        assert said(run(load_plan(f'exists icu in "{day}"'), [stay], "2100-03-12 12:00:00-05:00")) == [there]


ON_DAYS = [
    visit("1", "2100-03-05 10:00:00", "2100-03-07 10:00:00"),
    event(EventKind.PROCEDURE, "appendectomy", "2100-03-05"),
    event(EventKind.PROCEDURE, "drain", "2100-03-08", end="2100-03-08"),
    event(EventKind.PROCEDURE, "tap", "2100-03-06 10:00:00", end="2100-03-06"),
    event(EventKind.PROCEDURE, "cast", "2100-03-06 10:00:00", end="2100-03-09"),
]


@pytest.mark.parametrize(
    ("plan", "hours"),
    [
        ('hours from (first visit) to (procedure "drain")', 3 * 24),
        ('hours from (procedure "appendectomy") to (procedure "drain")', 3 * 24),
        ('hours from (procedure "drain") to now', 24),
        ('difference (get time of procedure "drain") (get time of first visit)', 3 * 24),
        ('difference (get time of first visit) (get time of procedure "drain")', -3 * 24),
        ('get duration of procedure "cast"', 3 * 24),
    ],
)
def test_between_a_date_and_a_time_lie_whole_days(plan: str, hours: int) -> None:
    assert said(run(load_plan(plan), ON_DAYS, "2100-03-09 12:00:00")) == [hours]


@pytest.mark.parametrize(
    ("plan", "now", "sides"),
    [
        ('hours from (first visit) to (procedure "appendectomy")', "2100-03-09 12:00:00",
         ["2100-03-05T10:00:00", "2100-03-05"]),
        ('hours from (procedure "appendectomy") to (first visit)', "2100-03-09 12:00:00",
         ["2100-03-05", "2100-03-05T10:00:00"]),
        ('hours from (procedure "drain") to now', "2100-03-08 12:00:00", ["2100-03-08", "2100-03-08T12:00:00"]),
        ('difference (get time of procedure "appendectomy") (get time of first visit)', "2100-03-09 12:00:00",
         ["2100-03-05", "2100-03-05T10:00:00"]),
    ],
)  # fmt: skip
def test_how_long_lay_between_two_times_of_one_date_is_not_known(plan: str, now: str, sides: list[str]) -> None:
    result = run(load_plan(plan), ON_DAYS, now)
    assert (result.outcome, said(result)) == (PlanOutcome.INCOMPARABLE, sides)


@pytest.mark.parametrize("name", ["drain", "tap"])
def test_what_began_and_ended_in_one_date_has_no_known_duration(name: str) -> None:
    assert run(load_plan(f'get duration of procedure "{name}"'), ON_DAYS).outcome is PlanOutcome.EMPTY
