"""The trail of who read what of whom and why: append-only JSON lines, each signed together with the one before.

    {"time": …, "tenant": …, …, "mac": HMAC(previous mac, this line without mac)}

A line that is changed, left out, put in or moved breaks the chain from there on (`verify`); that the end is missing
only a kept last mac can show. A patient appears as an HMAC under a key of the tenant: who holds the secret finds the
lines of a patient, nobody else learns one. There is no question and no answer in it. What cannot be recorded is not
done: a failed write is UNAVAILABLE.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chartline.errors import ChartlineError, Unavailable
from chartline.rpc.auth import current_caller
from chartline.rpc.context import current_method, current_request_id
from chartline.rpc.keys import derive_key
from chartline.telemetry import chartline_audit_records, get_logger

#: More than the longest line.
_TAIL_BYTES = 1 << 20

log = get_logger(__name__)


class AuditBroken(ChartlineError):
    """`line` is the first that does not follow from the one before, from 1."""

    default_reason = "AUDIT_BROKEN"

    def __init__(self, line: int) -> None:
        super().__init__(f"the audit trail is broken at line {line}")
        self.line = line


class AuditTrail:
    """One process' trail; the file is its own until `close`."""

    def __init__(self, file: Path, secret: bytes) -> None:
        """Continues the file. Raises OSError when it cannot be written or another process has it, ValueError when its
        last line is none of a trail.
        """
        self._secret = secret
        self._stream = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._last = self._resume()
        for result in ("written", "failed"):  # a counter that begins with its first failure shows no increase
            chartline_audit_records.labels(result)

    def record(
        self,
        *,
        patient: str,
        outcome: str,
        purpose: str = "",
        others: Sequence[str] = (),
        event_keys: Sequence[str] = (),
        model_versions: Mapping[str, str] | None = None,
    ) -> None:
        """One line for the running call; `outcome` is the answer's status, the gRPC code's name, or BEGUN.

        `others` are patients of whom it shows something without being asked for them.

        Raises Unavailable when it cannot be written.
        """
        caller = current_caller()
        entry = {
            "time": datetime.now(UTC).isoformat(),
            "tenant": caller.tenant,
            "subject": caller.subject,
            "actor": caller.actor,
            "patient": pseudonym(self._secret, caller.tenant, patient) if patient else "",
            "others": [pseudonym(self._secret, caller.tenant, other) for other in others],
            "purpose": purpose,
            "method": current_method(),
            "outcome": outcome,
            "event_keys": list(event_keys),
            "model_versions": dict(model_versions or {}),
            "request_id": current_request_id(),
        }
        mac = _mac(self._secret, self._last, entry)
        self._write(json.dumps({**entry, "mac": mac}).encode() + b"\n")
        self._last = mac
        chartline_audit_records.labels("written").inc()

    def close(self) -> None:
        os.fsync(self._stream)
        os.close(self._stream)

    def _write(self, line: bytes) -> None:
        try:
            size = os.fstat(self._stream).st_size
            if os.write(self._stream, line) != len(line):
                os.ftruncate(self._stream, size)
                raise OSError("the disk is full")
        except OSError:
            chartline_audit_records.labels("failed").inc()
            log.exception("audit_failed")
            raise Unavailable("the read cannot be audited now", reason="AUDIT_AWAY") from None

    def _resume(self) -> str:
        """The last line's mac. What a crash left after the last whole line was acknowledged to nobody and goes."""
        size = os.fstat(self._stream).st_size
        start = max(0, size - _TAIL_BYTES)
        tail = os.pread(self._stream, size - start, start)
        whole = tail[: tail.rfind(b"\n") + 1]
        os.ftruncate(self._stream, start + len(whole))
        return str(json.loads(whole.splitlines()[-1])["mac"]) if whole else ""


def verify(file: Path, secret: bytes) -> int:
    """The number of lines of a whole trail. Raises AuditBroken at the first line that does not follow."""
    last, number = "", 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            last = _verified(secret, last, line, number)
    return number


def pseudonym(secret: bytes, tenant: str, patient: str) -> str:
    """How a patient of a tenant is named in trails: 32 hex digits."""
    return hmac.digest(derive_key(secret, "audit-patient", tenant), patient.encode(), "sha256").hex()[:32]


def _verified(secret: bytes, previous: str, line: bytes, number: int) -> str:
    try:
        entry = json.loads(line)
        mac = str(entry.pop("mac"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AuditBroken(number) from None
    if not hmac.compare_digest(mac.encode(), _mac(secret, previous, entry).encode()):
        raise AuditBroken(number)
    return mac


def _mac(secret: bytes, previous: str, entry: Mapping[str, object]) -> str:
    content = json.dumps([previous, entry], sort_keys=True, separators=(",", ":"))
    return hmac.digest(derive_key(secret, "audit-chain"), content.encode(), "sha256").hex()
