"""How many calls an endpoint is given at a time: AIMD.

Not a gradient of latency (Netflix's concurrency-limits, Envoy's adaptive
concurrency): that needs a baseline, and an endpoint that serves both a lookup
and a report has none. Our servers say honestly when they have too much, which
is all that additive increase and multiplicative decrease need; and AIMD is what
makes clients that do not know of each other share fairly (Chiu and Jain,
"Analysis of the increase and decrease algorithms", 1989).
"""

from dataclasses import dataclass
from math import inf

from fleet.bounds import check

REST_S = 2.0
"""Seconds after a cut before it begins to be forgotten."""
FORGET = 1.25
"""By which a limit that is not needed grows each time: from 4 to 1,000 in 6 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitConfig:
    """Bounds of the limit, and how it moves."""

    most: int = 1000
    """Calls in flight at one endpoint, of one channel. The limit starts here, so
    that there is none until an endpoint says that it has too much."""
    least: int = 4
    """It never falls below this: an endpoint that is given one call at a time is
    idle for a round trip after each, and what is not asked cannot recover."""
    cut: float = 0.5
    """What is left of the calls in flight after a refusal: half, as in TCP (RFC 5681).
    With CUBIC's 0.7 an endpoint that refuses nothing, and only lets deadlines pass, is
    found out too late (goodput 0.57 instead of 0.71, docs/balancing.md)."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(self, (("most", 1, 1_000_000), ("least", 1, 1000), ("cut", 0.1, 0.99)))
        if self.least > self.most:
            raise ValueError(
                f"LimitConfig.least is {self.least}, allowed is 1 to {self.most} (most)"
            )


class Limit:
    """Of one peer: calls in flight that it may have from this client."""

    __slots__ = ("_cap", "_config", "_cut_at", "most")

    def __init__(self, config: LimitConfig) -> None:
        self._config = config
        self._cap = config.most
        self._cut_at = -inf
        self.most: float = config.most
        """A call is given while fewer than this are in flight."""

    def succeeded(self, in_flight: int) -> None:
        """Grow, if the limit was in use: *in_flight* counts the call that ended.

        By one for as many successes as the limit is high, about one round trip.
        A limit of which less than half is in use says nothing about the endpoint
        (RFC 7661 has the same half), and would grow until it is none.
        """
        most = self.most
        if most < self._cap and in_flight + in_flight >= most:
            self.most = min(self._cap, most + 1 / most)

    def rest(self, in_flight: int, now: float) -> None:
        """Forget the limit by and by while it is not needed, four times a second.

        One refusal in a quiet minute would else hold up a burst an hour later.
        """
        if self.most >= self._cap or in_flight + in_flight >= self.most:
            return
        if now - self._cut_at >= REST_S:
            self.most = min(self._cap, self.most * FORGET)

    def refused(self, in_flight: int, began: float, now: float) -> None:
        """Cut: the endpoint said that it has too much, or a call took far too long.

        One cut per round trip, as TCP does (RFC 5681, section 3.2): of a burst
        that was refused all but the first began before the cut, and say nothing
        about the limit that holds since.

        Args:
            in_flight: Calls at the endpoint, the refused one included.
            began: When the refused attempt was sent; on the clock of *now*.
            now: When the refusal came.
        """
        if began < self._cut_at:
            return
        config = self._config
        self.most = max(config.least, config.cut * min(self.most, in_flight))
        self._cut_at = now
