"""The attributes of spans and metrics, as OpenTelemetry's RPC conventions name them.

As of version 1.37, the last before the attributes were renamed; backends know it.
Source: https://github.com/open-telemetry/semantic-conventions/tree/v1.37.0/docs/rpc
"""

import functools
from collections.abc import Mapping
from urllib.parse import unquote

SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
STATUS = "rpc.grpc.status_code"

Attributes = Mapping[str, str | int]

_MOST = 1024
"""That are kept; more would be names that somebody makes up."""


@functools.lru_cache(_MOST)
def method_of(path: str) -> Attributes:
    """Return what tells the method of *path*, such as `/rpc.Rpc/GetChampion`."""
    service, _, method = path.removeprefix("/").rpartition("/")
    served = {"rpc.service": service} if service else {}
    return {"rpc.system": "grpc", **served, "rpc.method": method}


@functools.lru_cache(_MOST)
def server_of(target: str) -> Attributes:
    """Return what tells the service that *target* of a channel names.

    A list of addresses has no port of its own.
    """
    name = target.rpartition("/")[2]
    return {} if not name else _place("server", name)


@functools.lru_cache(_MOST)
def peer_of(text: str) -> Attributes:
    """Return what tells the other side of a connection.

    Args:
        text: `10.0.0.1:5000`, or as gRPC writes it, `ipv4:10.0.0.1:5000` and
            `ipv6:%5B::1%5D:5000`.
    """
    family, _, rest = text.partition(":")
    plain = unquote(rest) if family in {"ipv4", "ipv6"} else text
    return _place("network.peer", plain)


def _place(prefix: str, text: str) -> Attributes:
    host, _, port = text.rpartition(":")
    if "," in text or not host or not port.isdecimal():
        return {f"{prefix}.address": text}
    return {f"{prefix}.address": host.strip("[]"), f"{prefix}.port": int(port)}
