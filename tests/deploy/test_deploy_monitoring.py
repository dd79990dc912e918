"""Rules, alerts and dashboards: they are valid, they fire when they should, and they name metrics that exist."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from deploy_paths import MONITORING, ROOT, SERVICES, fetched
from metric_names import names_in, panels, rules, undeclared

from deploy import tools
from services.llm.settings import LlmSettings

ALERTS = [rule for rule in rules() if "alert" in rule]
UNITS = {"short", "percentunit", "reqps", "ops", "s", "bytes"}


def promtool(*arguments: str) -> None:
    done = subprocess.run(
        [fetched(tools.promtool), *arguments], cwd=MONITORING, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_valid() -> None:
    promtool("check", "rules", *(str(file) for file in sorted((MONITORING / "rules").glob("*.yml"))))


def test_the_rules_do_what_their_tests_say() -> None:
    promtool("test", "rules", *(str(file) for file in sorted((MONITORING / "tests").glob("*.yml"))))


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    """Debian builds Prometheus without Kubernetes discovery, so that part alone is left to the schema of Prometheus."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    for job in config["scrape_configs"]:
        (discovery,) = job.pop("kubernetes_sd_configs")
        assert discovery == {"role": "pod", "namespaces": {"names": ["chartline"]}}
    config["rule_files"] = [str(MONITORING / pattern) for pattern in config["rule_files"]]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_every_alert_is_seen_firing_and_not_firing() -> None:
    firing: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for file in (MONITORING / "tests").glob("*.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test["promql_expr_test"]:
                name = case["expr"].split('alertname="')[1].split('"')[0]
                (firing if case["exp_samples"] else silent)[name] += 1
    names = {str(alert["alert"]) for alert in ALERTS}
    assert set(firing) == names
    assert set(silent) == names - {"Watchdog"}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_it_means_and_what_to_do(alert: dict[str, dict[str, str]]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    runbook = (ROOT / alert["annotations"]["runbook_url"]).read_text()
    assert runbook.startswith(f"# {alert['alert']}\n")
    for section in ("Meaning", "Impact", "Diagnosis", "Mitigation", "Recovered when"):
        assert f"\n## {section}\n" in runbook


def test_every_runbook_has_its_alert() -> None:
    assert {file.stem for file in (ROOT / "docs" / "runbooks").glob("*.md")} == {alert["alert"] for alert in ALERTS}


def test_every_service_is_missed_when_it_is_absent() -> None:
    missed = {a["labels"]["job"] for a in ALERTS if a["alert"] == "ServiceAbsent"}  # type: ignore[index]
    assert missed == set(SERVICES)


def test_every_metric_in_use_is_declared() -> None:
    assert undeclared() == {}


def test_names_are_found_where_they_are_and_nowhere_else() -> None:
    expression = 'sum by (le, job) (rate(a_total{job="b", c=~"d"}[5m])) / on (instance) x:y:z5m > 14.4 * 0.001'
    assert names_in(expression) == {"a_total", "x:y:z5m"}


@pytest.mark.parametrize("panel", list(panels()), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, dict[str, dict[str, str]]]) -> None:
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert all(target["legendFormat"] for target in panel["targets"])  # type: ignore[index]


def test_every_panels_query_is_promql(tmp_path: Path) -> None:
    queries = [t["expr"] for panel in panels() for t in panel["targets"]]  # type: ignore[attr-defined]
    rules_of = [{"record": f"panel:query:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules_of}]}))
    promtool("check", "rules", str(tmp_path / "panels.yml"))


def test_panels_do_not_overlap() -> None:
    places = [p["gridPos"] for p in panels()]
    corners = {(place["x"], place["y"]) for place in places}  # type: ignore[index]
    assert len(corners) == len(places)


def test_the_queue_alert_speaks_of_the_queue_that_is_configured() -> None:
    (alert,) = [a for a in ALERTS if a["alert"] == "LlmQueueFull"]
    assert str(alert["expr"]).endswith(f"> {LlmSettings.model_fields['max_waiting'].default * 3 // 4}")


@pytest.mark.parametrize("version", ["1.32", "1.37"])
def test_prometheus_may_find_pods_and_nothing_else(version: str) -> None:
    role, binding = yaml.safe_load_all((MONITORING / "access.yaml").read_text())
    for document in (role, binding):
        kubernetes_validate.validate(document, version, strict=True)
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
