"""One of many who read the same stream."""

import asyncio
from collections import deque

from fleet.errors import Status
from services.gateway.failure import Failure

QUEUE = 256
"""Answers that a reader may be behind before it is cut."""


class Reader:
    """What one reader has not read yet."""

    def __init__(self, past: list[bytes]) -> None:
        self._waiting = deque(past)
        self._most = len(past) + QUEUE
        self._end: Failure | None = None
        self._ended = False
        self._wake: asyncio.Future[None] | None = None

    def put(self, answer: bytes) -> None:
        """Have *answer* read, or cut a reader that is too far behind."""
        if len(self._waiting) < self._most:
            self._waiting.append(answer)
            self._rouse()
        elif not self._ended:
            text = f"{QUEUE} answers wait: read faster, or watch on from the last token"
            self.finish(Failure(Status.RESOURCE_EXHAUSTED, text))

    def finish(self, end: Failure | None) -> None:
        """Let it end, after what it has not read yet."""
        if not self._ended:
            self._end, self._ended = end, True
            self._rouse()

    async def next(self) -> bytes | None:
        """Return the next answer; None: there is no more.

        Raises:
            Failure: The stream has failed.
        """
        while not self._waiting:
            if self._end is not None:
                raise self._end
            if self._ended:
                return None
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        return self._waiting.popleft()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
