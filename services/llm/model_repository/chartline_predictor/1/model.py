"""Triton's shim of `chartline_predictor`: everything it does is in `services.llm.predicting`."""

import numpy as np
import triton_python_backend_utils as pb_utils

from chartline.errors import ChartlineError, InvalidRequest
from chartline.telemetry import configure_logging
from services.llm.metrics import PredictorMetrics
from services.llm.predicting import PredictorService
from services.llm.settings import LlmSettings


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        settings = LlmSettings()
        configure_logging("llm", settings.log_level)
        self._service = PredictorService.load(settings, PredictorMetrics(pb_utils))

    def execute(self, requests: list[object]) -> list[object]:
        batch = [(_bytes(request, "REQUEST"), _bytes(request, "CHART")) for request in requests]
        return [_response(answer) for answer in self._service.predict(batch)]

    def finalize(self) -> None:
        self._service.close()


def _bytes(request: object, name: str) -> bytes:
    return bytes(pb_utils.get_input_tensor_by_name(request, name).as_numpy().flat[0])


def _response(answer: bytes | ChartlineError) -> object:
    if isinstance(answer, ChartlineError):
        wrong = isinstance(answer, InvalidRequest)
        code = pb_utils.TritonError.INVALID_ARG if wrong else pb_utils.TritonError.INTERNAL
        failure = pb_utils.TritonError(answer.message, code)
        return pb_utils.InferenceResponse(error=failure)
    return pb_utils.InferenceResponse([pb_utils.Tensor("RESPONSE", np.array([[answer]], dtype=np.object_))])
