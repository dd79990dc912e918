"""A language model for tests: what the client of Triton offers, from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from chartline.llm_contract import (
    Finished,
    GenerateRequest,
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
    predicted: list[PredictRequest] = field(default_factory=list)

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

    async def predict(self, request: PredictRequest, patient: str) -> PredictResponse:
        self.predicted.append(request)
        contributions = {"laboratory/creatinine/last": 0.51249, "age": -0.75, "unseen": 0.0}
        heads = tuple(HeadPrediction(o, 0.123456, contributions, "heads-1") for o in request.outcomes)
        return PredictResponse(heads, OUTCOMES)

    async def outcomes(self, patient: str) -> tuple[str, ...]:
        return OUTCOMES
