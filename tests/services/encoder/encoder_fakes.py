"""A text encoder of a few lines with the interface of the real one: words in common make texts near."""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordEncoder:
    """Hashes words into 384 buckets. `calls` records what was encoded; `gate` holds it up when cleared."""

    def __init__(self, version: str = "words") -> None:
        self.version = version
        self.calls: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        self.gate.wait()
        out = np.full((len(texts), 384), 1e-3, dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for word in text.replace(",", " ").replace(":", " ").split():
                row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % 384] += 1
        normalised: NDArray[np.float32] = out / np.linalg.norm(out, axis=1, keepdims=True)
        return normalised
