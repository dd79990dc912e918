"""The manifests as a cluster would get them: built by kustomize, read by kind and name, with each variable resolved."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from deploy_paths import K8S, fetched

from deploy import tools

Document = dict[str, Any]
WORKLOADS = ("Deployment", "StatefulSet")
#: Settings that come from Secrets, as a test may invent them.
INVENTED = {"options.json": '{"security_protocol": "SASL_SSL"}'}


class Manifests:
    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)

    def of_kind(self, *kinds: str) -> list[Document]:
        return [d for d in self.documents if d["kind"] in kinds]

    def one(self, name: str, *kinds: str) -> Document:
        (found,) = [d for d in self.of_kind(*kinds) if d["metadata"]["name"] == name]
        return found

    def pod(self, service: str) -> Document:
        return dict(self.one(service, *WORKLOADS)["spec"]["template"]["spec"])

    def variables(self, service: str) -> dict[str, str]:
        """What the service's container finds in its environment; of replicas, what the first one finds."""
        container = self.pod(service)["containers"][0]
        found: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            found |= self.one(source["configMapRef"]["name"], "ConfigMap")["data"]
        for entry in container.get("env", ()):
            found[entry["name"]] = _expanded(_value(entry), found)
        return found


def _value(entry: Document) -> str:
    if "value" in entry:
        return str(entry["value"])
    if "secretKeyRef" in entry["valueFrom"]:
        return INVENTED[entry["valueFrom"]["secretKeyRef"]["key"]]
    return "0" if "fieldRef" in entry["valueFrom"] else "1"


def _expanded(value: str, known: dict[str, str]) -> str:
    """As the kubelet does it: a variable that is not defined yet stays as it is."""
    return re.sub(r"\$\((\w+)\)", lambda m: known.get(m[1], m[0]), value)


def build(folder: Path) -> Manifests:
    built = subprocess.run(
        [fetched(tools.kustomize), "build", str(folder)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return Manifests([d for d in yaml.safe_load_all(built.stdout) if d])


@cache
def overlay(name: str) -> Manifests:
    return build(K8S / "overlays" / name)


def containers(pod: Document) -> Iterator[Document]:
    yield from pod.get("initContainers", ())
    yield from pod["containers"]
