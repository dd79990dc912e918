"""Names the models in use by asking them: what a running model says of itself, beside the card that came with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from chartline.language.prompt import SYSTEM
from chartline.llm_contract import LLM_MODEL, PREDICTOR_MODEL, Finished, GenerateRequest, PredictRequest
from chartline.rpc.context import current_request_id
from services.gateway.llm_client import LanguageModel
from services.gateway.prefix import Prefix

_NO_PATIENT = Prefix(tenant="", patient="", encoder_version="")
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model on Triton. `card` is Markdown, empty where none was given, `card_id` the hash of a predictor's."""

    name: str
    version: str
    card: str
    outcomes: tuple[str, ...] = ()
    card_id: str = ""


class ModelCatalogue:
    def __init__(self, model: LanguageModel, card_files: Mapping[str, Path]) -> None:
        """`card_files` by model name. Raises OSError for one that cannot be read."""
        self._model = model
        self._cards = {name: file.read_text() for name, file in card_files.items()}

    async def describe(self) -> tuple[ModelCard, ...]:
        """Raises ChartlineError."""
        llm = ModelCard(LLM_MODEL, _joined(await self._llm_versions()), self._cards.get(LLM_MODEL, ""))
        heads = (await self._model.predict(PredictRequest(describe=True), b"", "")).cards
        return (
            llm,
            *(ModelCard(PREDICTOR_MODEL, h.model_version, h.card, (h.outcome,), h.card_id) for h in heads),
        )

    async def _llm_versions(self) -> dict[str, str]:
        """One token about nobody: what served it is what serves."""
        request = GenerateRequest(current_request_id(), "", SYSTEM, "", max_new_tokens=1, deadline_seconds=_SECONDS)
        async with aclosing(self._model.generate(request, _NO_PATIENT, _no_content)) as chunks:
            finished = [chunk async for chunk in chunks if isinstance(chunk, Finished)]
        return finished[-1].model_versions


async def _no_content(from_block: int) -> Prefix:
    return _NO_PATIENT


def _joined(versions: Mapping[str, str]) -> str:
    """For example "adapter=1f0c…, llm=SmolLM2…"; empty where there is no version."""
    return ", ".join(f"{name}={version}" for name, version in sorted(versions.items()))
