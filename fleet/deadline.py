"""The deadline of the call that is being handled, for the calls it makes."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

current: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the clock of `time.monotonic`, in seconds; None: no deadline."""


@contextlib.contextmanager
def detached() -> Iterator[None]:
    """Let calls in the block, and tasks started in it, outlive the handler's call.

    A task that a handler starts inherits the handler's deadline, and its calls
    fail when that has passed.
    """
    token = current.set(None)
    try:
        yield
    finally:
        current.reset(token)
