"""Counting calls in this process, with a bound on what is remembered."""

import time
from collections import OrderedDict
from collections.abc import Callable

from services.gateway.guard.rate import Pace
from services.gateway.policy.policy import Rate

_MOST_CLIENTS = 50_000
"""About 10 MB."""
_SWEPT = 2
"""Clients looked at per call: more than come, so those that are whole go."""


class MemoryLimiter:
    """A `Limiter` of one gateway.

    A client whose budget is whole again is forgotten, which changes nothing. Should
    more be remembered than *most*, the one that has been quiet for longest goes: it
    begins with a whole burst, and one that keeps calling is never the quietest.
    """

    __slots__ = ("_most", "_now", "_whole")

    def __init__(
        self, *, most: int = _MOST_CLIENTS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._now = now
        self._whole: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._whole)

    async def take(self, key: str, rate: Rate) -> float:
        """Count one call of *key*."""
        now_us = int(self._now() * 1e6)
        self._sweep(now_us)
        whole_us, wait_us = Pace.of(rate).step(self._whole.get(key, 0), now_us)
        self._whole[key] = whole_us
        self._whole.move_to_end(key)
        if len(self._whole) > self._most:
            self._whole.popitem(last=False)
        return wait_us / 1e6

    def _sweep(self, now_us: int) -> None:
        whole = self._whole
        for _ in range(_SWEPT):
            oldest = next(iter(whole), None)
            if oldest is None or whole[oldest] > now_us:
                return
            del whole[oldest]
