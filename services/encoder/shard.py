"""One shard of patients, put together: the database, the vectors, the charts and the threads that work on them."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from chartline.errors import Unavailable
from chartline.record.codes import code_tables
from chartline.rpc.keys import read_secret
from services.encoder.batching import Encoder, EncodingWorker
from services.encoder.charts import Charts
from services.encoder.embedding import EmbeddingQueue
from services.encoder.index import ExactSearch
from services.encoder.keeping import RecordKeeper
from services.encoder.linking import MeaningLinker
from services.encoder.narrative import Narrator
from services.encoder.reading import ChartReader
from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore
from services.encoder.search import EventSearch
from services.encoder.settings import EncoderSettings
from services.encoder.similar import SimilarPatients
from services.encoder.vectors import SentenceVectors
from services.encoder.words import TenantWords

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shard:
    """`read` and `write` run blocking work; appends have a thread of their own, so reading never holds them up."""

    store: RecordStore
    keeper: RecordKeeper
    reader: ChartReader
    similar: SimilarPatients
    vectors: SentenceVectors
    _readers: Executor
    _writer: Executor
    _close: Callable[[], None]

    async def read(self, work: Callable[..., T], *arguments: Any) -> T:
        return await _run(self._readers, work, arguments)

    async def write(self, work: Callable[..., T], *arguments: Any) -> T:
        return await _run(self._writer, work, arguments)

    def close(self) -> None:
        """Finishes what runs, then closes the model and the database."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._close()


class LoadingShard:
    """The shard as the servicers see it: Unavailable until it is loaded."""

    def __init__(self, open_shard: Callable[[], Shard]) -> None:
        self._open = open_shard
        self._shard: Shard | None = None

    def __call__(self) -> Shard:
        if self._shard is None:
            raise Unavailable("the shard is loading")
        return self._shard

    async def load(self) -> None:
        self._shard = await asyncio.to_thread(self._open)

    async def close(self) -> None:
        if self._shard is not None:
            await asyncio.to_thread(self._shard.close)


def open_shard(settings: EncoderSettings, make_encoder: Callable[[], Encoder]) -> Shard:
    """Migrates the database, loads model and vectors, goes on with the embedding queue. Blocks; may take minutes."""
    code_tables()
    database = Database(settings.database_url.get_secret_value())
    worker = EncodingWorker(make_encoder(), settings.max_waiting_texts)
    vectors = SentenceVectors(database, worker, settings.max_vectors_in_memory)
    vectors.load()
    store = RecordStore(database)
    index = ExactSearch(settings.device)
    charts = Charts(store, vectors, settings.max_events_in_memory, settings.prefix_events)
    similar = SimilarPatients(database, store, vectors, index)
    words = TenantWords(database)
    words.load()
    queue = EmbeddingQueue(database, vectors, similar, words)
    keeper = RecordKeeper(
        store,
        charts,
        vectors,
        queue,
        secret=read_secret(settings.secret_file),
        shard=settings.shard,
        shards=settings.shards,
        max_pending=settings.max_pending_events,
    )
    linker = partial(MeaningLinker, vectors, index, settings.link_threshold, words)
    reader = ChartReader(charts, EventSearch(vectors, index), Narrator(vectors, index), linker)
    queue.start()

    def close() -> None:
        for part in (queue, worker, database):
            part.close()

    readers = ThreadPoolExecutor(settings.threads, "reader")
    return Shard(store, keeper, reader, similar, vectors, readers, ThreadPoolExecutor(1, "writer"), close)


async def _run(executor: Executor, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """The running call's context goes along: what waits in there for the model waits no longer than the caller."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(executor, lambda: context.run(work, *arguments))
