"""Refusing calls while calls wait too long: CoDel's rule.

Nichols and Jacobson, "Controlling Queue Delay" (ACM Queue 10(5), 2012), RFC 8289: a
queue that a burst has filled drains by itself, one that stands makes everybody late and
does nothing else. Its length tells nothing; the *smallest* wait of an interval does.
"""

import asyncio
import contextlib
import functools
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from fleet.errors import Overloaded
from fleet.server.arrivals import Arrivals, Traffic
from fleet.server.method import Behaviour, Context, Reply, Request

INTERVAL_S = 0.5
"""How long the wait must be above its target. RFC 8289 takes the longest round trip of
senders that slow down; callers do not, so here it is what a burst of calls may take."""
TICK_S = 0.05
"""Between two looks while calls come: ten an interval. One costs 0.13 ms."""
IDLE_S = 0.25
"""Between two looks while none do, which cost 0.1 % of a processor."""
_SHORTER = 0.9
PAUSE_S = 4 * INTERVAL_S
"""For which nothing is refused where refusing has not helped. Of a second and less slow
methods have nothing, and quick ones do a tenth less, or worse."""

Sleep = Callable[[float], Awaitable[None]]


class Lag:
    """Refuses calls that have waited too long, while the queue stands.

    Two things differ from a router that drops. It is the wait of each call itself that
    decides: were all refused until the next look, the loop would run dry, then
    everything in, and so on. And refusing costs a good part of a millisecond: methods
    that take no longer are not helped by it, and when a whole interval of nothing but
    refusals has not made the wait shorter, there is a pause.

    Args:
        most_s: Seconds that a call may wait; 0: none is ever refused.
        now: The clock, in seconds.

    Attributes:
        arrivals: When the calls came.
        refused: How many calls were, since the start.
        wait_s: What calls wait, in seconds, when it was looked at last.
    """

    def __init__(
        self, most_s: float, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.arrivals = Arrivals()
        self.refused = 0
        self.wait_s = 0.0
        self._most_s = most_s
        self._now = now
        self._loop_s = 0.0
        self._standing = False
        self._above_since: float | None = None
        self._refusing: tuple[float, float] | None = None
        """Since when, and what calls waited then."""
        self._pause_end = 0.0

    def shed(self, behaviour: Behaviour) -> Behaviour:
        """Refuse calls of *behaviour* that have waited too long."""

        @functools.wraps(behaviour)
        async def shedding(request: Request, context: Context) -> Reply:
            if self._standing:
                self._check(self._now())
            return await behaviour(request, context)

        return shedding

    def observe(self, wait_s: float, now: float) -> None:
        """Take what calls wait *now*: nothing, when there are none."""
        if not wait_s:
            self._standing, self._refusing = False, None
        if not 0 < self._most_s < wait_s or now < self._pause_end:
            self._above_since = None
        elif self._above_since is None:
            self._above_since = now
        elif now - self._above_since >= INTERVAL_S:
            self._standing = True

    def _check(self, now: float) -> None:
        wait_s = max(self.arrivals.wait_s(now), self._loop_s)
        if wait_s <= self._most_s:
            self._refusing = None
        elif self._helps(wait_s, now):
            self.refused += 1
            text = f"calls wait longer than {self._most_s * 1e3:.0f} ms here"
            raise Overloaded(text, INTERVAL_S)
        else:
            self._standing, self._refusing = False, None
            self._pause_end = now + PAUSE_S

    def _helps(self, wait_s: float, now: float) -> bool:
        """Tell whether the wait becomes shorter while nothing is let in."""
        since, before_s = self._refusing or (now, math.inf)
        if now - since < INTERVAL_S:
            self._refusing = self._refusing or (now, wait_s)
            return True
        self._refusing = now, wait_s
        return wait_s < _SHORTER * before_s

    @contextlib.asynccontextmanager
    async def watching(
        self, traffic: Callable[[], Traffic], *, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator[None]:
        """Look again and again for the length of the block.

        Args:
            traffic: Asks the engine.
            sleep: How to wait; tests pass a clock they control.
        """
        watch = asyncio.create_task(self._watch(traffic, sleep))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _watch(self, traffic: Callable[[], Traffic], sleep: Sleep) -> None:
        begun, pause_s = self.arrivals.begun, IDLE_S
        while True:
            due = self._now() + pause_s
            await sleep(pause_s)
            now, pause_s = self._now(), IDLE_S
            # What the core has handed over waits once more, for its turn of the loop.
            self._loop_s = now - due
            if self.arrivals.begun != begun:
                begun, pause_s = self.arrivals.begun, TICK_S
                self.arrivals.look(traffic(), now)
            line_s = self.arrivals.wait_s(now)
            self.wait_s = max(line_s, self._loop_s)
            self.observe(self.wait_s if self._loop_s > self._most_s else line_s, now)
