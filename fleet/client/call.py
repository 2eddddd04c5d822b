"""What the four kinds of call have in common for those who hold one."""

import asyncio
import copy
from collections.abc import Callable
from typing import Any, Self

from fleet.client.attempts import monotonic
from fleet.client.engine import RpcFailed, StatusCode, aio
from fleet.client.verdicts import CANCELLED, JudgedAttempts


class BalancedCall(JudgedAttempts):
    """A call as gRPC's `aio.Call` describes it, over one or more attempts.

    The answers are those of the last attempt, or of the error that ended the
    call without one.
    """

    _error: RpcFailed | None = None
    """Without its traceback, which would keep the call in memory."""
    _finished = False
    _callbacks: tuple[Callable[[Any], None], ...] = ()
    _end: asyncio.Event | None = None
    """Made when somebody waits for the end; most calls have one waiter, inline."""

    def cancel(self) -> bool:
        """Cancel the call, whatever it is waiting for; false: it has ended."""
        if self._cancelled or self._finished:
            return False
        if self._inner is not None and self._inner.done():
            self._sealed = True  # too late for this attempt, but it is the last
            return False
        self._cancelled = True
        if self._waits is not None:
            self._waits.cancel()
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
        inner = await self._current()
        metadata = aio.Metadata() if inner is None else await inner.initial_metadata()
        if inner is None or not inner.done():
            return metadata
        last = await self._final()  # it may have been repeated
        return metadata if last in (None, inner) else await last.initial_metadata()

    async def trailing_metadata(self) -> aio.Metadata:
        """Return what the server sent last."""
        last = await self._final()
        return aio.Metadata() if last is None else await last.trailing_metadata()

    async def code(self) -> StatusCode:
        """Return the status of the call once it has ended."""
        last = await self._final()
        if last is None:
            return self._error.code() if self._error else StatusCode.CANCELLED
        code: StatusCode = await last.code()
        return code

    async def details(self) -> str:
        """Return the text beside the status once the call has ended."""
        last = await self._final()
        if last is None:
            return (self._error.details() if self._error else "") or ""
        details: str = await last.details()
        return details

    async def debug_error_string(self) -> str:
        """Return what gRPC's core says about the end of the call."""
        last = await self._final()
        return "" if last is None else await last.debug_error_string()

    async def wait_for_connection(self) -> None:
        """Return when the call is on a connection."""
        await (await self._begun()).wait_for_connection()

    async def _begun(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        """Return the attempt under way; one that cannot start ends the call."""
        if self._inner is not None:
            return self._inner
        if self._error is not None:
            raise copy.copy(self._error)
        try:
            return await self._started()
        except RpcFailed as error:
            self._fail(error)
            raise

    async def _current(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        """Return the attempt under way, or None when the call ended without one."""
        if self._inner is None and not self._finished:
            try:
                await self._begun()
            except RpcFailed:
                return None
            except asyncio.CancelledError:
                if not self._cancelled:
                    raise
                self._finish()
        return self._inner

    async def _final(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        """Return the last attempt once it has ended, or None as `_current`."""
        raise NotImplementedError

    def _fail(self, error: RpcFailed) -> None:
        self._error = copy.copy(error)
        self._finish()

    async def _ended(self) -> None:
        """Wait for `_finish`."""
        if not self._finished:
            if self._end is None:
                self._end = asyncio.Event()
            await self._end.wait()

    def _finish(self) -> None:
        """Note the end of the whole call, once."""
        if self._finished:
            return
        self._finished = True
        if self._made is not None:
            self._made.discard(self)
        if self._seen is not None:
            self._tell_telemetry()
        if self._end is not None:
            self._end.set()
        for callback in self._callbacks:
            try:
                callback(self)
            except Exception as error:  # noqa: BLE001 - it is the caller's own
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "bug in a done callback", "exception": error}
                )

    def _tell_telemetry(self) -> None:
        now, status = monotonic(), 0
        if self._error is not None:
            status = self._error.code().value[0]
        elif self._cancelled:
            status = CANCELLED
        if self._attempt is not None:
            self._attempt_ended(self._attempt, status, now)
        self._seen.ended(status, now)
