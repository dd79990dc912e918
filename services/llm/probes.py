"""What the launcher asks Triton over plain HTTP: are you ready, do tensors arrive as sent, do you still answer.

Triton's own health stays at ready when the process behind a model has died, and its streams then hang for ever; only a
request that must be answered tells. A timeout here is that of each wait for the server.
"""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

from chartline.llm_contract import (
    ECHO_MODEL,
    LLM_MODEL,
    PREDICTOR_MODEL,
    Failed,
    GenerateRequest,
    PredictRequest,
    dump_request,
    load_chunk,
    load_predict_response,
)

#: A server that dies in the middle of its answer raises no OSError.
_AWAY = (OSError, HTTPException)
_NUMBERS = [0.0, 1.0, -2.5, 3.25e7, -1e-7]
_WORDS = ["chart", "", "Grüße 日本"]


class Probe:
    """`address` is Triton's HTTP port as host:port."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/v2"

    def ready(self) -> bool:
        try:
            self._get("/health/ready", 2.0)
        except _AWAY:
            return False
        return True

    def tensors_arrive(self, timeout: float) -> bool:
        """False where the stub's Python corrupts tensors, as numpy 2 does in silence."""
        inputs = [_tensor("NUMBERS", "FP32", _NUMBERS), _tensor("WORDS", "BYTES", _WORDS)]
        try:
            answer = self._infer(ECHO_MODEL, inputs, timeout)
            numbers = zip(answer["NUMBERS"], _NUMBERS, strict=True)
            return answer["WORDS"] == _WORDS and all(math.isclose(got, sent, rel_tol=1e-6) for got, sent in numbers)
        except (*_AWAY, ValueError, LookupError, TypeError):
            return False

    def answers(self, timeout: float) -> bool:
        """Whether both models give an answer; a busy engine's "later" is one, an engine that fails is none.

        The engine ends the request by its deadline even where it found no time to compute it.
        """
        asked = GenerateRequest("canary", "canary", "", "ping", max_new_tokens=1, deadline_seconds=timeout / 2)
        body = json.dumps({"REQUEST": dump_request(asked).decode()}).encode()
        try:
            lines = self._post(f"/models/{LLM_MODEL}/generate_stream", body, timeout).splitlines()
            chunks = [json.loads(line.removeprefix(b"data:")) for line in lines if line.startswith(b"data:")]
            last = load_chunk(chunks[-1]["CHUNK"].encode())
            predicted = self._infer(PREDICTOR_MODEL, _NOBODY, timeout)
            load_predict_response(predicted["RESPONSE"][0].encode())
        except (*_AWAY, ValueError, LookupError, TypeError):
            return False
        return not (isinstance(last, Failed) and last.error == "Unavailable")

    def _infer(self, model: str, inputs: list[dict[str, Any]], timeout: float) -> dict[str, list[Any]]:
        answer = json.loads(self._post(f"/models/{model}/infer", json.dumps({"inputs": inputs}).encode(), timeout))
        return {tensor["name"]: tensor["data"] for tensor in answer["outputs"]}

    def _get(self, path: str, timeout: float) -> bytes:
        with urllib.request.urlopen(self._url + path, timeout=timeout) as answer:  # noqa: S310 - our own address
            return bytes(answer.read())

    def _post(self, path: str, body: bytes, timeout: float) -> bytes:
        request = urllib.request.Request(self._url + path, data=body, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return bytes(answer.read())


def _tensor(name: str, datatype: str, data: list[Any], *batch: int) -> dict[str, Any]:
    return {"name": name, "shape": [*batch, len(data)], "datatype": datatype, "data": data}


#: A request that predicts nothing, a batch of one.
_NOBODY = [
    _tensor("REQUEST", "BYTES", [dump_request(PredictRequest()).decode()], 1),
    _tensor("CHART", "BYTES", [""], 1),
]
