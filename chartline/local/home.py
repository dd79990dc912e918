"""A cluster's own folder: where its parts can be reached, whether it runs, and the keys that open it.

<home>/endpoints.json   written when everything is up, gone when the cluster has ended
<home>/lock             held by the supervisor as long as it lives; holds its process id
<home>/keys/            who may call; lets the command line mint development tokens
<home>/logs/            one file a part
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from chartline.errors import Unavailable
from chartline.rpc.auth import mint_token
from chartline.rpc.keys import KeyFiles, create_keys

DEFAULT_TENANT = "default"
DEVELOPMENT_TOKEN_SECONDS = 30 * 24 * 3600
_LOCK_ATTEMPTS = 10
_SCOPES = ("read", "ask", "predict", "ingest")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses are host:port. `token` is a development token of the tenant `default`."""

    gateway: str
    ingest: str
    encoder: str
    triton_grpc: str
    triton_http: str
    triton_metrics: str
    kafka: str
    metrics: tuple[str, ...]
    token: str
    pid: int


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def keys(self) -> KeyFiles:
        """The keys, made at the first call."""
        return create_keys(self.folder / "keys")

    def token(self, tenant: str) -> str:
        """A development token of that tenant, for everything but the services' own calls."""
        key_file = self.keys().issuer_key_file
        seconds = DEVELOPMENT_TOKEN_SECONDS
        return mint_token(key_file, tenant=tenant, scopes=_SCOPES, subject="developer", seconds=seconds)

    def operator_token(self, tenant: str) -> str:
        """For what an operator alone may do, short-lived; no other token has its scope."""
        return mint_token(self.keys().issuer_key_file, tenant=tenant, scopes=("operator",), subject="operator")

    def running_pid(self) -> int | None:
        """The supervisor's process id, None where no cluster runs."""
        try:
            with self._lock_file.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._lock_file.read_text() or 0)
        return None

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Makes this process the home's supervisor. Raises Unavailable when it has one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("a+") as lock:
            self._lock(lock)
            self._endpoints_file.unlink(missing_ok=True)  # a killed supervisor left its own
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                self._endpoints_file.unlink(missing_ok=True)

    def _lock(self, lock: IO[str]) -> None:
        for _ in range(_LOCK_ATTEMPTS):  # who asks whether the cluster runs holds the lock for a moment
            with contextlib.suppress(BlockingIOError):
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            time.sleep(0.05)
        raise Unavailable(f"A cluster is running already in {self.folder} (process {self._lock_file.read_text()})")

    def publish(self, endpoints: Endpoints) -> None:
        """Whole or not at all: readers never see half a file."""
        draft = self._endpoints_file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(endpoints), indent=2) + "\n")
        draft.chmod(0o600)
        draft.rename(self._endpoints_file)

    def endpoints(self) -> Endpoints:
        """Raises Unavailable when no cluster runs here, or it is not up yet."""
        if self.running_pid() is None:
            raise Unavailable(f"No cluster is running in {self.folder}; start one with: chartline up")
        try:
            found = json.loads(self._endpoints_file.read_text())
        except FileNotFoundError:
            raise Unavailable(f"The cluster in {self.folder} is still starting; its logs are in {self.logs}") from None
        return Endpoints(**{**found, "metrics": tuple(found["metrics"])})

    @property
    def _lock_file(self) -> Path:
        return self.folder / "lock"

    @property
    def _endpoints_file(self) -> Path:
        return self.folder / "endpoints.json"
