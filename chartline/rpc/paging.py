"""Page tokens (AIP-158): opaque, signed, and worth nothing to another caller or with another filter.

A token holds where the last page ended and an HMAC over tenant, caller, rpc and every field of the request but the
paging ones. Page sizes follow one rule everywhere: 0 is the default, above the limit is the limit, negative is wrong.
"""

import base64
import binascii
import hmac
from typing import Protocol

from google.protobuf.message import Message

from chartline.errors import InvalidRequest
from chartline.rpc.auth import current_caller

_MAC_BYTES = 16


class PagedRequest(Protocol):
    page_size: int
    page_token: str


def page_size(request: PagedRequest, default: int = 100, limit: int = 1000) -> int:
    """Raises InvalidRequest when negative."""
    if request.page_size < 0:
        raise InvalidRequest("page_size must not be negative", field="page_size")
    return min(request.page_size or default, limit)


class PageTokens:
    """`key` is the same on all replicas, or a token ends at the next one."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, request: Message, position: str) -> str:
        """The token of the page after `position`, for this request's caller and filter. "" stays "": the end."""
        if not position:
            return ""
        content = position.encode()
        return base64.urlsafe_b64encode(self._mac(request, content) + content).decode()

    def position(self, request: Message) -> str:
        """Where the request's page begins, "" for the first. Raises InvalidRequest for a token not issued for it."""
        token: str = getattr(request, "page_token")  # noqa: B009
        if not token:
            return ""
        try:
            raw = base64.urlsafe_b64decode(token.encode())
            content = raw[_MAC_BYTES:]
            if content and hmac.compare_digest(raw[:_MAC_BYTES], self._mac(request, content)):
                return content.decode()
        except (binascii.Error, ValueError):
            pass
        raise InvalidRequest("page_token was not issued for this caller and filter", field="page_token")

    def _mac(self, request: Message, content: bytes) -> bytes:
        caller = current_caller()
        filters = type(request)()
        filters.CopyFrom(request)
        filters.ClearField("page_token")
        filters.ClearField("page_size")
        parts = (
            caller.tenant.encode(),
            caller.person.encode(),
            request.DESCRIPTOR.full_name.encode(),
            filters.SerializeToString(deterministic=True),
            content,
        )
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._key, framed, "sha256")[:_MAC_BYTES]
