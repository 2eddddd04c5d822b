"""The deadline of the call that is being handled, for the calls it makes."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol

current: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the clock of `time.monotonic`, in seconds; None: no deadline."""


class Cancellable(Protocol):
    """A call that can be given up."""

    def cancel(self) -> bool:
        """End the call; false: it has ended."""


made: ContextVar[set[Cancellable] | None] = ContextVar("made", default=None)
"""The calls under way that the handler has made, to be cancelled with its own; None:
there is no handler. Whoever makes a call adds it, and takes it out at its end."""


@contextlib.contextmanager
def detached() -> Iterator[None]:
    """Let calls in the block, and tasks started in it, outlive the handler's call.

    A task that a handler starts inherits the handler's deadline and its cancellation:
    its calls fail when the deadline has passed, and are cancelled when the handler's
    caller leaves. The task itself is not: only what the handler awaits is cancelled
    with it, and `asyncio.shield` keeps even that. So what must be finished whatever
    becomes of the caller is a task of its own, started in this block, and held by
    somebody who lives longer than the handler.
    """
    tokens = current.set(None), made.set(None)
    try:
        yield
    finally:
        current.reset(tokens[0])
        made.reset(tokens[1])
