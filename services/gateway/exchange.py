"""One HTTP request and its response, whatever server is in front of us."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fleet.errors import Status
from services.gateway.failure import Header


@dataclass(slots=True, eq=False)
class Request:
    """What a door reads of a request."""

    verb: str
    """Such as GET; in capitals."""
    path: str
    """As it was sent: still percent-encoded, ASCII, begins with a slash."""
    query: str
    """As it was sent, without the question mark."""
    headers: Mapping[str, str]
    """By lower-case name; the values of a repeated one are joined with ", "."""
    client: str
    """The caller's address, behind the proxies that we trust."""
    request_id: str
    body: Callable[[], Awaitable[bytes]]
    """Reads the whole body, decompressed; raises `Failure` where it is too large,
    too slow, or broken. May be called once."""
    principal: str = ""
    """Who the caller is, once that has been found out; empty: nobody in particular."""
    admitted: str = ""
    """The method that the caller has been let in for; see `Gate.admit`."""
    method: str = ""
    """Such as rpc.Rpc/GetChampion, once that is known: for the log and the figures."""


Chunks = AsyncGenerator[bytes, None]


@dataclass(slots=True, eq=False)
class Response:
    """What a door answers."""

    status: int
    body: bytes | Chunks = b""
    """Chunks are sent as they come; the generator is closed when the caller leaves.
    It never raises: a stream tells its failure in its own last words."""
    headers: list[Header] = field(default_factory=list)
    """Lower-case names. Without content-length, which is added for bytes."""
    outcome: Status = Status.OK
    """For the log and the figures; a stream may change it until its end."""
