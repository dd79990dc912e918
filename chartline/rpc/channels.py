"""Channels to other services: one per target, kept for the life of the process, with the retry policy inside.

Only UNAVAILABLE is repeated and only on rpcs whose rule allows it; everything else is the caller's decision.
"""

import json
from typing import Any

import grpc.aio

from chartline.rpc.methods import RULES
from chartline.rpc.tls import channel_credentials
from chartline.settings import MESSAGE_BYTES, ServiceSettings

_RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.1s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def open_channel(target: str, settings: ServiceSettings) -> grpc.aio.Channel:
    """A channel that connects at its first call; close it with the service. `target` as host:port or dns:///name:port."""
    options = [
        ("grpc.service_config", service_config()),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]
    credentials = channel_credentials(settings)
    if credentials is None:
        return grpc.aio.insecure_channel(target, options)
    return grpc.aio.secure_channel(target, credentials, options)


def service_config() -> str:
    """gRPC's service config (JSON): spread over all addresses of a name, repeat what is safe to repeat."""
    names = [
        dict(zip(("service", "method"), path[1:].split("/"), strict=True)) for path, r in RULES.items() if r.retried
    ]
    config: dict[str, Any] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [{"name": names, "retryPolicy": _RETRY}],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
    }
    return json.dumps(config)
