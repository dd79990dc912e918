"""The wordings as data: what training never draws is marked, and is really something else."""

from collections import defaultdict
from itertools import product

from chartline.learning.generation.conversations import sampled
from chartline.learning.generation.families import BY_NAME, FAMILIES, Family
from chartline.learning.generation.templates import ALTERNATIVES, fill
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
        for said in set().union(*map(expansions, family.wordings)) if not family.follows else ():
            plan = meant.setdefault((said, family.pins), family.plan)
            assert plan == family.plan, (family.name, said)


def test_one_wording_after_one_plan_means_one_plan() -> None:
    """Two follow-ups of the same words go on from different plans, or to the same."""
    said = defaultdict(list)
    for family in FAMILIES:
        for wording in set().union(*map(expansions, family.wordings)) if family.follows else ():
            said[wording].append(family)
    plans = frozenset().union(*map(sampled, FAMILIES))
    alike = {tuple(dict.fromkeys(families)) for families in said.values() if len(families) > 1}
    for families in alike:
        for plan in plans:
            after = {meaning for family in families if (meaning := next_plan(family, plan))}
            assert len(after) < 2, ([family.name for family in families], plan, after)


def next_plan(family: Family, plan: str) -> str:
    """With the parts of the plan before it, and placeholders for what is drawn; empty where it does not follow."""
    parts = family.follows.parts(plan) if family.follows else None
    slots: defaultdict[str, str] = defaultdict(lambda: "_")
    return "" if parts is None else fill(family.plan, slots | {"other": "other", "answer": "answer"} | parts)


def test_every_family_holds_a_share_out() -> None:
    assert not [family.name for family in FAMILIES if not family.held_out]
    assert not [family.name for family in FAMILIES if len(family.held_out) > 0.5 * len(family.wordings)]


def test_a_wording_stands_once_in_its_family() -> None:
    assert not [family.name for family in FAMILIES if len(set(family.wordings)) < len(family.wordings)]


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


def test_every_wording_says_something() -> None:
    assert not [family.name for family in FAMILIES if not all((*family.wordings, *family.held_out))]
