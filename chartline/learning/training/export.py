"""A finished stage becomes the checkpoint folder that serving reads and the next stage begins with."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chartline.learning.training.model_card import StageReport, write_cards
from chartline.learning.training.pack_loss import PackLoss
from chartline.models.base_models import weights_sha256
from chartline.models.checkpoint import ADAPTER, MODEL, Checkpoint, save_card
from chartline.models.projector import Projector, save_projector

_LLM, _PROJECTOR = "model.llm.", "model.projector."
_PEFT = "base_model.model."


def export(
    folder: Path,
    card: Checkpoint,
    module: PackLoss,
    adapter: Any,
    weights: Mapping[str, Tensor],
    reports: Sequence[StageReport],
) -> None:
    """`weights` are the whole ones of `module`, wherever its shards are. What an earlier run left is replaced.

    The LLM's part is written in bf16, half the size at no loss that greedy decoding shows; the projector in fp32.
    """
    for left in (ADAPTER, MODEL):
        shutil.rmtree(folder / left, ignore_errors=True)
    if adapter is not None:
        adapter.peft_config["default"].base_model_name_or_path = Path(card.base_model).name  # not where it lies here
        adapter.save_pretrained(
            folder / ADAPTER, state_dict=_part(weights, _LLM, _PEFT, torch.bfloat16), save_embedding_layers=False
        )
        (folder / ADAPTER / "README.md").unlink(missing_ok=True)
    elif reports[-1].settings["tuning"] == "full":
        module.model.llm.save_pretrained(folder / MODEL, state_dict=_part(weights, _LLM, "", torch.bfloat16))
        module.model.tokenizer.save_pretrained(folder / MODEL)
        card = replace(card, base_sha256=weights_sha256(folder / MODEL))
    projector = Projector(card.embedding_size, card.channels, card.hidden_size)
    projector.load_state_dict(_part(weights, _PROJECTOR, "", torch.float32))
    save_card(folder, card)
    save_projector(folder, projector)
    write_cards(folder, card, reports)


def _part(weights: Mapping[str, Tensor], prefix: str, renamed: str, dtype: torch.dtype) -> dict[str, Tensor]:
    return {
        renamed + name.removeprefix(prefix): tensor.detach().to("cpu", dtype)
        for name, tensor in weights.items()
        if name.startswith(prefix)
    }
