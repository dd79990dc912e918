"""Triton's model `chartline_llm` for the bench of the token stream: writes fixed texts, a token every so often."""

import json
import os
import threading
import time

import triton_python_backend_utils as pb_utils

from chartline.llm_contract import Finished, Text
from services.llm.triton_reply import TritonReply, tensors_of


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        script = json.loads(os.environ["BENCH_SCRIPT"])
        self._plan, self._answer = script["plan"], script["answer"]
        self._pause = 1.0 / script["tokens_per_second"]

    def execute(self, requests: list[object]) -> None:
        for request in requests:
            asked = json.loads(tensors_of(pb_utils, request)["REQUEST"][0])
            tokens = self._plan if asked["grammar"] else self._answer
            threading.Thread(target=self._write, args=(tokens, TritonReply(pb_utils, request))).start()

    def _write(self, tokens: list[str], reply: TritonReply) -> None:
        """By the clock, so that a late token does not delay those behind it."""
        begun = time.perf_counter()
        for number, token in enumerate(tokens, start=1):
            time.sleep(max(0.0, begun + number * self._pause - time.perf_counter()))
            reply.send(Text(token))
        reply.send(Finished("stop", 0, 0, 0, len(tokens)))
