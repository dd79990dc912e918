"""Windows: dates on the local clock, the last N units, stays and their parts, other events."""

from typing import Any

import pytest
from record_charts import NOW, event, icu_stay, lab, run, said, visit

from chartline.errors import InvalidRequest
from chartline.record.calendar_windows import calendar_span
from chartline.record.event import Event, Instant
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    CalendarDate,
    CalendarWindow,
    EventWindow,
    Exists,
    Field,
    Lookup,
    RecentWindow,
    Relation,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
    Window,
)
from chartline.record.times import EARLIEST, LATEST, format_instant, local_micros, parse_instant

IN, SINCE, BEFORE, AFTER, SAME = Relation.IN, Relation.SINCE, Relation.BEFORE, Relation.AFTER, Relation.SAME_TIME
HOSPITAL, ICU = StayType.HOSPITAL, StayType.ICU


def span(window: CalendarWindow, now: str = NOW) -> tuple[str, str] | None:
    found = calendar_span(window, local_micros(parse_instant(now)))
    if found is None:
        return None
    ends = {EARLIEST: "…", LATEST: "…"}
    return tuple(ends.get(m) or format_instant(Instant(m)) for m in (found.start, found.end))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("relation", "start", "end", "expected"),
    [
        (IN, {"year": 2100}, None, ("2100-01-01T00:00:00", "2101-01-01T00:00:00")),
        (IN, {"year": 2100, "month": 2}, None, ("2100-02-01T00:00:00", "2100-03-01T00:00:00")),
        (IN, {"year_offset": 0, "month": 2, "day": 28}, None, ("2100-02-28T00:00:00", "2100-03-01T00:00:00")),
        (IN, {"year_offset": -1}, None, ("2099-01-01T00:00:00", "2100-01-01T00:00:00")),
        (IN, {"month_offset": 0, "day": 19}, None, ("2100-12-19T00:00:00", "2100-12-20T00:00:00")),
        (IN, {"month_offset": -12}, None, ("2099-12-01T00:00:00", "2100-01-01T00:00:00")),
        (IN, {"day_offset": -1}, None, ("2100-12-30T00:00:00", "2100-12-31T00:00:00")),
        (IN, {"day_offset": 0, "hour": 7}, None, ("2100-12-31T07:00:00", "2100-12-31T08:00:00")),
        (IN, {"year": 2100, "month": 3, "day": 5, "hour": 7, "minute": 0, "second": 0}, None,
         ("2100-03-05T07:00:00", "2100-03-05T07:00:01")),
        (IN, {"month": 12}, None, ("2100-12-01T00:00:00", "2101-01-01T00:00:00")),
        (IN, {"month": 2, "day": 29}, None, ("2096-02-29T00:00:00", "2096-03-01T00:00:00")),
        (IN, {"day": 30}, None, ("2100-12-30T00:00:00", "2100-12-31T00:00:00")),
        (IN, {"year": 2100, "month": 3}, {"year": 2100, "month": 5}, ("2100-03-01T00:00:00", "2100-06-01T00:00:00")),
        (SINCE, {"year": 2100, "month": 3}, None, ("2100-03-01T00:00:00", "…")),
        (BEFORE, {"year": 2100, "month": 3}, None, ("…", "2100-03-01T00:00:00")),
        (AFTER, {"year": 2100, "month": 3}, None, ("2100-04-01T00:00:00", "…")),
        (IN, {"year": 2100, "month": 2, "day": 30}, None, None),
        (IN, {"year": 2100, "month": 13}, None, None),
        (IN, {"year": 2100, "day": 3}, None, None),
        (IN, {"year": 99_999}, None, None),
        (IN, {}, None, None),
    ],
)  # fmt: skip
def test_dates(relation: Relation, start: dict[str, int], end: dict[str, int] | None, expected: object) -> None:
    last = CalendarDate(**end) if end is not None else None
    assert span(CalendarWindow(relation, CalendarDate(**start), last)) == expected


def test_a_month_without_a_year_is_the_last_that_had_begun() -> None:
    march = CalendarWindow(IN, CalendarDate(month=3))
    assert span(march, "2100-02-28 10:00:00") == ("2099-03-01T00:00:00", "2099-04-01T00:00:00")
    assert span(march, "2100-03-01 00:00:00") == ("2100-03-01T00:00:00", "2100-04-01T00:00:00")


@pytest.mark.parametrize(
    ("first", "last", "now", "expected"),
    [
        (3, 5, "2100-04-10 10:00:00", ("2100-03-01T00:00:00", "2100-06-01T00:00:00")),
        (12, 2, "2101-01-10 10:00:00", ("2100-12-01T00:00:00", "2101-03-01T00:00:00")),
        (3, 3, "2101-01-10 10:00:00", ("2100-03-01T00:00:00", "2100-04-01T00:00:00")),
    ],
)
def test_a_range_of_months_ends_in_the_year_after_its_start(
    first: int, last: int, now: str, expected: tuple[str, str]
) -> None:
    assert span(CalendarWindow(IN, CalendarDate(month=first), CalendarDate(month=last)), now) == expected


# --- which events lie inside -----------------------------------------------------------------------------------------

FIRST, SECOND, THIRD = "1", "2", "3"
CHART = [
    visit(FIRST, "2100-03-01 10:00:00", "2100-03-05 12:00:00"),
    icu_stay("icu1", "2100-03-02 00:00:00", "2100-03-03 00:00:00", encounter=FIRST),
    visit(SECOND, "2100-07-01 10:00:00", "2100-07-09 12:00:00"),
    icu_stay("icu2", "2100-07-02 00:00:00", "2100-07-05 00:00:00", encounter=SECOND),
    visit(THIRD, "2100-12-30 10:00:00"),
    lab("a", "2100-03-01 08:00:00", "1", encounter=FIRST),
    lab("b", "2100-03-01 10:00:00", "2", encounter=FIRST),
    lab("c", "2100-03-02 12:00:00", "3"),
    lab("d", "2100-03-03 00:00:00", "4", encounter=FIRST),
    lab("e", "2100-03-05 12:00:00", "5", encounter=FIRST),
    lab("f", "2100-07-04 00:00:00", "6", encounter=SECOND),
    lab("g", "2100-12-31 00:00:00", "7", encounter=THIRD),
    lab("h", "2100-12-31 23:59:00", "8", encounter=THIRD),
]


def names(*windows: Window, chart: list[Event] = CHART, now: str = NOW, encounter: str = "") -> str:
    plan = Lookup(Selection(EventKind.LABORATORY, windows=windows), Field.NAME)
    return "".join(str(name) for name in said(run(plan, chart, now, encounter)))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (CalendarWindow(IN, CalendarDate(year_offset=0, month=3)), "abcde"),
        (CalendarWindow(SINCE, CalendarDate(year=2100, month=7)), "fgh"),
        (CalendarWindow(IN, CalendarDate(day_offset=0)), "gh"),
        (RecentWindow(1, TimeUnit.DAY), "gh"),
        (RecentWindow(1439, TimeUnit.MINUTE), "gh"),
        (RecentWindow(1438, TimeUnit.MINUTE), "h"),
        (RecentWindow(6, TimeUnit.MONTH), "fgh"),
        (RecentWindow(2**32 - 1, TimeUnit.YEAR), "abcdefgh"),
        (StayWindow(HOSPITAL, Which.FIRST), "abcde"),
        (StayWindow(HOSPITAL, Which.LAST), "f"),
        (StayWindow(HOSPITAL, Which.LAST, 2), "abcde"),
        (StayWindow(HOSPITAL, Which.LAST, 3), ""),
        (StayWindow(HOSPITAL, Which.CURRENT), "gh"),
        (StayWindow(HOSPITAL), "abcdefgh"),
        (StayWindow(ICU, Which.FIRST), "c"),
        (StayWindow(ICU), "cf"),
        (StayWindow(ICU, Which.CURRENT), ""),
        (StayWindow(HOSPITAL, Which.FIRST, first_hours=24), "b"),
        (StayWindow(HOSPITAL, Which.FIRST, day=2), "cd"),
        (StayWindow(HOSPITAL, Which.FIRST, last_hours=1), "e"),
        (StayWindow(HOSPITAL, Which.CURRENT, last_hours=1), "h"),
        (StayWindow(HOSPITAL, Which.FIRST, at_hour="26"), "c"),
        (StayWindow(HOSPITAL, Which.FIRST, at_hour="25.9"), ""),
        (StayWindow(HOSPITAL, Which.FIRST, at_hour="26.00"), "c"),
    ],
)
def test_inside(window: Window, expected: str) -> None:
    assert names(window) == expected


def test_all_windows_must_hold() -> None:
    assert names(StayWindow(HOSPITAL, Which.FIRST), CalendarWindow(IN, CalendarDate(year=2100, month=3, day=1))) == "ab"


@pytest.mark.parametrize("encounter", [SECOND, f"Encounter/{SECOND}"])
def test_a_stay_without_an_order_is_the_encounter_of_the_request(encounter: str) -> None:
    assert names(StayWindow(HOSPITAL), encounter=encounter) == "f"
    assert names(StayWindow(ICU), encounter=encounter) == "f"


def test_an_encounter_that_the_record_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        names(StayWindow(HOSPITAL), encounter="other")
    assert refused.value.field == "encounter"


OFFICE = [
    visit("9", "2100-07-02 10:00:00", "2100-07-02 11:00:00", **{"class": "AMB"}),
    lab("x", "2100-07-02 10:30:00", "6.5", encounter="9"),
    lab("y", "2100-07-02 10:40:00", "6.5"),
]


@pytest.mark.parametrize("encounter", ["9", "Encounter/9"])
def test_the_encounter_of_the_request_may_be_a_visit_to_no_hospital(encounter: str) -> None:
    """What names another visit is not of it, though at its time."""
    chart = [*CHART, *OFFICE, lab("z", "2100-07-02 10:50:00", "1", encounter=SECOND)]
    for window in (StayWindow(HOSPITAL), StayWindow(HOSPITAL, Which.CURRENT), RecentWindow(30, TimeUnit.MINUTE)):
        assert names(window, StayWindow(HOSPITAL), chart=chart, encounter=encounter) == "xy"
    assert names(StayWindow(HOSPITAL, Which.LAST), chart=chart, encounter=encounter) == "abcde"


def test_a_visit_to_no_hospital_has_no_icu_stay_of_another_visit() -> None:
    chart = [*CHART, visit("9", "2100-03-01 10:00:00", **{"class": "AMB"})]
    assert names(StayWindow(ICU), chart=chart, encounter="9") == ""


def test_what_names_a_visit_to_no_hospital_is_of_the_stay_in_which_it_was() -> None:
    assert names(StayWindow(HOSPITAL, Which.LAST), chart=[*CHART, *OFFICE]) == "xyf"
    tapped = event(EventKind.PROCEDURE, "spinal tap", "2100-07-02 10:20:00", encounter=SECOND)
    assert names(around(AFTER, within_stay=HOSPITAL), chart=[*CHART, tapped, *OFFICE]) == "xyf"


def test_a_stay_that_lasts_is_neither_first_nor_last() -> None:
    chart = [visit(THIRD, "2100-12-30 10:00:00"), lab("g", "2100-12-31 00:00:00", "7", encounter=THIRD)]
    assert [names(StayWindow(HOSPITAL, which), chart=chart) for which in (Which.FIRST, Which.LAST)] == ["", ""]
    assert names(StayWindow(HOSPITAL, Which.CURRENT), chart=chart) == "g"


def test_ambulatory_visits_are_stays_only_where_there_are_no_others() -> None:
    walk_in = visit("9", "2100-05-01 10:00:00", "2100-05-01 11:00:00", **{"class": "AMB"})
    tested = lab("z", "2100-05-01 10:30:00", "1", encounter="9")
    assert names(StayWindow(HOSPITAL, Which.LAST), chart=[walk_in, tested]) == "z"
    assert names(StayWindow(HOSPITAL, Which.FIRST), chart=[walk_in, tested, *CHART]) == "abcde"


@pytest.mark.parametrize(
    ("end", "source", "last"),
    [
        ("2100-12-03 11:00:00", "TRANSFER FROM HOSPITAL", True),
        ("2100-12-03 11:00:00", "", False),
        ("2100-12-01 11:00:00", "PHYSICIAN REFERRAL", False),
    ],
)
def test_who_was_admitted_for_days_was_in_hospital_whatever_the_class_says(end: str, source: str, last: bool) -> None:
    told = {"class": "AMB"} | ({"admission_location": source} if source else {})
    chart = [
        *CHART,
        visit("9", "2100-12-01 10:00:00", end, **told),
        lab("z", "2100-12-01 10:30:00", "1", encounter="9"),
    ]
    assert (names(StayWindow(HOSPITAL, Which.LAST), chart=chart) == "z") == last


def test_transfers_tell_of_intensive_care_where_nothing_else_does() -> None:
    moved = event(
        EventKind.TRANSFER, "mv", "2100-03-02 00:00:00", end="2100-03-03 00:00:00",
        attributes={"care_unit": "Surgical Intensive Care Unit (SICU)"},
    )  # fmt: skip
    chart = [e for e in CHART if e.kind is not EventKind.ICU_STAY]
    assert names(StayWindow(ICU), chart=[*chart, moved]) == "c"


def test_what_names_an_icu_stay_belongs_to_it_and_to_its_visit_whenever_it_was_charted() -> None:
    early = lab("x", "2100-03-01 23:55:00", "1", encounter="icu1")
    other = lab("y", "2100-03-02 12:00:00", "1", encounter="icu2")
    chart = [early, other, *CHART]
    assert names(StayWindow(ICU, Which.FIRST), chart=chart) == "xc"
    assert names(StayWindow(ICU, Which.LAST), chart=chart) == "yf"
    assert names(StayWindow(HOSPITAL, Which.FIRST), chart=chart) == "abxcde"
    assert names(StayWindow(ICU, Which.FIRST, first_hours=24), chart=chart) == "c"
    assert names(StayWindow(ICU), chart=chart, encounter=SECOND) == "yf"


def test_a_day_without_a_clock_time_lies_in_a_part_of_a_stay_only_as_a_whole() -> None:
    chart = [lab("x", "2100-03-02", "1", encounter=FIRST), *CHART]
    assert names(StayWindow(HOSPITAL, Which.FIRST), chart=chart) == "abxcde"
    assert names(StayWindow(HOSPITAL, Which.FIRST, first_hours=24), chart=chart) == "b"
    assert names(StayWindow(HOSPITAL, Which.FIRST, first_hours=48), chart=chart) == "bxcd"
    assert names(StayWindow(ICU, Which.FIRST), chart=chart) == "xc"


def test_an_order_before_admission_has_hours_below_zero() -> None:
    assert names(StayWindow(HOSPITAL, Which.FIRST, at_hour="-2.0")) == "a"


# --- drawn around other events ---------------------------------------------------------------------------------------

PROCEDURES = [
    event(EventKind.PROCEDURE, "spinal tap", "2100-03-02 12:00:00", encounter=FIRST),
    event(EventKind.PROCEDURE, "spinal tap", "2100-07-03 00:00:00", encounter=SECOND),
]


def around(relation: Relation, **changes: Any) -> EventWindow:
    return EventWindow(relation, Selection(EventKind.PROCEDURE, ("spinal tap",)), **changes)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (around(AFTER), "defgh"),
        (around(SINCE), "cdefgh"),
        (around(BEFORE), "abcdef"[:5]),
        (around(SAME), "c"),
        (around(AFTER, within_amount=12, within_unit=TimeUnit.HOUR), "d"),
        (around(AFTER, within_amount=11, within_unit=TimeUnit.HOUR), ""),
        (around(BEFORE, within_amount=2, within_unit=TimeUnit.DAY), "ab"),
        (around(AFTER, within_amount=1, within_unit=TimeUnit.MONTH), "def"),
        (around(AFTER, within_unit=TimeUnit.MONTH, same_calendar_unit=True), "def"),
        (around(AFTER, within_unit=TimeUnit.DAY, same_calendar_unit=True), ""),
        (around(SAME, within_unit=TimeUnit.DAY, same_calendar_unit=True), "c"),
        (around(SAME, within_amount=1, within_unit=TimeUnit.DAY), "cdf"),
        (around(AFTER, within_stay=HOSPITAL), "def"),
        (around(AFTER, within_stay=ICU), "f"),
    ],
)
def test_around_events(window: EventWindow, expected: str) -> None:
    assert names(window, chart=[*CHART, *PROCEDURES]) == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (around(BEFORE), True),
        (around(AFTER), True),
        (around(SAME), True),
        (around(AFTER, within_amount=1, within_unit=TimeUnit.HOUR), True),
        (around(BEFORE, within_amount=1, within_unit=TimeUnit.HOUR), True),
        (around(SAME, within_amount=1, within_unit=TimeUnit.HOUR), True),
        (around(SAME, within_unit=TimeUnit.DAY, same_calendar_unit=True), True),
        (RecentWindow(1, TimeUnit.HOUR), False),
        (CalendarWindow(IN, CalendarDate(year=2100, month=3)), True),
        (CalendarWindow(SINCE, CalendarDate(year=2100, month=3, day=4)), False),
    ],
)
def test_whether_something_was_given_is_asked_of_all_its_time(window: Window, *, expected: bool) -> None:
    tap = event(EventKind.PROCEDURE, "spinal tap", "2100-03-02 12:00:00")
    infusion = event(EventKind.MEDICATION_ADMINISTRATION, "propofol", "2100-02-27 08:00:00", end="2100-03-03 08:00:00")
    given = Selection(EventKind.MEDICATION_ADMINISTRATION, ("propofol",), windows=(window,))
    result = run(Exists(given), [tap, infusion], "2100-03-10 08:00:00")
    assert said(result) == [expected]


def test_the_same_time_as_a_date_is_that_day() -> None:
    dated = event(EventKind.PROCEDURE, "spinal tap", "2100-03-01")
    assert names(around(SAME), chart=[*CHART, dated]) == "ab"


# --- partial dates, zones --------------------------------------------------------------------------------------------


def test_a_partial_date_is_inside_when_all_of_it_is() -> None:
    chart = [event(EventKind.LABORATORY, "y", "2100"), event(EventKind.LABORATORY, "d", "2100-03-05")]
    for known in chart:
        assert known.time is not None
    assert names(CalendarWindow(IN, CalendarDate(year=2100)), chart=chart) == "yd"
    assert names(CalendarWindow(IN, CalendarDate(year=2100, month=1)), chart=chart) == ""
    assert names(CalendarWindow(SINCE, CalendarDate(year=2100, month=3, day=5)), chart=chart) == "d"
    assert names(RecentWindow(12, TimeUnit.HOUR), chart=chart, now="2100-03-05 10:00:00") == "d"


def test_calendar_words_mean_the_clock_on_the_wall() -> None:
    """23:30 on New Year's Eve in New York is no event of the new year, though it is one in Greenwich."""
    chart = [lab("a", "2099-12-31 23:30:00-05:00", "1"), lab("b", "2100-01-01 00:30:00-05:00", "1")]
    this_year = CalendarWindow(IN, CalendarDate(year_offset=0))
    assert names(this_year, chart=chart, now="2100-01-02 12:00:00-05:00") == "b"
    assert names(RecentWindow(6, TimeUnit.HOUR), chart=chart, now="2100-01-01 11:00:00Z") == "b"
    assert names(RecentWindow(7, TimeUnit.HOUR), chart=chart, now="2100-01-01 11:00:00Z") == "ab"
    assert names(RecentWindow(7, TimeUnit.HOUR), chart=chart, now="2100-01-01 06:00:00") == "ab"


@pytest.mark.parametrize("now", ["2100-01-10 20:30:00-05:00", "2100-01-11 01:30:00Z", "2100-01-10 20:30:00"])
def test_today_is_the_day_of_the_record_wherever_who_asks_is(now: str) -> None:
    chart = [lab("a", "2100-01-09 21:00:00-05:00", "1"), lab("b", "2100-01-10 18:00:00-05:00", "1")]
    yesterday, today = (CalendarWindow(IN, CalendarDate(day_offset=offset)) for offset in (-1, 0))
    assert (names(yesterday, chart=chart, now=now), names(today, chart=chart, now=now)) == ("a", "b")
    result = run(Exists(Selection(EventKind.LABORATORY, windows=(today,))), chart, now)
    assert result.window_start == parse_instant("2100-01-10 00:00:00-05:00")


def test_a_now_that_is_a_day_is_its_end() -> None:
    assert names(RecentWindow(1, TimeUnit.HOUR), now="2100-12-31") == "h"


def test_the_result_says_which_time_was_covered() -> None:
    windows = (StayWindow(HOSPITAL, Which.FIRST), CalendarWindow(SINCE, CalendarDate(year=2100, month=3, day=2)))
    result = run(Exists(Selection(EventKind.LABORATORY, windows=windows)), CHART)
    assert result.window_start == parse_instant("2100-03-02 00:00:00")
    assert result.window_end == parse_instant("2100-03-05 12:00:00")
    unbounded = run(Exists(Selection(EventKind.LABORATORY)), CHART)
    assert unbounded.window_start is unbounded.window_end is None
