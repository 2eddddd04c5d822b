"""A call and its attempts."""

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.simulator.peer import Peer

if TYPE_CHECKING:
    from benchmarks.simulator.client import Client


class Failure(enum.Enum):
    """How an attempt may fail."""

    UNSENT = "the connection is refused"
    BROKEN = "the connection breaks, or the task answers UNAVAILABLE"
    OVERLOADED = "the task has too many calls already"


@dataclass(slots=True, eq=False)
class Call:
    """One call, whatever attempts it takes."""

    began: float
    deadline: float
    method: int
    """Which of the scenario's methods."""
    work_s: float
    """Of a task at full speed. Drawn with the call, so that every policy gets the
    same calls."""
    safe: bool
    key: str | None = None
    """Of affinity."""
    in_line: bool = False
    """It waits for a place at a peer."""
    tried: tuple[Peer, ...] = ()
    attempts: list["Attempt"] = field(default_factory=list)
    """Those under way."""
    ended: bool = False


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt of a call on one peer."""

    call: Call
    peer: Peer
    client: "Client"
    began: float
    since: float
    """When the first attempt began, if this one is a hedge; else as `began`."""
    trial: bool
    """The peer's next trial waits for its end."""
    gone: bool = False
    """It ended, or nobody waits for it any more."""
    queued: bool = False
    """At the task, before a worker takes it."""
