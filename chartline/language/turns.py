"""Earlier turns of a conversation, as planning is told them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and its answer; `plan` is the plan text that it was answered by, empty where none is known.

    A follow-up mostly changes one thing of the plan before it, which the answer tells less exactly.
    """

    question: str
    answer: str
    plan: str = ""
