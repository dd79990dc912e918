"""The network: nothing talks to anything, except along the edges that the architecture draws."""

from collections.abc import Iterator

from manifests import WORKLOADS, Document, Manifests

LABEL = "app.kubernetes.io/name"
#: Who may open a connection to whom inside the namespace, and on which port.
EDGES = {
    ("gateway", "encoder", 50051),
    ("gateway", "llm", 8001),
    ("ingest", "encoder", 50051),
}
CHOICES = {("ingest", "kafka", 9092), ("encoder", "postgresql", 5432)}


def names(selector: Document) -> set[str]:
    if name := selector.get("matchLabels", {}).get(LABEL):
        return {name}
    return {value for e in selector.get("matchExpressions", ()) if e["key"] == LABEL for value in e["values"]}


def edges(manifests: Manifests, way: str, peers: str) -> Iterator[tuple[str, str, int]]:
    for policy in manifests.of_kind("NetworkPolicy"):
        for rule in policy["spec"].get(way, ()):
            for peer in rule[peers]:
                for other in names(peer.get("podSelector", {})):
                    for own in names(policy["spec"]["podSelector"]):
                        pair = (own, other) if way == "egress" else (other, own)
                        yield from ((*pair, port["port"]) for port in rule["ports"])


def test_all_is_denied_first(manifests: Manifests) -> None:
    spec = manifests.one("default-deny", "NetworkPolicy")["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_edges_are_those_of_the_architecture_from_both_ends(manifests: Manifests) -> None:
    present = {d["metadata"]["name"] for d in manifests.of_kind(*WORKLOADS)}
    expected = EDGES | {edge for edge in CHOICES if edge[1] in present}
    assert set(edges(manifests, "ingress", "from")) == expected
    assert set(edges(manifests, "egress", "to")) == expected


def test_outside_the_cluster_only_what_was_chosen_is_reached(manifests: Manifests) -> None:
    outside = {
        (next(iter(names(policy["spec"]["podSelector"]))), port["port"])
        for policy in manifests.of_kind("NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        if any("ipBlock" in peer for peer in rule["to"])
        for port in rule["ports"]
    }
    assert outside <= {("ingest", 9093), ("encoder", 5432)}


def test_metrics_are_read_from_the_monitoring_namespace_alone(manifests: Manifests) -> None:
    (rule,) = manifests.one("metrics", "NetworkPolicy")["spec"]["ingress"]
    assert rule == {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "ports": [{"port": "metrics"}],
    }
