"""The four kinds of call, and the callables that start them."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from fleet.client.attempts import Attempts, Options
from fleet.client.engine import CallCredentials, Compression, Pairs, aio
from fleet.client.method import Method
from fleet.client.streams import ReadCall, WrittenCall
from fleet.client.unary import AwaitedCall

Request = TypeVar("Request")
Response = TypeVar("Response")


class UnaryUnaryCall(AwaitedCall[Response], aio.UnaryUnaryCall[Request, Response]):
    """One request, one answer."""


class UnaryStreamCall(ReadCall[Response], aio.UnaryStreamCall[Request, Response]):
    """One request, many answers."""


class StreamUnaryCall(
    WrittenCall[Request],
    AwaitedCall[Response],
    aio.StreamUnaryCall[Request, Response],
):
    """Many requests, one answer."""


class StreamStreamCall(
    WrittenCall[Request],
    ReadCall[Response],
    aio.StreamStreamCall[Request, Response],
):
    """Many requests, many answers."""


class _Balanced(Generic[Request, Response]):
    """A method of the channel, callable as gRPC's own callables are."""

    call: ClassVar[type[Attempts]]

    def __init__(self, method: Method, timeout_s: float | None) -> None:
        self._method = method
        self._timeout_s = timeout_s

    def __call__(  # noqa: PLR0913, PLR0917 - gRPC's own signature
        self,
        request: Any,  # noqa: ANN401 - a message or an iterator of them
        timeout: float | None = None,
        metadata: aio.Metadata | Sequence[tuple[str, str | bytes]] | None = None,
        credentials: CallCredentials | None = None,
        wait_for_ready: bool | None = None,  # noqa: FBT001 - gRPC's own argument
        compression: Compression | None = None,
    ) -> Any:  # noqa: ANN401 - `call`, which the subclass names
        """Start a call; *timeout* is for all its attempts, in seconds."""
        if timeout is None:
            timeout = self._timeout_s
        options = _NO_OPTIONS
        # Most calls have none of these, and the empty dict is free.
        if metadata is not None or credentials is not None or compression is not None:
            options = {
                "metadata": Pairs(metadata)
                if isinstance(metadata, tuple | list)
                else metadata,
                "credentials": credentials,
                "compression": compression,
            }
        return self.call(self._method, request, timeout, wait_for_ready, options)


_NO_OPTIONS: Options = {}


class _Written(_Balanced[Request, Response]):
    """A method that streams requests: gRPC names the argument differently."""

    def __call__(  # type: ignore[override] # the name of the first argument differs
        self,
        request_iterator: Any = None,  # noqa: ANN401 - an iterator, or `write`
        *arguments: Any,  # noqa: ANN401 - as above, in the same order
        **options: Any,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - `call`, which the subclass names
        """Start a call; without an iterator, `write` gives the requests."""
        return super().__call__(request_iterator, *arguments, **options)


class UnaryUnary(
    _Balanced[Request, Response], aio.UnaryUnaryMultiCallable[Request, Response]
):
    """Calls a method with one request and one answer."""

    call = UnaryUnaryCall


class UnaryStream(
    _Balanced[Request, Response], aio.UnaryStreamMultiCallable[Request, Response]
):
    """Calls a method with one request and many answers."""

    call = UnaryStreamCall


class StreamUnary(
    _Written[Request, Response], aio.StreamUnaryMultiCallable[Request, Response]
):
    """Calls a method with many requests and one answer."""

    call = StreamUnaryCall


class StreamStream(
    _Written[Request, Response], aio.StreamStreamMultiCallable[Request, Response]
):
    """Calls a method with many requests and many answers."""

    call = StreamStreamCall
