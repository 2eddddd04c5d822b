"""Equal reads that are in flight share one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.gate import Reply

Call = Callable[[float], Awaitable[Reply]]

_SLACK = 0.1
"""Of its own time that a waiter may miss by joining: most have the same deadline, and
come a moment after each other."""


@dataclass(slots=True, eq=False)
class Flight:
    """A read in flight."""

    until: float
    """When its deadline ends, by the loop's clock."""
    landed: asyncio.Future[Reply | Failure | None]
    """None: it left before it knew."""


class Flights:
    """The reads in flight, by what they ask.

    Whoever asks first makes the call, inline; the others wait for its answer, if it
    may take as long as they would wait. When the first one leaves or runs out of
    time, one of those that wait makes the call anew.
    """

    def __init__(self) -> None:
        self._flying: dict[Hashable, Flight] = {}
        self.shared = 0
        """Calls that were spared."""

    async def fly(self, key: Hashable, call: Call, timeout_s: float) -> Reply:
        """Return the answer to *key*, from *call* or from one in flight.

        Args:
            key: What makes two reads equal.
            call: Makes the call, with so many seconds as it is given.
            timeout_s: Of this caller.

        Raises:
            Failure: Of the call, or DEADLINE_EXCEEDED of our own waiting.
        """
        until = asyncio.get_running_loop().time() + timeout_s
        least = until - _SLACK * timeout_s
        if (flight := self._joinable(key, least)) is None:
            return await self._lead(key, call, until)
        try:
            async with asyncio.timeout_at(until):
                while flight is not None:
                    # A waiter that leaves must not cancel what the others wait for.
                    landed = await asyncio.shield(flight.landed)
                    if isinstance(landed, Failure):
                        raise landed
                    if landed is not None:
                        self.shared += 1
                        return landed
                    flight = self._joinable(key, least)
                return await self._lead(key, call, until)
        except TimeoutError:
            text = "the answer did not come in time"
            raise Failure(Status.DEADLINE_EXCEEDED, text) from None

    def _joinable(self, key: Hashable, least: float) -> Flight | None:
        """Return the flight of *key*, unless it would give up before *least*."""
        flight = self._flying.get(key)
        return None if flight is None or flight.until < least else flight

    async def _lead(self, key: Hashable, call: Call, until: float) -> Reply:
        loop = asyncio.get_running_loop()
        flight = self._flying[key] = Flight(until, loop.create_future())
        landed: Reply | Failure | None = None
        try:
            landed = await call(max(0.0, until - loop.time()))
        except Failure as failure:
            if failure.status is not Status.DEADLINE_EXCEEDED:  # that was its own
                landed = failure
            raise
        finally:
            if self._flying.get(key) is flight:  # one with more time may lead by now
                del self._flying[key]
            flight.landed.set_result(landed)
        return landed
