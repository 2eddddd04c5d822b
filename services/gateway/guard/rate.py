"""How often one client may call: the generic cell rate algorithm (GCRA).

Of a client one moment is kept: when its budget would be whole again if it stopped
now. A call moves that moment on by the interval between two calls, and is refused
where it lies further ahead than a burst may take. ITU-T I.371 calls this moment the
theoretical arrival time.
"""

import math
from dataclasses import dataclass
from typing import Protocol, Self

from services.gateway.policy.policy import Rate

_MINUTE_US = 60_000_000


class Limiter(Protocol):
    """Counts calls."""

    async def take(self, key: str, rate: Rate) -> float:
        """Count one call of *key*, which has a budget of its own.

        Returns:
            0.0: it may go on. Else it is not counted, and may in so many seconds.
        """


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate in whole microseconds, so that every counter computes the same."""

    interval_us: int
    """Between two calls of a client that never stops."""
    ahead_us: int
    """How far the moment may lie ahead before a call."""

    @classmethod
    def of(cls, rate: Rate) -> Self:
        """Return *rate* as a pace; rounded so that it never allows more."""
        interval = math.ceil(_MINUTE_US / rate.per_minute)
        return cls(interval, interval * (rate.burst - 1))

    def step(self, whole_us: int, now_us: int) -> tuple[int, int]:
        """Return the moment after a call at *now_us*, and how long to wait instead.

        Args:
            whole_us: The moment before; 0 for a client that is new.
            now_us: By the same clock.
        """
        # Further ahead than a call can put it: the clock was set back, or the rate
        # was changed. Nobody waits longer than for one call after a whole burst.
        ahead = min(max(whole_us - now_us, 0), self.ahead_us + self.interval_us)
        if ahead > self.ahead_us:
            return now_us + ahead, ahead - self.ahead_us
        return now_us + ahead + self.interval_us, 0
