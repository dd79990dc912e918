"""From a pack to its loss: the one module that an engine wraps, shards and reduces, in every stage.

The projector computes in fp32 as in serving, since its inputs are numbers; the LLM in bf16 where its weights are or
where it learns as a whole. Loss falls on what is to be written, and nothing else is brought to the vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from chartline.learning.training import pack_attention
from chartline.learning.training.pack_attention import PackRows
from chartline.learning.training.packs import Pack
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.models.conditioned_llm import ConditionedLLM


class PackLoss(nn.Module):
    """Pack to the sum of the cross-entropies of its targets. `autocast` is what matrices are multiplied in."""

    def __init__(self, model: ConditionedLLM, autocast: torch.dtype) -> None:
        super().__init__()
        self.model, self._autocast = model, autocast
        model.llm.set_attn_implementation(pack_attention.NAME)
        #: Which layers FSDP wraps, as transformers' own models say it.
        self._no_split_modules = list(model.llm._no_split_modules)

    def forward(self, pack: Pack) -> Tensor:
        device = self.model.device
        positions, targets = pack.positions.to(device), pack.targets.to(device)
        with torch.autocast(device.type, dtype=self._autocast, enabled=self._autocast != torch.float32):
            logits = self.model.llm(
                inputs_embeds=self._rows(pack, device)[None],
                position_ids=positions[None],
                use_cache=False,
                logits_to_keep=pack.target_at.to(device),
                pack_rows=PackRows(pack.shared, pack.lengths, positions),
            ).logits[0]
        return nn.functional.cross_entropy(logits.float(), targets, reduction="sum")

    def _rows(self, pack: Pack, device: torch.device) -> Tensor:
        """[L, H]. The projector is passed without soft tokens too, or other processes would wait for its gradient."""
        embeddings, channels = torch.from_numpy(pack.prefix.embeddings), torch.from_numpy(pack.prefix.channels)
        with torch.autocast(device.type, enabled=False):
            soft = self.model.soft_tokens(embeddings.to(device), channels.to(device))
        rows = self.model.tokens(pack.ids.clamp(min=0).tolist())
        soft_at = (pack.ids == -1).nonzero().squeeze(1).to(device)
        return rows.index_put((soft_at,), soft.to(rows.dtype))


def tune(model: ConditionedLLM, settings: TrainSettings) -> Any:
    """Marks what learns; returns peft's model around the LLM, None where there is no adapter."""
    model.llm.requires_grad_(settings.tuning is Tuning.FULL)
    if settings.tuning is not Tuning.LORA:
        return None
    config = LoraConfig(r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear")
    adapter = get_peft_model(model.llm, config)
    for module in adapter.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False  # autocast casts; peft would go through fp32 and back
    return adapter
