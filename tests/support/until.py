"""Waiting for something to become true, with a limit instead of hope."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], object], *, limit_s: float = 10.0) -> None:
    """Return as soon as *true* is; fail when it is not within *limit_s*."""
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.005)
