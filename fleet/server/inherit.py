"""The caller's deadline, and its leaving, for the calls that a method makes in turn.

What gRPC does in Go, Java and C++, and Python's does not: deadline propagation
(https://grpc.io/docs/guides/deadlines/) and that of a cancellation (.../cancellation/).
"""

import asyncio
import functools
import time

from fleet import deadline
from fleet.errors import Status
from fleet.server.method import Behaviour, Context, Reply, Request, status_of

monotonic = time.monotonic
_CLOCK_S = 0.005
"""By which a call may be out of time before ours is, on the engine's clock."""


def inherit_deadline(behaviour: Behaviour, margin_s: float = 0.0) -> Behaviour:
    """Bound the calls of *behaviour* by its own: in time, and when its caller leaves.

    Nothing is put back: each call is a task with a context of its own.

    Args:
        behaviour: Reads neither; see `fleet.deadline.detached` for the way out.
        margin_s: Seconds of the deadline that its calls leave it for an answer; of
            less than twice that, they leave half, or they had no time at all.
    """

    @functools.wraps(behaviour)
    async def inheriting(request: Request, context: Context) -> Reply:
        left_s = context.time_remaining()
        if left_s is not None:
            for_calls_s = left_s - min(margin_s, left_s / 2)
            deadline.current.set(monotonic() + max(0.0, for_calls_s))
        made: set[deadline.Cancellable] = set()
        deadline.made.set(made)
        try:
            return await behaviour(request, context)
        except asyncio.CancelledError:
            # What it awaited is cancelled already; not so what it only began.
            for call in tuple(made):
                call.cancel()
            raise
        except Exception as error:
            if not (_over() and _is_late(error)):
                raise
            # Its caller is still there, for the length of the margin: no bug.
            text = "the calls that it made took all of its time"
            await context.abort(Status.DEADLINE_EXCEEDED, text)

    return inheriting


def _over() -> bool:
    """Tell whether the time for calls is up."""
    until_s = deadline.current.get()
    return until_s is not None and monotonic() >= until_s - _CLOCK_S


def _is_late(error: Exception) -> bool:
    """Tell whether *error* is a call that was out of time; any engine's has a code."""
    if isinstance(error, ExceptionGroup):
        return all(_is_late(each) for each in error.exceptions)
    code = getattr(error, "code", None)
    return callable(code) and status_of(error) is Status.DEADLINE_EXCEEDED
