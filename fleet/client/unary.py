"""Calls with one answer: awaited, and repeated where that is right."""

import asyncio
import copy
from collections.abc import Callable, Generator
from typing import Any, Generic, Self, TypeVar

from fleet.client.attempts import monotonic
from fleet.client.call import BalancedCall
from fleet.client.engine import RpcFailed
from fleet.client.hedging import Hedge

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
                    delay_s = self._hedge_after_s()
                    response = await (
                        inner if delay_s is None else self._hedged(delay_s)
                    )
                    self._succeeded()
                except RpcFailed as error:
                    self._again(error)
                else:
                    self._response = response
                    return response
        except RpcFailed as error:
            self._error = copy.copy(error)
            raise
        except BaseException as error:
            self._abandon(error)
            raise
        finally:
            self._finish()

    def _hedge_after_s(self) -> float | None:
        """Return after how long a second attempt is right; None: never."""
        percentile = self._method.traits.percentile
        if percentile is None or not self._safe or not self.repeatable or self._tried:
            return None
        if self._key is not None:
            return None  # it belongs where it is
        return percentile.delay_s()

    async def _hedged(self, delay_s: float) -> Response:
        """Await the attempt under way, or one that overtakes it."""
        first = self._attempt
        assert first is not None  # noqa: S101 - it has just been started
        left_s = max(0.0, first.began + delay_s - monotonic())
        hedge = Hedge(self, first, self._balancer, left_s)
        try:
            response: Response = await first.inner
        except RpcFailed as error:
            if not await hedge.rescued():
                raise
            self.failed(first, error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if hedge.winner is None or (task is not None and task.cancelling()):
                raise
            self.given_up(first)
        else:
            if hedge.winner is not None:
                self.given_up(hedge.winner)  # too late by a moment
            return response
        finally:
            hedge.stop()
        self._attempt = hedge.winner
        self._inner = hedge.winner.inner if hedge.winner else None
        return hedge.response  # type: ignore[no-any-return] # as above

    def _abandon(self, error: BaseException) -> None:
        """Let go of an attempt that did not end with a status."""
        if isinstance(error, asyncio.CancelledError):
            self._cancelled = True
        else:
            self._failure = error
        if self._inner is not None:
            self._inner.cancel()
        if self._attempt is not None:
            self.given_up(self._attempt)

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
