"""A pack must be as good as one sequence a question: same hidden states, whatever stands beside it."""

import random
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from chartline.learning.training.pack_attention import NAME, PackRows
from chartline.learning.training.packs import Item, PatientPrefix, build_pack
from tests.models.tiny_llms import CONFIGS

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


def test_each_question_stands_behind_what_all_see() -> None:
    pack = build_pack(HEAD, prefix(2), ITEMS, random.Random(0))
    assert (pack.shared, pack.lengths) == (5, (4, 4, 1))
    starts = [5, 9, 13]
    assert pack.positions[:5].tolist() == list(range(5))
    assert len({int(pack.positions[start]) for start in starts}) == 1


def test_an_item_without_target_is_an_error() -> None:
    with pytest.raises(ValueError, match="teaches nothing"):
        build_pack(HEAD, prefix(1), [Item((1,), ())], random.Random(0))


def llm(family: str) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(CONFIGS[family](64)).eval()


@pytest.mark.parametrize("family", CONFIGS)
def test_a_pack_gives_the_logits_of_separate_sequences(family: str) -> None:
    """In every family: with windows, soft caps and query heads that share a key head."""
    model, plain = llm(family), llm(family)
    model.set_attn_implementation(NAME)
    plain.set_attn_implementation("eager")
    items = [*ITEMS, Item(tuple(range(10, 60)), (26, 27))]  # the last is longer than any window
    pack = build_pack(HEAD, prefix(0), items, random.Random(1))
    with torch.no_grad():
        packed = model(
            input_ids=pack.ids[None],
            position_ids=pack.positions[None],
            pack_rows=PackRows(pack.shared, pack.lengths, pack.positions),
        ).logits[0, pack.target_at]
        ids = [[*HEAD, *item.prompt, *item.target[:-1]] for item in items]
        single = [
            plain(input_ids=torch.tensor([row])).logits[0, len(HEAD) + len(item.prompt) - 1 :]
            for row, item in zip(ids, items, strict=True)
        ]
    assert torch.allclose(packed, torch.cat(single), atol=1e-4)
