"""Splits a FHIR Bundle of any type into its entries, so that each becomes a record of its own; pure.

What the bundle knows and an entry alone would not is written into the entry's resource: the id that `fullUrl` gives,
the version that `response` or `request` gives, what its references and conditional references point to, and the text
of the Binary that its attachment names. Everything else stays as it came, decimals included.
Rules: hl7.org/fhir/R4/bundle.html#references, hl7.org/fhir/R4/http.html#trules.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

_REFERENCE = re.compile(rb'("reference"\s*:\s*")([^"\\]+)(")')
_URL = re.compile(rb'"url"\s*:\s*"([^"\\]+)"')
_ETAG = re.compile(r'(?:W/)?"?([^"]*)"?')
_TEXTS = ("text/", "application/xhtml", "application/rtf", "application/xml")
_NUMBER = re.compile(r"[0-9]{1,18}")
_DEEPEST = 4


class _Request(msgspec.Struct):
    method: str = ""
    url: str = ""
    ifMatch: str = ""


class _Response(msgspec.Struct):
    etag: str = ""
    lastModified: str = ""


class _Entry(msgspec.Struct):
    fullUrl: str = ""
    resource: msgspec.Raw = msgspec.Raw()
    request: _Request = msgspec.field(default_factory=_Request)
    response: _Response = msgspec.field(default_factory=_Response)


class _Bundle(msgspec.Struct):
    resourceType: str = ""
    entry: list[_Entry] = []


class _Named(msgspec.Struct):
    resourceType: str = ""
    id: str = ""
    meta: dict[str, msgspec.Raw] = {}
    identifier: Any = None


class _Binary(msgspec.Struct):
    contentType: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """`resource` is its JSON, empty for an entry without one; `method` and `url` are the request's.

    `version_id` and `last_modified` are what the entry says of the version, beside what its resource says.
    """

    number: int
    resource: bytes
    method: str = ""
    url: str = ""
    full_url: str = ""
    version_id: str = ""
    last_modified: str = ""

    @property
    def is_resource(self) -> bool:
        """Whether the resource says all: a deletion, a patch and a notice without content are more or less than it."""
        return bool(self.resource) and self.method not in ("DELETE", "PATCH")

    def alone(self) -> bytes:
        """The entry, without its resource, as a bundle of its own."""
        request = {"method": self.method, "url": self.url}
        response = {"etag": self.version_id, "lastModified": self.last_modified}
        entry = {"fullUrl": self.full_url, "request": request, "response": response}
        return json.dumps({"resourceType": "Bundle", "type": "history", "entry": [entry]}).encode()


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
    items = [_Item(entry) for entry in msgspec.json.decode(payload, type=_Bundle).entry]
    targets = {said: meant for item in items for said, meant in item.targets()}
    texts = {address: members for item in items for address, members in item.texts()}
    for number, item in enumerate(items):
        resource = _with_texts(_rewrite(item.completed(), targets), texts)
        if item.named.resourceType == "Bundle":
            yield from _split(resource, deepest - 1)
            continue
        entry = item.entry
        told = (entry.request.method, entry.request.url, entry.fullUrl, item.version_id, entry.response.lastModified)
        yield BundleEntry(number, resource, *told)


class _Item:
    """An entry and the little of its resource that the others need to know.

    Nothing is known of a malformed one: it comes out as it is, for the reader of its resource to say what is wrong.
    """

    def __init__(self, entry: _Entry) -> None:
        self.entry = entry
        self.named = _Named()
        with suppress(msgspec.ValidationError):
            self.named = msgspec.json.decode(bytes(entry.resource) or b"{}", type=_Named)
        #: Its own, else the last part of fullUrl.
        self.id = self.named.id or (re.split("[:/]", entry.fullUrl)[-1] if self.named.resourceType else "")

    @property
    def version_id(self) -> str:
        """The version that the entry says its resource has; an update of version 3 makes version 4."""
        if self.entry.response.etag:
            return _tag(self.entry.response.etag)
        replaced = _tag(self.entry.request.ifMatch)
        return str(int(replaced) + 1) if _NUMBER.fullmatch(replaced) else ""

    def completed(self) -> bytes:
        """The resource with the id and the version that its entry alone knows; as it came where it lacks neither."""
        resource = bytes(self.entry.resource)
        told = {"versionId": self.version_id, "lastUpdated": self.entry.response.lastModified}
        lacking = {key: text for key, text in told.items() if text and key not in self.named.meta}
        if not self.id or (self.named.id and not lacking):
            return resource
        fields = msgspec.json.decode(resource, type=dict[str, msgspec.Raw])
        own: dict[str, Any] = {"id": self.id, **({"meta": self.named.meta | lacking} if lacking else {})}
        return msgspec.json.encode(own | {key: value for key, value in fields.items() if key not in own})

    def targets(self) -> Iterator[tuple[str, str]]:
        """What a reference may say that means it, and the `Type/id` that is meant: its fullUrl, its identifiers."""
        if not self.id:
            return
        reference, identifiers = f"{self.named.resourceType}/{self.id}", self.named.identifier
        if self.entry.fullUrl:
            yield self.entry.fullUrl, reference
        for one in identifiers if isinstance(identifiers, list) else ():
            if isinstance(one, dict) and one.get("value"):
                yield f"{self.named.resourceType}?identifier={one.get('system', '')}|{one['value']}", reference

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Of a Binary that is text, what an attachment may call it, and its members `contentType` and `data`."""
        if self.named.resourceType != "Binary":
            return
        with suppress(msgspec.ValidationError):
            binary = msgspec.json.decode(bytes(self.entry.resource), type=_Binary)
            if binary.data and binary.contentType.startswith(_TEXTS):
                members = msgspec.json.encode(binary)[1:-1]
                yield self.entry.fullUrl, members
                yield f"Binary/{self.id}", members


def _tag(etag: str) -> str:
    match = _ETAG.fullmatch(etag)
    return match[1] if match else ""


def _rewrite(resource: bytes, targets: dict[str, str]) -> bytes:
    """Replaces references to entries of the bundle by `Type/id`. Quotes inside strings are escaped, so none matches."""

    def target(match: re.Match[bytes]) -> bytes:
        text = match[2].decode()
        found = targets.get(unquote(text) if "?" in text else text)
        return match[1] + found.encode() + match[3] if found else match[0]

    return _REFERENCE.sub(target, resource)


def _with_texts(resource: bytes, texts: dict[str, bytes]) -> bytes:
    """Puts the text of a Binary beside the address of it."""

    def content(match: re.Match[bytes]) -> bytes:
        members = texts.get(match[1].decode())
        return members + b"," + match[0] if members else match[0]

    return _URL.sub(content, resource) if texts else resource
