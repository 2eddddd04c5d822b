"""One target of the fleet, called with bytes."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from fleet.client.channel import Channel
from fleet.client.config import ConnectionConfig
from fleet.client.engine import RpcFailed
from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.upstream.refused import failure_of

Metadata = Sequence[tuple[str, str | bytes]]
Answer = tuple[bytes, Metadata]
"""The message, and what the backend sent beside it."""


CONNECTION = ConnectionConfig(lean=True)
"""How every backend is connected to."""


class Backend:
    """A balanced channel whose methods are known by their descriptors only.

    Args:
        target: Where the channel goes.
        channel: Asks *safe* when a method is first called.
        safe: Paths of methods that may be called twice.
    """

    def __init__(self, target: str, channel: Channel, safe: set[str]) -> None:
        self.target = target
        self.channel = channel
        self._safe = safe
        # By the method of one edition: the next one may be described differently.
        self._callables: WeakKeyDictionary[Method, Any] = WeakKeyDictionary()

    async def unary(
        self,
        method: Method,
        message: bytes,
        timeout_s: float,
        metadata: Metadata,
        *,
        told: bool = False,
    ) -> Answer:
        """Call *method*.

        Args:
            method: One request, one answer.
            message: The request, encoded.
            timeout_s: For all attempts.
            metadata: Goes along.
            told: Whether the backend's metadata are wanted; they cost a little.

        Raises:
            Failure: It was refused.
        """
        call = self._start(method, message, timeout_s, metadata)
        try:
            answer = _sized(await call, method)
            if not told:
                return answer, ()
            first = await call.initial_metadata()
            last = await call.trailing_metadata()
        except RpcFailed as error:
            raise failure_of(error, method.name) from None
        return answer, (*first, *last)

    async def stream(
        self,
        method: Method,
        message: bytes,
        timeout_s: float | None,
        metadata: Metadata,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the answers of *method*.

        Raises:
            Failure: It was refused, or broke.
        """
        call = self._start(method, message, timeout_s, metadata)
        try:
            async for answer in call:
                yield _sized(answer, method)
        except RpcFailed as error:
            raise failure_of(error, method.name) from None
        finally:
            call.cancel()  # for who has read enough; else it has ended

    def _start(
        self,
        method: Method,
        message: bytes,
        timeout_s: float | None,
        metadata: Metadata,
    ) -> Any:  # noqa: ANN401 - one of gRPC's calls
        start = self._callables.get(method) or self._make(method)
        return start(message, timeout=timeout_s, metadata=metadata)

    def _make(self, method: Method) -> Any:  # noqa: ANN401 - one of gRPC's callables
        # By the backend's own word: the library knows generated code only.
        self._safe.discard(method.path)
        if method.safe:
            self._safe.add(method.path)
        kind = "unary_stream" if method.server_streaming else "unary_unary"
        made = self._callables[method] = getattr(self.channel, kind)(method.path)
        return made


def _sized(answer: bytes, method: Method) -> bytes:
    """Return *answer*, unless it is too large: a lean connection takes any size."""
    most = CONNECTION.max_message_bytes
    if len(answer) > most:
        text = f"{method.name} answered {len(answer)} bytes, allowed are {most}"
        raise Failure(Status.RESOURCE_EXHAUSTED, text)
    return answer
