"""The parts of a call that stream: answers out of it, requests into it."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, Generic, Self, TypeVar

from fleet.client.attempts import monotonic
from fleet.client.call import BalancedCall
from fleet.client.engine import RpcFailed, aio
from fleet.client.peer import Peer

Request = TypeVar("Request")
Response = TypeVar("Response")


class ReadCall(BalancedCall, Generic[Response]):
    """The part of a call that reads answers.

    It is repeated only before its first answer: after that, the caller has seen
    a part that another task might not repeat. Nor is it once somebody who does
    not read has been told how it ended.
    """

    stream: ClassVar[bool] = True

    _answers: AsyncIterator[Response] | None = None
    """Of the attempt that gave the first answer, which is the last attempt."""
    _reading: AsyncIterator[Response] | None = None
    _readers = 0
    _observed = False
    """Somebody wants to know how the call ends, besides those who read."""
    _read_to_the_end = False
    _beginning: "asyncio.Task[Any] | None" = None
    """Held, because the loop itself does not keep a task alive."""
    _settled: asyncio.Event | None = None

    def __aiter__(self) -> AsyncIterator[Response]:
        """Iterate over the answers; one iterator serves all who ask."""
        if self._reading is None:
            self._reading = self._read_all()
        return self._reading

    async def _read_all(self) -> AsyncIterator[Response]:
        while (answer := await self.read()) is not aio.EOF:
            yield answer

    async def read(self) -> Any:  # noqa: ANN401 - an answer, or gRPC's EOF
        """Return the next answer, or `grpc.aio.EOF` after the last.

        An error or a cancellation is raised again by every further read: a
        stream that was cut must not look complete.
        """
        if self._read_to_the_end or self._cancelled:
            return self._last()
        self._readers += 1
        try:
            while True:
                try:
                    return await self._next()
                except RpcFailed as error:
                    self._again(error)
        except RpcFailed as error:
            self._read_to_the_end = True
            self._fail(error)
            raise
        except asyncio.CancelledError:
            self.cancel()
            self._cancelled = self._read_to_the_end = True
            if self._attempt is not None:
                self.given_up(self._attempt)
            raise
        except Exception:  # no status: a bug in a deserializer, say
            self.cancel()
            raise
        finally:
            self._readers -= 1

    async def _next(self) -> Any:  # noqa: ANN401 - an answer, or gRPC's EOF
        if self._answers is None:
            answers = aiter(await self._begun())
            answer = await anext(answers, aio.EOF)
            self._settle(answers)
        else:
            answer = await anext(self._answers, aio.EOF)
        if answer is aio.EOF:
            self._read_to_the_end = True
            self._succeeded()
            self._finish()
        return answer

    def _last(self) -> object:
        if self._cancelled:
            raise asyncio.CancelledError
        if self._error is not None:
            raise copy.copy(self._error)
        return aio.EOF

    def _settle(self, answers: AsyncIterator[Response]) -> None:
        """Note that this attempt is the last one."""
        self._answers = answers
        self._sealed = True
        if self._attempt is not None and self._attempt.trial:
            self._balancer.judge.begun_to_answer(self._attempt, monotonic())
        self._tell()
        if self._inner.done():
            self._finish()

    def _start(self, peer: Peer, now: float) -> None:
        super()._start(peer, now)
        self._inner.add_done_callback(self._inner_ended)

    def _inner_ended(self, inner: object) -> None:
        """Finish, unless there may be another attempt."""
        undecided = self.repeatable and not self._sealed
        if undecided and (self._readers or not self._observed):
            return
        if inner is self._inner:
            self._sealed = True
            self._finish()

    def _observe(self) -> None:
        self._observed = True
        if self._inner is not None and self._inner.done():
            self._inner_ended(self._inner)

    def done(self) -> bool:
        """Tell whether the call has ended."""
        self._observe()
        return super().done()

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Call *callback* with this call once it has ended."""
        super().add_done_callback(callback)
        self._observe()

    def _begin_later(self) -> None:
        self._beginning = asyncio.get_running_loop().create_task(self._current())

    async def _final(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        self._observe()
        while (inner := await self._current()) is not None:
            await inner.code()
            if self._finished or self._sealed:
                return inner
            await self._decided()
        return None

    async def _decided(self) -> None:
        """Wait until a reader has the first answer, or the call has ended."""
        if self._settled is None:
            self._settled = asyncio.Event()
        await self._settled.wait()

    def _tell(self) -> None:
        if self._settled is not None:
            self._settled.set()

    def _finish(self) -> None:
        self._tell()
        super()._finish()


class WrittenCall(BalancedCall, Generic[Request]):
    """The part of a call that writes requests.

    It is never repeated, because requests that were taken from the caller's
    iterator are gone.
    """

    stream: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False

    async def write(self, request: Request) -> None:
        """Send one more request."""
        await (await self._begun()).write(request)

    async def done_writing(self) -> None:
        """Say that there are no more requests."""
        await (await self._begun()).done_writing()
