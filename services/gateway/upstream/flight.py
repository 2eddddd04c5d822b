"""Equal reads that are in flight share one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.gate import Reply

Call = Callable[[], Awaitable[Reply]]


class Flights:
    """The reads in flight, by what they ask.

    Whoever asks first makes the call, inline; the others wait for its answer,
    each for as long as its own deadline allows. When the first one leaves or runs
    out of time, one of those that wait makes the call anew.
    """

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Future[Reply | Failure | None]] = {}
        self.shared = 0
        """Calls that were spared."""

    async def fly(self, key: Hashable, call: Call, timeout_s: float) -> Reply:
        """Return the answer to *key*, from *call* or from one in flight.

        Raises:
            Failure: Of the call, or DEADLINE_EXCEEDED of our own waiting.
        """
        flying = self._flying.get(key)
        if flying is None:
            return await self._lead(key, call)
        try:
            async with asyncio.timeout(timeout_s):
                while flying is not None:
                    # A waiter that leaves must not cancel what the others wait for.
                    landed = await asyncio.shield(flying)
                    if isinstance(landed, Failure):
                        raise landed
                    if landed is not None:
                        self.shared += 1
                        return landed
                    flying = self._flying.get(key)
                return await self._lead(key, call)
        except TimeoutError:
            text = "the answer did not come in time"
            raise Failure(Status.DEADLINE_EXCEEDED, text) from None

    async def _lead(self, key: Hashable, call: Call) -> Reply:
        flying: asyncio.Future[Reply | Failure | None]
        flying = asyncio.get_running_loop().create_future()
        self._flying[key] = flying
        landed: Reply | Failure | None = None  # none: it left before it knew
        try:
            landed = await call()
        except Failure as failure:
            if failure.status is not Status.DEADLINE_EXCEEDED:  # that was its own
                landed = failure
            raise
        finally:
            del self._flying[key]
            flying.set_result(landed)
        return landed
