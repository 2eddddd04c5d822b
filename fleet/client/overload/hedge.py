"""Hedging: a safe call that takes unusually long is made once more, elsewhere.

"The Tail at Scale" (Dean and Barroso, CACM 2013): a second request after the
95th percentile adds 5 % of load and takes away most of the tail.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import ceil, exp, log
from operator import add

from fleet.bounds import check

_STEP = log(1.2)
"""Each bucket reaches 1.2 times as far as the one before, so its middle is at
most a factor of sqrt(1.2), 9.6 %, from what is in it."""
_FLOOR_S = 1e-5
_TOP_S = 1e3
_SCALE = 1 / _STEP
_SHIFT = 1 - log(_FLOOR_S) / _STEP
"""Bucket 0 holds what took less than the floor."""
_BUCKETS = int(log(_TOP_S) * _SCALE + _SHIFT) + 1
_LOOKS = 10
"""Times in a window that the percentile is worked out anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeConfig:
    """After how long a second attempt is made."""

    percentile: float = 0.95
    """Of the recent calls of the method: 0.95 makes 5 % of them twice."""
    least_s: float = 0.005
    """Never sooner: within so little the network alone may be late, and the
    second attempt would come no sooner than the first answer."""
    minimum_calls: int = 100
    """In the window; with fewer there is no hedging: a 95th percentile of 20
    calls is the slowest but one."""
    window_s: float = 10.0
    """How far back to look, at most; at least half of it. As the retry budget,
    which pays for hedges."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        bounds = (
            ("percentile", 0.5, 0.9999),
            ("least_s", 0, 60),
            ("minimum_calls", 1, 1_000_000),
            ("window_s", 1, 3600),
        )
        check(self, bounds)


class Percentile:
    """A measured percentile of what calls of one method take, over recent seconds.

    Two histograms take turns: one fills for half a window, the other has the
    half before.
    """

    __slots__ = ("_delay_s", "_filling", "_full", "_look_at", "_turn_at", "config")

    def __init__(self, config: HedgeConfig, now: float) -> None:
        self.config = config
        self._filling = [0] * _BUCKETS
        self._full = [0] * _BUCKETS
        self._turn_at = now + config.window_s / 2
        self._look_at = now + config.window_s / _LOOKS
        self._delay_s: float | None = None

    def observe(self, took_s: float, now: float) -> None:
        """Take the duration of a call that ended well, in seconds.

        Of the whole call, its hedge included. Durations of attempts alone would
        lack the slow ones that lost against their hedge; the percentile would
        fall, hedge more, and fall again.
        """
        if now >= self._look_at:
            self._look(now)
        if _FLOOR_S < took_s < _TOP_S:
            self._filling[int(log(took_s) * _SCALE + _SHIFT)] += 1
        else:
            self._filling[0 if took_s < _TOP_S else -1] += 1

    def delay_s(self) -> float | None:
        """Return after how long to hedge; None: too few calls are known."""
        return self._delay_s

    def _look(self, now: float) -> None:
        half_s = self.config.window_s / 2
        if now >= self._turn_at:
            idle = now >= self._turn_at + half_s  # both halves are too old
            self._full = [0] * _BUCKETS if idle else self._filling
            self._filling = [0] * _BUCKETS
            self._turn_at = now + half_s
        self._look_at = now + self.config.window_s / _LOOKS
        self._delay_s = self._measured()

    def _measured(self) -> float | None:
        """Walk up to the bucket where the percentile is."""
        ranks = list(accumulate(map(add, self._full, self._filling)))
        if ranks[-1] < self.config.minimum_calls:
            return None
        wanted = ceil(self.config.percentile * ranks[-1])
        found = next(at for at, rank in enumerate(ranks) if rank >= wanted)
        return max(self.config.least_s, exp((found + 0.5 - _SHIFT) * _STEP))
