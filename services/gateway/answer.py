"""What is asked of the gateway and what it answers, free of protobuf: the words that all stages share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chartline.language.turns import Turn
from chartline.llm_contract import Finished
from chartline.record.event import Instant, Source
from chartline.record.plan import QueryPlan
from chartline.record.result import LinkedConcept, Value
from chartline.record.verdicts import AnswerStatus


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one patient; `conversation` is oldest first."""

    patient: str
    text: str
    encounter: str = ""
    as_of: Instant | None = None
    now: Instant | None = None
    conversation: tuple[Turn, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found before anything is said. `plan` is None when the model wrote none that holds."""

    now: Instant
    as_of: Instant | None
    plan: QueryPlan | None
    plan_text: str
    events_searched: int = 0
    concepts: tuple[LinkedConcept, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A checked piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """An event the answer rests on; `passage` is verbatim from a note."""

    event_key: str
    source: Source
    time: Instant | None
    sentence: str
    passage: str = ""


@dataclass(slots=True)
class Spent:
    """What one answer took of the model and of time, and how often it was corrected; grows while the answer is made.

    `seconds` by step: prefix, plan, execute, say.
    """

    prefix_tokens: int = 0
    reused_tokens: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    replaced_sentences: int = 0
    model_versions: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """The time inside is the step's, however it ends; a step may be taken twice."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - begun

    def add(self, finished: Finished) -> None:
        """The prefix is counted once, with what the first call found kept of it; text is counted as often as read."""
        if not self.model_versions:
            self.prefix_tokens = finished.prefix_tokens
            self.reused_tokens = min(finished.reused_tokens, finished.prefix_tokens)
        self.prompt_tokens += max(0, finished.prompt_tokens - finished.prefix_tokens)
        self.completion_tokens += finished.completion_tokens
        self.model_versions.update(finished.model_versions)


@dataclass(frozen=True, slots=True)
class Final:
    """The end of every answer. `reason` says why the status is not ANSWERED and holds no patient data."""

    status: AnswerStatus
    text: str = ""
    values: tuple[Value, ...] = ()
    citations: tuple[Citation, ...] = ()
    spent: Spent = field(default_factory=Spent)
    reason: str = ""
    now: Instant | None = None


AnswerMessage = Summary | Piece | Citation | Final
