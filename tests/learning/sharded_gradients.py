"""What each of several processes of `torch.distributed.run` does: its pack's gradient, sharded as FSDP shards.

Fails unless the sum over the processes is what one process computes for all packs.
"""

import random

import numpy as np
import torch
from torch import distributed
from torch.distributed.fsdp import fully_shard

from chartline.learning.training.pack_loss import PackLoss, tune
from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.learning.training.settings import TrainSettings, Tuning
from chartline.models.base_models import BaseModel
from chartline.models.conditioned_llm import ConditionedLLM
from tests.models.tiny_llms import tiny_llm


def module() -> PackLoss:
    """Weights of two kinds, as in training: a frozen base in bf16, an adapter and a projector in fp32."""
    model = ConditionedLLM.untrained(BaseModel("tiny", "", tiny_llm("llama", 64).to(torch.bfloat16), None), 8, 4)
    tune(model, TrainSettings(Tuning.LORA, rank=4))
    for name, parameter in model.llm.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return PackLoss(model, torch.bfloat16)


def packs() -> list[Pack]:
    """The first without soft tokens: its process must meet the other at the projector all the same."""
    numbers = np.random.default_rng(0)
    prefixes = [PatientPrefix(numbers.random((n, 8), np.float32), numbers.random((n, 4), np.float32)) for n in (0, 5)]
    items = [Item((10, 11), (20, 21)), Item((10, 12, 14), (22,))]
    return [build_pack([1, 2], prefix, items, random.Random(1), 4096) for prefix in prefixes]


def main() -> None:
    distributed.init_process_group("gloo")
    whole, sharded = module(), module()
    sum(whole(pack) for pack in packs()).backward()
    mesh = distributed.init_device_mesh("cpu", (distributed.get_world_size(),))
    for layer in sharded.model.llm.model.layers:
        assert type(layer).__name__ in sharded._no_split_modules
        fully_shard(layer, mesh=mesh)
    fully_shard(sharded, mesh=mesh)
    loss = sharded(packs()[distributed.get_rank()])
    (loss * distributed.get_world_size()).backward()
    expected = {name: p.grad for name, p in whole.named_parameters() if p.requires_grad}
    assert any(bool(gradient.any()) for gradient in expected.values())
    for name, parameter in sharded.named_parameters():
        if name in expected:
            torch.testing.assert_close(parameter.grad.full_tensor(), expected[name], rtol=1e-3, atol=1e-4)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
