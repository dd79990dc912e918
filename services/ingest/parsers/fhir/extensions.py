"""Which extensions of a resource are read, or known to say nothing clinical; the others are named as left over."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.resource import Leftover

_DATA = tomllib.loads(Path(__file__).with_name("extensions.toml").read_text("utf-8"))
_KNOWN = frozenset(_DATA["read"]) | frozenset(_DATA["not_clinical"]["urls"])
_NOT_CLINICAL: tuple[str, ...] = tuple(_DATA["not_clinical"]["beginnings"])


def unread_extensions(resource: Resource) -> Iterator[Leftover]:
    """An extension that nobody here knows may say something clinical; its address alone would tell a stranger what."""
    if any(e.url not in _KNOWN and not e.url.startswith(_NOT_CLINICAL) for e in resource.extension):
        yield Leftover("an extension that is not known")
