"""Which metrics exist and which ones rules and dashboards use; a test of the running cluster asks here too.

`undeclared()` holds the monitoring against what the code declares, `absent_from(scraped)` against what is emitted.
"""

import json
import re
from collections.abc import Iterator

import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from chartline import telemetry
from services.llm import metrics as llm
from tests.deploy.deploy_paths import MONITORING

#: Prometheus' own, and what prometheus_client and Triton add by themselves (Triton's documentation, metrics.md).
GIVEN = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} | {
    *("nv_inference_request_success", "nv_inference_request_failure", "nv_inference_pending_request_count"),
    *("nv_inference_queue_duration_us", "nv_gpu_utilization", "nv_gpu_memory_used_bytes"),
}
#: What kube-state-metrics adds (its documentation, statefulset-metrics.md).
OF_THE_CLUSTER = {"kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"}
#: Emitted only in Kubernetes, where there is a GPU, or once enough was predicted and some seconds have passed.
NOT_EVERYWHERE = OF_THE_CLUSTER | {
    *("nv_gpu_utilization", "nv_gpu_memory_used_bytes", llm.PREDICTIONS[0], llm.DRIFT[0]),
}

_FUNCTIONS = {
    *("absent", "avg_over_time", "changes", "delta", "histogram_quantile", "increase", "rate", "time", "vector"),
    *("sum", "max", "min", "avg", "by", "and", "or", "unless"),
}
_STRINGS_AND_SELECTORS = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]')
_LABEL_LISTS = re.compile(r"\b(by|without|on|ignoring)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w.])[a-zA-Z_:][\w:]*")


def declared() -> set[str]:
    """Names of all series that the code can emit."""
    names = {*GIVEN, *OF_THE_CLUSTER, *llm.COUNTERS, *llm.GAUGES, llm.OUTCOMES[0], llm.STARTED[0]}
    names |= {llm.PREDICTIONS[0], llm.HEADS[0], llm.BROKEN[0], llm.DRIFT[0], llm.WINDOW[0]}
    for metric in vars(telemetry).values():
        if isinstance(metric, MetricWrapperBase):
            family = metric.describe()[0].name
            names |= {family + ("_total" if isinstance(metric, Counter) else "")}
            if isinstance(metric, Histogram):
                names |= {f"{family}_{part}" for part in ("bucket", "sum", "count")}
    return names


def names_in(expression: str) -> set[str]:
    """Metrics of a PromQL expression: what remains when strings, selectors, label lists and functions are gone."""
    bare = _LABEL_LISTS.sub("", _STRINGS_AND_SELECTORS.sub("", expression))
    return set(_NAME.findall(bare)) - _FUNCTIONS


def rules() -> Iterator[dict[str, object]]:
    for file in sorted((MONITORING / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def panels() -> Iterator[dict[str, object]]:
    for file in sorted((MONITORING / "dashboards").glob("*.json")):
        yield from (panel for panel in json.loads(file.read_text())["panels"] if panel["type"] != "row")


def used() -> dict[str, set[str]]:
    """Metric → the rules and panels that use it."""
    places: dict[str, set[str]] = {}
    expressions = [(str(r.get("alert") or r["record"]), str(r["expr"])) for r in rules()]
    for panel in panels():
        expressions += [(str(panel["title"]), t["expr"]) for t in panel["targets"]]  # type: ignore[attr-defined]
    for place, expression in expressions:
        for name in names_in(expression):
            places.setdefault(name, set()).add(place)
    return places


def undeclared() -> dict[str, set[str]]:
    recorded = {str(rule["record"]) for rule in rules() if "record" in rule}
    return {name: places for name, places in used().items() if name not in declared() | recorded}


def absent_from(scraped: set[str]) -> set[str]:
    """What rules and panels use and no part of a running cluster emits; `scraped` are the sample names of all parts.

    A counter with labels has no sample before its first event, so its family counts: its name without the suffix.
    """
    recorded = {str(rule["record"]) for rule in rules() if "record" in rule}
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in scraped}
    wanted = set(used()) - recorded - NOT_EVERYWHERE - {"up"}
    return {n for n in wanted if n not in scraped and re.sub(r"_(total|bucket|sum|count)$", "", n) not in families}
