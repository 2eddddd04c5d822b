"""Watches: streams that never end by themselves."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from fleet.errors import Unavailable
from ranking.entry import Change


class Watches:
    """The watches of a task, which all end when it leaves."""

    def __init__(self) -> None:
        self._closed = False
        self._waiting: set[asyncio.Timeout] = set()

    def close(self) -> None:
        """End every watch, and those to come; callers go on at another task."""
        self._closed = True
        for wait in self._waiting:
            wait.reschedule(0.0)  # long ago: it ends in the next turn

    async def follow(
        self, changes: AsyncIterator[Change]
    ) -> AsyncGenerator[Change, None]:
        """Yield *changes*.

        Raises:
            Unavailable: This task leaves.
        """
        while not self._closed:
            change = await self._next(changes)
            if change:
                yield change
        raise Unavailable("this task leaves: watch on with the last resume_token", 0.0)

    async def _next(self, changes: AsyncIterator[Change]) -> Change | None:
        """Return the next change, or None when the watch ends."""
        wait = asyncio.timeout(None)
        try:
            # Only the wait is cut off: a change that is on its way to the
            # caller arrives.
            async with wait:
                self._waiting.add(wait)
                return await anext(changes)
        except TimeoutError:
            if wait.expired():
                return None
            raise
        finally:
            self._waiting.discard(wait)


async def concerning(
    changes: AsyncIterator[Change], top: int, steps: int
) -> AsyncGenerator[Change, None]:
    """Yield the changes from or to the first *top* ranks; 0: all of them.

    What is not about a row, such as what was missed, concerns everybody. And of
    *steps* changes that do not, the last one tells its position and nothing else:
    a resume token that stood still would fall out of what the store keeps.
    """
    unsaid = 0
    async for change in changes:
        unsaid += 1
        if _concerns(change, top):
            yield change
            unsaid = 0
        elif unsaid == steps:
            yield change._replace(entry=None, previous_rank=0, erased=False)
            unsaid = 0


def _concerns(change: Change, top: int) -> bool:
    told = change.entry.rank if change.entry else 0
    ranks = [rank for rank in (told, change.previous_rank) if rank]
    return not top or not ranks or min(ranks) <= top
