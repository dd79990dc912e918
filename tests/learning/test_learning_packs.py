"""A pack must be as good as one sequence a question: same hidden states, whatever stands beside it."""

import random

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from chartline.learning.training.packs import Item, PatientPrefix, build_pack

HEAD = [1, 2, 3]
ITEMS = [Item((10, 11, 12), (20, 21)), Item((13, 14), (22, 23, 24)), Item((15,), (25,))]


def prefix(length: int) -> PatientPrefix:
    return PatientPrefix(np.ones((length, 384), np.float32), np.ones((length, 42), np.float32))


def test_loss_falls_on_targets_alone() -> None:
    pack = build_pack(HEAD, prefix(4), ITEMS, random.Random(0))
    assert pack.targets.tolist() == [20, 21, 22, 23, 24, 25]
    before = pack.ids[pack.target_at].tolist()
    assert before == [12, 20, 14, 22, 23, 15]
    assert (pack.ids == -1).sum() == 4


def test_questions_do_not_see_each_other() -> None:
    pack = build_pack(HEAD, prefix(2), ITEMS, random.Random(0))
    first, second = range(5, 9), range(9, 13)
    assert not pack.mask[second.start : second.stop, first.start : first.stop].any()
    assert pack.mask[second.start, :5].all()
    assert not torch.triu(pack.mask, diagonal=1).any()


def test_an_item_without_target_is_an_error() -> None:
    with pytest.raises(ValueError, match="teaches nothing"):
        build_pack(HEAD, prefix(1), [Item((1,), ())], random.Random(0))


def test_a_pack_gives_the_logits_of_separate_sequences() -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=64,
    )
    model = LlamaForCausalLM(config).eval()
    pack = build_pack(HEAD, prefix(0), ITEMS, random.Random(1))
    start = int(pack.positions[len(HEAD)])
    with torch.no_grad():
        packed = model(
            input_ids=pack.ids[None], attention_mask=pack.mask[None, None], position_ids=pack.positions[None]
        ).logits[0, pack.target_at]
        single = []
        for item in ITEMS:
            ids = [*HEAD, *item.prompt, *item.target[:-1]]
            positions = [*range(len(HEAD)), *range(start, start + len(ids) - len(HEAD))]
            logits = model(input_ids=torch.tensor([ids]), position_ids=torch.tensor([positions])).logits[0]
            single.append(logits[len(HEAD) + len(item.prompt) - 1 :])
    assert torch.allclose(packed, torch.cat(single), atol=1e-5)
