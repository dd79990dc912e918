"""Triton's shim of `chartline_llm`: everything it does is in `services.llm.serving`."""

import triton_python_backend_utils as pb_utils

from chartline.telemetry import configure_logging
from services.llm.metrics import EngineMetrics
from services.llm.serving import LlmService
from services.llm.settings import LlmSettings
from services.llm.triton_reply import TritonReply, tensors_of


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        settings = LlmSettings()
        configure_logging("llm", settings.log_level)
        self._service = LlmService.load(settings, EngineMetrics(pb_utils))

    def execute(self, requests: list[object]) -> None:
        for request in requests:
            self._service.answer(tensors_of(pb_utils, request), TritonReply(pb_utils, request))

    def finalize(self) -> None:
        self._service.close()
