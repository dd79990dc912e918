"""Tokens: who is believed, every attack that is not, and what is remembered."""

import base64
import contextvars
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chartline.errors import Unauthenticated, Unavailable
from chartline.rpc import auth, keys
from chartline.rpc.auth import Caller, ServiceTokens, TokenVerifier, current_caller, mint_token
from chartline.rpc.context import begin_call
from chartline.rpc.keys import KeyFiles, create_keys, load_private_key, read_secret, thumbprint


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    return create_keys(tmp_path)


@pytest.fixture
def verifier(files: KeyFiles) -> TokenVerifier:
    return TokenVerifier(files.jwks_file, 300)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": "hospital", "sub": "vendor", "aud": "chartline", "tenant": "north", "scope": "read ask"}
    return {k: v for k, v in {**whole, "iat": now, "exp": now + 300, **changes}.items() if v is not None}


def signed(files: KeyFiles, content: dict[str, Any], **header: Any) -> str:
    key = load_private_key(files.issuer_key_file)
    return jwt.encode(content, key, algorithm="ES384", headers={"kid": thumbprint(key.public_key()), **header})


def test_a_good_token_is_its_caller(files: KeyFiles, verifier: TokenVerifier) -> None:
    token = signed(files, claims(act={"sub": "doctor"}))
    assert verifier.verify(f"Bearer {token}") == Caller("north", "vendor", frozenset({"read", "ask"}), "doctor")
    assert verifier.verify(f"bearer {token}").person == "doctor"


def b64(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str, kid: str) -> str:
    return f"{b64({'alg': algorithm, 'kid': kid, 'typ': 'JWT'})}.{b64(claims())}."


def confused(files: KeyFiles) -> str:
    """HS256 with the public key as the secret."""
    public = load_private_key(files.issuer_key_file).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hmac_algorithm = jwt.get_algorithm_by_name("HS256")
    head = f"{b64({'alg': 'HS256', 'kid': thumbprint(public), 'typ': 'JWT'})}.{b64(claims())}"
    mac = hmac_algorithm.sign(head.encode(), pem)
    return head + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def attack(files: KeyFiles, name: str) -> str:
    kid = thumbprint(load_private_key(files.issuer_key_file).public_key())
    stranger = ec.generate_private_key(ec.SECP384R1())
    now = int(time.time())
    changed: dict[str, dict[str, Any]] = {
        "no tenant": {"tenant": None},
        "empty tenant": {"tenant": ""},
        "tenant of a wrong type": {"tenant": ["north"]},
        "tenant with a path": {"tenant": "../south"},
        "tenant with a topic wildcard": {"tenant": "north.raw"},
        "no scope": {"scope": None},
        "scope of a wrong type": {"scope": ["read"]},
        "no subject": {"sub": None},
        "empty subject": {"sub": ""},
        "no issuer": {"iss": None},
        "no audience": {"aud": None},
        "wrong audience": {"aud": "elsewhere"},
        "list of audiences": {"aud": ["chartline", "elsewhere"]},
        "expired": {"iat": now - 400, "exp": now - 100},
        "no expiry": {"exp": None},
        "no time of issue": {"iat": None},
        "issued in the future": {"iat": now + 200, "exp": now + 300},
        "not yet valid": {"nbf": now + 200},
        "lives too long": {"exp": now + 301},
        "lives for ever": {"exp": 1e400},
        "actor of a wrong type": {"act": "doctor"},
        "actor without a name": {"act": {"sub": ["doctor"]}},
    }
    if name in changed:
        return signed(files, claims(**changed[name]))
    good = signed(files, claims())
    head, body, signature = good.split(".")
    return {
        "none": unsigned("none", kid),
        "None": unsigned("None", kid),
        "no algorithm": unsigned("", kid),
        "HS256 with the public key": confused(files),
        "RS256": jwt.encode(claims(), rsa.generate_private_key(65537, 2048), "RS256", headers={"kid": kid}),
        "ES256": jwt.encode(claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": kid}),
        "foreign key under a known id": jwt.encode(claims(), stranger, "ES384", headers={"kid": kid}),
        "foreign key under its own id": jwt.encode(
            claims(), stranger, "ES384", headers={"kid": thumbprint(stranger.public_key())}
        ),
        "foreign key in the header": jwt.encode(
            claims(), stranger, "ES384", headers={"kid": "x", "jwk": keys.public_jwk(stranger.public_key())}
        ),
        "key id of a wrong type": f"{b64({'alg': 'ES384', 'kid': ['x']})}.{body}.{signature}",
        "no key id": f"{b64({'alg': 'ES384'})}.{body}.{signature}",
        "changed claims": f"{head}.{b64(claims(tenant='south'))}.{signature}",
        "no signature": f"{head}.{body}.",
        "cut": good[:-8],
        "claims that are no object": jwt.PyJWS().encode(
            b"[]", load_private_key(files.issuer_key_file), "ES384", headers={"kid": kid}
        ),
        "empty": "",
        "not a token": "x.y.z",
        "not ASCII": "é.é.é",
    }[name]


ATTACKS = """no tenant|empty tenant|tenant of a wrong type|tenant with a path|tenant with a topic wildcard|no scope
scope of a wrong type|no subject|empty subject|no issuer|no audience|wrong audience|list of audiences|expired|no expiry
no time of issue|issued in the future|not yet valid|lives too long|lives for ever|actor of a wrong type
actor without a name|none|None|no algorithm|HS256 with the public key|RS256|ES256|foreign key under a known id
foreign key under its own id|foreign key in the header|key id of a wrong type|no key id|changed claims|no signature|cut
claims that are no object|empty|not a token|not ASCII"""


@pytest.mark.parametrize("name", ATTACKS.replace("\n", "|").split("|"))
def test_an_attack_is_refused_without_a_reason(files: KeyFiles, verifier: TokenVerifier, name: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(f"Bearer {attack(files, name)}")
    assert refused.value.message == "no valid token"


@pytest.mark.parametrize("scheme", ["", "Basic ", "Bearer"])
def test_only_bearer_tokens_count(files: KeyFiles, verifier: TokenVerifier, scheme: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier.verify(scheme + signed(files, claims()))


def test_a_verified_token_is_remembered_until_it_expires(
    files: KeyFiles, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = f"Bearer {signed(files, claims())}"
    first = verifier.verify(bearer)
    assert verifier.verify(bearer) is first
    now = time.time()
    monkeypatch.setattr(auth.time, "time", lambda: now + 300 + auth.LEEWAY_SECONDS + 1)
    monkeypatch.setattr("jwt.api_jwt.datetime", _Clock(now + 400))
    with pytest.raises(Unauthenticated):
        verifier.verify(bearer)


class _Clock:
    """The datetime class as PyJWT uses it, at another time."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self, tz: Any = None) -> Any:
        return datetime.fromtimestamp(self._now, tz)


def test_memory_of_tokens_is_bounded(files: KeyFiles, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "REMEMBERED_TOKENS", 3)
    for number in range(6):
        verifier.verify(f"Bearer {signed(files, claims(sub=str(number)))}")
    assert len(verifier._verified) == 3


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic()
    monkeypatch.setattr(keys.time, "monotonic", lambda: now + seconds)


def test_a_key_that_is_taken_out_is_believed_no_more_and_a_new_one_is(
    files: KeyFiles, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = f"Bearer {signed(files, claims())}"
    verifier.verify(old)
    fresh = create_keys(tmp_path / "fresh")
    os.replace(fresh.jwks_file, files.jwks_file)
    later(monkeypatch, 2)
    with pytest.raises(Unauthenticated):
        verifier.verify(old)
    assert verifier.verify(f"Bearer {signed(fresh, claims())}").tenant == "north"


@pytest.mark.parametrize("content", [None, "{", '{"keys": []}'])
def test_unreadable_keys_are_kept_for_a_while_and_then_nobody_is_believed(
    files: KeyFiles, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    bearer = f"Bearer {signed(files, claims())}"
    if content is None:
        files.jwks_file.unlink()
    else:
        files.jwks_file.write_text(content)
    later(monkeypatch, 2)
    verifier.verify(bearer)
    later(monkeypatch, keys.STALE_KEYS_SECONDS + 2)
    with pytest.raises(Unavailable):
        verifier.verify(bearer)
    with pytest.raises(Unavailable):
        verifier.verify(bearer)


@pytest.mark.parametrize("content", ['{"keys": []}', "{", '{"keys": [{"kty": "RSA"}]}'])
def test_a_service_without_keys_does_not_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(content)
    with pytest.raises(ValueError):
        TokenVerifier(file)


def test_service_tokens_speak_for_the_tenant_and_the_original_caller(files: KeyFiles, verifier: TokenVerifier) -> None:
    tokens = ServiceTokens(files.service_key_file, "gateway")
    bearer = dict(tokens.metadata("north", "vendor"))["authorization"]
    assert verifier.verify(bearer) == Caller("north", "gateway", frozenset({"internal"}), "vendor")


def test_service_tokens_are_minted_once_and_again_well_before_they_expire(
    files: KeyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = ServiceTokens(files.service_key_file, "gateway")
    first = tokens.metadata("north")
    assert tokens.metadata("north") == first
    assert tokens.metadata("south") != first
    later(monkeypatch, auth.SERVICE_TOKEN_SECONDS / 2 + 1)
    assert tokens.metadata("north") != first


async def test_an_outgoing_call_carries_the_request_id(files: KeyFiles) -> None:
    begin_call("r-1", "/a/b", 5)
    assert ("x-request-id", "r-1") in ServiceTokens(files.service_key_file, "gateway").metadata("north")


def test_outside_a_call_there_is_no_caller() -> None:
    with pytest.raises(Unauthenticated):
        contextvars.Context().run(current_caller)


def test_keys_are_private_and_outlive_a_restart(tmp_path: Path) -> None:
    files = create_keys(tmp_path)
    before = {f: f.read_bytes() for f in (files.issuer_key_file, files.service_key_file, files.secret_file)}
    assert create_keys(tmp_path) == files
    assert {f: f.read_bytes() for f in before} == before
    assert all(f.stat().st_mode & 0o777 == 0o600 for f in before)
    assert "d" not in files.jwks_file.read_text().replace('"kid"', "").split('"')


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError):
        mint_token(file, tenant="north", scopes=(), subject="x")


def test_a_short_secret_is_refused_and_none_is_a_fresh_one(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"short")
    with pytest.raises(ValueError):
        read_secret(file)
    assert read_secret(None) != read_secret(None)


def test_keys_of_different_purposes_differ() -> None:
    secret = b"s" * 32
    assert len({keys.derive_key(secret, *p) for p in (("a",), ("b",), ("a", "b"), ("ab",))}) == 4
