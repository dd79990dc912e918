"""Splits a FHIR Bundle into its resources, so that each becomes a record of its own; pure.

The bytes of a resource stay as they came, decimals included: only the text of references that point inside the bundle
is replaced, and an id that the bundle gives (`fullUrl`) is written into a resource that has none.
Rules: hl7.org/fhir/R4/bundle.html#references.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

_REFERENCE = re.compile(rb'("reference"\s*:\s*")([^"\\]+)(")')
_DEEPEST = 4


class _Request(msgspec.Struct):
    method: str = ""


class _Entry(msgspec.Struct):
    fullUrl: str = ""
    resource: msgspec.Raw = msgspec.Raw()
    request: _Request = msgspec.field(default_factory=_Request)


class _Bundle(msgspec.Struct):
    resourceType: str = ""
    entry: list[_Entry] = []


class _Named(msgspec.Struct):
    resourceType: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """`resource` is its JSON, empty for an entry without one. `method` is the request's, empty outside transactions."""

    number: int
    resource: bytes
    method: str = ""


def is_bundle(payload: bytes) -> bool:
    """Raises msgspec.MsgspecError for what is no JSON object."""
    return msgspec.json.decode(payload, type=_Named).resourceType == "Bundle"


def split_bundle(payload: bytes) -> Iterator[BundleEntry]:
    """The entries of a bundle of any type, in order; bundles inside it are split in their place.

    Raises msgspec.MsgspecError for malformed JSON or an entry that is no object.
    """
    return _split(payload, _DEEPEST)


def _split(payload: bytes, deepest: int) -> Iterator[BundleEntry]:
    if not deepest:
        raise msgspec.ValidationError("bundles are nested too deep")
    entries = msgspec.json.decode(payload, type=_Bundle).entry
    named = [_identity(entry) for entry in entries]
    targets = {e.fullUrl: f"{n.resourceType}/{n.id}" for e, n in zip(entries, named, strict=True) if n.id and e.fullUrl}
    for number, (entry, name) in enumerate(zip(entries, named, strict=True)):
        resource = _rewrite(_with_id(bytes(entry.resource), name.id), targets)
        if name.resourceType == "Bundle":
            yield from _split(resource, deepest - 1)
        else:
            yield BundleEntry(number, resource, entry.request.method)


def _identity(entry: _Entry) -> _Named:
    """Type and id of an entry's resource; an id that is missing is the last part of fullUrl."""
    raw = bytes(entry.resource)
    if not raw:
        return _Named()
    named = msgspec.json.decode(raw, type=_Named)
    return named if named.id else _Named(named.resourceType, re.split("[:/]", entry.fullUrl)[-1])


def _with_id(resource: bytes, identifier: str) -> bytes:
    if not resource or not identifier or msgspec.json.decode(resource, type=_Named).id:
        return resource
    opening = resource.index(b"{") + 1
    return resource[:opening] + b'"id":' + json.dumps(identifier).encode() + b"," + resource[opening:]


def _rewrite(resource: bytes, targets: dict[str, str]) -> bytes:
    """Replaces references to entries of the bundle by `Type/id`. Quotes inside strings are escaped, so none matches."""

    def target(match: re.Match[bytes]) -> bytes:
        found = targets.get(match[2].decode())
        return match[1] + found.encode() + match[3] if found else match[0]

    return _REFERENCE.sub(target, resource)
