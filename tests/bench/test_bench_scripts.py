"""Every bench runs with toy sizes and prints its JSON line; what it measures there means nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chartline.local.places import REPOSITORY, with_code
from tests.models.tiny_llms import write_base

SEARCH = ("patient_search", "--vectors", "2000", "--patients", "20", "--queries", "3")
APPEND = ("store_append", "--patients", "1", "--records", "200", "--batch", "50")
HL7 = ("hl7_parse", "--messages", "20")
ENCODE = ("encode_stream", "--patients", "1", "--records", "60", "--sample", "8")
FHIR = ("fhir_parse", "--patients", "1", "--records", "40")
FIRST_TOKEN = ("first_token", "--events", "64", "130")
EIGHT = ("eight_patients", "--patients", "2", "--events", "64", "--tokens", "3")
STREAM = ("token_stream", "--tokens", "30", "--streams", "2")
KAFKA = ("kafka_to_answerable", "--patients", "1", "--fresh", "2")
PREDICT = ("predict_outcomes", "--patients", "6", "--calls", "2")


def run_bench(name: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, str(REPOSITORY / "bench" / f"{name}.py"), "--rounds", "1", *options]
    done = subprocess.run(command, env=with_code(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert summary["bench"] == name
    assert summary["machine"]["cores"]
    return summary


@pytest.mark.parametrize("bench", [SEARCH, APPEND, HL7, ENCODE, FHIR], ids=lambda bench: bench[0])
def test_a_bench_prints_its_ratios(bench: tuple[str, ...]) -> None:
    lines = run_bench(*bench)["lines"]
    assert lines
    assert all(line["ratio"] > 0 and line["peer"] for line in lines)


@pytest.mark.cluster
@pytest.mark.parametrize("bench", [STREAM, KAFKA, PREDICT], ids=lambda bench: bench[0])
def test_a_bench_of_the_cluster_starts_the_parts_it_needs(bench: tuple[str, ...]) -> None:
    assert all(line["ratio"] > 0 for line in run_bench(*bench)["lines"])


@pytest.mark.parametrize("bench", [FIRST_TOKEN, EIGHT], ids=lambda bench: bench[0])
def test_a_bench_of_the_language_model_takes_any_model(bench: tuple[str, ...], tmp_path: Path) -> None:
    summary = run_bench(*bench, "--model", str(write_base(tmp_path / "tiny", "llama")))
    assert summary["model"] == "tiny"
    assert len(summary["lines"]) == 4


def test_patient_search_finds_all() -> None:
    assert run_bench(*SEARCH)["recall"]["ours"] == 1.0
