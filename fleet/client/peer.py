"""One endpoint as a channel knows it: its connection, its load, its record."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from fleet.client.choosing.speed import Speed
from fleet.client.engine import Connection
from fleet.client.leaving.breaker import Breaker
from fleet.client.leaving.ejection import Record
from fleet.client.leaving.standing import Standing
from fleet.client.overload.limit import Limit
from fleet.client.overload.line import Line
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
class Link:
    """One connection of a peer; a change of certificates gives it another."""

    connection: Connection
    in_flight: int = 0
    on_idle: Callable[["Link"], None] | None = None
    """Set when another has taken its place: called when its last call has ended."""
    methods: WeakKeyDictionary[Any, Any] = field(default_factory=WeakKeyDictionary)
    """The connection's own callables, by the `Method` that they serve, for as
    long as a stub holds it: some make a stub for every call."""


@dataclass(slots=True, eq=False)
class Peer:
    """An endpoint, the calls now in flight to it and what became of the others."""

    endpoint: Endpoint
    link: Link
    on_idle: Callable[["Peer"], None]
    """Called when the last call of a leaving peer has ended."""
    speed: Speed = field(default_factory=lambda: Speed(10.0))
    record: Record | None = None
    """What ejection knows of it; None: there is no ejection."""
    breaker: Breaker | None = None
    limit: Limit | None = None
    line: Line | None = None
    """Of calls that belong here by their key, and wait for a place."""
    state: State = State.CONNECTING
    standing: Standing = Standing.IN
    ready_since: float = 0.0
    """On the clock of `time.monotonic`, in seconds: slow start counts from here."""
    weight: float = 1.0
    leaving: bool = False
    """Discovery no longer lists it; calls in flight may end."""
    in_flight: int = 0
    """Calls with one request and one answer; they tell how busy it is."""
    streams: int = 0
    """The others, most of which wait most of the time."""
    trials: int = 0
    """Attempts that were begun on trial and have no verdict yet."""
    calls: int = 0
    failures: int = 0
    latency_s: float = 0.0
    """Moving average over the calls that ended well; streams are not counted."""
    last_error: str = ""

    @property
    def connection(self) -> Connection:
        """Where calls go now."""
        return self.link.connection

    @property
    def idle(self) -> bool:
        """Whether no call is in flight."""
        return not self.in_flight and not self.streams

    def begin(self, *, stream: bool) -> Link:
        """Count one call against this peer; `end` must follow, however it ends."""
        link = self.link
        self.calls += 1
        link.in_flight += 1
        if stream:
            self.streams += 1
        else:
            self.in_flight += 1
            if self.record is not None:
                self.record.in_flight += 1
        return link

    def end(self, link: Link, *, stream: bool) -> None:
        """Count the call as ended."""
        link.in_flight -= 1
        if stream:
            self.streams -= 1
        else:
            self.in_flight -= 1
            if self.record is not None:
                self.record.in_flight -= 1
        if link.on_idle is not None and not link.in_flight:
            link.on_idle(link)
        if self.leaving and self.idle:
            self.on_idle(self)

    def send_away(self) -> None:
        """Let every call that waits for this peer look elsewhere."""
        while self.line is not None and self.line.waiting:
            self.line.next()

    def took(self, elapsed_s: float) -> None:
        """Learn from a call that ended well."""
        average = self.latency_s or elapsed_s
        self.latency_s = average + LATENCY_WEIGHT * (elapsed_s - average)

    def failed(self, reason: str) -> None:
        """Keep what the last failed call said."""
        self.failures += 1
        self.last_error = reason
