"""The one way to keep up to date with a service."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

from fleet.discovery.clock import Clock, MonotonicClock
from fleet.discovery.known import Watch
from fleet.discovery.lookup import Lookup
from fleet.discovery.pace import Pace
from fleet.discovery.refresh import Refresh

__all__ = ["Watch", "watch"]

_PACE = Pace()
_CLOCK = MonotonicClock()
_RNG = random.SystemRandom()


@contextlib.asynccontextmanager
async def watch(
    lookup: Lookup,
    on_news: Callable[[Watch], None],
    *,
    pace: Pace = _PACE,
    clock: Clock = _CLOCK,
    rng: random.Random = _RNG,
) -> AsyncIterator[Watch]:
    """Ask *lookup* again and again for the length of the block.

    Entering does not wait for the first answer and never fails: a client may
    start before its servers exist. A failed question keeps the last answer; an
    empty answer replaces it only when confirmed `Pace.empty_s` later.

    Args:
        lookup: Asked at once, and then as *pace* says.
        on_news: Called in the loop after every question that changed what is
            known. A bug in it is logged and does not end the refresh.
        pace: When to ask.
        clock: How time passes.
        rng: Spreads the questions that follow a failure.
    """
    asked = asyncio.Event()
    known = Watch(asked.set)
    refresh = Refresh(known, asked, lookup, on_news, pace, clock, rng)
    task = asyncio.create_task(refresh.run())
    try:
        yield known
    finally:
        task.cancel()
        await asyncio.wait([task])
