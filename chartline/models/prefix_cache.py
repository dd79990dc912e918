"""Kept keys and values of patients' prefixes: a later question computes only what is new.

    chain      head ids | block 1 | block 2 | … | block B | tail ids (question, plan, result)
    reused     ───────── longest common run ─────────▶

A sequence in use is `busy`; when its request ends it becomes idle and is kept, least recently used first out, within
one byte budget for both. A request takes an idle sequence that it continues, and copies the common part of any other.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, takewhile

from chartline.models.key_values import KeyValues, KVLayout

_ROUNDING = 256  # tokens; spare room in which a chart grows and questions differ without a new buffer


@dataclass(frozen=True, slots=True)
class Chain:
    """What a prefix is: `scope` names tenant, encoder and head ids; a block is its digest and its events.

    A digest contains those before it, and the cache belongs to one engine and so to one set of weights.
    """

    scope: bytes
    head: int
    blocks: tuple[tuple[bytes, int], ...]
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(accumulate((n for _, n in self.blocks), initial=self.head)))

    def tokens(self, blocks: int) -> int:
        """Tokens of the head and the first `blocks` blocks."""
        return self._ends[blocks]

    @property
    def end(self) -> int:
        return self._ends[-1]


@dataclass(slots=True, eq=False)
class Kept:
    """A sequence's KV: the prefix `chain`, then `tail` token ids, both as far as `kv.length` goes."""

    chain: Chain
    tail: list[int]
    kv: KeyValues


@dataclass(frozen=True, slots=True)
class Reuse:
    """The best kept sequence for a prompt: its first `tokens` are the same, among them `blocks` whole blocks."""

    kept: Kept | None
    blocks: int
    tokens: int


class PrefixCache:
    """Not thread safe: the engine's thread owns it."""

    def __init__(self, layout: KVLayout, byte_budget: int) -> None:
        self._layout = layout
        self._budget = byte_budget
        self._idle: OrderedDict[int, Kept] = OrderedDict()
        self._busy: dict[int, Kept] = {}
        self.bytes = 0

    def __len__(self) -> int:
        """Sequences that no request uses."""
        return len(self._idle)

    def fits(self, tokens: int) -> bool:
        return _capacity(tokens) * self._layout.token_bytes <= self._budget

    def find(self, chain: Chain, tail: Sequence[int]) -> Reuse:
        """Among equals the most recently used, so that the oldest can go."""
        newest_first = (*self._busy.values(), *reversed(self._idle.values()))
        candidates = [_reuse(kept, chain, tail) for kept in newest_first]
        return max(candidates, key=lambda reuse: reuse.tokens, default=Reuse(None, 0, 0))

    def is_coming(self, chain: Chain, reuse: Reuse) -> bool:
        """Whether a request under way will have computed more blocks of the prompt than `reuse` has."""
        return any(_common_blocks(kept.chain, chain) > reuse.blocks for kept in self._busy.values())

    def take(self, chain: Chain, tail: list[int], tokens: int, reuse: Reuse) -> Kept | None:
        """A busy sequence with room for `tokens`, filled as far as `reuse` goes; None while there is no room."""
        source = reuse.kept
        if source is not None and self._continues(source, reuse) and source.kv.capacity >= tokens:
            taken = self._idle.pop(id(source))
            taken.chain, taken.tail, taken.kv.length = chain, tail, reuse.tokens
        else:
            capacity = _capacity(tokens)
            if not self._make_room(capacity * self._layout.token_bytes, source):
                return None
            taken = Kept(chain, tail, KeyValues(self._layout, capacity))
            self.bytes += taken.kv.bytes
            if source is not None:
                taken.kv.copy_from(source.kv, reuse.tokens)
        self._busy[id(taken)] = taken
        return taken

    def give_back(self, kept: Kept) -> None:
        """Keeps it as most recently used, in place of idle ones that hold nothing more."""
        del self._busy[id(kept)]
        for other in list(self._idle.values()):
            if other.chain.scope == kept.chain.scope and _computed(other) <= _reuse(kept, other.chain, ()).tokens:
                self._forget(other)
        self._idle[id(kept)] = kept

    def drop(self, kept: Kept) -> None:
        """For a sequence whose content is in doubt."""
        del self._busy[id(kept)]
        self.bytes -= kept.kv.bytes

    def _continues(self, source: Kept, reuse: Reuse) -> bool:
        """True where overwriting behind the reused part destroys no block that another question may want."""
        return id(source) in self._idle and _computed(source) <= reuse.tokens

    def _make_room(self, wanted: int, source: Kept | None) -> bool:
        """Forgets idle sequences, `source` last: only where it alone stands in the way may both be there for a copy."""
        if wanted + sum(kept.kv.bytes for kept in self._busy.values()) > self._budget:
            return False
        for kept in sorted(self._idle.values(), key=lambda kept: kept is source):
            if self.bytes + wanted <= self._budget:
                break
            self._forget(kept)
        return True

    def _forget(self, kept: Kept) -> None:
        del self._idle[id(kept)]
        self.bytes -= kept.kv.bytes


def _capacity(tokens: int) -> int:
    return (tokens // _ROUNDING + 2) * _ROUNDING


def _computed(kept: Kept) -> int:
    """Tokens of the prefix that are there, tail excluded."""
    return min(kept.kv.length, kept.chain.end)


def _common_blocks(one: Chain, other: Chain) -> int:
    if one.scope != other.scope:
        return 0
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.blocks, other.blocks, strict=False)))


def _reuse(kept: Kept, chain: Chain, tail: Sequence[int]) -> Reuse:
    if kept.chain.scope != chain.scope or kept.kv.length < chain.head:
        return Reuse(None, 0, 0)
    blocks = _common_blocks(kept.chain, chain)
    while chain.tokens(blocks) > kept.kv.length:
        blocks -= 1
    tokens = chain.tokens(blocks)
    if blocks == len(chain.blocks) == len(kept.chain.blocks):
        there = kept.tail[: kept.kv.length - tokens]
        tokens += sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(there, tail[:-1], strict=False)))
    return Reuse(kept, blocks, tokens)
