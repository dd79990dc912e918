"""What the hardware of a device multiplies matrices in best."""

import torch


def preferred_dtype(device: str) -> torch.dtype:
    """bf16 where it is native (a GPU; a CPU with avx512_bf16, 2x fp32 there), else fp32. `device` as torch says it."""
    if torch.device(device).type != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16"):
        return torch.bfloat16
    return torch.float32
