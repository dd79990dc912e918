"""The one thread that owns the text encoder: bounded, and batching whatever waits.

Callers of the event loop await a future, worker threads wait for it. When more texts wait than the bound allows the
next caller is told so (RESOURCE_EXHAUSTED) instead of queueing without end.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chartline.errors import DeadlineExceeded, Exhausted, Unavailable
from chartline.rpc.context import remaining_seconds
from chartline.telemetry import chartline_encoder_embedded_texts, chartline_encoder_waiting_texts

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What `chartline.models.text_encoder.TextEncoder` is; tests put a smaller one in its place."""

    version: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 [len(texts), 384], rows of length one."""


class EncodingWorker:
    """Micro-batches texts of all callers; `submit` is thread safe and never blocks."""

    def __init__(self, encoder: Encoder, max_waiting: int, max_batch: int = 64) -> None:
        self._encoder = encoder
        self._max_waiting = max_waiting
        self._max_batch = max_batch
        self._waiting = 0
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Sequence[str], Future[Vectors]] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="text-encoder", daemon=True)
        self._thread.start()

    @property
    def version(self) -> str:
        return self._encoder.version

    def submit(self, texts: Sequence[str]) -> Future[Vectors]:
        """Resolves to float32 [len(texts), 384]. Raises Exhausted when full and Unavailable once closed."""
        with self._lock:
            if self._closed:
                raise Unavailable("the encoder is shutting down")
            if self._waiting + len(texts) > self._max_waiting:
                raise Exhausted("the text encoder is full")
            self._waiting += len(texts)
            chartline_encoder_waiting_texts.set(self._waiting)
            future: Future[Vectors] = Future()
            self._queue.put((texts, future))
        return future

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Waits for `submit`, no longer than the running call may take. Raises DeadlineExceeded as well."""
        future = self.submit(texts)
        try:
            return future.result(remaining_seconds())
        except TimeoutError:
            future.cancel()
            raise DeadlineExceeded("time is up") from None

    def close(self) -> None:
        """Finishes what was accepted, then ends the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ended = [first], False
            while not ended and sum(len(texts) for texts, _ in batch) < self._max_batch:
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                ended = job is None
                batch += [job] if job is not None else []
            self._encode(batch)
            if ended:
                return

    def _encode(self, batch: list[tuple[Sequence[str], Future[Vectors]]]) -> None:
        wanted = [(texts, future) for texts, future in batch if future.set_running_or_notify_cancel()]
        distinct = list(dict.fromkeys(text for texts, _ in wanted for text in texts))
        try:
            vectors = dict(zip(distinct, self._encoder.encode(distinct), strict=True)) if distinct else {}
        except Exception as error:  # whatever the model raises belongs to those who wait for it
            for _, future in wanted:
                future.set_exception(error)
        else:
            for texts, future in wanted:
                future.set_result(np.stack([vectors[t] for t in texts]) if texts else np.empty((0, 0), np.float32))
            chartline_encoder_embedded_texts.inc(len(distinct))
        with self._lock:
            self._waiting -= sum(len(texts) for texts, _ in batch)
            chartline_encoder_waiting_texts.set(self._waiting)
