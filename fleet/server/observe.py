"""Metrics and a span for each call, where anybody wants them."""

import asyncio
import functools
import time

from fleet.errors import Refusal, Status
from fleet.server.engine import Aborted, Unsent
from fleet.server.method import Behaviour, Context, Reply, Request, status_of
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally

monotonic = time.monotonic
_CLOCK_S = 0.005
"""By which the engine's clock may say that a deadline is still to come."""


def observe(
    behaviour: Behaviour, path: str, telemetry: ServerTelemetry | None
) -> Behaviour:
    """Tell *telemetry* of each call of *behaviour*, of any of the four kinds.

    The span is current while the method runs, and in the tasks that it starts: calls
    that they make are its children. It is not put back, because each call is a task
    with a context of its own.

    Args:
        behaviour: Not yet translated: a span shows the error as it was raised.
        path: Such as `/rpc.Rpc/GetChampion`; `OTHER` for what is not served.
        telemetry: None, or one that tells nobody: *behaviour* stays as it is.
    """
    if telemetry is None or telemetry == ServerTelemetry():
        return behaviour
    series = (telemetry.metrics or Tally()).server(path)
    tracer, times = telemetry.tracer, series.calls

    @functools.wraps(behaviour)
    async def observed(request: Request, context: Context) -> Reply:
        began = monotonic()
        series.started += 1
        series.in_flight += 1
        span = None
        if tracer is not None:
            metadata = context.invocation_metadata() or ()
            span = tracer.received(path, metadata, context.peer)
        failure: BaseException | None = None
        try:
            return await behaviour(request, context)
        except BaseException as error:
            failure = error
            raise
        finally:
            series.in_flight -= 1
            status, bug = _outcome(failure, context)
            times.add(status, monotonic() - began, None if span is None else span.trace)
            if span is not None:
                span.ended(status, bug)
            failure = bug = None  # its traceback holds this frame

    return observed


def _outcome(
    error: BaseException | None, context: Context
) -> tuple[int, BaseException | None]:
    """Return what the caller will be told, as `translate_errors` has it, and a bug.

    Args:
        error: What left the method; None: it has returned.
        context: Knows what the method has set, and what is left of the deadline.
    """
    if error is None:
        return (status_of(context) if context.code() else 0), None
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, Refusal):
        return error.status, None
    if isinstance(error, Aborted):
        return status_of(context), None
    task = asyncio.current_task()
    left = isinstance(error, asyncio.CancelledError | Unsent)
    if left and task and task.cancelling():
        left_s = context.time_remaining()
        late = left_s is not None and left_s <= _CLOCK_S
        return (Status.DEADLINE_EXCEEDED if late else Status.CANCELLED), None
    return Status.INTERNAL, error
