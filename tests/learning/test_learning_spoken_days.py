"""Stays and days in everyday words: what each says is a window that plan text has."""

import random
from datetime import datetime

import pytest

from chartline.language.plan_text import load_plan
from chartline.learning.generation.moments import Moments
from chartline.learning.generation.spoken_days import spoken_day
from chartline.learning.generation.stay_words import SPOKEN_STAYS
from chartline.record.plan import Aggregate, CalendarDate, CalendarWindow, Relation

NOW = datetime(2100, 3, 9, 12)  # noqa: DTZ001 - a local clock
MOMENTS = Moments(NOW, (datetime(2100, 3, 3, 8), datetime(2099, 12, 24, 17)), ())  # noqa: DTZ001


@pytest.mark.parametrize(("said", "planned"), SPOKEN_STAYS)
def test_a_stay_in_everyday_words_is_a_window(said: str, planned: str) -> None:
    plan = load_plan(f"count visit{planned}")
    assert isinstance(plan, Aggregate)
    assert len(plan.selection.windows) == 1
    assert said.startswith(" ")


def test_every_stay_is_said_in_words_of_its_own() -> None:
    assert len({said for said, _ in SPOKEN_STAYS}) == len(SPOKEN_STAYS)


def test_a_day_is_quoted_without_its_article() -> None:
    rng = random.Random(4)
    drawn = {spoken_day(rng, MOMENTS) for _ in range(400)}
    assert (" on the 3rd of March", ' in "3rd of March"') in drawn
    assert {said.split()[0] for said, _ in drawn} == {"on", "since", "before"}


def test_the_last_day_is_the_last_of_which_anything_is_known() -> None:
    rng = random.Random(5)
    planned = {plan for said, plan in (spoken_day(rng, MOMENTS) for _ in range(400)) if said.startswith(" on the last")}
    windows = [load_plan(f"count visit{plan}") for plan in planned]
    day = CalendarDate(month=3, day=3)
    assert len(planned) > 3
    assert all(isinstance(w, Aggregate) for w in windows)
    assert {w.selection.windows for w in windows if isinstance(w, Aggregate)} == {(CalendarWindow(Relation.IN, day),)}
