"""The teacher as a model: any Hugging Face causal LM on this machine, asked in batches, the same text every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import GenerationConfig

from chartline.errors import InvalidRequest
from chartline.learning.teaching.teacher import Prompt
from chartline.models.base_models import BaseModel, load_base, placement
from chartline.models.chat_prompt import prompt_ids

_BATCH = 16


class LanguageModel:
    """Greedy and in float32: what else is in a batch moves its numbers by rounding alone, about 1e-6 of them."""

    def __init__(self, base: BaseModel) -> None:
        self.name, self.sha256 = base.name, base.sha256
        self._model, self._tokenizer = base.model, base.tokenizer
        self._device = base.model.device
        self._context = getattr(base.model.config, "max_position_embeddings", None)
        self._ends = _ends(base)

    @classmethod
    def load(cls, name_or_folder: str) -> LanguageModel:
        """On a GPU where there is one. Raises InvalidRequest where neither a package nor a folder has that name."""
        device, _ = placement("auto", "float32")
        return cls(load_base(name_or_folder, dtype=torch.float32, device=device))

    def write(self, prompts: Sequence[Prompt], most_tokens: int) -> list[str]:
        """Raises InvalidRequest for a prompt that does not fit into the model's context."""
        asked = [self._ids(prompt) for prompt in prompts]
        longest = max(map(len, asked), default=0)
        if self._context is not None and longest + most_tokens > self._context:
            raise InvalidRequest(f"{self.name} reads {self._context} tokens; a teacher needs {longest + most_tokens}")
        order = sorted(range(len(asked)), key=lambda place: len(asked[place]))
        written = [""] * len(asked)
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            texts = self._batch([asked[place] for place in places], most_tokens)
            for place, text in zip(places, texts, strict=True):
                written[place] = text
        return written

    def _ids(self, prompt: Prompt) -> list[int]:
        head, tail = prompt_ids(self._tokenizer, prompt.system, prompt.user)
        return [*head, *tail]

    @torch.inference_mode()
    def _batch(self, asked: Sequence[Sequence[int]], most_tokens: int) -> list[str]:
        width = max(map(len, asked))
        ids = torch.tensor([[self._ends[0]] * (width - len(row)) + list(row) for row in asked], device=self._device)
        there = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in asked], device=self._device)
        settings = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=most_tokens, do_sample=False, eos_token_id=self._ends, pad_token_id=self._ends[0]
        )
        out: Any = self._model.generate(input_ids=ids, attention_mask=there, generation_config=settings)
        texts: list[str] = self._tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
        return texts


def _ends(base: BaseModel) -> list[int]:
    """The tokens that end a text: a chat model may have one for a turn and one for a document."""
    told = base.model.generation_config.eos_token_id
    ends = {*(told if isinstance(told, list) else [told]), base.tokenizer.eos_token_id} - {None}
    if not ends:
        raise InvalidRequest(f"{base.name} has no token that ends a text")
    return sorted(ends)
