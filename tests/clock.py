"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools

_SETTLED = 20
"""Rounds of the loop: more than any chain of tasks between two sleeps is long."""


class FakeClock:
    """Time that passes in `advance` only, and then exactly."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return the seconds that the test has reached."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has advanced by *seconds*."""
        if seconds <= 0:
            return await asyncio.sleep(0)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = (self._now + seconds, next(self._order), woken)
        heapq.heappush(self._sleepers, sleeper)
        await woken
        return None

    async def advance(self, seconds: float) -> None:
        """Let *seconds* pass, waking every sleeper at its own moment."""
        until = self._now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self._now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():  # its task may have been cancelled
                woken.set_result(None)
            await self.settle()
        self._now = until

    async def settle(self) -> None:
        """Let every task run until it waits for time, or for something real."""
        for _ in range(_SETTLED):
            await asyncio.sleep(0)
