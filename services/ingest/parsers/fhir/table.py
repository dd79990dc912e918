"""The shape of `tables.toml`: how a resource type is read by paths, where it needs no code of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from chartline.record.kinds import EventKind

Paths = tuple[str, ...]


class PartTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each element at `path` says as an event beside, or instead of, the resource's own; paths start at it.

    What it leaves out (kind, time, attributes) is the resource's.
    """

    path: str
    name: Paths
    before_name: str = ""
    coded: bool = True
    time: Paths = ()
    status: Paths = ()
    cancelled: dict[str, tuple[str, ...]] = {}
    amount: Paths = ()
    attributes: dict[str, Paths] = {}
    text: dict[str, str] = {}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths are those of `tree.found`; of several the first that says something counts, for attributes and text all.

    `called` is the name of what has none. `refers` is a reference that names the concept. `planned`: the time may lie
    after what is known. `at_the_end`: attributes that are learnt with the end. `preliminary` and `cancelled`: words of
    a path that make it no settled fact, or none at all. `text` and `attachments` are its words, by label.
    `own`: the resource is an event even where parts of it are.
    """

    kind: str
    name: Paths = ()
    called: str = ""
    refers: str = ""
    coded: bool = True
    patient: Paths = ("subject", "patient")
    encounter: Paths = ("encounter", "context")
    time: Paths = ()
    known: Paths = ()
    planned: bool = False
    at_the_end: frozenset[str] = frozenset()
    status: Paths = ("status",)
    preliminary: dict[str, tuple[str, ...]] = {}
    cancelled: dict[str, tuple[str, ...]] = {}
    amount: Paths = ()
    attributes: dict[str, Paths] = {}
    fixed: dict[str, str] = {}
    text: dict[str, str] = {}
    attachments: Paths = ()
    own: bool = True
    part: tuple[PartTable, ...] = ()

    @property
    def event_kind(self) -> EventKind:
        return EventKind[self.kind]


TABLES: dict[str, Table] = msgspec.convert(
    tomllib.loads(Path(__file__).with_name("tables.toml").read_text("utf-8")), dict[str, Table]
)
