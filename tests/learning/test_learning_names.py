"""Questions call things as the record does, or as people do who mean the same."""

import random

from generation_parts import train_view, views

from chartline.learning.generation.held_out import entity_of, is_held_out
from chartline.learning.generation.names import Names
from chartline.learning.generation.vocabulary import NAME_SLOTS
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker

NAMING = ("lab", "vital", "drug", "intake", "output", "diagnosis", "procedure", "test", "organism")


def test_training_never_asks_about_what_is_held_out() -> None:
    rng = random.Random(1)
    names = Names(train_view().chart, trains=True)
    drawn = {names.draw(slot, rng) for slot in NAMING for _ in range(400)}
    entities = {entity_of(name) for name in drawn}
    unspoilt = [name for name in drawn if not is_held_out(name)]
    assert len(entities) > 300
    assert len(unspoilt) > 0.985 * len(drawn)  # a slip of the finger may look like a held-out name


def test_outside_training_held_out_names_are_asked_about_often() -> None:
    rng = random.Random(1)
    names = Names(train_view().chart, trains=False)
    drawn = [names.draw(slot, rng) for slot in NAMING for _ in range(200)]
    assert 0.08 < sum(map(is_held_out, drawn)) / len(drawn) < 0.6


def test_most_names_are_the_records_own_and_found_in_it() -> None:
    rng = random.Random(2)
    chart, linker = train_view().chart, LexicalLinker()
    names = Names(chart, trains=True)
    drawn = [names.draw("lab", rng) for _ in range(600)]
    linked = [name for name in drawn if linker.link(name, EventKind.LABORATORY, chart).names]
    assert 0.55 < len(linked) / len(drawn) < 0.95


def test_a_name_is_said_in_many_ways() -> None:
    rng = random.Random(3)
    names = Names(train_view().chart, trains=True)
    for name, sort, among in (
        ("White Blood Cells", "lab", {"wbc", "leukocyte"}),
        ("Furosemide 40 mg tablet", "drug", {"lasix", "furosemide"}),
        ("Creatinine [Mass/volume] in Serum or Plasma", "lab", {"creatinine", "creat"}),
    ):
        said = {names.say(name, sort, rng).casefold() for _ in range(300)}
        assert among <= said
        assert name.casefold() in said


def test_every_slot_of_names_can_be_drawn_of_every_chart() -> None:
    rng = random.Random(4)
    for view in views()[:5]:
        assert all(view.names.draw(slot, rng) for slot in NAME_SLOTS)
