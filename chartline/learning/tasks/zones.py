"""Which zone a label's local time is in, where its row does not say: training and `chartline predict` read it alike."""

from __future__ import annotations

from collections.abc import Iterable

from chartline.record.event import Instant
from chartline.record.times import local_micros


def zone_at(local: int, encounter: str, times: Iterable[tuple[str, Instant]]) -> int | None:
    """Minutes from UTC of the nearest event of the encounter, else of the nearest event; None where no event has any.

    `local` is in microseconds on the local clock; `times` are the events' encounters and times. Zones change with
    summer time and with moves, so the nearest event's is the clock on the wall.
    """
    zoned = (
        (not encounter or named != encounter, abs(local_micros(time) - local), time.offset_minutes)
        for named, time in times
        if time.offset_minutes is not None
    )
    return min(zoned, default=(True, 0, None))[2]
