"""Waiting that a call can be told to stop."""

import asyncio
from typing import Any

_EXPIRED = object()


class Waits:
    """What one call is waiting for at this moment."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[Any]] = set()

    async def until(self, waiter: "asyncio.Future[Any]", limit_s: float | None) -> bool:
        """Return when *waiter* is done, at the latest after *limit_s*.

        False: the time was over first.

        Raises:
            CancelledError: After `cancel`.
        """
        self._waiters.add(waiter)
        timer = limit_s is not None and asyncio.get_running_loop().call_later(
            limit_s, _expire, waiter
        )
        try:
            return await waiter is not _EXPIRED
        finally:
            self._waiters.discard(waiter)
            waiter.cancel()
            if timer:
                timer.cancel()

    async def pause(self, seconds: float) -> None:
        """Let *seconds* pass."""
        await self.until(asyncio.get_running_loop().create_future(), seconds)

    def cancel(self) -> None:
        """End every wait."""
        for waiter in list(self._waiters):
            waiter.cancel()


def _expire(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_result(_EXPIRED)
