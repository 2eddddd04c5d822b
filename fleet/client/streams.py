"""The parts of a call that stream: answers out of it, requests into it."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Generic, TypeVar

from fleet.client.call import BalancedCall
from fleet.client.engine import RpcFailed, aio

Request = TypeVar("Request")
Response = TypeVar("Response")


class ReadCall(BalancedCall, Generic[Response]):
    """The part of a call that reads answers.

    It is repeated only before its first answer: after that, the caller has
    seen a part that another task might not repeat.
    """

    timed: ClassVar[bool] = False

    _answers: AsyncIterator[Response] | None = None
    _reading: AsyncIterator[Response] | None = None

    def __aiter__(self) -> AsyncIterator[Response]:
        """Iterate over the answers; one iterator serves all who ask."""
        if self._reading is None:
            self._reading = self._read_all()
        return self._reading

    async def _read_all(self) -> AsyncIterator[Response]:
        while (answer := await self.read()) is not aio.EOF:
            yield answer

    async def read(self) -> Any:  # noqa: ANN401 - an answer, or gRPC's EOF
        """Return the next answer, or `grpc.aio.EOF` after the last."""
        while True:
            try:
                if self._answers is None:
                    call = await self._started()
                    first = await anext(answers := aiter(call), aio.EOF)
                    self._answers = answers
                    return self._checked(first)
                return self._checked(await anext(self._answers, aio.EOF))
            except RpcFailed as error:
                await self._after(error)

    async def _after(self, error: RpcFailed) -> None:
        """Raise *error*, unless another attempt may still give a first answer."""
        try:
            if self._answers is not None:
                self._note(error)
                raise error
            await self._again(error)
        except RpcFailed as last:
            self._error = last
            self._finish()
            raise

    def _checked(self, answer: object) -> object:
        if answer is aio.EOF:
            self._finish()
        return answer


class WrittenCall(BalancedCall, Generic[Request]):
    """The part of a call that writes requests.

    It is never repeated, because requests that were taken from the caller's
    iterator are gone.
    """

    timed: ClassVar[bool] = False

    async def write(self, request: Request) -> None:
        """Send one more request."""
        await (await self._started()).write(request)

    async def done_writing(self) -> None:
        """Say that there are no more requests."""
        await (await self._started()).done_writing()

    def _may_repeat(self, error: RpcFailed, attempts: int) -> bool:
        del error, attempts
        return False
