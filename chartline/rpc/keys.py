"""Keys on disk: what tokens are signed and verified with, and the secret that everything else is derived from.

Signing is ES384 (RFC 7518, P-384); a key's id is its RFC 7638 thumbprint, so the same key has the same id everywhere.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from chartline.errors import Unavailable
from chartline.telemetry import get_logger

ALGORITHM = "ES384"
SECRET_BYTES = 32
#: Keys are used this long after their file became unreadable; then nobody is believed any more.
STALE_KEYS_SECONDS = 900

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """`jwks_file` holds the public halves of the two private keys."""

    jwks_file: Path
    issuer_key_file: Path
    service_key_file: Path
    secret_file: Path


def create_keys(folder: Path) -> KeyFiles:
    """Keys for one machine's cluster: an issuer's for callers' tokens, the services' own, a secret.

    Keys that exist already are kept, so tokens and page tokens outlive a restart.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = KeyFiles(*(folder / name for name in ("jwks.json", "issuer.pem", "service.pem", "secret")))
    for key_file in (files.issuer_key_file, files.service_key_file):
        if not key_file.exists():
            _write_private(key_file, _new_key())
    if not files.secret_file.exists():
        _write_private(files.secret_file, os.urandom(SECRET_BYTES))
    keys = [load_private_key(f).public_key() for f in (files.issuer_key_file, files.service_key_file)]
    jwks = json.dumps({"keys": [public_jwk(key) for key in keys]}, indent=2)
    if not files.jwks_file.exists() or files.jwks_file.read_text() != jwks:  # who reads it must not see it half written
        files.jwks_file.write_text(jwks)
    return files


def load_private_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Raises ValueError when the file is no P-384 key in PEM."""
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP384R1):
        raise ValueError(f"{file.name} holds no P-384 key")
    return key


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**{name: str(jwk[name]) for name in ("kty", "crv", "x", "y")}, "alg": ALGORITHM, "kid": thumbprint(key)}


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638: SHA-256 over the required members in lexical order."""
    jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def read_secret(file: Path | None) -> bytes:
    """The shared secret, or a fresh one that ends with this process where no file is given.

    Raises ValueError for a secret that is too short to be one.
    """
    if file is None:
        return os.urandom(SECRET_BYTES)
    secret = file.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"{file.name} holds fewer than {SECRET_BYTES} bytes")
    return secret


def derive_key(secret: bytes, *purpose: str) -> bytes:
    """A key for one purpose; keys of different purposes tell nothing about each other."""
    return hmac.digest(secret, "\0".join(purpose).encode(), "sha256")


class KeySet:
    """The public keys by id; looked at once a second and read again when the file has changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked_at = self._readable_at = time.monotonic()
        self._stamp = self._stamp_now()
        self.keys = self._read()

    def refresh(self) -> bool:
        """True when the keys have changed. Raises Unavailable when they have been unreadable for too long."""
        now = time.monotonic()
        if now - self._looked_at < 1.0:
            return False
        self._looked_at = now
        try:
            stamp = self._stamp_now()
            changed = stamp != self._stamp
            if changed:
                self.keys, self._stamp = self._read(), stamp
                log.info("keys_changed", count=len(self.keys))
        except (OSError, ValueError, jwt.PyJWTError):
            return self._stay_with_old_keys(now)
        self._readable_at = now
        return changed

    def _stay_with_old_keys(self, now: float) -> bool:
        log.exception("keys_unreadable")
        if now - self._readable_at <= STALE_KEYS_SECONDS:
            return False
        self._looked_at = 0.0  # look again at the next call
        raise Unavailable("tokens cannot be verified now")

    def _stamp_now(self) -> tuple[int, int]:
        stat = self._file.stat()
        return stat.st_mtime_ns, stat.st_ino

    def _read(self) -> dict[str, jwt.PyJWK]:
        entries = json.loads(self._file.read_bytes())["keys"]
        keys = {entry["kid"]: jwt.PyJWK(entry, algorithm=ALGORITHM) for entry in entries if entry.get("crv") == "P-384"}
        if not keys:
            raise ValueError("the key set holds no P-384 key")
        return keys


def _new_key() -> bytes:
    key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
