"""From text or events to one vector: the encoders, each loaded once a process.

SentenceReader   text ▶ all-MiniLM over chunks of 256 tokens ▶ mean over all tokens               (B4, BERT rows)
LlmReader        text, end token ▶ base LLM ▶ state of the end token                              (B4, Qwen3 rows)
ChatReader       [system | record | question] ▶ conditioned LLM ▶ state before its first word     (A5)
                          └ soft tokens, or text in their place

All vectors have length one. Each is computed alone, so its bits depend on nothing but what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chartline.language.prompt import SYSTEM, direct_text
from chartline.learning.outcomes.embeddings.instructions import NEUTRAL
from chartline.learning.outcomes.embeddings.soft import SoftInputs
from chartline.learning.outcomes.embeddings.texts import Cut
from chartline.models.base_models import BaseModel, load_base, placement
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import Instant

#: float32 [D].
Vector = NDArray[np.float32]
#: Vectors that are kept, for every rotation and model asks for the same ones.
KEPT = 20_000


class SentenceReader:
    def __init__(self, encoder: TextEncoder) -> None:
        self.name = encoder.weights
        self.count = encoder.count_tokens
        self.vector: Callable[[str], Vector] = lru_cache(KEPT)(encoder.encode_long)


class LlmReader:
    def __init__(self, base: BaseModel) -> None:
        self.name = f"{base.name}@{base.sha256[:12]}"
        self._base = base
        self.vector: Callable[[str], Vector] = lru_cache(KEPT)(self._read)

    def count(self, lines: Sequence[str]) -> list[int]:
        return count_tokens(self._base.tokenizer, lines)

    @torch.inference_mode()
    def _read(self, text: str) -> Vector:
        tokenizer, llm = self._base.tokenizer, self._base.model
        ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        rows = llm.get_input_embeddings()(torch.tensor(ids, device=llm.device))
        return _unit(last_states(llm, [rows])[0])


class ChatReader:
    """`text` and `soft` differ in the record's rows alone: what soft tokens are worth against text."""

    def __init__(self, model: ConditionedLLM) -> None:
        self.name = ", ".join(f"{part} {version}" for part, version in sorted(model.versions.items()))
        self.model = model
        self.text: Callable[[str, str, Instant], Vector] = lru_cache(KEPT)(self._text)

    def count(self, lines: Sequence[str]) -> list[int]:
        return count_tokens(self.model.tokenizer, lines)

    @torch.inference_mode()
    def _text(self, text: str, question: str, now: Instant) -> Vector:
        """The record stands where training's text arm has it, in front of what is asked."""
        head, tail = prompt_ids(self.model.tokenizer, SYSTEM, f"\n{text}{_asked(question, now)}")
        return _unit(last_states(self.model.llm, [self.model.tokens([*head, *tail])])[0])

    @torch.inference_mode()
    def soft(self, inputs: SoftInputs, question: str, now: Instant) -> Vector:
        return _unit(last_states(self.model.llm, [chat_rows(self.model, inputs, question, now)])[0])


def chat_rows(model: ConditionedLLM, inputs: SoftInputs, question: str, now: Instant) -> Tensor:
    """[L, H]: the prompt that the model was aligned with, whose next token would begin the answer."""
    head, tail = prompt_ids(model.tokenizer, SYSTEM, _asked(question, now))
    embeddings, channels = (torch.from_numpy(part).to(model.device) for part in (inputs.embeddings, inputs.channels))
    return torch.cat([model.tokens(head), model.soft_tokens(embeddings, channels), model.tokens(tail)])


def last_states(llm: Any, rows: Sequence[Tensor]) -> Tensor:
    """float32 [B, H]: the last layer's state of each sequence's last row; padding stands behind, unseen."""
    lengths = torch.tensor([len(one) for one in rows], device=rows[0].device)
    padded = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    states = llm.base_model(inputs_embeds=padded, use_cache=False).last_hidden_state
    found: Tensor = states[torch.arange(len(rows), device=states.device), lengths - 1].float()
    return found


def count_tokens(tokenizer: Any, lines: Sequence[str]) -> list[int]:
    ids: list[list[int]] = tokenizer([f"{line}\n" for line in lines], add_special_tokens=False)["input_ids"]
    return [len(of_line) for of_line in ids]


def within(tokens: int, count: Callable[[Sequence[str]], list[int]]) -> Cut:
    """The first lines that have so many tokens together; no line is cut in two."""

    def cut(lines: Sequence[str]) -> Sequence[str]:
        shown = lines[:tokens]  # each has a token at least
        ends = np.cumsum(count(shown)) if shown else np.empty(0)
        return shown[: int(np.searchsorted(ends, tokens, side="right"))]

    return cut


@lru_cache(maxsize=1)
def sentence_reader(folder: Path | None, device: str) -> SentenceReader:
    return SentenceReader(TextEncoder(folder, placement(device, "auto")[0]))


@lru_cache(maxsize=1)
def llm_reader(base: str, device: str) -> LlmReader:
    place, dtype = placement(device, "auto")
    return LlmReader(load_base(base, device=place, dtype=dtype))


@lru_cache(maxsize=1)
def chat_reader(checkpoint: Path, device: str) -> ChatReader:
    place, dtype = placement(device, "auto")
    return ChatReader(ConditionedLLM.load(checkpoint, device=place, dtype=dtype))


def _asked(question: str, now: Instant) -> str:
    return direct_text(question or NEUTRAL, now)


def _unit(state: Tensor) -> Vector:
    vector: Vector = nn.functional.normalize(state, dim=0).cpu().numpy()
    return vector
