"""Triton's shim of `chartline_echo`: gives tensors back as this Python sees them, for the launcher's self-test."""

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests: list[object]) -> list[object]:
        return [self._respond(request) for request in requests]

    def _respond(self, request: object) -> object:
        names = ("NUMBERS", "WORDS")
        seen = {name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in names}
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, np.array(array)) for name, array in seen.items()])
