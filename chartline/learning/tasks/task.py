"""An outcome task, read from its file: when a patient is predicted on, what must hold then, and what is asked.

In the spirit of ACES (Xu et al., 2024): predicates over events, a trigger, windows around it. docs/outcomes.md explains
every word; the files in shipped/ are the examples.

    trigger's start                prediction_time                           stay_end, hospital_end
    ──────┼───────── after ──────────────┼──────────────── target ──────────────────┼─────
     observation: what is known here ────┤     within │ until │ lasts │ of_stay
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from chartline.record.event import Quantity
from chartline.record.kinds import EventKind

#: What may be asked for or be the trigger beside a task's own predicates.
HOSPITAL_STAY, ICU_STAY, DEATH = "hospital_stay", "icu_stay", "death"


@dataclass(frozen=True, slots=True)
class Predicate:
    """An event of `kind` that one of `concepts` means or whose code is in the group `codes`; either alone may be given.

    `above` and `below` are limits, one for each unit that the quantity may come in; any of them being passed is enough,
    or with `compared` to be known to be passed or not.
    """

    kind: EventKind
    concepts: tuple[str, ...] = ()
    codes: str = ""
    above: tuple[Quantity, ...] = ()
    below: tuple[Quantity, ...] = ()
    compared: bool = False


class Anchor(StrEnum):
    START = "start"
    END = "end"


class Until(StrEnum):
    """`hospital_end` is the end of the visit that an ICU stay is part of."""

    STAY_END = "stay_end"
    HOSPITAL_END = "hospital_end"


@dataclass(frozen=True, slots=True)
class PredictionTimes:
    """Microseconds from the anchor of a stay; with `every`, again and again until the stay ends."""

    anchor: Anchor
    after: int = 0
    every: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """What must be so at the prediction time by what was known then.

    `lacks`: no event of that predicate; `outside`: the patient is in no such stay; `age`: at least so many years.
    """

    lacks: str = ""
    outside: str = ""
    age: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of the time after the prediction time; lengths are microseconds.

    `lasts`: the trigger's stay is longer than that. Else `has`: such an event comes to pass `within` so long or `until`
    that end, or, with `of_stay`, names the stay. Without an event of the predicate `measured` there, one that can be
    held to the limits of `has`, the outcome is unknown, with `follow_up` a negative one also where the record ends
    within the window. A stay that begins within `gap` is the trigger's own, going on elsewhere.
    """

    has: str = ""
    lasts: int = 0
    within: int = 0
    until: Until | None = None
    of_stay: bool = False
    measured: str = ""
    follow_up: bool = False
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """`trigger` is HOSPITAL_STAY or ICU_STAY: each such stay gives prediction times."""

    name: str
    question: str
    trigger: str
    prediction_times: PredictionTimes
    target: Target
    observation: Observation = Observation()
    predicates: dict[str, Predicate] = field(default_factory=dict)

    def asked(self, name: str) -> Predicate | str:
        """The predicate of that name, or the name of a kind of stay or of DEATH."""
        return self.predicates.get(name, name)

    @property
    def measured(self) -> Predicate | str:
        """What tells whether the target came to pass: a number without a unit tells nothing about a limit."""
        found, measured = self.asked(self.target.has), self.asked(self.target.measured)
        if isinstance(measured, Predicate) and isinstance(found, Predicate) and (found.above or found.below):
            return replace(measured, above=found.above, below=found.below, compared=True)
        return measured
