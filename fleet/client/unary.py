"""Calls with one answer: awaited, and repeated where that is right."""

import asyncio
import copy
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
    _failure: BaseException | None = None
    """What is no status: a bug in a serializer, say."""
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
                    self._response = response = await inner
                except RpcFailed as error:
                    self._again(error)
                else:
                    return response  # type: ignore[no-any-return] # of *inner*
        except RpcFailed as error:
            self._error = copy.copy(error)
            raise
        except BaseException as error:
            self._abandon(error)
            raise
        finally:
            self._finish()

    def _abandon(self, error: BaseException) -> None:
        """Let go of an attempt that did not end with a status."""
        if isinstance(error, asyncio.CancelledError):
            self._cancelled = True
        else:
            self._failure = error
        if self._inner is not None:
            self._inner.cancel()

    async def _join(self) -> Response:
        """Wait for whoever drives the call; cancelling one waiter cancels it."""
        try:
            await self._ended()
        except asyncio.CancelledError:
            self.cancel()
            raise
        if self._cancelled:
            raise asyncio.CancelledError
        if self._error is not None:
            raise copy.copy(self._error)
        if self._failure is not None:
            raise self._failure
        response: Response = self._response
        return response

    def _observe(self) -> None:
        """Have the call driven although nobody awaits it."""
        if not self._driven:
            self._driven = True
            self._task = asyncio.get_running_loop().create_task(self._drive())
            self._task.add_done_callback(_retrieve)

    _begin_later = _observe

    def done(self) -> bool:
        """Tell whether the call has ended."""
        self._observe()
        return super().done()

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Call *callback* with this call once it has ended."""
        self._observe()
        super().add_done_callback(callback)

    async def _current(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        self._observe()
        return await super()._current()

    async def _final(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        self._observe()
        await self._ended()
        return self._inner


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Keep asyncio from logging an error that the call itself reports."""
    if not task.cancelled():
        task.exception()
