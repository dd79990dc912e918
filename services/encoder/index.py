"""The one door to FAISS: exact nearest rows of one contiguous block.

A patient's distinct sentences are one small matrix of their own, so a search reads that patient's memory and nothing
else: there is no filter that could be ignored and no identifier that could be another patient's.
"""

from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Best first: row numbers int64 [k] and cosine similarities float32 [k]."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


class ExactSearch:
    """Brute force over rows of length one; the same results on CPU and GPU. One search at a time on a GPU."""

    def __init__(self, device: str = "cpu", threads: int = 1) -> None:
        """`device` is cpu or cuda; the latter needs a FAISS built for it, else RuntimeError."""
        if device != "cpu" and not hasattr(faiss, "StandardGpuResources"):
            raise RuntimeError("this FAISS has no GPU support; install faiss-gpu or set device=cpu")
        self._resources: Any = None if device == "cpu" else faiss.StandardGpuResources()
        faiss.omp_set_num_threads(threads)

    def nearest(self, query: NDArray[np.float32], block: NDArray[np.float32], count: int) -> Neighbours:
        """`query` is float32 [384], `block` a contiguous float32 [rows, 384]; at most `count` neighbours."""
        count = min(count, len(block))
        if count == 0:
            return Neighbours(np.empty(0, np.int64), np.empty(0, np.float32))
        scores, rows = self._knn(np.ascontiguousarray(query[None]), np.ascontiguousarray(block), count)
        return Neighbours(rows[0], scores[0])

    def _knn(self, query: NDArray[np.float32], block: NDArray[np.float32], count: int) -> Any:
        if self._resources is None:
            return faiss.knn(query, block, count, metric=faiss.METRIC_INNER_PRODUCT)
        return faiss.knn_gpu(self._resources, query, block, count, metric=faiss.METRIC_INNER_PRODUCT)
