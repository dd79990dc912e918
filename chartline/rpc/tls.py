"""Certificates: server and channel credentials from files, the server's read again when they change.

Plaintext where no certificate is set. With an authority both ends must show a certificate of it (mTLS).
"""

from pathlib import Path

import grpc

from chartline.settings import ServiceSettings
from chartline.telemetry import get_logger

log = get_logger(__name__)


def server_credentials(settings: ServiceSettings) -> grpc.ServerCredentials | None:
    """None for plaintext. Raises OSError when a file cannot be read."""
    certificate, key, authority = settings.tls_certificate_file, settings.tls_key_file, settings.tls_authority_file
    if certificate is None or key is None:
        return None
    files = [certificate, key, *([authority] if authority else [])]
    stamp = _stamp(files)

    def configuration() -> grpc.ServerCertificateConfiguration:
        pair = [(key.read_bytes(), certificate.read_bytes())]
        return grpc.ssl_server_certificate_configuration(pair, authority.read_bytes() if authority else None)

    def newer() -> grpc.ServerCertificateConfiguration | None:
        """Asked at each handshake; None keeps what is in force."""
        nonlocal stamp
        try:
            if (now := _stamp(files)) == stamp:
                return None
            fresh = configuration()
        except OSError:
            log.exception("certificate_unreadable")
            return None
        stamp = now
        return fresh

    return grpc.dynamic_ssl_server_credentials(configuration(), newer, authority is not None)  # type: ignore[arg-type]


def channel_credentials(settings: ServiceSettings) -> grpc.ChannelCredentials | None:
    """What this service shows and demands when it calls another; None for plaintext."""
    certificate, key, authority = settings.tls_certificate_file, settings.tls_key_file, settings.tls_authority_file
    if certificate is None or key is None:
        return None
    root = authority.read_bytes() if authority else None
    return grpc.ssl_channel_credentials(root, key.read_bytes(), certificate.read_bytes())


def _stamp(files: list[Path]) -> tuple[int, ...]:
    return tuple(file.stat().st_mtime_ns for file in files)
