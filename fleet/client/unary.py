"""Calls with one answer: awaited, and repeated where that is right."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, Self, TypeVar

from fleet.client.call import BalancedCall
from fleet.client.engine import RpcFailed

Response = TypeVar("Response")


class AwaitedCall(BalancedCall, Generic[Response]):
    """The part of a call that awaits one answer.

    The attempts are driven by whoever awaits first, so the common case costs
    no task. For who only observes (`done`, `code`, a callback) a task drives.
    """

    _driven = False
    _task: "asyncio.Task[Response] | None" = None
    _end: "asyncio.Future[None] | None" = None
    _failure: BaseException | None = None
    _response: Any = None

    def __await__(self) -> Generator[Any, None, Response]:
        """Return the answer, or raise what the last attempt raised."""
        if self._driven:
            return self._join().__await__()
        self._driven = True
        return self._drive().__await__()

    async def _drive(self) -> Response:
        """Make attempts until one is the last."""
        try:
            while True:
                try:
                    inner = self._inner or await self._started()
                    response: Response = await inner
                except RpcFailed as error:
                    await self._again(error)
                else:
                    self._response = response
                    return response
        except BaseException as error:
            self._failure = error
            if isinstance(error, RpcFailed):
                self._error = error
            elif isinstance(error, asyncio.CancelledError):
                self._cancelled = True
            raise
        finally:
            self._finish()

    async def _join(self) -> Response:
        """Wait for whoever drives the call; cancelling one waiter cancels it."""
        try:
            await self._ended()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if self._cancelled:
            raise asyncio.CancelledError
        if self._failure is not None:
            raise self._failure
        response: Response = self._response
        return response

    async def _ended(self) -> None:
        if not self._finished:
            if self._end is None:
                self._end = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._end)

    def _finish(self) -> None:
        super()._finish()
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def _observe(self) -> None:
        """Have the call driven although nobody awaits it."""
        if not self._driven:
            self._driven = True
            self._task = asyncio.get_running_loop().create_task(self._drive())
            self._task.add_done_callback(_retrieve)

    def done(self) -> bool:
        """Tell whether the call has ended."""
        self._observe()
        return super().done()

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Call *callback* with this call once it has ended."""
        self._observe()
        super().add_done_callback(callback)

    async def _settled(self) -> bool:
        """Wait for the end; its error is for those who await the answer."""
        self._observe()
        await self._ended()
        return self._inner is not None


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Keep asyncio from logging an error that the call itself reports."""
    if not task.cancelled():
        task.exception()
