"""Calls of any method, with bytes in and bytes out."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fleet.client.channel import Channel
from fleet.client.config import ChannelConfig
from fleet.client.connect import connect
from fleet.client.engine import RpcFailed
from fleet.client.safety import safe_to_repeat
from fleet.errors import CallRefused, NoEndpoints, Status

_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Method:
    """What the wire needs to know of a method."""

    path: str
    """Such as `/rpc.Rpc/GetChampion`."""
    client_streaming: bool = False
    server_streaming: bool = False
    safe: bool = False
    """Its server says that it may be called twice."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """What goes along with a call."""

    timeout_s: float | None = None
    """Seconds for the whole call; None: no deadline."""
    metadata: Sequence[tuple[str, str | bytes]] = ()


class Caller(Protocol):
    """What can call any method by its name."""

    @property
    def target(self) -> str:
        """Where the calls go, for messages."""

    def call(
        self, method: Method, requests: Sequence[bytes], options: CallOptions
    ) -> AsyncGenerator[bytes, None]:
        """Yield what *method* replies; raise `CallRefused` for a bad status."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A balanced channel, for methods that are known only by name."""

    target: str
    channel: Channel

    async def call(
        self, method: Method, requests: Sequence[bytes], options: CallOptions
    ) -> AsyncGenerator[bytes, None]:
        """Yield what *method* replies to *requests*.

        Raises:
            CallRefused: The status was not OK.
            NoEndpoints: The call found nobody to go to.
        """
        started = self._start(method, requests, options)
        try:
            if method.server_streaming:
                async for reply in started:
                    yield reply
            else:
                yield await started
        except NoEndpoints:
            raise
        except RpcFailed as error:
            raise refused(error) from None
        finally:
            started.cancel()  # for who has read enough; else it has ended

    def _start(
        self, method: Method, requests: Sequence[bytes], options: CallOptions
    ) -> Any:  # noqa: ANN401 - one of gRPC's four kinds of call
        # One request is the same bytes either way. Sent as a stream it may lose
        # a race: a server that refuses the method at once makes grpc.aio answer
        # "Internal error from Core" instead of the server's own status.
        streaming = method.client_streaming and len(requests) != 1
        kinds = (streaming, method.server_streaming)
        name = "_".join("stream" if kind else "unary" for kind in kinds)
        start = getattr(self.channel, name)(method.path)
        first = iter(requests) if streaming else requests[0]
        timeout = options.timeout_s
        with safe_to_repeat() if method.safe else contextlib.nullcontext():
            return start(first, timeout=timeout, metadata=tuple(options.metadata))


@contextlib.asynccontextmanager
async def wire(target: str, config: ChannelConfig | None = None) -> AsyncIterator[Wire]:
    """Open a channel to *target*, a URL, for the length of the block."""
    async with connect(target, config) as channel:
        yield Wire(target, channel)


def refused(error: RpcFailed) -> CallRefused:
    """Return what *error* says, without gRPC."""
    trailers = dict(error.trailing_metadata() or ())
    details = trailers.get(_DETAILS, b"")
    coded = details if isinstance(details, bytes) else details.encode()
    return CallRefused(Status(error.code().value[0]), error.details() or "", coded)
