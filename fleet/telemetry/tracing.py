"""What calls need of traces, whoever makes them."""

from collections.abc import Callable, Iterable
from typing import Protocol

from fleet.telemetry.times import Trace

Metadata = Iterable[tuple[str, str | bytes]]
"""Pairs, as gRPC has them."""


class SentAttempt(Protocol):
    """The span of one attempt."""

    @property
    def metadata(self) -> Metadata:
        """What to send, so that the server's span is a child of this one."""
        ...

    def ended(self, status: int) -> None:
        """End the span, once."""
        ...


class Sent(Protocol):
    """The span of a call that this process makes."""

    @property
    def metadata(self) -> Metadata | None:
        """What to send, so that the server's span is a child of this one."""
        ...

    @property
    def trace(self) -> Trace | None:
        """None: the span is not kept."""
        ...

    def attempt(self, endpoint: object) -> SentAttempt | None:
        """Begin the span of an attempt; None: nothing of this call is kept."""
        ...

    def ended(self, status: int) -> None:
        """End the span, once."""
        ...


class Received(Protocol):
    """The span of a call that this process answers."""

    @property
    def trace(self) -> Trace | None:
        """None: the span is not kept."""
        ...

    def ended(self, status: int, bug: BaseException | None) -> None:
        """End the span, once; *bug*: what left the method and should not have."""
        ...


class Tracing(Protocol):
    """Makes spans; `fleet.telemetry.opentelemetry.OpenTelemetry` does."""

    def sent(self, target: str, path: str, metadata: Metadata | None) -> Sent:
        """Begin the span of a call; its parent is what is current.

        Where nothing is, the parent that *metadata* names: it is passed on for
        somebody else.
        """
        ...

    def received(
        self, path: str, metadata: Metadata, peer: Callable[[], str]
    ) -> Received:
        """Begin the span of a call whose parent *metadata* names; make it current.

        It is current until the task ends, and in the tasks that this one starts.
        """
        ...
