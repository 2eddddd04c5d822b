"""A client's whole behaviour: a policy, and what stands around it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.simulator.rivals import GoZero, LeastOfAll, Random, TowerPeakEwma
from fleet.client.choosing.affinity import AffinityConfig
from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.policy import LeastLoadedOfTwo, Policy, RoundRobin
from fleet.client.choosing.slowstart import SlowStartConfig
from fleet.client.choosing.subset import SubsetConfig
from fleet.client.config import ChannelConfig
from fleet.client.leaving.ejection import EjectionConfig
from fleet.client.overload.hedge import HedgeConfig
from fleet.client.overload.limit import LimitConfig

Clock = Callable[[], float]
DEFAULT = ChannelConfig()
"""What a channel does when nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One row of a table; None switches a behaviour off."""

    name: str
    policy: Callable[[random.Random, Clock], Policy]
    decay_s: float = DEFAULT.latency_decay_s
    """Of the product's latency average."""
    learns: bool = False
    """The product's own: latency is measured as the channel does."""
    ejection: EjectionConfig | None = None
    limit: LimitConfig | None = None
    slow_start: SlowStartConfig | None = None
    zoned: bool = False
    """Calls stay in the client's zone while they can."""
    subset: SubsetConfig | None = None
    """Its `client` is set for each client."""
    affinity: AffinityConfig | None = None
    """Calls with the same key go to the same task, where a scenario has keys."""
    hedge: HedgeConfig | None = None


def _ewma(rng: random.Random, clock: Clock) -> Policy:
    return PeakEwma(rng=rng, clock=clock)


RIVALS = (
    Strategy(name="random", policy=lambda rng, _: Random(rng)),
    Strategy(name="round robin", policy=lambda rng, _: RoundRobin(rng)),
    Strategy(name="least of all", policy=lambda rng, _: LeastOfAll(rng)),
    Strategy(name="least of two", policy=lambda rng, _: LeastLoadedOfTwo(rng)),
    Strategy(name="tower", policy=TowerPeakEwma),
    Strategy(name="go-zero", policy=GoZero),
)
"""What others do, each as it comes: no ejection, no limit, no slow start."""

BARE = Strategy(name="fleet, policy only", policy=_ewma, learns=True)
FLEET = Strategy(
    name="fleet",
    policy=_ewma,
    learns=True,
    ejection=DEFAULT.ejection,
    limit=DEFAULT.limit,
    slow_start=DEFAULT.slow_start,
)
"""What a channel does by default."""
ZONED = replace(FLEET, name="fleet + zone", zoned=True)
ROOMS = AffinityConfig(header="room")
KEYED = replace(FLEET, name="fleet + affinity", affinity=ROOMS)
BOUNDED = replace(
    FLEET, name="fleet + bounded", affinity=replace(ROOMS, overload_factor=1.25)
)
SUBSET = replace(FLEET, name="fleet + subset", subset=SubsetConfig(size=5))
HEDGED = replace(FLEET, name="fleet + hedge", hedge=HedgeConfig())

EVERYWHERE = (*RIVALS, BARE, FLEET)
"""In every table."""
STRATEGIES = {
    one.name: one for one in (*EVERYWHERE, ZONED, HEDGED, KEYED, BOUNDED, SUBSET)
}
