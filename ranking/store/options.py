"""What a deployment decides about its store."""

from dataclasses import dataclass
from typing import Literal

Durability = Literal["async", "fsync", "replicated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """How safe a write is before it is answered, and how long anything may take."""

    durability: Durability = "async"
    """What an answered write has reached: the server's memory, its disk, or the
    memory of *replicas* other servers."""
    replicas: int = 1
    """How many have a write before it is answered, with `replicated`."""
    confirm_timeout_s: float = 3.0
    """For the disk or the replicas, over which the answer waits. WAITAOF takes 0.1 s
    on an idle disk, and two when a flush is under way."""
    connect_timeout_s: float = 1.0
    """For a connection with its handshake and checks; a near one takes 1 ms."""
    reply_timeout_s: float = 1.0
    """A connection on which nothing comes for longer (up to an eighth more), while
    requests wait, is given up. Our scripts take 0.1 ms."""
    most_in_flight: int = 10_000
    """Of one connection, about a second of its work; more are refused at once, which
    bounds memory and the time that anybody waits."""
    allow_volatile: bool = False
    """Take a store that may lose what it has been given: that keeps nothing over a
    restart, or removes keys when memory is short. For tests and trials, and for a
    managed service whose ways are known and cannot be changed."""
