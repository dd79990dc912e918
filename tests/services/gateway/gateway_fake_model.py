"""A language model for tests: what the client of Triton offers, from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from chartline.llm_contract import (
    Finished,
    GenerateRequest,
    HeadCard,
    HeadContribution,
    HeadPrediction,
    PredictRequest,
    PredictResponse,
    Text,
)
from services.gateway.prefix import LoadContent, Prefix

PLAN = 'get value of last lab "creatinine"'
ANSWER = "The most recent creatinine was 1.40 mg/dL."
OUTCOMES = ("in_hospital_mortality", "length_of_stay_over_7d", "readmission_30d")


@dataclass
class FakeModel:
    """`plans` are written one after the other, the last one again and again; `answer` phrases every result.

    `fault` is called before each piece ("plan" or "say") and may raise, or return something to wait for.
    """

    plans: tuple[str, ...] = (PLAN,)
    answer: str = ANSWER
    fault: Callable[[str, int], asyncio.Future[None] | None] = lambda stage, piece: None
    requests: list[GenerateRequest] = field(default_factory=list)
    loaded: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0
    predicted: list[tuple[PredictRequest, bytes]] = field(default_factory=list)
    head: Callable[[str], HeadPrediction] = lambda outcome: _head(outcome)

    async def generate(
        self, request: GenerateRequest, prefix: Prefix, load_content: LoadContent
    ) -> AsyncGenerator[Text | Finished, None]:
        planned = sum(bool(r.grammar) for r in self.requests)
        self.requests.append(request)
        stage = "plan" if request.grammar else "say"
        text = self.plans[min(planned, len(self.plans) - 1)] if request.grammar else self.answer
        try:
            if self.loaded:
                await load_content(0)
            for number, word in enumerate(text.split(" ")):
                await self._meet(stage, number)
                yield Text(f" {word}" if number else word)
            await self._meet(stage, -1)
            yield Finished("stop", 70, 64, 80, 5, {"chartline_llm": "test-1"})
        finally:
            self.closed += 1

    async def _meet(self, stage: str, number: int) -> None:
        if (pending := self.fault(stage, number)) is not None:
            self.waiting.set()
            await pending

    async def predict(self, request: PredictRequest, chart: bytes, patient: str) -> PredictResponse:
        self.predicted.append((request, chart))
        told = tuple(self.head(outcome) for outcome in request.outcomes or OUTCOMES if outcome in OUTCOMES)
        cards = tuple(HeadCard(o, f"{o}/1@0a", f"# {o}", "c1") for o in OUTCOMES) if request.describe else ()
        return PredictResponse(told, OUTCOMES, cards)


def _head(outcome: str) -> HeadPrediction:
    parts = (HeadContribution("age", -0.75, ()), HeadContribution("last creatinine (laboratory)", 0.51249, ("a" * 32,)))
    return HeadPrediction(
        outcome,
        f"{outcome}/1@0a",
        "c1",
        probability=0.123456,
        interval=(0.1, 0.15),
        calibration="calibrated on 9 cases",
        explained_by="exact parts",
        contributions=parts,
    )
