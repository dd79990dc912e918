"""Who calls: bearer tokens (JWT, RFC 7519) become a `Caller`, and services mint their own for one another.

A tenant is known from the verified token alone, never from a field of a request. Verification costs about a
millisecond, so a verified token is remembered by its hash until it expires or the keys change.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from chartline.errors import Unauthenticated
from chartline.rpc.context import current_request_id
from chartline.rpc.keys import ALGORITHM, KeySet, load_private_key, thumbprint
from chartline.telemetry import chartline_rpc_refused, get_logger

AUDIENCE = "chartline"
SERVICE_ISSUER = "chartline"
SERVICE_TOKEN_SECONDS = 300
#: How far the clocks of issuer and service may be apart.
LEEWAY_SECONDS = 30
REMEMBERED_TOKENS = 4096
REQUIRED_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "tenant", "scope"]

#: What a tenant may be called; also a part of Kafka topic names.
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """`actor` is the original caller when a service calls on somebody's behalf (claim `act`, RFC 8693)."""

    tenant: str
    subject: str
    scopes: frozenset[str]
    actor: str = ""

    @property
    def person(self) -> str:
        """Who is behind the call: the original caller, however many services stand between."""
        return self.actor or self.subject


_caller: ContextVar[Caller] = ContextVar("caller")


def current_caller() -> Caller:
    """Raises Unauthenticated outside an authenticated call."""
    try:
        return _caller.get()
    except LookupError:
        raise Unauthenticated("no valid token") from None


def set_current_caller(caller: Caller) -> None:
    """For this task and its children."""
    _caller.set(caller)


def mint_token(
    key_file: Path,
    *,
    tenant: str,
    scopes: Iterable[str],
    subject: str,
    issuer: str = SERVICE_ISSUER,
    seconds: float = SERVICE_TOKEN_SECONDS,
    actor: str = "",
) -> str:
    """A token signed with that private key: for development, tests and the services' own calls."""
    key = load_private_key(key_file)
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": AUDIENCE,
        "tenant": tenant,
        "scope": " ".join(scopes),
        "iat": now,
        "exp": now + int(seconds),
    }
    if actor:
        claims["act"] = {"sub": actor}
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": thumbprint(key.public_key())})


class ServiceTokens:
    """A service's own tokens: scope `internal`, the tenant of the call it serves, its caller as actor."""

    def __init__(self, key_file: Path, subject: str) -> None:
        load_private_key(key_file)  # a wrong file ends the start, not the first call
        self._key_file = key_file
        self._subject = subject
        self._kept: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()

    def metadata(self, tenant: str, actor: str = "") -> tuple[tuple[str, str], ...]:
        """What an outgoing call carries: the token, and the request id of the call it is made for."""
        bearer = ("authorization", self._bearer(tenant, actor))
        request_id = current_request_id()
        return (bearer, ("x-request-id", request_id)) if request_id else (bearer,)

    def _bearer(self, tenant: str, actor: str) -> str:
        renewed_at, bearer = self._kept.get((tenant, actor), (0.0, ""))
        now = time.monotonic()
        if now >= renewed_at:
            token = mint_token(self._key_file, tenant=tenant, scopes=("internal",), subject=self._subject, actor=actor)
            bearer = f"Bearer {token}"
            self._kept[tenant, actor] = (now + SERVICE_TOKEN_SECONDS / 2, bearer)
            if len(self._kept) > REMEMBERED_TOKENS:
                self._kept.popitem(last=False)
        return bearer


class TokenVerifier:
    """Believes ES384 tokens of the key set's keys for audience `chartline`, and no other."""

    def __init__(self, jwks_file: Path, max_token_seconds: float = SERVICE_TOKEN_SECONDS) -> None:
        """Raises OSError or ValueError when there are no keys to verify with."""
        self._key_set = KeySet(jwks_file)
        self._max_seconds = max_token_seconds
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def verify(self, authorization: str) -> Caller:
        """The caller of an `authorization: Bearer <token>`. Raises Unauthenticated, without saying why."""
        if self._key_set.refresh():
            self._verified.clear()
        digest = hashlib.sha256(authorization.encode()).digest()
        kept = self._verified.get(digest)
        if kept is not None and time.time() < kept[0]:
            return kept[1]
        expires_at, caller = self._verify_anew(authorization)
        self._verified[digest] = (expires_at, caller)
        if len(self._verified) > REMEMBERED_TOKENS:
            self._verified.popitem(last=False)
        return caller

    def _verify_anew(self, authorization: str) -> tuple[float, Caller]:
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise jwt.InvalidTokenError("not a bearer token")
            key = self._key_set.keys[jwt.get_unverified_header(token).get("kid", "")]
            options: Any = {"require": REQUIRED_CLAIMS, "strict_aud": True}
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=AUDIENCE, leeway=LEEWAY_SECONDS, options=options
            )
            return float(claims["exp"]) + LEEWAY_SECONDS, self._caller_of(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, ArithmeticError) as error:
            chartline_rpc_refused.labels("token").inc()
            log.debug("token_refused", error=type(error).__name__)
            raise Unauthenticated("no valid token") from None

    def _caller_of(self, claims: dict[str, Any]) -> Caller:
        tenant, subject, scope = claims["tenant"], claims["sub"], claims["scope"]
        actor = dict(claims.get("act", {})).get("sub", "")
        if not all(isinstance(claim, str) for claim in (tenant, subject, scope, actor)):
            raise TypeError("claims of a wrong type")
        if not TENANT.fullmatch(tenant) or not subject:
            raise ValueError("no tenant or no subject")
        if claims["exp"] - claims["iat"] > self._max_seconds:
            raise ValueError("lives too long")
        return Caller(tenant, subject, frozenset(scope.split()), actor)
