"""The streams that are open: how many, how long, and their end when we leave."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from fleet.errors import Status
from services.gateway.failure import Failure, retry
from services.gateway.policy.policy import Limits

Start = Callable[[], AsyncGenerator[bytes, None]]

_RETRY_S = 1.0


class Lives:
    """The open streams of this gateway, over all editions."""

    def __init__(self) -> None:
        self.open = 0
        self.leaving = False
        self._of_client: Counter[str] = Counter()
        self._waiting: set[asyncio.Timeout] = set()

    def close(self) -> None:
        """End every stream, and refuse new ones: their callers go on elsewhere."""
        self.leaving = True
        for wait in self._waiting:
            wait.reschedule(0.0)  # long ago: it ends in the next turn

    async def live(
        self, start: Start, client: str, limits: Limits
    ) -> AsyncGenerator[bytes, None]:
        """Yield the answers of the stream that *start* opens, while it may last.

        Raises:
            Failure: Too many streams, too long, or we leave; each may be resumed.
        """
        self._enter(client, limits)
        try:
            end = asyncio.get_running_loop().time() + limits.stream_s
            async with aclosing(start()) as answers:
                while (answer := await self._next(answers, end, limits)) is not None:
                    yield answer
        finally:
            self._leave(client)

    async def _next(
        self, answers: AsyncGenerator[bytes, None], end: float, limits: Limits
    ) -> bytes | None:
        wait = asyncio.timeout_at(0.0 if self.leaving else end)
        self._waiting.add(wait)
        try:
            async with wait:
                return await anext(answers, None)
        except TimeoutError:
            if self.leaving:
                raise _gone() from None
            text = f"a stream lasts {limits.stream_s:g} s: watch on from the last id"
            raise Failure(Status.UNAVAILABLE, text, details=[retry(0)]) from None
        finally:
            self._waiting.discard(wait)

    def _enter(self, client: str, limits: Limits) -> None:
        if self.leaving:
            raise _gone()
        if self.open >= limits.streams:
            raise _too_many(f"{limits.streams} streams are open here")
        if self._of_client[client] >= limits.streams_per_client:
            raise _too_many(f"{client} has {limits.streams_per_client} streams open")
        self.open += 1
        self._of_client[client] += 1

    def _leave(self, client: str) -> None:
        self.open -= 1
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]


def _gone() -> Failure:
    text = "this gateway leaves: watch on from the last id"
    return Failure(Status.UNAVAILABLE, text, details=[retry(0)])


def _too_many(text: str) -> Failure:
    return Failure(Status.RESOURCE_EXHAUSTED, text, details=[retry(_RETRY_S)])
