"""The folder that `chartline train generate` wrote, as training reads it: whole, unchanged, its splits apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chartline.errors import InvalidRequest
from chartline.learning.generation.examples import Row
from chartline.learning.generation.folders import CARD, file_hashes, read_charts, read_rows
from chartline.learning.generation.held_out import VIEW_MARK
from chartline.record.event import Event

#: What training learns from, and what it reports a loss on. The test split is never read here.
TRAIN, VALID = "train", "valid"


@dataclass(frozen=True, slots=True)
class ExampleFolder:
    """`card` is the data card, `rows` are those of `TRAIN` and `VALID`."""

    path: Path
    card: Mapping[str, Any]
    rows: tuple[Row, ...]

    @property
    def sha256(self) -> str:
        return data_sha256(self.card)

    def of(self, split: str, *tasks: str) -> list[Row]:
        return [row for row in self.rows if row.split == split and row.task in tasks]

    def charts(self) -> dict[str, tuple[Event, ...]]:
        return dict(read_charts(self.path, (TRAIN, VALID)))


def data_sha256(card: Mapping[str, Any]) -> str:
    """Names the data that a card is of: SHA-256 over the hashes of all its files."""
    return hashlib.sha256(json.dumps(card["files"], sort_keys=True).encode()).hexdigest()


def read_examples(folder: Path) -> ExampleFolder:
    """Raises InvalidRequest for what is no such folder, was changed since, or has a patient in two splits."""
    try:
        card = json.loads((folder / CARD).read_text())
        changed = [name for name, digest in file_hashes(folder).items() if card["files"].get(name) != digest]
        rows = tuple(row for row in read_rows(folder) if row.split in (TRAIN, VALID))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidRequest(f"{folder} holds no generated examples: {error}") from error
    if changed:
        raise InvalidRequest(f"{folder}: {', '.join(changed)} is not what {CARD} names")
    _check_splits(rows)
    return ExampleFolder(folder, card, rows)


def _check_splits(rows: tuple[Row, ...]) -> None:
    splits: dict[str, str] = {}
    for row in rows:
        patient = row.patient.partition(VIEW_MARK)[0]
        if splits.setdefault(patient, row.split) != row.split:
            raise InvalidRequest(
                f"{patient} is in {splits[patient]} and in {row.split}: the loss would be of what it knows"
            )
