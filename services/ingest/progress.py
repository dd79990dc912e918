"""Which offsets may be committed: those behind the oldest batch that is not yet durable; pure."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Batch(Generic[P]):
    """Records of one poll. `next_offsets` holds, for each partition that is still ours, the offset to commit."""

    done: Future[object]
    begun: float
    sent_at: tuple[float, ...]
    next_offsets: dict[P, int]


class Progress(Generic[P]):
    """Batches in the order of their polls. Used by the consumer's thread alone."""

    def __init__(self) -> None:
        self._batches: deque[Batch[P]] = deque()
        self._committed: dict[P, int] = {}

    def __len__(self) -> int:
        return len(self._batches)

    def begin(self, done: Future[object], begun: float, sent_at: Iterable[float], offsets: Mapping[P, range]) -> None:
        """A batch is on its way since `begun`; `offsets` are those of its records."""
        for partition, taken in offsets.items():
            self._committed.setdefault(partition, taken.start)
        self._batches.append(Batch(done, begun, tuple(sent_at), {p: taken.stop for p, taken in offsets.items()}))

    def forget(self, partitions: Iterable[P]) -> None:
        """Partitions that were taken are no longer ours to commit: who has them reads from the last commit."""
        for partition in partitions:
            self._committed.pop(partition, None)
            for batch in self._batches:
                batch.next_offsets.pop(partition, None)

    def durable(self) -> list[Batch[P]]:
        """All batches before the first that is not durable. Raises what a delivery raised."""
        found = []
        for batch in self._batches:
            if not batch.done.done():
                break
            batch.done.result()
            found.append(batch)
        return found

    def commit(self, batches: Iterable[Batch[P]]) -> None:
        """These, the oldest, are committed."""
        for batch in batches:
            assert self._batches.popleft() is batch
            self._committed |= batch.next_offsets

    def wait(self, seconds: float) -> None:
        """Until the newest batch is durable or the time is over."""
        if self._batches:
            try:
                self._batches[-1].done.result(timeout=seconds)
            except TimeoutError:
                return

    def committed(self, partition: P) -> int | None:
        """All before this offset is durable; None before the first record that was taken from there."""
        return self._committed.get(partition)

    @property
    def oldest(self) -> float | None:
        """When the oldest record that is not committed came to Kafka."""
        return min((at for batch in self._batches for at in batch.sent_at), default=None)

    @property
    def begun(self) -> float | None:
        """When the oldest batch that is not durable began: one that only waits for its commit is no work any more."""
        return next((batch.begun for batch in self._batches if not batch.done.done()), None)


def offsets(batches: Iterable[Batch[P]]) -> dict[P, int]:
    return {partition: offset for batch in batches for partition, offset in batch.next_offsets.items()}
