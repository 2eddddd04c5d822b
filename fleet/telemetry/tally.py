"""Calls counted in plain numbers, read when somebody asks.

The libraries' own instruments take a lock and look labels up for each number: some
microseconds a call. One event loop needs neither. Counting and reading both belong
into its thread.
"""

from weakref import WeakSet

from fleet.telemetry.endpoints import Explains
from fleet.telemetry.times import ByStatus

OTHER = "other"
"""The method of calls for what is not registered: names that a stranger makes up must
not become labels. Source: gRFC A66, `grpc.method`."""
MOST_SERIES = 1000
"""Pairs of target and method, and methods served, that are told apart."""


class ClientSeries:
    """The calls to one method of one target.

    Attributes:
        started: Attempts, those that have not ended included.
        calls: As the caller saw them, retries and waiting included.
        attempts: Each on one endpoint.
    """

    __slots__ = ("attempts", "calls", "method", "started", "target")

    def __init__(self, target: str, method: str) -> None:
        self.target = target
        self.method = method
        self.started = 0
        self.calls = ByStatus()
        self.attempts = ByStatus()


class ServerSeries:
    """The calls of one method that is served.

    Attributes:
        started: Those that have not ended included.
        in_flight: Those that have not ended.
    """

    __slots__ = ("calls", "in_flight", "method", "started")

    def __init__(self, method: str) -> None:
        self.method = method
        self.started = self.in_flight = 0
        self.calls = ByStatus()


class Tally:
    """Every call of a process, as client and as server.

    Args:
        most: See `MOST_SERIES`; what comes later is counted as `OTHER`.

    Attributes:
        channels: Whose endpoints are told of, for as long as somebody holds them.
        known: What was called, by target and path; `client` adds to it.
    """

    def __init__(self, *, most: int = MOST_SERIES) -> None:
        self.channels = WeakSet[Explains]()
        self._most = most
        self.known: dict[tuple[str, str], ClientSeries] = {}
        self._servers: dict[str, ServerSeries] = {}

    @property
    def clients(self) -> list[ClientSeries]:
        """What was called."""
        return list(self.known.values())

    @property
    def servers(self) -> list[ServerSeries]:
        """What is served."""
        return list(self._servers.values())

    def client(self, target: str, path: str) -> ClientSeries:
        """Return where calls of *path*, such as `/rpc.Rpc/GetChampion`, are counted."""
        series = self.known.get((target, path))
        return self._new_client(target, path) if series is None else series

    def server(self, path: str) -> ServerSeries:
        """Return where calls of *path* are counted; `OTHER` for what is not served."""
        if path not in self._servers and len(self._servers) >= self._most:
            path = OTHER
        return self._servers.setdefault(path, ServerSeries(path.removeprefix("/")))

    def _new_client(self, target: str, path: str) -> ClientSeries:
        if len(self.known) >= self._most:
            target = path = OTHER
        made = ClientSeries(target, path.removeprefix("/"))
        return self.known.setdefault((target, path), made)
