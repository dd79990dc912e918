"""What a cluster demands of the manifests and what we demand of every pod."""

import kubernetes_validate
import pytest
from deploy_paths import SERVICES
from manifests import WORKLOADS, Document, Manifests, containers

from chartline.rpc.methods import RULES

VERSIONS = ("1.32", "1.37")
GRPC_NAMES = {"", "liveness", *(path.split("/")[1] for path in RULES)}


def pods(manifests: Manifests) -> list[tuple[str, Document]]:
    return [(d["metadata"]["name"], d["spec"]["template"]["spec"]) for d in manifests.of_kind(*WORKLOADS)]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_fits_the_schema(manifests: Manifests, version: str) -> None:
    for document in manifests.documents:
        kubernetes_validate.validate(document, version, strict=True)


def test_secrets_are_named_and_never_contained(manifests: Manifests) -> None:
    assert not manifests.of_kind("Secret")


def test_everything_namespaced_is_in_our_namespace(manifests: Manifests) -> None:
    (namespace,) = manifests.of_kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    cluster_wide = ("Namespace", "PriorityClass")
    assert {d["metadata"].get("namespace") for d in manifests.documents if d["kind"] not in cluster_wide} == {
        "chartline"
    }


def test_every_pod_forgoes_what_it_does_not_need(manifests: Manifests) -> None:
    for name, pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_every_pod_has_its_share_and_its_rank(manifests: Manifests) -> None:
    ranks = {d["metadata"]["name"] for d in manifests.of_kind("PriorityClass")}
    for name, pod in pods(manifests):
        assert pod["priorityClassName"] in ranks, name
        for container in containers(pod):
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["requests"]), name
            assert "memory" in resources["limits"], name
            assert ":" in container["image"], "a version, not whatever is newest"
        assert all("sizeLimit" in v["emptyDir"] for v in pod["volumes"] if "emptyDir" in v), name


def test_probes_are_three_different_questions(manifests: Manifests) -> None:
    for name, pod in pods(manifests):
        container = pod["containers"][0]
        probes = [container[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
        ports = {p["name"] for p in container["ports"]} | {p["containerPort"] for p in container["ports"]}
        for probe in probes:
            target = probe.get("grpc") or probe.get("httpGet") or probe.get("tcpSocket")
            assert target is None or target["port"] in ports, name
            assert probe.get("grpc", {}).get("service", "") in GRPC_NAMES, name
        assert len({str(probe) for probe in probes}) == 3, name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_spreads_and_bears_disruption(service: str, manifests: Manifests) -> None:
    label = {"app.kubernetes.io/name": service}
    keys = {c["topologyKey"]: c["labelSelector"] for c in manifests.pod(service)["topologySpreadConstraints"]}
    assert set(keys) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert all(selector == {"matchLabels": label} for selector in keys.values())
    budget = manifests.one(service, "PodDisruptionBudget")["spec"]
    assert budget["selector"] == {"matchLabels": label}
    assert manifests.pod(service)["serviceAccountName"] == service
    assert manifests.one(service, "ServiceAccount")["automountServiceAccountToken"] is False


def test_services_lead_to_ports_that_exist(manifests: Manifests) -> None:
    workloads = {d["metadata"]["name"]: d for d in manifests.of_kind(*WORKLOADS)}
    for service in manifests.of_kind("Service"):
        workload = workloads[service["spec"]["selector"]["app.kubernetes.io/name"]]
        ports = {p["name"] for c in workload["spec"]["template"]["spec"]["containers"] for p in c["ports"]}
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports
    named = {s["metadata"]["name"] for s in manifests.of_kind("Service")}
    assert {d["spec"]["serviceName"] for d in manifests.of_kind("StatefulSet")} <= named


def test_the_gateway_scales_and_shards_do_not(manifests: Manifests) -> None:
    (scaler,) = manifests.of_kind("HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "gateway"}
    assert "replicas" not in manifests.one("gateway", "StatefulSet")["spec"], "else each apply undoes the scaling"


def test_models_hold_no_secret(manifests: Manifests) -> None:
    kinds = {key for volume in manifests.pod("llm")["volumes"] for key in volume}
    assert kinds <= {"name", "emptyDir", "persistentVolumeClaim"}
