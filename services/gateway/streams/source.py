"""One stream of a backend, read in a task of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

Wait = Callable[["asyncio.Future[bool]", float | None], Awaitable[bool]]
"""Returns what a future becomes, or False after so many seconds."""

_AHEAD = 16
"""Answers that are read before the caller has taken the ones before them."""


async def within(news: asyncio.Future[bool], timeout_s: float | None) -> bool:
    """Return what *news* becomes, or False when it is nothing for *timeout_s*.

    Not `asyncio.wait`, which costs two to three times as much.
    """
    if timeout_s is None:
        return await news
    loop = asyncio.get_running_loop()
    end = loop.call_later(timeout_s, _give_up, news)
    try:
        return await news
    finally:
        end.cancel()


class Source:
    """The answers of one stream as they come.

    One task reads them all, because a generator may hold blocks that belong to a
    task (a timeout, say). Waiting for them then breaks nothing when it is given
    up, which a heartbeat does every time. Lean, for there are thousands.
    """

    __slots__ = ("_news", "_ready", "_room", "_task", "_wait")

    def __init__(
        self, stream: AsyncGenerator[bytes, None], wait: Wait = within
    ) -> None:
        self._wait = wait
        self._ready: list[bytes] = []
        self._news: asyncio.Future[bool] | None = None
        self._room: asyncio.Future[bool] | None = None
        self._task = asyncio.create_task(self._read(stream))
        self._task.add_done_callback(self._tell)

    @property
    def ended(self) -> bool:
        """Whether every answer has been taken and none will come."""
        return self._task.done() and not self._ready

    def take(self) -> list[bytes]:
        """Return the answers that are there now, which may be none."""
        ready, self._ready = self._ready, []
        _wake(self._room)
        return ready

    async def news(self, timeout_s: float | None) -> bool:
        """Wait at most *timeout_s* for an answer, or for the end."""
        if self._ready or self._task.done():
            return True
        self._news = asyncio.get_running_loop().create_future()
        return await self._wait(self._news, timeout_s)

    def trouble(self) -> BaseException | None:
        """Return what has ended the stream; None where it is complete."""
        if self._task.cancelled():
            return asyncio.CancelledError()
        return self._task.exception()

    async def close(self) -> None:
        """Cancel what is still read, and wait until the generator is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.exception()  # read, or asyncio complains of it later

    async def _read(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream):
            async for answer in stream:
                self._ready.append(answer)
                self._tell()
                while len(self._ready) >= _AHEAD:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room

    def _tell(self, _: object = None) -> None:
        _wake(self._news)


def _wake(sleeper: asyncio.Future[bool] | None) -> None:
    if sleeper is not None and not sleeper.done():
        sleeper.set_result(True)


def _give_up(sleeper: asyncio.Future[bool]) -> None:
    if not sleeper.done():
        sleeper.set_result(False)
