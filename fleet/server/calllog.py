"""One log line a call."""

import asyncio
import functools
import logging
import time
from collections.abc import Callable
from urllib.parse import unquote

from fleet.errors import Status
from fleet.server.method import Behaviour, Context, Reply, Request, status_of
from fleet.server.request_id import KEY, current_id, request_id

log = logging.getLogger("fleet.call")

_LINE = "%(method)s %(status)s %(ms).1f ms %(peer)s id=%(request_id)s"

_FINE = frozenset({Status.OK, Status.CANCELLED})
"""A caller that left is no failure."""
_LONGEST_PATH = 256
_CLOCK_S = 0.005
"""By which the engine's clock may say that a deadline is still to come."""


def log_calls(
    behaviour: Behaviour,
    path: str,
    level: int,
    count: Callable[[Status, float], None] | None = None,
) -> Behaviour:
    """Log each call of *behaviour* when it ends, and send its id back.

    The id goes into the trailers, which cost no packet of their own; what the
    method itself puts there stays.

    Args:
        behaviour: Already translated: nothing leaves it but a cancellation and
            the engine's own errors.
        path: Named in the line.
        level: Of `logging`; where it is off, nothing is formatted. A call that
            failed is logged at WARNING where others are at INFO.
        count: Told the status of each call and its milliseconds, logged or not.
    """
    failed_level = logging.WARNING if level == logging.INFO else level

    @functools.wraps(behaviour)
    async def logged(request: Request, context: Context) -> Reply:
        started = time.perf_counter()
        identity = request_id(context.invocation_metadata())
        current_id.set(identity)
        context.set_trailing_metadata(((KEY, identity),))
        peer = _peer(context)  # gone once the caller is
        cancelled = False
        try:
            return await behaviour(request, context)
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            _keep(context, identity)
            ms = (time.perf_counter() - started) * 1e3
            status = _left(context) if cancelled else status_of(context)
            if count is not None:
                count(status, ms)
            at = level if status in _FINE else failed_level
            if log.isEnabledFor(at):
                fields = {
                    "method": path.removeprefix("/")[:_LONGEST_PATH],
                    "status": status.name,
                    "ms": round(ms, 3),
                    "peer": peer,
                    "request_id": identity,
                }
                log.log(at, _LINE, fields, extra={"fields": fields})

    return logged


def _keep(context: Context, identity: str) -> None:
    trailers = context.trailing_metadata() or ()
    if all(key != KEY for key, _ in trailers):
        context.set_trailing_metadata((*trailers, (KEY, identity)))


def _left(context: Context) -> Status:
    """Tell a caller that went away from one whose time was up."""
    remaining_s = context.time_remaining()
    late = remaining_s is not None and remaining_s <= _CLOCK_S
    return Status.DEADLINE_EXCEEDED if late else Status.CANCELLED


def _peer(context: Context) -> str:
    """Return `10.0.0.7:4711` of the engine's `ipv4:10.0.0.7:4711`."""
    return unquote(context.peer().partition(":")[2])
