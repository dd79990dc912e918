"""The projector-conditioned LLM: a base causal LM, its adapter merged in, and the projector that feeds it events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from chartline.errors import InvalidRequest
from chartline.models.adapter import merge_adapter
from chartline.models.base_models import BaseModel, load_base
from chartline.models.checkpoint import ADAPTER, MODEL, load_card, versions
from chartline.models.projector import Projector, load_projector, token_norm


class ConditionedLLM(nn.Module):
    """`llm` is the transformers model, `tokenizer` its tokenizer, `versions` names all weights (empty when untrained).

    Training and serving build their inputs from the same three pieces: `tokens(head)`, `soft_tokens(events)`,
    `tokens(tail)`, with head and tail from `chat_prompt.prompt_ids`.
    """

    def __init__(self, base: BaseModel, projector: Projector, versions: dict[str, str] | None = None) -> None:
        super().__init__()
        self.llm = base.model
        self.tokenizer: Any = base.tokenizer
        self.projector = projector
        self.versions = versions or {}

    @classmethod
    def untrained(cls, base: BaseModel, embedding_size: int, channels: int) -> ConditionedLLM:
        """The base with a random projector at the right scale: where training starts."""
        embedding = base.model.get_input_embeddings()
        norm = token_norm(embedding, embedding.num_embeddings)
        return cls(base, Projector(embedding_size, channels, base.hidden_size, norm).to(base.model.device))

    @classmethod
    def load(
        cls, folder: Path, base_model: str = "", *, dtype: torch.dtype = torch.float32, device: str = "cpu"
    ) -> ConditionedLLM:
        """The checkpoint on the base it names or holds, or on `base_model` where that has the same weights.

        Raises InvalidRequest where checkpoint and base do not fit.
        """
        card = load_card(folder)
        own = str(folder / MODEL) if (folder / MODEL).is_dir() else ""
        base = load_base(base_model or own or card.base_model, dtype=dtype, device=device)
        if base.sha256 != card.base_sha256:
            raise InvalidRequest(
                f"{folder} was trained on {card.base_model} with weights {card.base_sha256[:12]}, "
                f"but {base.name} has {base.sha256[:12]}: train a checkpoint for it, or unset CHARTLINE_LLM_MODEL"
            )
        if (folder / ADAPTER).is_dir():
            merge_adapter(base.model, folder / ADAPTER)
        return cls(base, load_projector(folder, card).to(device), versions(folder, card)).eval()

    @property
    def hidden_size(self) -> int:
        return self.projector.hidden_size

    @property
    def device(self) -> torch.device:
        return self.projector.norm.device

    def soft_tokens(self, embeddings: Tensor, channels: Tensor) -> Tensor:
        """[N, E] and [N, C] in fp32 to [N, H] in the LLM's dtype."""
        soft: Tensor = self.projector(embeddings, channels).to(self.llm.dtype)
        return soft

    def tokens(self, ids: list[int]) -> Tensor:
        """[len(ids), H]: what the LLM's own embedding layer gives for them."""
        rows: Tensor = self.llm.get_input_embeddings()(torch.tensor(ids, dtype=torch.long, device=self.device))
        return rows
