"""What the four kinds of call have in common for those who hold one."""

from collections.abc import Callable
from typing import Any, Self

from fleet.client.attempts import Attempts
from fleet.client.engine import RpcFailed, StatusCode, aio


class BalancedCall(Attempts):
    """A call as gRPC's `aio.Call` describes it, over one or more attempts.

    The answers are those of the last attempt, or of the error that ended the
    call before there was one.
    """

    _error: RpcFailed | None = None
    _finished = False
    _callbacks: tuple[Callable[[Any], None], ...] = ()

    def cancel(self) -> bool:
        """Cancel the call, whatever it is waiting for."""
        if self._cancelled or self._finished:
            return False
        self._cancelled = True
        for waiter in self._waiters:
            waiter.cancel()
        if self._inner is not None:
            self._inner.cancel()
        self._finish()
        return True

    def cancelled(self) -> bool:
        """Tell whether the call was cancelled on this side."""
        return self._cancelled or (self._inner is not None and self._inner.cancelled())

    def done(self) -> bool:
        """Tell whether the call has ended."""
        return self._finished

    def time_remaining(self) -> float | None:
        """Return the seconds until the deadline of the whole call."""
        left = self._left()
        return None if left is None else max(0.0, left)

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Call *callback* with this call once it has ended."""
        if self._finished:
            callback(self)
        else:
            self._callbacks = (*self._callbacks, callback)

    async def initial_metadata(self) -> aio.Metadata:
        """Return what the server sent first."""
        if await self._settled():
            metadata: aio.Metadata = await self._inner.initial_metadata()
            return metadata
        return aio.Metadata()

    async def trailing_metadata(self) -> aio.Metadata:
        """Return what the server sent last."""
        if await self._settled():
            metadata: aio.Metadata = await self._inner.trailing_metadata()
            return metadata
        return aio.Metadata()

    async def code(self) -> StatusCode:
        """Return the status of the call once it has ended."""
        if await self._settled():
            code: StatusCode = await self._inner.code()
            return code
        return self._error.code() if self._error else StatusCode.CANCELLED

    async def details(self) -> str:
        """Return the text beside the status once the call has ended."""
        if await self._settled():
            details: str = await self._inner.details()
            return details
        return (self._error.details() if self._error else "") or ""

    async def wait_for_connection(self) -> None:
        """Return when the call is on a connection."""
        await (await self._started()).wait_for_connection()

    async def _settled(self) -> bool:
        """Wait until the last attempt is known; false: there was none."""
        if self._inner is None and not self._finished:
            try:
                await self._started()
            except RpcFailed as error:
                self._error = error
                self._finish()
        return self._inner is not None

    def _finish(self) -> None:
        """Note the end of the whole call, once."""
        if not self._finished:
            self._finished = True
            for callback in self._callbacks:
                callback(self)
