"""A patient's prefix as the gateway carries it: digests always, content only where Triton misses it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chartline.language.channels import CHANNELS
from chartline.llm_contract import EMBEDDING_SIZE
from chartline.record.event import Instant

_NO_EMBEDDINGS = np.zeros((0, EMBEDDING_SIZE), np.float32)
_NO_CHANNELS = np.zeros((0, CHANNELS), np.float32)


@dataclass(frozen=True, slots=True)
class Prefix:
    """Blocks of soft tokens, oldest first.

    `event_embeddings` float32 [N, 384] and `channels` float32 [N, C] hold the events of the blocks from
    `content_from_block` on; N is 0 when the content was not asked for. `names` are the chart's in what was said.
    """

    tenant: str
    patient: str
    encoder_version: str
    digests: tuple[bytes, ...] = ()
    block_events: tuple[int, ...] = ()
    last_available_time: Instant | None = None
    content_from_block: int = 0
    event_embeddings: NDArray[np.float32] = field(default_factory=lambda: _NO_EMBEDDINGS)
    channels: NDArray[np.float32] = field(default_factory=lambda: _NO_CHANNELS)
    names: tuple[str, ...] = ()

    @property
    def cache_scope(self) -> str:
        """Keeps the kept prefixes of tenants and encoders apart."""
        return hashlib.sha256(f"{self.tenant}\0{self.encoder_version}".encode()).hexdigest()


#: Asks the encoder for the same prefix with the content of the blocks from this one on.
LoadContent = Callable[[int], Awaitable[Prefix]]
