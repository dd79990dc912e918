"""The ways of answering that are compared: the system as it serves, and each with one thing taken away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """A plan that is executed, the same without its grammar, or the answer at once."""

    PLAN = "plan"
    UNGUIDED = "unguided"
    DIRECT = "direct"


class Trained(StrEnum):
    """Which checkpoint: that of serving, its first stage, or one trained to be compared with."""

    SERVED = "served"
    STAGE_1 = "stage 1"
    NUMBERS_IN_TEXT = "numbers in text"
    TEXT = "text"
    BESIDE_TEXT = "beside text"


class Tampering(StrEnum):
    """What is done to the soft tokens of a chart before the model reads them."""

    NONE = "none"
    ZEROED = "zeroed"
    ANOTHER_PATIENT = "another patient's"


@dataclass(frozen=True, slots=True)
class Arm:
    """`task` is that of the generated questions it is asked: `plan` or `align`."""

    name: str
    task: str
    trained: Trained = Trained.SERVED
    way: Way = Way.PLAN
    tampering: Tampering = Tampering.NONE


#: The first of each task is what the others are held against.
ARMS = (
    Arm("full system", "plan"),
    Arm("soft tokens zeroed", "plan", tampering=Tampering.ZEROED),
    Arm("another patient's soft tokens", "plan", tampering=Tampering.ANOTHER_PATIENT),
    Arm("plan without grammar", "plan", way=Way.UNGUIDED),
    Arm("direct answer, no plan", "plan", way=Way.DIRECT),
    Arm("stage 1 only", "plan", Trained.STAGE_1),
    Arm("events as text", "plan", Trained.TEXT),
    Arm("soft tokens, learnt from as many examples as events as text", "plan", Trained.BESIDE_TEXT),
    Arm("stages 1 and 2", "align", way=Way.DIRECT),
    Arm("soft tokens zeroed", "align", way=Way.DIRECT, tampering=Tampering.ZEROED),
    Arm("another patient's soft tokens", "align", way=Way.DIRECT, tampering=Tampering.ANOTHER_PATIENT),
    Arm("stage 1 only", "align", Trained.STAGE_1, Way.DIRECT),
    Arm("stage 1 only, numbers in text instead of channels", "align", Trained.NUMBERS_IN_TEXT, Way.DIRECT),
    Arm("events as text", "align", Trained.TEXT, Way.DIRECT),
    Arm("soft tokens, learnt from as many examples as events as text", "align", Trained.BESIDE_TEXT, Way.DIRECT),
)
