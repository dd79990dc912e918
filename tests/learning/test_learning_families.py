"""The wordings as data: what training never draws is marked, and is really something else."""

from itertools import product

from chartline.learning.generation.families import BY_NAME, FAMILIES, Family, read_families
from chartline.learning.generation.templates import ALTERNATIVES
from chartline.record.kinds import EventKind


def expansions(wording: str) -> set[str]:
    """Every text that the alternatives of a wording give, without its end mark."""
    parts = ALTERNATIVES.split(wording)
    if len(parts) == 1:
        return {" ".join(wording.lower().rstrip("?.! ").split())}
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return set().union(*(expansions("".join(chosen)) for chosen in product(*choices)))


def test_held_out_wordings_are_no_wordings_of_training() -> None:
    """Of no family at all, in any of their alternatives."""
    trained = set().union(*(expansions(wording) for family in FAMILIES for wording in family.wordings))
    held_out = set().union(*(expansions(wording) for family in FAMILIES for wording in family.held_out))
    assert len(held_out) > 500
    assert not trained & held_out


def test_one_wording_means_one_plan() -> None:
    meant: dict[object, str] = {}
    for family in FAMILIES:
        for said in set().union(*map(expansions, family.wordings)):
            plan = meant.setdefault((said, family.after, family.pins), family.plan)
            assert plan == family.plan, (family.name, said)


def test_every_family_holds_a_share_out() -> None:
    assert not [family.name for family in FAMILIES if not family.held_out]
    assert not [family.name for family in FAMILIES if len(family.held_out) > 0.5 * len(family.wordings)]


def test_a_wording_stands_once_in_its_family() -> None:
    assert not [family.name for family in FAMILIES if len(set(family.wordings)) < len(family.wordings)]


def turns_before(family: Family) -> int:
    return 1 + turns_before(BY_NAME[family.after]) if family.after else 0


def test_a_follow_up_follows_at_most_two_turns_of_its_own() -> None:
    assert {turns_before(family) for family in FAMILIES} == {0, 1, 2}


def test_a_table_after_several_families_is_a_family_after_each() -> None:
    told = {"plan": "refuse off_topic", "wordings": "thanks", "after": ["lab_value", "drug_list"], "weight": 1.0}
    both = list(read_families("thanking", told))
    assert [(family.after, family.weight) for family in both] == [("lab_value", 0.5), ("drug_list", 0.5)]
    assert [family.name for family in both] == ["thanking_after_lab_value", "thanking_after_drug_list"]


def test_refusals_come_with_questions_that_sound_like_them_and_are_answered() -> None:
    assert len([family for family in FAMILIES if family.refuses]) > 20
    assert {"family_meeting", "history_diagnosis", "transfusion_exists", "own_visits"} <= BY_NAME.keys()


def test_a_family_knows_which_events_it_is_about() -> None:
    kinds = {
        "specimen_name": EventKind.MICROBIOLOGY,
        "lab_value": EventKind.LABORATORY,
        "unit_count": EventKind.TRANSFER,
    }
    assert {name: BY_NAME[name].kind for name in kinds} == kinds
    assert not [family.name for family in FAMILIES if family.refuses and family.kind]
