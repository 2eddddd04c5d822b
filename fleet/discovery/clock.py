"""Time as the refresh loop sees it; tests pass one that they control."""

import asyncio
import time
from typing import Protocol

_LONGEST_S = 1e9
"""Thirty years: not every event loop can count to infinity."""


class Clock(Protocol):
    """What is needed of time: to read it and to let it pass."""

    def now(self) -> float:
        """Return seconds since some moment; never goes backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*, at the earliest."""
        ...


class MonotonicClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds since the machine started."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run for *seconds*, which may be infinite."""
        await asyncio.sleep(min(seconds, _LONGEST_S))
