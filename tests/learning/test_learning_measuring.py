"""Words of questions about measurements mean the plan text that is drawn beside them."""

import random
import re

from generation_parts import ground

from chartline.language.number_words import numbers_said
from chartline.language.plan_text import load_plan
from chartline.learning.generation.measuring import measured_slots, said_number
from chartline.learning.generation.slots import draw_slots

MANY = [measured_slots("180", "180", "greater", random.Random(n)) for n in range(300)]


def test_a_number_is_said_in_figures_or_in_words() -> None:
    said = {said_number("150", random.Random(n)) for n in range(50)}
    assert said == {"150", "one hundred and fifty"}
    assert {said_number(text, random.Random(n)) for text in ("7.35", "180.0", "1200") for n in range(50)} == {
        "7.35",
        "180.0",
        "1200",
    }


def test_a_bound_says_its_sign() -> None:
    words = {">": "above|over|higher|greater|more", "<": "below|under|lower|less"}
    words |= {
        ">=": "or higher|or above|or more|or over|at least|no lower",
        "<=": "or lower|or below|or less|or under|at most|no higher",
    }
    for slots in MANY:
        sign = slots["BOUND"].split()[0]
        assert re.search(words[sign], slots["bound"])
        assert "180" in slots["bound"]
    assert {slots["BOUND"].split()[0] for slots in MANY} == set(words)


def test_two_stays_are_two_and_some_are_over() -> None:
    assert all(slots["VA"] != slots["VB"] and slots["VO"] != slots["VP"] for slots in MANY)
    assert not [slots for slots in MANY if "current" in slots["VO"] + slots["VP"]]


def test_every_time_and_anchor_is_plan_text() -> None:
    rng = random.Random(3)
    for _ in range(300):
        slots = draw_slots([], ground(), rng)
        for window in (
            slots["ST"],
            slots["CW"],
            f" during {slots['VA']}",
            f" after ({slots['ANCHOR']}) within {slots['HRS']} hour",
        ):
            load_plan(f"get value of lab{window}")
        load_plan(f"exists lab with value {slots['BOUND']}")


def test_hours_of_a_stay_are_those_that_are_said() -> None:
    for slots in MANY:
        for part in re.findall(r"(?:start|end) (\d+)", slots["ST"]):
            said = numbers_said(slots["st"]) | {int(number) for number in re.findall(r"\d+", slots["st"])}
            assert {int(part), int(part) // 24} & said
