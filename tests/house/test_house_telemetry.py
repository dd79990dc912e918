"""What is measured and logged: declared once, bounded, without PHI."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import name_of, sources, tree_of
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from chartline import telemetry
from chartline.logs import FIELDS

METRICS = {name: value for name, value in vars(telemetry).items() if isinstance(value, MetricWrapperBase)}
#: Labels whose values are few, known and say nothing about a patient.
LABELS = {
    *(
        "family",
        "format",
        "kind",
        "lane",
        "model",
        "outcome",
        "partition",
        "reason",
        "result",
        "shard",
        "stage",
        "status",
        "step",
    ),
    *("grpc_code", "grpc_method", "grpc_service", "grpc_type", "tenant", "topic"),
}
LEVELS = {"debug", "info", "warning", "error", "exception"}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_named_by_the_conventions(name: str) -> None:
    metric = METRICS[name]
    exported = metric.describe()[0].name + ("_total" if isinstance(metric, Counter) else "")
    assert name in (exported, exported.removesuffix("_total")), "the module's name is the exported name"
    assert re.fullmatch(r"(chartline|grpc_server)_[a-z0-9_]+", exported)
    assert not re.search(r"_(ms|millis|kb|mb|percent)$", exported), "base units"
    assert metric.describe()[0].documentation.endswith(".")
    assert isinstance(metric, Counter | Gauge | Histogram)


@pytest.mark.parametrize("name", METRICS)
def test_labels_are_bounded(name: str) -> None:
    assert set(METRICS[name]._labelnames) <= LABELS


def log_calls(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree_of(file)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("log", "_log")
        ):
            yield node


def flaws(call: ast.Call) -> Iterator[str]:
    event = call.args[0] if len(call.args) == 1 else None
    if not (isinstance(event, ast.Constant) and re.fullmatch(r"[a-z0-9_]+", str(event.value))):
        yield "the event is one fixed name"
    if unknown := {keyword.arg for keyword in call.keywords if keyword.arg} - FIELDS:
        yield f"not in chartline.logs.FIELDS: {unknown}"


def test_a_log_line_is_a_fixed_event_with_allowed_fields() -> None:
    assert not [f"{name_of(f)}:{c.lineno} {flaw}" for f in sources() for c in log_calls(f) for flaw in flaws(c)]
