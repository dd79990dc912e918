"""The training loop of both stages, on one process or many: AdamW, linear warm-up and decay, clipped gradients.

    step n   pack n·P … n·P + P-1, shared out among the processes ─▶ mean loss of their written tokens ─▶ one update

Which packs a step sees does not depend on how many processes there are, so neither does the loss curve; nothing is
drawn while training, so a run that resumes goes on as if it had never been broken off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator, PartialState

from chartline.errors import InvalidRequest
from chartline.learning.training.pack_loss import PackLoss
from chartline.learning.training.packs import Pack
from chartline.learning.training.settings import TrainSettings
from chartline.learning.training.states import States

_LOWEST_RATE = 0.02  # of the peak, at the end of the decay


@dataclass(frozen=True, slots=True)
class Step:
    """`loss` is the mean over `targets` written tokens; `rows` and `examples` are what all processes computed."""

    number: int
    loss: float
    gradient: float
    rate: float
    rows: int
    targets: int
    examples: int
    seconds: float


Report = Callable[[Step], None]


def launched(settings: TrainSettings, device: str) -> Accelerator:
    """The engine of this process: what `accelerate launch` configured, else this process alone on `device`.

    Raises InvalidRequest where the packs of a step cannot be shared evenly, or not as the configuration says.
    """
    on_cpu = device == "cpu"
    processes = PartialState(cpu=on_cpu).num_processes
    each, left = divmod(settings.packs_per_step, processes)
    accelerator = Accelerator(cpu=on_cpu, gradient_accumulation_steps=max(each, 1))
    if left or accelerator.gradient_accumulation_steps != each:
        raise InvalidRequest(f"{settings.packs_per_step} packs a step cannot be shared evenly by {processes} processes")
    return accelerator


class Trainer:
    """Trains `module` over `packs` once; `step` counts the updates done, and is where `run` goes on."""

    def __init__(
        self, accelerator: Accelerator, module: PackLoss, settings: TrainSettings, packs: Sequence[Pack]
    ) -> None:
        """Raises InvalidRequest where the packs do not make one step."""
        self._accelerator, self._settings, self._packs = accelerator, settings, packs
        self.total = len(packs) // settings.packs_per_step
        if not self.total:
            raise InvalidRequest(f"{len(packs)} packs are less than one step of {settings.packs_per_step}")
        llm, projector = module.model.llm, module.model.projector
        adapted = [p for p in llm.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": list(projector.parameters()), "lr": settings.projector_learning_rate}
        ]
        groups += [{"params": adapted, "lr": settings.learning_rate}] if adapted else []
        self._peaks: list[float] = [group["lr"] for group in groups]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.0, betas=(0.9, 0.98))
        self.module, self._optimizer = accelerator.prepare(module, optimizer)
        self.step = 0

    def run(self, states: States, report: Report) -> None:
        self.module.train()
        while self.step < self.total:
            report(self._train_step())
            if self.step % self._settings.save_every == 0 and self.step < self.total:
                states.save(self.step)

    def mean_loss(self, packs: Sequence[Pack]) -> float | None:
        """Over the written tokens of packs that nothing is learnt from; None where they do not make one step.

        As many as make whole steps are taken: the same ones by however many processes.
        """
        self.module.eval()
        rank, processes = self._accelerator.process_index, self._accelerator.num_processes
        per_step = self._settings.packs_per_step
        mine = [packs[i] for i in range(rank, len(packs) // per_step * per_step, processes)]
        if not mine:
            return None
        with torch.no_grad():
            loss = sum((self.module(pack).double() for pack in mine), self._zero())
        targets = self._zero() + sum(len(pack.targets) for pack in mine)
        return float(self._sum(loss) / self._sum(targets))

    def _train_step(self) -> Step:
        began = time.perf_counter()
        rate = self._set_rate()
        packs = self._my_packs()
        counts = torch.tensor([[len(p.targets), len(p.ids), len(p.lengths)] for p in packs]).sum(0)
        targets, rows, examples = self._sum(counts.to(self._accelerator.device)).tolist()
        total, gradient = self._zero(), 0.0
        for pack in packs:
            with self._accelerator.accumulate(self.module):
                loss = self.module(pack) / targets
                # The engine takes means over processes and over the packs of a process; a sum over tokens is wanted.
                self._accelerator.backward(loss * self._settings.packs_per_step)
                if self._accelerator.sync_gradients:
                    gradient = self._clip()
                self._optimizer.step()
                self._optimizer.zero_grad()
            total += loss.detach()
        self.step += 1
        seconds = time.perf_counter() - began
        return Step(self.step, float(self._sum(total)), gradient, rate, rows, targets, examples, seconds)

    def _my_packs(self) -> list[Pack]:
        first, per_step = self.step * self._settings.packs_per_step, self._settings.packs_per_step
        mine = range(first + self._accelerator.process_index, first + per_step, self._accelerator.num_processes)
        return [self._packs[i] for i in mine]

    def _set_rate(self) -> float:
        """A share of each group's peak: up over `warmup` steps, then down to the end."""
        rate = min((self.step + 1) / self._settings.warmup, max(_LOWEST_RATE, 1 - self.step / self.total))
        for group, peak in zip(self._optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * rate
        return rate

    def _clip(self) -> float:
        norm = self._accelerator.clip_grad_norm_(self.module.parameters(), self._settings.longest_gradient)
        return 0.0 if norm is None else float(norm)

    def _sum(self, value: torch.Tensor) -> torch.Tensor:
        summed: torch.Tensor = self._accelerator.reduce(value, "sum")
        return summed

    def _zero(self) -> torch.Tensor:
        return torch.zeros((), dtype=torch.float64, device=self._accelerator.device)
