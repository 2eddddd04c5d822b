"""Who listens on a port; psutil is wrapped here."""

import psutil

from fleet.endpoint import Endpoint

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not bound

_MAPPED = "::ffff:"
"""How gRPC's sockets, which speak both families, show an IPv4 address."""


def holder(endpoint: Endpoint) -> str:
    """Say which process listens on *endpoint*, as "pid 12 (python)".

    The system hides other users' processes from us; the answer is honest then.
    """
    for pid in _listeners(endpoint):
        try:
            return f"pid {pid} ({psutil.Process(pid).name()})"
        except psutil.Error:
            return f"pid {pid}"
    return "a process of another user"


def _listeners(endpoint: Endpoint) -> list[int]:
    try:
        connections = psutil.net_connections("inet")
    except psutil.Error:
        return []
    return [
        c.pid
        for c in connections
        if c.pid is not None
        and c.laddr
        and c.laddr.port == endpoint.port
        and c.laddr.ip.removeprefix(_MAPPED) in (endpoint.host, *_EVERYWHERE)
        and c.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    ]
