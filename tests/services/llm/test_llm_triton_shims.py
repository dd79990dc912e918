"""Replies, tensors and metrics against a stand-in for the module that exists only inside Triton's python backend."""

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from chartline.llm_contract import Failed, Text, load_chunk
from chartline.models.engine_counts import EngineCounts
from services.llm.drift import Drift
from services.llm.metrics import (
    BROKEN,
    COUNTERS,
    DRIFT,
    GAUGES,
    HEADS,
    OUTCOMES,
    PREDICTIONS,
    STARTED,
    WINDOW,
    EngineMetrics,
    PredictorMetrics,
)
from services.llm.predicting import PredictorCounts
from services.llm.triton_reply import TritonReply, tensors_of


class Tensor:
    def __init__(self, name: str, array: np.ndarray) -> None:
        self.name, self._array = name, array

    def as_numpy(self) -> np.ndarray:
        return self._array


class Metric:
    def __init__(self) -> None:
        self._value = 0.0

    def set(self, value: float) -> None:
        self._value = value

    def increment(self, value: float) -> None:
        assert value > 0
        self._value += value

    def value(self) -> float:
        return self._value


class MetricFamily:
    COUNTER, GAUGE = "counter", "gauge"
    all: ClassVar[dict[str, "MetricFamily"]] = {}

    def __init__(self, name: str, description: str, kind: str) -> None:
        self.kind, self.metrics = kind, {}
        MetricFamily.all[name] = self

    def Metric(self, labels: dict[str, str]) -> Metric:
        return self.metrics.setdefault(tuple(labels.values()), Metric())


class Sender:
    def __init__(self, alive: bool) -> None:
        self.sent: list[tuple[Any, int]] = []
        self._alive = alive

    def send(self, response: Any, flags: int) -> None:
        if not self._alive:
            raise RuntimeError("the client is gone")
        self.sent.append((response, flags))

    def is_cancelled(self) -> bool:
        return not self._alive


pb_utils = SimpleNamespace(
    Tensor=Tensor,
    InferenceResponse=lambda tensors: tensors,
    TRITONSERVER_RESPONSE_COMPLETE_FINAL=1,
    MetricFamily=MetricFamily,
    get_input_tensor_by_name=lambda request, name: request.tensors.get(name),
)


@pytest.mark.parametrize("alive", [True, False])
def test_only_the_last_chunk_is_final_and_a_gone_client_hurts_nobody(alive: bool):
    sender = Sender(alive)
    reply = TritonReply(pb_utils, SimpleNamespace(get_response_sender=lambda: sender))
    chunks = [Text("a"), Failed("Unavailable", "x")]
    for chunk in chunks:
        reply.send(chunk)
    assert reply.is_cancelled() is not alive
    if alive:
        assert [load_chunk(tensors[0].as_numpy()[0]) for tensors, _ in sender.sent] == chunks
        assert [flags for _, flags in sender.sent] == [0, 1]


def test_tensors_are_copies_and_absent_ones_are_left_out():
    numbers = np.array([64], np.int32)
    request = SimpleNamespace(
        tensors={"BLOCK_EVENTS": Tensor("BLOCK_EVENTS", numbers), "OTHER": Tensor("OTHER", numbers)}
    )
    found = tensors_of(pb_utils, request)
    numbers[0] = 0
    assert found["BLOCK_EVENTS"].tolist() == [64]
    assert set(found) == {"BLOCK_EVENTS"}


def test_metrics_follow_the_counts():
    MetricFamily.all.clear()
    metrics = EngineMetrics(pb_utils)
    metrics(EngineCounts({"stop": 2}, prompt_tokens=10, running=3))
    metrics(EngineCounts({"stop": 2, "Exhausted": 1}, prompt_tokens=15, running=1))
    families = MetricFamily.all
    assert set(families) == {*COUNTERS, *GAUGES, OUTCOMES[0], STARTED[0]}
    assert families["chartline_llm_prompt_tokens_total"].metrics[()].value() == 15
    assert families["chartline_llm_running"].metrics[()].value() == 1
    assert {key: m.value() for key, m in families[OUTCOMES[0]].metrics.items()} == {("stop",): 2, ("Exhausted",): 1}


def test_metrics_of_a_version_go_with_it():
    MetricFamily.all.clear()
    metrics = PredictorMetrics(pb_utils)
    metrics(PredictorCounts(1, 0, {("death", "1", "predicted"): 3}, {("death", "1"): Drift(250, {"age": 0.3})}))
    families = MetricFamily.all
    assert set(families) == {name for name, _, _ in (PREDICTIONS, HEADS, BROKEN, DRIFT, WINDOW)}
    assert metrics._drift._metrics.keys() == {("death", "1", "age")}
    assert families[WINDOW[0]].metrics[("death", "1")].value() == 250
    metrics(PredictorCounts(1, 2, {("death", "1", "predicted"): 5}, {}))
    assert families[PREDICTIONS[0]].metrics[("death", "1", "predicted")].value() == 5
    assert families[BROKEN[0]].metrics[()].value() == 2
    assert not metrics._drift._metrics
