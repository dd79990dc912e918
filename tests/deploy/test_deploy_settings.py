"""The services' settings in the manifests: read by the services' own classes, and in agreement with one another."""

import os
from importlib import import_module
from pathlib import Path

import pytest
from deploy_paths import SERVICES
from manifests import Manifests
from pydantic_settings import BaseSettings

CLASSES: dict[str, type[BaseSettings]] = {
    service: getattr(import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings")
    for service in SERVICES
}
OTHERS = {"OMP_NUM_THREADS", "PGSERVICEFILE"}


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("CHARTLINE_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize("service", SERVICES)
def test_the_service_reads_its_settings(service: str, manifests: Manifests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable is a field, every required field is given, every value is one the service takes."""
    variables = manifests.variables(service)
    prefix = f"CHARTLINE_{service.upper()}_"
    fields = {prefix + field.upper() for field in CLASSES[service].model_fields}
    assert set(variables) - OTHERS <= fields
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert CLASSES[service]()


@pytest.mark.parametrize("service", SERVICES)
def test_a_file_that_settings_name_is_mounted(service: str, manifests: Manifests) -> None:
    pod = manifests.pod(service)
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    held: set[str] = set()
    for mount in pod["containers"][0]["volumeMounts"]:
        for source in volumes.get(mount["name"], {}).get("projected", {}).get("sources", ()):
            held |= {f"{mount['mountPath']}/{item['path']}" for item in source["secret"]["items"]}
    for name, value in manifests.variables(service).items():
        if name.endswith("_FILE") and value.startswith("/etc/chartline/keys/"):
            assert value in held, name
        elif value.startswith("/"):
            assert str(Path(value).parent) in {m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}, name


def test_all_agree_about_the_shards(manifests: Manifests) -> None:
    count = manifests.one("encoder", "StatefulSet")["spec"]["replicas"]
    names = [f"encoder-{number}.encoder:50051" for number in range(count)]
    assert manifests.variables("encoder")["CHARTLINE_ENCODER_SHARDS"] == str(count)
    assert manifests.variables("gateway")["CHARTLINE_GATEWAY_ENCODERS"].split(",") == names
    assert manifests.variables("ingest")["CHARTLINE_INGEST_ENCODERS"].split(",") == names


def test_each_shard_has_a_database_of_its_own(manifests: Manifests) -> None:
    url = manifests.variables("encoder")["CHARTLINE_ENCODER_DATABASE_URL"]
    assert url.startswith("sqlite:") or "/chartline_0?" in url


def test_a_shard_computes_alike_on_every_node(manifests: Manifests) -> None:
    assert manifests.variables("encoder")["CHARTLINE_ENCODER_DTYPE"] != "auto", "else a move embeds the shard anew"


def test_the_gateway_knows_every_triton(manifests: Manifests) -> None:
    count = manifests.one("llm", "StatefulSet")["spec"]["replicas"]
    names = [f"llm-{number}.llm:8001" for number in range(count)]
    assert manifests.variables("gateway")["CHARTLINE_GATEWAY_TRITONS"].split(",") == names


@pytest.mark.parametrize("service", SERVICES)
def test_the_pod_outlives_its_drain(service: str, manifests: Manifests) -> None:
    pod = manifests.pod(service)
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = float(manifests.variables(service)[f"CHARTLINE_{service.upper()}_DRAIN_SECONDS"])
    assert pod["terminationGracePeriodSeconds"] >= pause + drain + 10
