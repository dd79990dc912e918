"""Which way imports run: record ← language ← models ← learning, rpc beside them, services on top and never each other.

And each heavy library has its gate: whoever imports it elsewhere makes a service carry what it does not need.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from house import ROOT, imports_of, module_of, name_of, sources, within

_SHARED = ("chartline.errors", "chartline.settings", "chartline.telemetry", "chartline.logs", "chartline.llm_contract")
_WIRE = ("chartline.rpc", "chartline.v1")
_PURE = ("chartline.record", "chartline.errors")

#: What the modules of a package may import of our own code, beside the package itself.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "chartline.record": ("chartline.errors",),
    "chartline.language": _PURE,
    "chartline.models": (*_PURE, *_SHARED, "chartline.language"),
    "chartline.learning": (*_PURE, *_SHARED, *_WIRE, "chartline.language", "chartline.models"),
    "chartline.evaluation": (*_PURE, *_SHARED, *_WIRE, "chartline.language", "chartline.models", "chartline.learning"),
    "chartline.rpc": (*_PURE, *_SHARED, *_WIRE),
    "chartline.sources": (*_PURE, *_WIRE),
    "chartline.local": ("chartline",),
    "chartline.cli": ("chartline",),
    "chartline.commands": ("chartline",),
    "chartline.errors": (),
    "chartline.llm_contract": (),
    "chartline.settings": (),
    "chartline.logs": ("chartline.rpc.context",),
    "chartline.telemetry": ("chartline.logs",),
    # Outcomes are predicted by the code that trained their models, by one door: docs/adr/charts-are-served-whole.md.
    "services": (
        *(*_PURE, *_SHARED, *_WIRE, "chartline.language", "chartline.models", "chartline.sources"),
        "chartline.learning.outcomes.serving",
    ),
}

#: What takes its time to import, or its gigabyte.
HEAVY = [
    "torch",
    "transformers",
    "faiss",
    "tritonclient",
    "sqlalchemy",
    "pint",
    "ucumvert",
    "sklearn",
    "lightgbm",
    "pyarrow",
]

#: Library → where it may be imported: a file, or a folder with everything in it.
GATES: dict[str, tuple[str, ...]] = {
    "kafka": (
        *("services/ingest/consumer.py", "services/ingest/broker.py", "services/ingest/topic_reader.py"),
        "services/ingest/kafka_connection.py",
        *("chartline/local", "chartline/sources"),
    ),
    "faiss": ("services/encoder/index.py",),
    "torch": ("chartline/models", "chartline/learning"),
    "transformers": ("chartline/models", "chartline/learning"),
    "tritonclient": ("services/gateway/llm_client.py", "chartline/local"),
    "sqlalchemy": ("services/encoder",),
    "prometheus_client": ("chartline/telemetry.py", "chartline/rpc/server.py"),
    "pint": ("chartline/record/ucum.py",),
    "ucumvert": ("chartline/record/ucum.py",),
    "jwt": ("chartline/rpc",),
    "cryptography": ("chartline/rpc",),
}

#: Packages in which neither gRPC nor protobuf is known.
NO_WIRE = ("chartline.record", "chartline.language", "chartline.models")


def package_of(module: str) -> str | None:
    return next((package for package in MAY_IMPORT if within(module, package)), None)


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in ("chartline", "services") and name != "chartline"


def breaches(wrong: Callable[[Path, str], bool]) -> list[str]:
    """`file imports name` for every import that the rule calls wrong."""
    return [f"{name_of(f)} imports {name}" for f in sources() for name in sorted(imports_of(f)) if wrong(f, name)]


def test_every_package_has_its_line() -> None:
    assert not [name_of(f) for f in sources() if package_of(module_of(f)) is None and module_of(f) != "chartline"]


def test_imports_run_one_way() -> None:
    def wrong(file: Path, name: str) -> bool:
        package = package_of(module_of(file)) or ""
        return is_ours(name) and not any(within(name, a) for a in (*MAY_IMPORT.get(package, ()), package))

    assert not breaches(wrong)


def test_services_never_import_each_other() -> None:
    """And nobody else imports a service: they are started as processes and spoken to over gRPC."""

    def wrong(file: Path, name: str) -> bool:
        own = ".".join(module_of(file).split(".")[:2])
        return within(name, "services") and name != "services" and not within(name, own)

    assert not breaches(wrong)


def test_heavy_libraries_have_one_gate() -> None:
    def wrong(file: Path, name: str) -> bool:
        gates = GATES.get(name.partition(".")[0])
        return gates is not None and not any(ROOT / gate in (file, *file.parents) for gate in gates)

    assert not breaches(wrong)


def test_the_wire_stays_at_the_edge() -> None:
    def wrong(file: Path, name: str) -> bool:
        inner = any(within(module_of(file), package) for package in NO_WIRE)
        return inner and (within(name, "grpc") or within(name, "google.protobuf"))

    assert not breaches(wrong)


def carried_along(modules: list[str], heavy: list[str]) -> list[str]:
    """Which of the heavy libraries are there when the modules are, even through others."""
    code = (
        f"import sys, json, {', '.join(modules)}; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_the_chassis_and_the_pure_packages_start_light() -> None:
    """What every process imports carries no heavy library along."""
    light = ["chartline.rpc.server", "chartline.rpc.messages", "chartline.record.plan", "chartline.language.verbalizer"]
    assert not carried_along(light, [*HEAVY, "kafka"])


def test_the_command_line_starts_light() -> None:
    """A command imports what it alone needs when it runs: torch takes seconds, and a gigabyte as long as `up` runs."""
    assert not carried_along(["chartline.cli"], HEAVY)


def test_what_only_watches_triton_starts_light() -> None:
    assert not carried_along(["services.llm.launcher"], HEAVY)
