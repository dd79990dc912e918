"""What is held out is held out for ever: hashes decide, and they know what a name means."""

import re
from collections import Counter

import pytest

from chartline.language.plan_text import load_plan
from chartline.learning.generation.alignment import ALIGNMENT
from chartline.learning.generation.families import FAMILIES
from chartline.learning.generation.held_out import concepts_of, entity_of, is_held_out, split_of

KEPT_BACK = {7: "valid", 12: "test", 15: "test", 18: "valid", 20: "valid"}


def test_patients_are_split_eighty_ten_ten() -> None:
    counts = Counter(split_of(f"Patient/{number}") for number in range(10_000))
    assert 7_800 < counts["train"] < 8_200
    assert 900 < counts["valid"] < 1_100
    assert 900 < counts["test"] < 1_100


def test_the_split_of_a_patient_never_changes() -> None:
    """A changed hash would put test patients into training: these stand for all that were ever drawn."""
    assert {n: split_of(f"Patient/{n}") for n in range(24) if split_of(f"Patient/{n}") != "train"} == KEPT_BACK


def test_all_views_of_a_patient_lie_together() -> None:
    for number in range(200):
        assert {split_of(f"Patient/{number}#{view}") for view in range(5)} == {split_of(f"Patient/{number}")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lasix", "furosemide 40 mg tablet"),
        ("serum potassium", "Potassium [Moles/volume] in Blood"),
        ("WBC", "White Blood Cells"),
        ("Creatinine, Urine", "creatinine"),
        ("afib", "Atrial fibrillation"),
    ],
)
def test_names_of_the_same_thing_are_held_out_together(one: str, other: str) -> None:
    assert entity_of(one) == entity_of(other)


def test_a_twelfth_of_names_is_held_out() -> None:
    held_out = [is_held_out(f"name{number}") for number in range(5_000)]
    assert 0.07 < sum(held_out) / len(held_out) < 0.09


def test_no_name_that_a_wording_itself_says_is_held_out() -> None:
    """Else training could never draw that family."""
    texts = [text for f in FAMILIES for text in (f.plan, *(value for _, value in f.pins))]
    texts += [family.plan for families in ALIGNMENT.values() for family in families]
    said = {
        name for text in texts for quoted in re.findall(r'"([^"]*)"', text) for name in re.findall(r"[^|\[\]]+", quoted)
    }
    assert len([name for name in said if "{" not in name]) > 3
    assert not [name for name in said if "{" not in name and is_held_out(name)]


def test_every_name_of_a_plan_is_found() -> None:
    plan = load_plan(
        'less (get time of lab "zinc" or "iron" after (procedure "ercp")) (get time of last prescription "lasix")'
    )
    assert set(concepts_of(plan)) == {"zinc", "iron", "ercp", "lasix"}
