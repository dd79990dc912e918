"""A local time is on the clock of what happened around it, summer or winter."""

from collections.abc import Iterator
from dataclasses import replace

from outcome_charts import Writer, at

from chartline.learning.outcomes.building import build_cases
from chartline.learning.tasks.label_files import LabelRow
from chartline.learning.tasks.zones import zone_at
from chartline.record.event import Event, Instant
from chartline.record.times import HOUR, MINUTE, local_micros

WINTER, SUMMER = -300, -240


def zoned(event: Event, offset: int) -> Event:
    """The same clock on the wall, in a zone."""
    assert event.time is not None
    time = replace(event.time, unix_micros=event.time.unix_micros - offset * MINUTE, offset_minutes=offset)
    return replace(event, time=time, available_time=time)


def test_a_row_is_on_the_clock_of_its_time_and_not_of_the_charts_end() -> None:
    writer = Writer("Patient/7")
    early, late = writer.lab(0, "sodium", "140", "mmol/L"), writer.lab(24 * 200, "sodium", "141", "mmol/L")
    events = [zoned(early, WINTER), zoned(late, SUMMER)]
    rows = [LabelRow(7, at(hour).unix_micros, False) for hour in (10, 24 * 199)]
    cases = build_cases(rows, {"Patient/7": events}).cases
    assert [case.prediction_time.offset_minutes for case in cases] == [WINTER, SUMMER]
    assert [local_micros(case.prediction_time) for case in cases] == [row.local for row in rows]


def test_the_encounter_of_a_row_has_the_first_word() -> None:
    times = [("a", Instant(0, WINTER)), ("b", Instant(5 * HOUR, SUMMER)), ("b", Instant(6 * HOUR))]
    assert zone_at(2 * HOUR, "a", times) == zone_at(2 * HOUR, "c", times[:1]) == WINTER
    assert zone_at(2 * HOUR, "b", times) == SUMMER
    assert zone_at(2 * HOUR, "", times) == SUMMER
    assert zone_at(2 * HOUR, "b", times[2:]) is None


class Watched(list[Event]):
    """Events that count how often they are gone through."""

    looks = 0

    def __iter__(self) -> Iterator[Event]:
        self.looks += 1
        return super().__iter__()


def test_a_chart_is_searched_for_zones_once_and_only_for_rows_without_their_own() -> None:
    def looks(offset: int | None) -> int:
        rows = [LabelRow(7, at(hour).unix_micros, False, offset_minutes=offset) for hour in range(3)]
        events = Watched(zoned(writer.lab(hour, "sodium", "140", "mmol/L"), WINTER) for hour in range(3))
        build_cases(rows, {"Patient/7": events})
        return events.looks

    writer = Writer("Patient/7")
    assert looks(None) == looks(SUMMER) + 1
