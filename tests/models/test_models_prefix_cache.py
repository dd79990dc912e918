"""The cache against a model of it: whatever is asked in whatever order, reused tokens hold what they should."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chartline.models.key_values import KVLayout
from chartline.models.prefix_cache import Chain, Kept, PrefixCache

LAYOUT = KVLayout(layers=1, heads=1, head_dim=2, dtype=torch.float32, device=torch.device("cpu"))
HEAD = 5

blocks = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 64)), max_size=4)
questions = st.lists(st.integers(0, 2), min_size=1, max_size=6)


def _chain(path: list[tuple[str, int]]) -> Chain:
    """Digests are chained: the same letter behind another prefix is another block."""
    named, digest = [], b""
    for letter, events in path:
        digest += letter.encode() + bytes([events])
        named.append((digest, events))
    return Chain(b"scope", HEAD, tuple(named))


def _content(chain: Chain, tail: list[int]) -> list[float]:
    """A number for each token that says what stands there and before it."""
    rows = [float(hash(("head", i)) % 9973) for i in range(HEAD)]
    for digest, events in chain.blocks:
        rows += [float(hash((digest, i)) % 9973) for i in range(events)]
    return rows + [float(hash((chain.blocks, tuple(tail[: i + 1]))) % 9973) for i in range(len(tail))]


def _compute(kept: Kept, upto: int) -> None:
    content = _content(kept.chain, kept.tail)
    for position in range(kept.kv.length, upto):
        kept.kv.keys[0][:, position] = content[position]
    kept.kv.length = upto


@settings(max_examples=200)
@given(
    asked=st.lists(st.tuples(blocks, questions, st.floats(0, 1), st.booleans()), max_size=12),
    budget_sequences=st.integers(3, 5),
)
def test_reused_tokens_are_those_of_the_prompt(asked, budget_sequences: int):
    cache = PrefixCache(LAYOUT, budget_sequences * 768 * LAYOUT.token_bytes)
    busy: list[Kept] = []
    for path, tail, share, stays in asked:
        chain = _chain(path)
        reuse = cache.find(chain, tail)
        kept = cache.take(chain, list(tail), chain.end + len(tail), reuse)
        if kept is None:
            assert busy
            cache.give_back(busy.pop())
            continue
        expected = _content(chain, tail)
        assert kept.kv.length == reuse.tokens < len(expected)
        assert kept.kv.keys[0][0, : reuse.tokens, 0].tolist() == expected[: reuse.tokens]
        _compute(kept, max(reuse.tokens, int(share * len(expected))))
        if stays:
            busy.append(kept)
        else:
            cache.give_back(kept)
        assert cache.bytes <= budget_sequences * 768 * LAYOUT.token_bytes + 768 * LAYOUT.token_bytes


def test_a_longer_chart_is_not_destroyed_by_a_question_about_the_past():
    cache = PrefixCache(LAYOUT, 10 * 768 * LAYOUT.token_bytes)
    today, past = _chain([("a", 64), ("a", 64)]), _chain([("a", 64)])
    for chain in (today, past, today):
        reuse = cache.find(chain, [1, 2])
        kept = cache.take(chain, [1, 2], chain.end + 2, reuse)
        assert kept is not None
        _compute(kept, chain.end + 2)
        cache.give_back(kept)
    assert reuse.blocks == 2


def test_a_growing_chart_stays_one_sequence():
    cache = PrefixCache(LAYOUT, 10 * 768 * LAYOUT.token_bytes)
    for n in range(1, 5):
        chain = _chain([("a", 64)] * n)
        kept = cache.take(chain, [1], chain.end + 1, cache.find(chain, [1]))
        assert kept is not None
        _compute(kept, chain.end + 1)
        cache.give_back(kept)
    assert len(cache) == 1
