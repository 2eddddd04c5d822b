"""Subsetting: of a very large service, each client keeps a part only."""

import heapq
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b

from fleet.bounds import check
from fleet.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetConfig:
    """How many tasks of a service one client is connected to, and which.

    Each client ranks the tasks in an order of its own and keeps the first: rendezvous
    hashing (Thaler and Ravishankar), as in gRFC A68. Finagle's deterministic aperture
    spreads clients evenly, but each has to know how many others there are.
    """

    size: int = 20
    """Connections of one client. Enough that two random ones are hardly ever both slow,
    and that a third can fail; Google's SRE book uses 20 to 100 (chapter 20)."""
    client: str = field(default_factory=lambda: secrets.token_hex(8))
    """Who ranks. Random, so that the replicas of one service differ; a name that no
    other replica has and that is kept over restarts keeps the same tasks."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(self, (("size", 2, 10_000),))
        if not self.client:
            raise ValueError("SubsetConfig.client is empty, allowed is a unique name")

    def choose(self, endpoints: Collection[Endpoint]) -> frozenset[Endpoint]:
        """Return this client's part of *endpoints*, all of them if they are few.

        One that leaves, comes or is replaced costs at most one connection. Over all
        clients a task's connections are as random draws are: of 1,000 tasks with 20 to
        a client, the busiest has 4 times the mean of 2 at 100 clients, where one in
        seven has none; 1.75 times that of 20 at 1,000 clients, and 1.5 times that of 60
        at 3,000. So choose a size by which a task has tens of clients.
        """
        if len(endpoints) <= self.size:
            return frozenset(endpoints)
        return frozenset(heapq.nsmallest(self.size, endpoints, key=self._rank))

    def _rank(self, endpoint: Endpoint) -> bytes:
        return blake2b(f"{self.client} {endpoint}".encode(), digest_size=8).digest()
