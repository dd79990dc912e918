"""chartline up, down, status: the cluster on this machine."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Annotated, Any

import grpc
import typer
from rich.table import Table
from rich.text import Text

from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    as_dict,
    connect,
    err,
    out,
    print_json,
)
from chartline.errors import Unavailable
from chartline.local.client import Client
from chartline.local.health import part_states
from chartline.local.home import Endpoints, Home
from chartline.local.places import with_code
from chartline.local.services import build_cluster
from chartline.local.supervisor import Announce, Supervisor
from chartline.v1.gateway_service_pb2 import GetModelInfoRequest
from chartline.v1.ingest_service_pb2 import GetIngestStatusRequest

_DETACHED_START_SECONDS = 600.0
_END_SECONDS = 60.0


def up(
    home: HomeOption,
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is up and let it run.")] = False,
) -> None:
    """Start the cluster: Kafka, the encoder, Triton, ingest and the gateway. Ctrl-C ends it."""
    if detach:
        endpoints = start_detached(Home(home))
        err.print(f"The cluster is up; the gateway is {endpoints.gateway}. End it with: chartline down")
        return
    asyncio.run(run_cluster(Home(home), _announce))


def down(home: HomeOption) -> None:
    """End the cluster."""
    ended = end_cluster(Home(home))
    err.print("The cluster has ended" if ended else f"No cluster is running in {home}")


def status(home: HomeOption, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Show each part's health, lag, counts and the models in use. Exit code 1 when a part is not serving."""
    with connect(home, tenant) as client:
        report = describe(client)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if not all(report["parts"].values()):
        raise typer.Exit(1)


async def run_cluster(home: Home, announce: Announce) -> None:
    """Runs until a signal comes. Raises Unavailable when it cannot start."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    with home.owned():
        announce("cluster", f"starting in {home.folder}")
        cluster = await asyncio.to_thread(build_cluster, home)

        def publish() -> None:
            home.publish(cluster.endpoints)
            announce("cluster", f"up; the gateway is {cluster.endpoints.gateway}")

        await Supervisor(cluster.parts, home.logs, announce).run(publish, end)


def start_detached(home: Home) -> Endpoints:
    """A supervisor of its own session. Returns when the cluster is up; raises Unavailable when it does not come up."""
    if (pid := home.running_pid()) is not None:
        raise Unavailable(f"A cluster is running already in {home.folder} (process {pid})")
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / "supervisor.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "chartline.cli", "up", "--home", str(home.folder)],
            env=with_code(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    deadline = time.monotonic() + _DETACHED_START_SECONDS
    with err.status("Starting the cluster"):
        while process.poll() is None and time.monotonic() < deadline:
            try:
                return home.endpoints()
            except Unavailable:
                time.sleep(0.2)
    raise Unavailable(f"The cluster did not start:\n{log.read_text(errors='replace').strip()}")


def end_cluster(home: Home) -> bool:
    """Returns when it has ended, False where none ran. Raises Unavailable when it does not end."""
    pid = home.running_pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_SECONDS
    while home.running_pid() is not None:
        if time.monotonic() > deadline:
            raise Unavailable(f"Process {pid} does not end; its logs are in {home.logs}")
        time.sleep(0.1)
    return True


def describe(client: Client) -> dict[str, Any]:
    """Everything `status` says, as JSON."""
    report: dict[str, Any] = {"endpoints": asdict(client.endpoints), "parts": part_states(client.endpoints)}
    del report["endpoints"]["token"]
    try:
        ingest = client.ingest.GetIngestStatus(GetIngestStatusRequest(), timeout=10)
        report |= {"lag": ingest.lag, "counts": as_dict(ingest.counts)}
        report["models"] = {
            m.name: m.version for m in client.gateway.GetModelInfo(GetModelInfoRequest(), timeout=10).models
        }
    except grpc.RpcError as error:
        report["error"] = f"{error.code().name}: {error.details()}"
    return report


def _show(report: dict[str, Any]) -> None:
    table = Table("part", "state", box=None)
    for part, serves in report["parts"].items():
        table.add_row(part, Text("serving", "green") if serves else Text("not serving", "red"))
    out.print(table)
    for name in ("lag", "error"):
        if name in report:
            out.print(f"{name}: {report[name]}")
    counts = dict(report.get("counts", {}))
    reasons = counts.pop("reasons", {}) | {f"left over: {r}": n for r, n in counts.pop("leftovers", {}).items()}
    for name, value in {**counts, **report.get("models", {})}.items():
        out.print(f"{name}: {value}")
    for reason, count in sorted(reasons.items()):
        out.print(f"{count:>8}  {reason}")
    out.print(f"metrics: {' '.join(f'http://{address}/metrics' for address in report['endpoints']['metrics'])}")


def _announce(part: str, what: str) -> None:
    err.print(f"{part:>8}  {what}")
