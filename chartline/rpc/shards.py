"""The encoder's shards: which channel leads to the one that owns a patient."""

from collections.abc import Sequence

import grpc.aio

from chartline.record.identity import shard_of
from chartline.rpc.channels import open_channel
from chartline.settings import MESSAGE_BYTES, ServiceSettings


class Shards:
    """`targets` in order of shard number; all callers must know the same list, or they disagree about owners.

    `largest_message` is in bytes, whatever larger requests the service itself takes: gRPC refuses to send more than
    `MESSAGE_BYTES`, in the words of a shard that is full.
    """

    def __init__(self, targets: Sequence[str], settings: ServiceSettings) -> None:
        if not targets:
            raise ValueError("no shard is named")
        self.largest_message = min(settings.max_message_bytes, MESSAGE_BYTES)
        self.channels = tuple(open_channel(target, settings) for target in targets)

    def __len__(self) -> int:
        return len(self.channels)

    def index(self, tenant: str, patient: str) -> int:
        """The number of the shard that owns the patient, from 0. `patient` is its canonical identifier."""
        return shard_of(tenant, patient, len(self.channels))

    def channel(self, tenant: str, patient: str) -> grpc.aio.Channel:
        return self.channels[self.index(tenant, patient)]

    async def close(self) -> None:
        for channel in self.channels:
            await channel.close()
