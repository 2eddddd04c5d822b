"""Something done at regular times, however long it takes each time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """Waits for the next of times that are *every_s* seconds apart.

    Those that have passed while something else took its time are left out.

    Args:
        every_s: Seconds.
        now: The clock.
        sleep: How to wait; tests pass a clock they control.
    """

    def __init__(
        self,
        every_s: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._every_s = every_s
        self._now = now
        self._sleep = sleep
        self._start = now()

    async def wait(self) -> None:
        """Return at the next time."""
        passed = self._now() - self._start
        await self._sleep(self._every_s - passed % self._every_s)
