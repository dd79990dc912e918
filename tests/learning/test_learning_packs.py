"""A pack must be as good as one sequence a question: same hidden states, whatever stands beside it."""

import random

import numpy as np
import pytest
import torch

from chartline.learning.training.pack_attention import NAME, PackRows, attend_by_steps
from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.models.packed_attention import attend
from tests.models.tiny_llms import CONFIGS, tiny_llm

HEAD = [1, 2, 3]
ITEMS = [Item((10, 11, 12), (20, 21)), Item((13, 14), (22, 23, 24)), Item((15,), (25,))]


def prefix(length: int) -> PatientPrefix:
    return PatientPrefix(np.ones((length, 384), np.float32), np.ones((length, 42), np.float32))


def pack_of(items: list[Item], length: int = 2, seed: int = 0, context: int = 8192) -> Pack:
    return build_pack(HEAD, prefix(length), items, random.Random(seed), context)


def test_loss_falls_on_targets_alone() -> None:
    pack = pack_of(ITEMS, 4)
    assert pack.targets.tolist() == [20, 21, 22, 23, 24, 25]
    before = pack.ids[pack.target_at].tolist()
    assert before == [12, 20, 14, 22, 23, 15]
    assert (pack.ids == -1).sum() == 4


def test_each_question_stands_behind_what_all_see() -> None:
    pack = pack_of(ITEMS)
    assert (pack.shared, pack.lengths) == (5, (4, 4, 1))
    starts = [5, 9, 13]
    assert pack.positions[:5].tolist() == list(range(5))
    assert len({int(pack.positions[start]) for start in starts}) == 1


def test_what_all_prompts_begin_with_stands_there_once() -> None:
    items = [Item((10, 11, 12), (20,)), Item((10, 11, 13, 14), (21, 22)), Item((10, 11), (23,))]
    pack = pack_of(items)
    assert pack.ids.tolist() == [*HEAD, -1, -1, 10, 11, 12, 11, 13, 14, 21, 11]
    assert (pack.shared, pack.lengths) == (6, (2, 4, 1))
    assert pack.ids[pack.target_at].tolist() == [12, 14, 21, 11]
    at = int(pack.positions[5])
    assert pack.positions[5:].tolist() == [at, at + 1, at + 2, at + 1, at + 2, at + 3, at + 4, at + 1]


def test_what_was_written_in_a_prompt_is_a_target_too() -> None:
    wrote = Item((10, 11, 20, 21, 30), (40, 41), (2, 3))
    pack = pack_of([wrote, Item((10, 11, 12), (22,))])
    assert pack.targets.tolist() == [20, 21, 40, 41, 22]
    assert pack.ids[pack.target_at].tolist() == [11, 20, 30, 40, 12]


def test_positions_stay_within_the_context() -> None:
    packs = [pack_of(ITEMS, seed=seed, context=40) for seed in range(40)]
    assert max(int(pack.positions.max()) for pack in packs) < 40
    assert len({int(pack.positions.max()) for pack in packs}) > 5


def test_nothing_is_cut_to_fit() -> None:
    with pytest.raises(ValueError, match="nothing is cut"):
        pack_of([Item((1,), ())])
    with pytest.raises(ValueError, match="nothing is cut"):
        pack_of([Item(tuple(range(30)), (1,))], context=30)


@pytest.mark.parametrize("family", CONFIGS)
def test_a_pack_gives_the_logits_of_separate_sequences(family: str) -> None:
    """In every family: with windows, soft caps and query heads that share a key head."""
    model, plain = tiny_llm(family, 64), tiny_llm(family, 64)
    model.set_attn_implementation(NAME)
    plain.set_attn_implementation("eager")
    items = [*ITEMS, Item(tuple(range(10, 60)), (26, 27))]  # the last is longer than any window
    pack = pack_of(items, 0, seed=1)  # a seed that leaves no gap, which a plain sequence would not have
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


def test_the_fused_kernel_of_other_devices_attends_alike() -> None:
    q, k, v = (torch.randn(2, 3, rows, 8) for rows in (6, 9, 9))
    mask = torch.zeros(6, 9).masked_fill_(torch.rand(6, 9) < 0.3, float("-inf"))
    assert torch.allclose(attend_by_steps(q, k, v, mask, 0.5), attend(q, k, v, mask, 0.5, None), atol=1e-5)
