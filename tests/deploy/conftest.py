"""Every way to deploy: the overlays as they are, and the choices they did not take."""

import os
from pathlib import Path

import pytest
import yaml
from deploy_paths import K8S
from manifests import Manifests, build, overlay

OVERLAYS = ("cpu", "gpu")
MIXED = {
    "sqlite": ("kafka-in-cluster", "heads"),
    "cpu-sharded-external": ("kafka-external", "postgresql-external", "sharded"),
    "gpu-sharded-in-cluster": ("gpu", "tls", "heads", "sharded", "postgresql-in-cluster", "kafka-in-cluster"),
}


@pytest.fixture(scope="session", params=[*OVERLAYS, *MIXED])
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    if request.param in OVERLAYS:
        return overlay(request.param)
    folder = tmp_path_factory.mktemp("mixed").resolve()
    base = Path(os.path.relpath(K8S, folder))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "chartline",
        "resources": [str(base / "base")],
        "components": [str(base / "components" / name) for name in MIXED[request.param]],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return build(folder)
