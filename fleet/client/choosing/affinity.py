"""Consistent hashing: calls with the same key go to the same task."""

import math
import re
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import unpack
from typing import Generic, Protocol, TypeVar

from fleet.bounds import check
from fleet.endpoint import Endpoint

PROBES = 11
"""Places on the ring where one key looks for the nearest peer: multi-probe consistent
hashing (Appleton and O'Reilly 2015, after Karger et al. 1997). With 8 points to a peer,
the 64 bytes of one hash, a ring of 1,000 peers is made in 5 ms, and the peer with most
keys has 1.15 times the mean of 10 peers, 1.25 times that of 1,000."""
COUNTED = 16
"""Peers whose calls in flight are counted for each pick, on average."""


class Placed(Protocol):
    """What hashing sees of a peer."""

    endpoint: Endpoint
    in_flight: int


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityConfig:
    """By which metadata key calls stay together."""

    header: str
    """The metadata key whose value is hashed, such as `room`; a call without it goes
    where the policy says."""
    overload_factor: float | None = None
    """A task with so many times the mean of calls in flight passes a key on to the
    key's next task; None: it never does. 1.25 is the usual trade (Mirrokni, Thorup and
    Zadimoghaddam 2016). A popular room then leaves its task, so it is for caches, not
    for state."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(self, (("overload_factor", 1, 100),))
        if not re.fullmatch("[0-9a-z_.-]+", self.header):
            raise ValueError(
                f"AffinityConfig.header is {self.header!r}, "
                "allowed are a-z, 0-9, _, - and ., as in gRPC's metadata"
            )


class Ring(Generic[P]):
    """Where each key belongs among peers; made anew when they change.

    When one of n peers leaves, only its own keys move, and they spread over all others.
    """

    def __init__(self, peers: Sequence[P], config: AffinityConfig) -> None:
        # By endpoint: two that meet in one point are in the same order everywhere.
        ordered = sorted(peers, key=lambda peer: peer.endpoint)
        placed = [
            (point, rank)
            for rank, peer in enumerate(ordered)
            for point in _numbers(str(peer.endpoint).encode())
        ]
        placed.sort()
        self._points = [point for point, _ in placed]
        self._owners = [ordered[rank] for _, rank in placed]
        self._peers = ordered
        self._factor = config.overload_factor
        self._in_flight = 0
        self._recount = 0

    def pick(self, key: str | bytes, allowed: Callable[[P], bool]) -> P | None:
        """Return the first peer for *key* that is *allowed*, in the key's own order.

        The order is the one in which peers would follow each other if those before had
        left: a task that is refused now and gone later moves its keys once. Any key
        will do, and the empty one is a key as well. 6 us, or 0.9 ms when nobody of
        1,000 is allowed.
        """
        raw = key.encode(errors="surrogatepass") if isinstance(key, str) else key
        if self._factor is not None:
            most = self._most(self._factor)
            peer = self._nearest(raw, lambda p: p.in_flight < most and allowed(p))
            if peer is not None:
                return peer
        return self._nearest(raw, allowed)

    def _nearest(self, key: bytes, allowed: Callable[[P], bool]) -> P | None:
        """Return whose point is the nearest one after any of the key's probes."""
        points, owners, count = self._points, self._owners, len(self._points)
        probe, step = _numbers(key)[:2]
        best, nearest = None, math.inf
        for _ in range(PROBES):
            at = bisect(points, probe) - count
            for index in range(at, at + count):  # negative ones are there by wrapping
                distance = (points[index] - probe) % 1.0
                if distance >= nearest:
                    break
                if allowed(owners[index]):
                    best, nearest = owners[index], distance
                    break
            else:
                return None  # once round, and nobody is allowed
            probe = (probe + step) % 1.0
        return best

    def _most(self, factor: float) -> int:
        """Return how many calls may be in flight on a peer before this one.

        To sum up 1,000 peers for each call costs more than the call's own choice, so
        between two sums every call counts as still in flight.
        """
        if self._recount <= 0:
            self._in_flight = sum(peer.in_flight for peer in self._peers)
            self._recount = len(self._peers) // COUNTED
        self._recount -= 1
        self._in_flight += 1
        return math.ceil(factor * self._in_flight / max(1, len(self._peers)))


def _numbers(key: bytes) -> list[float]:
    """Return 8 numbers from 0 to 1 that depend on *key* only, on every machine."""
    return [number * 2.0**-64 for number in unpack("<8Q", blake2b(key).digest())]
