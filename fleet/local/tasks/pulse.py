"""Waking everyone who waits for a change."""

import asyncio
from collections.abc import Callable


class Pulse:
    """A heart that beats whenever something has changed.

    Unlike a condition it can be beaten from synchronous code, and unlike an
    event it never has to be cleared.
    """

    def __init__(self) -> None:
        self.next = asyncio.Event()
        """Set at the next beat. Take it *before* looking at the state: a beat
        between looking and waiting would be missed otherwise."""

    def beat(self) -> None:
        """Wake everyone who waits now."""
        self.next.set()
        self.next = asyncio.Event()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until *done* says so; it is asked again after every beat."""
        while not done():
            await self.next.wait()
