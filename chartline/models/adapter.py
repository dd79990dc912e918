"""Merges a LoRA adapter in peft's file format into the base's weights, so that serving pays nothing for it.

Serving needs only W + s·B·A, and does without peft and the seconds it takes to import; training writes the files with
peft, and a test compares with its `merge_and_unload`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from chartline.errors import InvalidRequest

_PREFIX = "base_model.model."


def merge_adapter(model: Any, folder: Path) -> None:
    """Changes `model` in place. Raises InvalidRequest for what is not plain LoRA or does not fit the model."""
    config = json.loads((folder / "adapter_config.json").read_text())
    _check_plain(config)
    tensors = load_file(folder / "adapter_model.safetensors")
    modules = dict(model.named_modules())
    names = sorted({name.split(".lora_")[0] for name in tensors})
    if not names or len(tensors) != 2 * len(names):
        raise InvalidRequest(f"{folder}: not a LoRA adapter")
    for name in names:
        module = modules.get(name.removeprefix(_PREFIX))
        if module is None:
            raise InvalidRequest(f"{folder}: adapts {name}, which this base does not have")
        _merge(module.weight, tensors[f"{name}.lora_A.weight"], tensors[f"{name}.lora_B.weight"], config)


def _check_plain(config: dict[str, Any]) -> None:
    unsupported = [key for key in ("use_dora", "fan_in_fan_out", "alpha_pattern", "modules_to_save") if config.get(key)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or unsupported:
        raise InvalidRequest(f"only plain LoRA adapters can be merged, this one has {unsupported or config}")


@torch.no_grad()
def _merge(weight: Tensor, down: Tensor, up: Tensor, config: dict[str, Any]) -> None:
    rank = down.shape[0]
    scale = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
    weight.copy_(weight.float() + scale * (up.float() @ down.float()).to(weight.device))
