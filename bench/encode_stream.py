"""Encoding a real stream of events: each sentence once, in batches of like length, against event by event.

Ours is the encoder's own path with an empty database and an empty memory: what a queue's batch says is looked up,
what is new is computed and stored. The peers have the same model in the same precision: one call for each event, and
Llemr's way, one padded batch in the order of arrival. They are measured on samples of the stream, for they take long.

    python bench/encode_stream.py [PATH… --format F] [--sample 200] [--rounds 3]
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from side_by_side import records
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, seconds

from chartline.models.text_encoder import TextEncoder
from services.encoder.batching import EncodingWorker
from services.encoder.record.database import Database
from services.encoder.sentences import texts_of
from services.encoder.vectors import SentenceVectors

QUEUE_BATCH = 512  # events that the embedding queue takes at a time
GOALS = {"event by event": 30.0, "one padded batch": 12.0}


class Encoding:
    """`texts` in the order of the stream; one encoder serves all ways."""

    def __init__(self, texts: Sequence[str], sample: int) -> None:
        self._texts = texts
        self._encoder = TextEncoder()
        self.version = self._encoder.version
        self._random = np.random.default_rng(1)
        self._sample = min(sample, len(texts))

    def ours(self) -> float:
        with tempfile.TemporaryDirectory() as folder:
            worker = EncodingWorker(self._encoder, max_waiting=len(self._texts) + QUEUE_BATCH)
            database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
            vectors = SentenceVectors(database, worker, max_in_memory=200_000)
            vectors.load()
            taken = seconds(lambda: self._stream_through(vectors))
            worker.close()
            database.close()
        return len(self._texts) / taken

    def _stream_through(self, vectors: SentenceVectors) -> None:
        for start in range(0, len(self._texts), QUEUE_BATCH):
            vectors.of(self._texts[start : start + QUEUE_BATCH])

    def distinct(self) -> float:
        """Ours without what is known already: batches of like length alone."""
        sample = list(dict.fromkeys(self._texts))[: self._sample]
        return len(sample) / seconds(lambda: self._encoder.encode(sample))

    def event_by_event(self) -> float:
        return self._rate(lambda sample: [self._encoder.encode([text]) for text in sample])

    def padded(self) -> float:
        return self._rate(lambda sample: self._encoder.encode(sample, batch_size=len(sample)))

    def _rate(self, encode: Callable[[list[str]], object]) -> float:
        chosen = sorted(self._random.choice(len(self._texts), self._sample, replace=False))
        sample = [self._texts[i] for i in chosen]
        return len(sample) / seconds(lambda: encode(sample))


def measure(options: argparse.Namespace) -> Report:
    found = records.records(options)
    texts = [text for record in found for event in record.events for text in texts_of(event)]
    encoding = Encoding(texts, options.sample)
    ways = {
        "ours": encoding.ours,
        "distinct": encoding.distinct,
        "event by event": encoding.event_by_event,
        "one padded batch": encoding.padded,
    }
    taken = paired(options.rounds, ways)
    lines = [Line("the whole stream", peer, "texts/s", taken["ours"], taken[peer], GOALS[peer]) for peer in GOALS]
    lines += [Line("distinct sentences alone", peer, "texts/s", taken["distinct"], taken[peer]) for peer in GOALS]
    facts = {
        "stream": records.named(options),
        "encoder": encoding.version,
        "events": records.count_events(found),
        "texts": len(texts),
        "known_already": round(1 - len(set(texts)) / len(texts), 3),
        "sample": min(options.sample, len(texts)),
    }
    return Report("encode_stream", lines, facts)


def main() -> None:
    parser = arguments(__doc__, rounds=3)
    records.add_arguments(parser)
    parser.add_argument("--sample", type=int, default=200, help="texts of the stream that the peers encode in a round")
    options = parser.parse_args()
    measure(options).publish(options)


if __name__ == "__main__":
    main()
