"""Which data a model learnt from, as one hash: equal hashes, the same charts, times and labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from chartline.learning.outcomes.cases import Case
from chartline.record.identity import canonical_bytes


def data_sha256(cases: Sequence[Case]) -> str:
    """64 hex digits, whatever the order of the cases; patients enter as they are named, so the hash alone leaves."""
    digests = sorted(_digest(case) for case in cases)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _digest(case: Case) -> str:
    found = hashlib.sha256(repr((case.patient, case.prediction_time, case.label, case.encounter)).encode())
    for event in case.chart.events:
        found.update(canonical_bytes(event))
    return found.hexdigest()
