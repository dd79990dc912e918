"""What a training stage is told; every value stands in the checkpoint's card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tuning(StrEnum):
    """What of the LLM learns beside the projector: nothing, a LoRA adapter (Hu et al. 2021), or all of it."""

    FROZEN = "frozen"
    LORA = "lora"
    FULL = "full"


class Showing(StrEnum):
    """How prompts show a chart.

    soft              one soft token an event, of its sentence and its numeric channels: as serving does
    numbers-in-text   one soft token an event, of a sentence that holds its numbers and times; the channels are zero
    text              the events in words and no soft token: the text-only baseline of Llemr's paper
    """

    SOFT = "soft"
    NUMBERS_IN_TEXT = "numbers-in-text"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A step is `packs_per_step` packs of about `per_pack` questions, however many processes share them.

    Serving shows charts softly alone; other values of `showing` are what that is compared with. `examples` is how many
    are drawn from the data, chart by chart, 0 for all; `align_share` how many of stage 1's join stage 2, as a share of
    its own; `warmup` and `save_every` count steps.
    """

    tuning: Tuning
    showing: Showing = Showing.SOFT
    seed: int = 1
    examples: int = 0
    align_share: float = 0.1
    per_pack: int = 8
    packs_per_step: int = 2
    rank: int = 32
    learning_rate: float = 1e-3
    projector_learning_rate: float = 8e-4
    warmup: int = 40
    longest_gradient: float = 1.0
    save_every: int = 25


#: A projector that learns alone learns faster: of 8e-4, 3e-3 and 8e-3 the second had the lowest loss on other patients.
ALIGN = TrainSettings(Tuning.FROZEN, projector_learning_rate=3e-3)
REASON = TrainSettings(Tuning.LORA)
REASON_IN_FULL = TrainSettings(Tuning.FULL, learning_rate=2e-4)
