"""Same zone first, and the others when it has too little capacity.

Another zone is some tenths of a millisecond away, and on AWS each byte there and back
is paid. Two things show that the own zone is too small: tasks that are listed and not
ready, and calls that wait. The first is counted (`share`). The second needs both signs
of it (`leaves`), as each alone is wrong:

- Calls in flight: a client with many has 20 on each task of its zone in the best of
  times, and none on the others. By this alone it would send a quarter of them away.
- Latency: with few calls in flight from each of many clients, only latency tells. But
  when all calls stay, what is typical soon is what the full zone takes.

So a zone that looks loaded is compared by a few calls to another one, and left only
if those turn out to be quicker.
"""

from dataclasses import dataclass

from fleet.bounds import check
from fleet.client.choosing.ewma import Measured

UNKNOWN_S = 2.0
"""Seconds without a call after which a peer's speed has to be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneConfig:
    """Where this client runs, and when its calls may leave the zone."""

    name: str
    """As discovery tells it of endpoints, such as `eu-west-1a`."""
    headroom: float = 1.4
    """Times its usual calls that a task can take: Envoy's overprovisioning factor.
    Calls leave in proportion once fewer than 1 / 1.4 = 71 % of the zone are ready."""
    penalty: float = 4.0
    """Times as many calls in flight, or as slow, as one elsewhere a peer of the zone
    may be before a call leaves. A call of 1 ms is slower by half from another zone, and
    a queue of 3 is nothing to flee."""
    advantage: float = 1.5
    """Times quicker that the peer elsewhere must have been found."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        if not self.name:
            raise ValueError("ZoneConfig.name is empty, allowed is a zone: eu-west-1a")
        check(
            self,
            (("headroom", 1, 10), ("penalty", 1, 1000), ("advantage", 1, 10)),
        )

    def share(self, ready: int, listed: int) -> float:
        """Return the share of calls that stays, by how many of the zone are *ready*."""
        return min(1.0, self.headroom * ready / listed) if listed else 0.0

    def spills(self, local_cost: float, remote_cost: float) -> bool:
        """Return whether a peer of the zone is too dear, by the calls in flight."""
        return local_cost > self.penalty * remote_cost

    def leaves(self, home: Measured, away: Measured, now: float) -> bool:
        """Return whether a call goes to *away* instead of *home*, its zone's best.

        It does if it `spills`, and *away* is quicker or was not called for a while.
        """
        here, there = home.speed.slowness(now), away.speed.slowness(now)
        costs = (home.in_flight + 1) * here, (away.in_flight + 1) * there
        return self.spills(*costs) and (
            here > self.advantage * there or away.speed.idle_s(now) > UNKNOWN_S
        )
