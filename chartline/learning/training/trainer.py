"""The training loop: projector and LoRA adapter together, the base's own weights frozen, resumable after kill -9.

AdamW, linear warm-up and decay, bf16 matmuls where the machine has them, loss on written tokens alone. The state that
a resumed run needs is written aside and renamed, so that a kill leaves the last whole one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor

from chartline.learning.training import pack_attention
from chartline.learning.training.pack_attention import PackRows
from chartline.learning.training.packs import Pack
from chartline.models.conditioned_llm import ConditionedLLM


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """`save_every` and `warmup` count steps; a step is `packs_per_step` packs."""

    seed: int = 1
    rank: int = 32
    learning_rate: float = 1e-3
    projector_learning_rate: float = 8e-4
    warmup: int = 40
    packs_per_step: int = 2
    save_every: int = 100


Report = Callable[[int, float], None]


class Trainer:
    """`total_steps` fixes the schedule; `report(step, loss)` is called after every step."""

    def __init__(self, model: ConditionedLLM, settings: TrainSettings, total_steps: int, state_file: Path) -> None:
        torch.manual_seed(settings.seed)
        self._settings, self._state_file, self._total = settings, state_file, total_steps
        self._model = model
        model.llm.set_attn_implementation(pack_attention.NAME)
        config = LoraConfig(r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear")
        self.adapter: Any = get_peft_model(model.llm, config)
        _leave_casting_to_autocast(self.adapter)
        self._trained = [p for p in (*self.adapter.parameters(), *model.projector.parameters()) if p.requires_grad]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in self.adapter.parameters() if p.requires_grad], "lr": settings.learning_rate},
                {"params": list(model.projector.parameters()), "lr": settings.projector_learning_rate},
            ],
            weight_decay=0.0,
            betas=(0.9, 0.98),
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)
        self.step = 0
        if state_file.exists():
            self._resume()

    def _rate(self, step: int) -> float:
        return min((step + 1) / self._settings.warmup, max(0.02, 1 - step / self._total))

    def run(self, packs: Iterator[Pack], report: Report) -> None:
        """Trains from the step it stands at; `packs` starts at the beginning and is wound forward."""
        per_step = self._settings.packs_per_step
        packs = islice(packs, self.step * per_step, None)
        self.adapter.train()
        while self.step < self._total and (batch := list(islice(packs, per_step))):
            loss = self._train_step(batch)
            self.step += 1
            report(self.step, loss)
            if self.step % self._settings.save_every == 0:
                self._save()
        self._save()

    def _train_step(self, batch: list[Pack]) -> float:
        tokens = sum(len(pack.targets) for pack in batch)
        total = 0.0
        for pack in batch:
            loss = pack_loss(self._model, pack) / tokens
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad(set_to_none=True)
        return total

    def _save(self) -> None:
        state = {
            "step": self.step,
            "trained": [p.detach() for p in self._trained],
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
        }
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._state_file.with_suffix(".writing")
        torch.save(state, unfinished)
        os.replace(unfinished, self._state_file)

    @torch.no_grad()
    def _resume(self) -> None:
        state = torch.load(self._state_file, weights_only=True)
        for parameter, kept in zip(self._trained, state["trained"], strict=True):
            parameter.copy_(kept)
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.step = state["step"]


def _leave_casting_to_autocast(adapter: Any) -> None:
    """Else peft brings every input of every adapted layer to fp32, only for autocast to bring it back."""
    for module in adapter.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False


def pack_loss(model: ConditionedLLM, pack: Pack) -> Tensor:
    """Sum of the cross-entropies of all targets of the pack."""
    device = model.device
    soft_at, positions = pack.ids == -1, pack.positions.to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=model.llm.dtype == torch.bfloat16):
        rows = model.tokens(pack.ids.clamp(min=0).tolist())
        if len(pack.prefix):
            soft = model.soft_tokens(torch.from_numpy(pack.prefix.embeddings), torch.from_numpy(pack.prefix.channels))
            rows = rows.index_put((soft_at.nonzero().squeeze(1),), soft.to(rows.dtype))
        logits = model.llm(
            inputs_embeds=rows[None],
            position_ids=positions[None],
            use_cache=False,
            logits_to_keep=pack.target_at.to(device),
            pack_rows=PackRows(pack.shared, pack.lengths, positions),
        ).logits[0]
    return torch.nn.functional.cross_entropy(logits.float(), pack.targets.to(device), reduction="sum")
