"""The images: each its own locked environment that holds all its code imports, and nothing that builds or is root."""

import re

import pytest
from deploy_paths import IMAGES, ROOT, SERVICES
from imported import GIVEN, direct_requirements, distributions_of, locked, normalised, third_party

HEAVY = {"torch", "transformers", "faiss-cpu"}


def lock_of(service: str) -> dict[str, str]:
    return locked(ROOT / "requirements" / f"{service}.txt")


def dockerfile(service: str) -> str:
    return (IMAGES / f"{service}.Dockerfile").read_text().replace("\\\n", " ")


def instructions(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("service", SERVICES)
def test_every_import_of_a_service_is_in_its_lock(service: str) -> None:
    lock = set(lock_of(service))
    missing = {m for m in third_party(ROOT / "services" / service) - GIVEN if not distributions_of(m) & lock}
    assert not missing


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_fulfils_pyproject(service: str) -> None:
    lock = lock_of(service)
    assert not [r for r in direct_requirements(service) if lock.get(normalised(r.name), "0") not in r.specifier]


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_agrees_with_the_environment_that_tests_run_in(service: str) -> None:
    dev = locked(ROOT / "requirements" / "dev.txt")
    assert {name: v for name, v in lock_of(service).items() if dev.get(name, v) != v} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_pin_has_hashes_and_no_address(service: str) -> None:
    text = (ROOT / "requirements" / f"{service}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


@pytest.mark.parametrize("service", ["ingest", "gateway"])
def test_services_without_models_are_light(service: str) -> None:
    assert not HEAVY & set(lock_of(service))


@pytest.mark.parametrize("service", SERVICES)
def test_the_last_stage_copies_and_runs_as_nobody(service: str) -> None:
    last = instructions(dockerfile(service).split("\nFROM ")[-1])[1:]
    assert {words[0] for words in last} <= {"COPY", "WORKDIR", "ENV", "USER", "ENTRYPOINT"}, "nothing is built there"
    assert all(words[1] == "--from=build" for words in last if words[0] == "COPY")
    assert ["USER", "10001:10001"] in last
    assert last[-1] == ["ENTRYPOINT", '["python",', '"-m",', f'"services.{service}"]']


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_copied_exists_and_what_is_installed_is_locked(service: str) -> None:
    text = dockerfile(service)
    for words in instructions(text):
        if words[0] == "COPY" and not words[1].startswith("--from"):
            assert all((ROOT / source).exists() for source in words[1:-1])
    installs = re.findall(r"pip install .*", text)
    assert installs
    assert all("--require-hashes --no-deps" in line for line in installs)
    assert f"-r requirements/{service}.txt" in text


def test_triton_lies_where_the_launcher_is_told() -> None:
    text = dockerfile("llm")
    assert "/opt/triton\n" in text
    assert "CHARTLINE_LLM_TRITON_FOLDER=/opt/triton/pytriton/tritonserver" in text
