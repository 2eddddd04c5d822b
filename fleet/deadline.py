"""The deadline of the call that is being handled, for the calls it makes."""

from contextvars import ContextVar

current: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the clock of `time.monotonic`, in seconds; None: no deadline."""
