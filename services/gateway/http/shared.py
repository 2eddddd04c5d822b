"""What all connections of one server have in common."""

import asyncio
import sys
from collections.abc import Callable

from uvicorn.server import ServerState

from services.gateway.http.metrics import Metrics
from services.gateway.policy.policy import Policy


class Shared(ServerState):
    """State of the server; uvicorn adds the connections, tasks and usual headers."""

    def __init__(self, policy: Callable[[], Policy], metrics: Metrics) -> None:
        super().__init__()
        self.policy = policy
        self.metrics = metrics
        self.room = sys.maxsize
        """Connections for which there are files."""
        self.draining = False
        """Every answer says `connection: close`, so that callers go elsewhere."""
        self.closing = False
        """Nobody new is accepted."""
        self.closed = False
        """The server has ended; a connection that was just being accepted is late."""
        self.empty = asyncio.Event()
        """Whether there is no connection."""
        self.empty.set()
