"""The gRPC engine beneath a channel: the only file of the client that knows it.

A faster engine replaces `open_connection` and keeps the rest, which is what
generated stubs and their callers see.
"""

import functools
from collections.abc import Iterator, Sequence

from grpc import (
    CallCredentials,
    ChannelConnectivity,
    ChannelCredentials,
    Compression,
    StatusCode,
    aio,
    ssl_channel_credentials,
)
from grpc_health.v1 import health_pb2

from fleet.client.config import ConnectionConfig
from fleet.endpoint import Endpoint
from fleet.errors import NoEndpoints
from fleet.tls.files import Material, Secrets

__all__ = [
    "CallCredentials",
    "CallFailed",
    "ChannelConnectivity",
    "Compression",
    "Connection",
    "Pairs",
    "RpcFailed",
    "Secrets",
    "StatusCode",
    "aio",
    "open_connection",
    "watch_health",
]

Connection = aio.Channel
RpcFailed = aio.AioRpcError


class Pairs:
    """Metadata that gRPC takes as they are.

    Of a tuple or a list it makes a mapping first, and of that a tuple again: for a
    single pair it takes longer than all of our balancing.
    """

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Sequence[tuple[str, str | bytes]]) -> None:
        self._pairs = pairs

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[tuple[str, str | bytes]]:
        return iter(self._pairs)


_CODES = {code.value[0]: code for code in StatusCode}


class CallFailed(NoEndpoints, aio.AioRpcError):
    """`NoEndpoints` as callers of stubs expect it: an RPC error with a code."""

    def __init__(self, error: NoEndpoints) -> None:
        NoEndpoints.__init__(self, error.target, error.reason, error.status)
        aio.AioRpcError.__init__(
            self,
            _CODES[error.status],
            aio.Metadata(),
            aio.Metadata(),
            details=NoEndpoints.__str__(self),
        )

    __str__ = NoEndpoints.__str__
    __repr__ = NoEndpoints.__repr__

    def __reduce__(self) -> tuple[type["CallFailed"], tuple[NoEndpoints]]:
        """Pickle by the facts."""
        return type(self), (NoEndpoints(self.target, self.reason, self.status),)


def open_connection(
    endpoint: Endpoint, config: ConnectionConfig, secrets: Secrets | None = None
) -> Connection:
    """Return a connection to *endpoint*, which connects when it is first used.

    Args:
        endpoint: One address.
        config: How the connection behaves.
        secrets: For TLS; they hold for as long as the connection, which reconnects
            with them, too. None: nothing is encrypted.
    """
    family = "ipv6" if ":" in endpoint.host else "ipv4"
    target, options = f"{family}:{endpoint}", _options(config)
    if secrets is None:
        return aio.insecure_channel(target, options=options)
    name = secrets.name or endpoint.host
    # Also what the certificate must say, and what is said in the handshake (SNI).
    authority = f"[{name}]" if ":" in name else name
    options.append(("grpc.default_authority", authority))
    return aio.secure_channel(target, _credentials(secrets.material), options=options)


@functools.lru_cache(maxsize=4)
def _credentials(material: Material) -> ChannelCredentials:
    """Return one object for all connections: each would parse every authority anew."""
    return ssl_channel_credentials(material.ca, material.key, material.cert)


def _options(config: ConnectionConfig) -> list[tuple[str, int | str]]:
    """Name the channel arguments of C-core for *config*."""
    options: list[tuple[str, int | str]] = [
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # Not only the shortest pause: also how long one attempt may take.
        ("grpc.min_reconnect_backoff_ms", _ms(config.connect_timeout_s)),
        ("grpc.max_reconnect_backoff_ms", _ms(config.max_reconnect_backoff_s)),
        # The policy spreads over endpoints, so each has one address, and no
        # service config can come from DNS.
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.client_idle_timeout_ms", 2**31 - 1),
        ("grpc.enable_http_proxy", 0),
    ]
    if config.lean:
        options.append(("grpc.minimal_stack", 1))
    if config.keepalive_s:
        options += [
            ("grpc.keepalive_time_ms", _ms(config.keepalive_s)),
            # grpc.keepalive_timeout_ms has no effect in C-core 1.85: its timer
            # is never armed (grpc/grpc#39239). This one ends the connection.
            ("grpc.http2.ping_timeout_ms", _ms(config.keepalive_timeout_s)),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ]
    return options


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def watch_health(
    connection: Connection, service: str, *, wait_for_ready: bool
) -> "aio.UnaryStreamCall[health_pb2.HealthCheckRequest, bool]":
    """Open the health stream of *connection*: true while the task takes calls.

    See https://github.com/grpc/grpc/blob/master/doc/health-checking.md.
    """
    method: aio.UnaryStreamMultiCallable[health_pb2.HealthCheckRequest, bool]
    method = connection.unary_stream(
        "/grpc.health.v1.Health/Watch",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=_is_serving,
    )
    request = health_pb2.HealthCheckRequest(service=service)
    return method(request, wait_for_ready=wait_for_ready)


def _is_serving(message: bytes) -> bool:
    status = health_pb2.HealthCheckResponse.FromString(message).status
    return bool(status == health_pb2.HealthCheckResponse.SERVING)
