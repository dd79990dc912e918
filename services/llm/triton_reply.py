"""Chunks into Triton's decoupled responses, and tensors out of its requests; `pb_utils` is Triton's own module, which
exists only inside its python backend and so comes as an argument."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chartline.llm_contract import LLM_INPUTS, Chunk, Text, dump_chunk
from chartline.telemetry import get_logger

log = get_logger(__name__)


def tensors_of(pb_utils: Any, request: Any) -> dict[str, NDArray[Any]]:
    """Copies: the request's memory is Triton's again once `execute` has returned."""
    found = ((spec.name, pb_utils.get_input_tensor_by_name(request, spec.name)) for spec in LLM_INPUTS)
    return {name: tensor.as_numpy().copy() for name, tensor in found if tensor is not None}


class TritonReply:
    """A stream to one client. A client that is gone is not an error of anybody else's."""

    def __init__(self, pb_utils: Any, request: Any) -> None:
        self._pb_utils = pb_utils
        self._sender = request.get_response_sender()

    def send(self, chunk: Chunk) -> None:
        tensor = self._pb_utils.Tensor("CHUNK", np.array([dump_chunk(chunk)], dtype=np.object_))
        response = self._pb_utils.InferenceResponse([tensor])
        final = 0 if isinstance(chunk, Text) else self._pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL
        try:
            self._sender.send(response, flags=final)
        except Exception:
            log.exception("send_failed")

    def is_cancelled(self) -> bool:
        return bool(self._sender.is_cancelled())
