"""One method of a channel: what all its calls share."""

import time
from collections.abc import Callable
from typing import Any

from fleet.client.balancer import Balancer
from fleet.client.peer import Peer
from fleet.client.safety import declared_safe


class Method:
    """A method by its path, to be called on whichever peer is chosen."""

    __slots__ = (
        "__weakref__",
        "_deserialize",
        "_kind",
        "_serialize",
        "balancer",
        "path",
        "safe",
        "traits",
    )

    def __init__(
        self,
        balancer: Balancer,
        kind: str,
        path: str,
        serialize: Callable[[Any], bytes] | None,
        deserialize: Callable[[bytes], Any] | None,
    ) -> None:
        self.balancer = balancer
        self.path = path
        self.safe = path in balancer.config.retry.safe_methods or declared_safe(path)
        self.traits = balancer.traits.of(path, time.monotonic())
        self._kind = kind
        self._serialize = serialize
        self._deserialize = deserialize

    def on(self, peer: Peer) -> Any:  # noqa: ANN401 - one of gRPC's four callables
        """Return the callable of *peer*'s own connection, made once."""
        try:
            return peer.link.methods[self]
        except KeyError:
            make = getattr(peer.connection, self._kind)
            made = make(
                self.path,
                request_serializer=self._serialize,
                response_deserializer=self._deserialize,
            )
            peer.link.methods[self] = made
            return made
