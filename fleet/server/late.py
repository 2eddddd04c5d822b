"""Calls whose time is up, or too short, are not started."""

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.errors import TooLate
from fleet.server.method import Behaviour, Context, Reply, Request

ENOUGH = 20
"""Calls of a method that must have ended before its durations say anything."""
_SHARE = 0.1
"""Of the calls, those that end within `Quick.most_s`: as many are refused wrongly, at
most, where every caller has just too little time."""
_STEP = 0.05
_SPARED = 10
"""One of so many is started all the same, or a wrong guess would never be found out. It
counts for all of them, or the quick ones would be too few to be believed."""


@dataclass(slots=True)
class Quick:
    """The duration, in seconds, within which one call of ten has ended.

    Not the average: of a method that is either quick or slow that is always wrong. It
    is found by steps, up by a little and down by nine times as much, and so follows
    what changes. Source: Ma, Muthukrishnan and Sandler, "Frugal Streaming for
    Estimating Quantiles" (2013), with steps in proportion.
    """

    most_s: float = field(default=math.inf, init=False)
    _ended: int = field(default=0, init=False)
    _late: int = field(default=0, init=False)

    def observe(self, took_s: float, times: int = 1) -> None:
        """Take the duration of a call that has ended by itself, for so many."""
        for _ in range(times):
            self._step(took_s)

    def _step(self, took_s: float) -> None:
        self._ended += 1
        if self._ended <= ENOUGH:
            self.most_s = min(self.most_s, took_s)
        elif took_s < self.most_s:
            self.most_s *= 1 - _STEP * (1 - _SHARE)
        else:
            self.most_s *= 1 + _STEP * _SHARE

    def worth(self, left_s: float) -> int:
        """Return for how many calls one with *left_s* counts; 0: not worth a start."""
        if left_s <= 0:
            return 0
        if self._ended < ENOUGH or left_s >= self.most_s:
            return 1
        self._late += 1
        return 0 if self._late % _SPARED else _SPARED


@dataclass(slots=True)
class Late:
    """Refuses what cannot be answered in time; the caller gives up either way.

    Attributes:
        refused: How many calls were, since the start.
    """

    refused: int = field(default=0, init=False)

    def __call__(
        self,
        behaviour: Behaviour,
        *,
        timed: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> Behaviour:
        """Refuse late calls of *behaviour*.

        Args:
            behaviour: Of one method: each has durations of its own.
            timed: Its durations tell how long the next takes; those of a stream tell
                how long its caller stayed, so it is refused only when its time is up.
            now: The clock, in seconds.
        """
        quick = Quick()

        @functools.wraps(behaviour)
        async def checked(request: Request, context: Context) -> Reply:
            left_s = context.time_remaining()
            times = 1 if left_s is None else quick.worth(left_s)
            if left_s is not None and not times:
                self.refused += 1
                raise TooLate(left_s)
            if not timed:
                return await behaviour(request, context)
            started = now()
            try:
                reply = await behaviour(request, context)
            except Exception:  # an answer too; one that was cancelled has none
                quick.observe(now() - started, times)
                raise
            quick.observe(now() - started, times)
            return reply

        return checked
