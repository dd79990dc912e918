"""Applies every overlay to a real API server without keeping it: `python -m deploy.api_server.dry_run`.

    go.mod ─▶ build, once (minutes) ─▶ etcd ─▶ kube-apiserver ─▶ namespace ─▶ kubectl apply --dry-run=server ─▶ end

What the offline schemas cannot know is known there: unknown and misplaced fields, selectors that do not match,
defaults that collide, and pods that the Pod Security level would refuse (a warning, which counts as an error).
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chartline.errors import Unavailable
from chartline.local.places import REPOSITORY, cache_folder
from chartline.local.ports import HeldPorts
from chartline.local.process import Part, PartProcess

MODULE = Path(__file__).resolve().parent
K8S = REPOSITORY / "deploy" / "k8s"
OVERLAYS = (K8S / "overlays" / "cpu", K8S / "overlays" / "gpu")
VERSION = "1.36.3"
_START_SECONDS = 120.0
_BUILT = ("server", "kube-apiserver", "kubectl")


def main() -> int:
    """The number of overlays that were refused."""
    programs = build_programs()
    with (
        tempfile.TemporaryDirectory(prefix="chartline-api-server-") as work,
        api_server(programs, Path(work)) as kubectl,
    ):
        kubectl("apply", "--server-side", "--filename", str(K8S / "base" / "namespace.yaml"))
        refused = [overlay.name for overlay in OVERLAYS if not _fits(kubectl, "--kustomize", str(overlay))]
        if not _fits(kubectl, "--filename", str(K8S / "monitoring" / "access.yaml")):
            refused.append("monitoring")
    print(f"refused: {', '.join(refused)}" if refused else "the API server accepts all")
    return len(refused)


def build_programs() -> Path:
    """The folder of etcd's `server`, `kube-apiserver` and `kubectl`. Raises Unavailable where Go cannot build them."""
    folder = cache_folder() / f"api-server-{VERSION}"
    if all((folder / name).exists() for name in _BUILT):
        return folder
    folder.mkdir(exist_ok=True)
    major, minor, _ = VERSION.split(".")
    version = {"gitVersion": f"v{VERSION}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in version.items())
    command = ["go", "build", "-p", "2", "-trimpath", "-ldflags", flags, "-o", f"{folder}/", "tool"]
    try:
        done = subprocess.run(command, cwd=MODULE, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise Unavailable("go is not installed") from error
    if done.returncode != 0:
        raise Unavailable(f"go build: {done.stderr.strip()[-2000:]}")
    return folder


Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def api_server(programs: Path, work: Path) -> Iterator[Kubectl]:
    """`kubectl` as the administrator of a fresh, empty cluster without nodes. Raises Unavailable."""
    ports = HeldPorts()
    store, peers, port = ports.address(), ports.address(), ports.take()
    token = secrets.token_hex(16)
    (work / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
    _write_signing_key(work / "service-accounts.pem")
    etcd = Part("etcd", _etcd(programs, work, store, peers), lambda: _answers(f"http://{store}/health"))
    api = Part("kube-apiserver", _apiserver(programs, work, store, port), lambda: _ready(programs, work, port, token))
    running: list[PartProcess] = []
    try:
        for part in (etcd, api):
            process = PartProcess(part, work)
            running.append(process)
            process.start()
            _wait(process)
        yield lambda *arguments: _kubectl(programs, work, port, token, *arguments)
    finally:
        for process in reversed(running):
            process.stop(10.0)
        ports.release()


def _fits(kubectl: Kubectl, *what: str) -> bool:
    done = kubectl("apply", "--server-side", "--dry-run=server", "--warnings-as-errors", *what)
    print(done.stdout + done.stderr, end="")
    return done.returncode == 0


def _etcd(programs: Path, work: Path, store: str, peers: str) -> list[str]:
    client, peer = f"http://{store}", f"http://{peers}"
    return [
        str(programs / "server"),
        f"--data-dir={work / 'etcd'}",
        *(f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}"),
        *(f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}", "--log-level=error"),
    ]


def _apiserver(programs: Path, work: Path, store: str, port: int) -> list[str]:
    key = work / "service-accounts.pem"
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers=http://{store}",
        *("--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={work / 'certificates'}"),
        f"--token-auth-file={work / 'tokens.csv'}",
        "--service-account-issuer=https://chartline.invalid",
        *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
    ]


def _kubectl(programs: Path, work: Path, port: int, token: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The certificate is made by the server itself a moment ago, on the loopback address.
    address = (f"--server=https://127.0.0.1:{port}", f"--token={token}", "--insecure-skip-tls-verify")
    command = [str(programs / "kubectl"), *address, f"--cache-dir={work / 'kubectl'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def _ready(programs: Path, work: Path, port: int, token: str) -> bool:
    return _kubectl(programs, work, port, token, "get", "--raw=/readyz", "--request-timeout=5s").returncode == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(process: PartProcess) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not process.part.ready():
        if not process.running or time.monotonic() > deadline:
            raise Unavailable(f"{process.part.name} did not start: {process.last_words()}")
        time.sleep(0.2)


def _write_signing_key(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))


if __name__ == "__main__":
    sys.exit(main())
