"""What becomes of a patient of the demo hospital: how long they stay, whether they die, whether they come back.

The first patients are a cast whose turns are always the same, so that every turn is met. Of all others chance decides,
with odds that follow age and illness as they do in real hospitals: what a model of outcomes learns here is no trick of
how patients are numbered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from chartline.sources.hospital import clinical
from chartline.sources.hospital.terms import Story

#: The cast.
PATIENTS = 24
_DEADLY = "Despite treatment the illness progressed and the patient died."
#: Log-odds at 65 years of dying in the hospital and of coming back within two months, and what ten years add.
_DEATH, _RETURN, _TEN_YEARS = -3.0, -1.6, 0.6
#: What an illness adds to both.
_GRAVE = {"sepsis": 1.2, "heart_failure": 0.9, "copd_exacerbation": 0.7, "infarction": 0.4, "cellulitis": -0.5}
_LATEST_RETURN = 60


@dataclass(frozen=True, slots=True)
class Fate:
    """`story` with its length and discharge; `returns` is days until a second visit, None for none."""

    story: Story
    returns: int | None
    allergy: str


def fate_of(seed: int, number: int, story: Story, age: int) -> Fate:
    """`number` counts patients from 1, `age` is in years."""
    return _cast(number, story) if number <= PATIENTS else _drawn(Random(f"{seed}/{number}/fate"), story, age)  # noqa: S311


def _cast(number: int, story: Story) -> Fate:
    returns = 19 if number % 3 == 0 and number % 11 else None
    return Fate(_fatal(story) if number % 11 == 0 else story, returns, _allergy(number) if number % 3 else "")


def _drawn(random: Random, story: Story, age: int) -> Fate:
    risk = _TEN_YEARS * (age - 65) / 10 + _GRAVE.get(story.diagnosis, 0.0)
    dies = random.random() < _chance(_DEATH + risk)
    back = random.random() < _chance(_RETURN + risk)
    shortest = 1 + math.ceil(max((hours for _, hours in story.procedures), default=0) / 24)
    days = max(shortest, round(story.days * random.lognormvariate(0.05 * risk, 0.35)))
    returns = random.randint(3, _LATEST_RETURN)
    allergy = _allergy(random.randrange(len(clinical.ALLERGIES))) if random.random() < 0.6 else ""
    own = replace(story, days=days)
    return Fate(_fatal(own) if dies else own, returns if back and not dies else None, allergy)


def _fatal(story: Story) -> Story:
    return replace(story, discharge="Died", course=_DEADLY)


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _allergy(number: int) -> str:
    return clinical.ALLERGIES[number % len(clinical.ALLERGIES)][0].name
