"""A line for every minute of a task, and one for the minute in which it ends."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from fleet.server import emf
from fleet.server.logs import json_lines
from fleet.server.meter import Minute
from fleet.server.settings import ServerSettings

log = logging.getLogger("fleet.server")

_MINUTE_S = 60.0
_EDGE_S = 5.0

Take = Callable[[], Minute]
Sleep = Callable[[float], Awaitable[None]]


@contextlib.asynccontextmanager
async def each_minute(
    take: Take,
    settings: ServerSettings,
    *,
    sleep: Sleep = asyncio.sleep,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[None]:
    """Log what *take* returns, every minute of the block and at its end.

    Nothing is logged without `settings.metrics_namespace`, nor into a log for people.

    Args:
        take: Returns what has been counted since it was called last.
        settings: What the metrics are called, and whether there are any.
        sleep: How to wait; tests pass a clock they control.
        now: Seconds since 1970.
    """
    if not settings.metrics_namespace:
        yield
        return
    if json_lines() is None:
        log.warning("no metrics: the log is for people; set FLEET_LOG_FORMAT=json")

    def tell() -> None:
        # Looked up each time: the log may have been configured anew.
        if write := json_lines():
            name, service = settings.metrics_namespace, settings.service
            write(emf.line(take(), name, service, now()))

    telling = asyncio.create_task(_again_and_again(tell, sleep, now))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])
        tell()


async def _again_and_again(
    tell: Callable[[], None], sleep: Sleep, now: Callable[[], float]
) -> None:
    # CloudWatch counts by the minute of the wall clock: at the same second of each,
    # and never near an edge, where one minute would have two samples and the next
    # none. Which second it is, the start says, so that the first one is whole too.
    second = min(max(now() % _MINUTE_S, _EDGE_S), _MINUTE_S - _EDGE_S)
    while True:
        left = _MINUTE_S - (now() - second) % _MINUTE_S
        await sleep(left if left > _MINUTE_S / 2 else left + _MINUTE_S)
        try:
            tell()
        except Exception:  # the next minute may be a better one
            log.exception("bug in the metrics of a minute")
