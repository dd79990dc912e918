"""Claim check: fetches payloads that are too large for Kafka from where their messages say they lie.

Only `file:` below one folder, each tenant's in the subfolder of its name: what a message names is a stranger's word.
The file that was really opened is looked at, so neither `..` nor a link leads out. What is not there yet may still
come, for a bounded time after the message; then the record is buried with the reason, and its claim can be replayed.
Source: CloudEvents extension dataref; `datasha256` is ours.
"""

import asyncio
import hashlib
import os
import stat
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chartline.errors import ChartlineError
from chartline.telemetry import chartline_ingest_claims
from services.ingest.incoming import Claim, Incoming

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 10.0
_OUTSIDE = "the claimed payload lies outside the tenant's folder"


class _Refused(ChartlineError):
    """Time will not heal it."""


class _NotYet(ChartlineError):
    """It may still come."""


class Claims:
    def __init__(self, folder: Path | None, largest: int, patience: float) -> None:
        """`folder` None refuses every claim. `largest` is in bytes. `patience` is in seconds from the message on, and
        from when it is read where its producer's clock is ahead."""
        self._folder = Path(os.path.realpath(folder)) if folder else None
        self._largest = largest
        self._patience = patience

    async def fetch(self, incoming: Incoming) -> Incoming:
        """With its payload, or with the reason why there is none."""
        assert incoming.claim is not None
        gives_up_at = min(incoming.sent_at, time.time()) + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                payload = await asyncio.to_thread(self._read, incoming.tenant, incoming.claim)
            except _Refused as error:
                chartline_ingest_claims.labels("refused").inc()
                return replace(incoming, refused=error.message)
            except _NotYet as error:
                if time.time() + pause > gives_up_at:
                    chartline_ingest_claims.labels("missing").inc()
                    return replace(incoming, refused=error.message)
            else:
                chartline_ingest_claims.labels("fetched").inc()
                return replace(incoming, payload=payload)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _read(self, tenant: str, claim: Claim) -> bytes:
        home, path = self._home(tenant), _path_of(claim.reference)
        if not path.is_relative_to(home):
            raise _Refused(_OUTSIDE)
        try:
            payload = _read(path, home, self._largest + 1)
        except FileNotFoundError:
            raise _NotYet("the claimed payload is missing") from None
        except OSError:
            raise _NotYet("the claimed payload cannot be read") from None
        if len(payload) > self._largest:
            raise _Refused(f"the claimed payload is larger than {self._largest} bytes")
        if claim.sha256 and hashlib.sha256(payload).hexdigest() != claim.sha256.lower():
            raise _NotYet("the claimed payload has another hash")  # it may be written at this moment
        return payload

    def _home(self, tenant: str) -> Path:
        if self._folder is None:
            raise _Refused("claimed payloads are not taken here")
        if tenant in (".", ".."):  # both may stand in the name of a topic
            raise _Refused(_OUTSIDE)
        return self._folder / tenant


def _read(path: Path, home: Path, most: int) -> bytes:
    """Raises OSError, and _Refused for what is no file below `home` once it is open."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        really = Path(os.readlink(f"/proc/self/fd/{opened}"))
        if not really.is_relative_to(home) or not stat.S_ISREG(os.fstat(opened).st_mode):
            raise _Refused(_OUTSIDE)
        with os.fdopen(opened, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(opened)


NO_CLAIMS = Claims(None, 0, 0.0)


def _path_of(reference: str) -> Path:
    try:
        uri = urlsplit(reference)
    except ValueError:
        raise _Refused("the claim is no URI") from None
    path = unquote(uri.path)
    if uri.scheme != "file" or uri.netloc not in ("", "localhost") or "\x00" in path or not path.startswith("/"):
        raise _Refused("the claim is no file: URI")
    return Path(os.path.normpath(path))
