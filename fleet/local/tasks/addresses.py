"""Which address and port a new task gets."""

import errno
import ipaddress
import itertools
import socket
from collections.abc import Callable, Container, Iterator

from fleet.endpoint import Endpoint
from fleet.errors import NotBindable, PortTaken
from fleet.local.holder import holder

MOST = 250
"""Candidates tried for one task."""


def bind_error(endpoint: Endpoint, kind: int = socket.SOCK_STREAM) -> OSError | None:
    """Try to listen on *endpoint*; return what the system has against it.

    Without SO_REUSEPORT on purpose: with it, another gRPC server on the same
    port would go unnoticed and take half of the calls.
    """
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((endpoint.host, endpoint.port))
        except OSError as error:
            return error
    return None


def require_free(
    endpoint: Endpoint, advice: str, kind: int = socket.SOCK_STREAM
) -> None:
    """Make sure that *endpoint* can be listened on.

    Raises:
        PortTaken: Naming the process that listens there.
        NotBindable: For any other reason.
    """
    error = bind_error(endpoint, kind)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise PortTaken(str(endpoint), holder(endpoint), advice)
    raise NotBindable(str(endpoint), error.strerror or str(error), advice)


def has_many_addresses(first_host: str) -> bool:
    """Whether the address after *first_host* is this machine's too.

    Linux answers on all of 127/8; macOS only on 127.0.0.1.
    """
    second = str(ipaddress.IPv4Address(first_host) + 1)
    return bind_error(Endpoint(second, 0)) is None


def candidates(first_host: str, port: int, *, one_address: bool) -> Iterator[Endpoint]:
    """Yield where a task of a service may listen, best first."""
    first = ipaddress.IPv4Address(first_host)
    for n in range(MOST):
        if one_address and port + n <= 65535:  # noqa: PLR2004 - the last port
            yield Endpoint(first_host, port + n)
        elif not one_address:
            yield Endpoint(str(first + n), port)


def lowest_free(
    places: Iterator[Endpoint],
    in_use: Container[Endpoint],
    beside: Callable[[Endpoint], Endpoint | None],
) -> Endpoint | None:
    """Return the first place that no task has and the system lets us bind.

    Args:
        places: Candidates, best first.
        in_use: Of living tasks.
        beside: From a place to what else a task there listens on.
    """
    free = (place for place in places if place not in in_use)
    for place in itertools.islice(free, MOST):
        other = beside(place)
        if not bind_error(place) and not (other and bind_error(other)):
            return place
    return None
