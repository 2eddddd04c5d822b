"""What a generated stub is given: a channel to every task of a service."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from fleet.client.balancer import Balancer
from fleet.client.calls import StreamStream, StreamUnary, UnaryStream, UnaryUnary
from fleet.client.engine import ChannelConnectivity, aio
from fleet.client.explain import Explanation, explain
from fleet.client.method import Method
from fleet.client.peer import State

Serialize = Callable[[Any], bytes] | None
Deserialize = Callable[[bytes], Any] | None


class Channel(aio.Channel):
    """Every task of a service as one gRPC channel, made by `fleet.connect`.

    Each call of each kind is balanced on its own, so a stub that is kept for
    ever follows the fleet. The block of `fleet.connect` owns its life: `close`
    is for code that was handed the channel as gRPC's own.
    """

    def __init__(self, balancer: Balancer) -> None:
        self._balancer = balancer

    def explain(self) -> Explanation:
        """Return each endpoint's state, load, record and why it is picked or not."""
        return explain(self._balancer)

    def unary_unary(
        self,
        method: str,
        request_serializer: Serialize = None,
        response_deserializer: Deserialize = None,
        _registered_method: bool | None = None,  # noqa: FBT001 - gRPC's own
    ) -> UnaryUnary[Any, Any]:
        """Return the callable for *method*, as a stub does when it is made."""
        made = self._method(
            "unary_unary", method, request_serializer, response_deserializer
        )
        return UnaryUnary(made, self._balancer.config.timeout_s)

    def unary_stream(
        self,
        method: str,
        request_serializer: Serialize = None,
        response_deserializer: Deserialize = None,
        _registered_method: bool | None = None,  # noqa: FBT001 - gRPC's own
    ) -> UnaryStream[Any, Any]:
        """Return the callable for *method*, as a stub does when it is made."""
        made = self._method(
            "unary_stream", method, request_serializer, response_deserializer
        )
        return UnaryStream(made, None)

    def stream_unary(
        self,
        method: str,
        request_serializer: Serialize = None,
        response_deserializer: Deserialize = None,
        _registered_method: bool | None = None,  # noqa: FBT001 - gRPC's own
    ) -> StreamUnary[Any, Any]:
        """Return the callable for *method*, as a stub does when it is made."""
        made = self._method(
            "stream_unary", method, request_serializer, response_deserializer
        )
        return StreamUnary(made, self._balancer.config.timeout_s)

    def stream_stream(
        self,
        method: str,
        request_serializer: Serialize = None,
        response_deserializer: Deserialize = None,
        _registered_method: bool | None = None,  # noqa: FBT001 - gRPC's own
    ) -> StreamStream[Any, Any]:
        """Return the callable for *method*, as a stub does when it is made."""
        made = self._method(
            "stream_stream", method, request_serializer, response_deserializer
        )
        return StreamStream(made, None)

    def _method(
        self, kind: str, path: str, serialize: Serialize, deserialize: Deserialize
    ) -> Method:
        return Method(self._balancer, kind, path, serialize, deserialize)

    def get_state(
        self,
        try_to_connect: bool = False,  # noqa: FBT001, FBT002 - gRPC's own
    ) -> ChannelConnectivity:
        """Return READY while any endpoint can be called."""
        del try_to_connect  # every endpoint is kept connected all the time
        peers = self._balancer.peers
        if peers.closed:
            return ChannelConnectivity.SHUTDOWN
        if peers.ready:
            return ChannelConnectivity.READY
        if peers.members and all(p.state is State.FAILING for p in peers.members):
            return ChannelConnectivity.TRANSIENT_FAILURE
        return ChannelConnectivity.CONNECTING

    async def wait_for_state_change(
        self, last_observed_state: ChannelConnectivity
    ) -> None:
        """Return when `get_state` is no longer *last_observed_state*."""
        while self.get_state() is last_observed_state:
            await self._changed()

    async def channel_ready(self) -> None:
        """Return when an endpoint can be called; it may take for ever."""
        while not self._balancer.peers.ready:
            await self._changed()

    async def _changed(self) -> None:
        peers = self._balancer.peers
        if peers.closed:
            raise aio.UsageError("Channel is closed.")
        await peers.changed()

    async def close(self, grace: float | None = None) -> None:
        """Cancel the calls that have not ended *grace* seconds from now."""
        await self._balancer.peers.close(grace)

    async def __aenter__(self) -> Self:
        """Return the channel itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Close the channel."""
        await self.close()
