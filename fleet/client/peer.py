"""One endpoint as a channel knows it: its connection, its load, its record."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from fleet.client.engine import Connection
from fleet.endpoint import Endpoint

LATENCY_WEIGHT = 0.1
"""Of the newest call in the moving average: about the last 10 calls count."""


class State(enum.Enum):
    """What is known of an endpoint."""

    CONNECTING = "connecting"
    READY = "ready"
    NOT_SERVING = "not serving"
    FAILING = "failing"

    @property
    def connected(self) -> bool:
        """Whether a call would reach the endpoint."""
        return self in (State.READY, State.NOT_SERVING)


@dataclass(slots=True, eq=False)
class Peer:
    """An endpoint, the calls now in flight to it and what became of the others."""

    endpoint: Endpoint
    connection: Connection
    on_idle: Callable[["Peer"], None]
    """Called when the last call of a leaving peer has ended."""
    state: State = State.CONNECTING
    leaving: bool = False
    """Discovery no longer lists it; calls in flight may end."""
    in_flight: int = 0
    calls: int = 0
    failures: int = 0
    latency_s: float = 0.0
    """Moving average over the calls that ended; streams are not counted."""
    last_error: str = ""
    methods: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    """The connection's own callables, by the `Method` that they serve, for as
    long as a stub holds it: some make a stub for every call."""

    def begin(self) -> None:
        """Count one call against this peer; `end` must follow, however it ends."""
        self.in_flight += 1
        self.calls += 1

    def end(self, elapsed_s: float | None) -> None:
        """Count the call as ended, with its duration if that says anything."""
        self.in_flight -= 1
        if elapsed_s is not None:
            average = self.latency_s or elapsed_s
            self.latency_s = average + LATENCY_WEIGHT * (elapsed_s - average)
        if self.leaving and not self.in_flight:
            self.on_idle(self)

    def failed(self, reason: str) -> None:
        """Keep what the last failed call said."""
        self.failures += 1
        self.last_error = reason
