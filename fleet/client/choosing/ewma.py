"""Peak-EWMA: the least loaded peer, where a slow one counts as loaded."""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from fleet.bounds import check
from fleet.client.choosing.speed import Speed


class Measured(Protocol):
    """What this policy sees of a peer."""

    in_flight: int
    speed: Speed


P = TypeVar("P", bound=Measured)


@dataclass(slots=True)
class PeakEwma:
    """The cheapest peer; see `cost`.

    Calls in flight tell of a slow task only once calls have piled up there; a client
    with few calls sees no pile. Finagle, Linkerd and tower therefore multiply them by a
    moving average of latency, as here. Theirs jumps to the peak, in milliseconds; with
    methods of 1 and of 100 ms, or a pause of one call in a hundred, equal tasks then
    starve in turn. Ours is relative, and slow to believe one call (`speed`).
    """

    tolerance: float = 2.0
    """Times as slow as typical that a peer may be without any effect, from 1 to 64.
    Below 2, chance makes one of equal tasks slow; at 64 it is `LeastLoadedOfTwo`."""
    scan: int = 32
    """Up to so many peers are all compared, which takes 0.1 us for each. Of more, two
    are drawn: nearly as good, and clients that see the same do not all choose the same
    one (M. Mitzenmacher, "The power of two choices in randomized load balancing"). In
    docs/balancing.md comparing all of ten takes a quarter off the 99th percentile."""
    rng: random.Random = field(default_factory=random.Random)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        check(self, (("tolerance", 1, 64), ("scan", 1, 1000)))

    def pick(self, peers: Sequence[P]) -> P:
        """Return the cheapest of *peers*, or of two of them where they are many."""
        count = len(peers)
        if count == 1:
            return peers[0]
        start = int(self.rng.random() * count)
        if count > self.scan:
            return self._of_two(peers, start)
        best, least, now = peers[start], math.inf, None
        for peer in (*peers[start:], *peers[:start]):
            cost: float = peer.in_flight + 1
            # Mostly all are fast enough, which costs neither a clock nor an exponent.
            if peer.speed.latest > self.tolerance:
                now = now or self.clock()
                cost = self.cost(peer, now)
            if cost == 1:
                return peer  # nobody is cheaper
            if cost < least:
                best, least = peer, cost
        return best

    def _of_two(self, peers: Sequence[P], first: int) -> P:
        second = int(self.rng.random() * (len(peers) - 1))
        one, other = peers[first], peers[second + (second >= first)]
        tolerance = self.tolerance
        if one.speed.latest <= tolerance and other.speed.latest <= tolerance:
            return one if one.in_flight <= other.in_flight else other
        now = self.clock()
        return one if self.cost(one, now) <= self.cost(other, now) else other

    def cost(self, peer: Measured, now: float) -> float:
        """Return the calls in flight, this one included, times how slow the peer is.

        A slow peer is forgiven with time only while it is idle: the call that tries it
        again is one, until it has ended.
        """
        load = peer.in_flight + 1
        slowness = peer.speed.latest
        if slowness > self.tolerance and not peer.in_flight:
            slowness = peer.speed.slowness(now)
        return load * slowness if slowness > self.tolerance else load
