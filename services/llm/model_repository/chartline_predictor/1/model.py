"""Triton's shim of `chartline_predictor`: everything it does is in `services.llm.predicting`."""

import numpy as np
import triton_python_backend_utils as pb_utils

from chartline.errors import InvalidRequest
from chartline.telemetry import configure_logging
from services.llm.predicting import PredictorService
from services.llm.settings import LlmSettings


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        settings = LlmSettings()
        configure_logging("llm", settings.log_level)
        self._service = PredictorService.load(settings)

    def execute(self, requests: list[object]) -> list[object]:
        return [self._respond(request) for request in requests]

    def _respond(self, request: object) -> object:
        asked = pb_utils.get_input_tensor_by_name(request, "REQUEST").as_numpy()[0]
        try:
            answer = np.array([self._service.predict(asked)], dtype=np.object_)
        except InvalidRequest as error:
            failure = pb_utils.TritonError(error.message, pb_utils.TritonError.INVALID_ARG)
            return pb_utils.InferenceResponse(error=failure)
        return pb_utils.InferenceResponse([pb_utils.Tensor("RESPONSE", answer)])
