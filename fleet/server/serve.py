"""A server's life: announce, serve, drain."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from fleet.endpoint import Endpoint
from fleet.server.assemble import Parts, assemble
from fleet.server.engine import Latest
from fleet.server.leaving import unless
from fleet.server.minutes import each_minute
from fleet.server.registry import Register
from fleet.server.settings import ServerSettings, parse_listen
from fleet.telemetry.metrics import metrics_page
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally
from fleet.tls.files import TlsFiles
from fleet.tls.keeper import kept

log = logging.getLogger("fleet.server")

Sleep = Callable[[float], Awaitable[None]]
OnClose = Callable[[], None]


def nothing() -> None:
    """Have no streams to end."""


class Server:
    """A server that is up.

    Attributes:
        endpoint: Where it listens; the port is the one taken for port 0.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        parts: Parts,
        settings: ServerSettings,
        sleep: Sleep,
        on_close: OnClose,
    ) -> None:
        self.endpoint = endpoint
        self._parts = parts
        self._settings = settings
        self._sleep = sleep
        self._on_close = on_close
        self._hurry = asyncio.Event()
        self._drain: asyncio.Task[None] | None = None

    def start_drain(self) -> asyncio.Task[None]:
        """Begin the drain, or return the one that is under way."""
        if self._drain is None:
            self._drain = asyncio.create_task(self._leave())
        return self._drain

    def hurry(self) -> None:
        """Cancel the calls in flight now: no linger, no grace."""
        self._hurry.set()

    async def _leave(self) -> None:
        try:
            log.info("draining: health says NOT_SERVING")
            self._parts.health.leave()
            await unless(self._hurry, self._sleep(self._settings.linger_s))
            log.info("closing: calls in flight have %g s", self._settings.grace_s)
            await unless(self._hurry, self._close())
        finally:
            await self._parts.engine.stop(0)
            log.info("closed")

    async def _close(self) -> None:
        stop = asyncio.create_task(self._parts.engine.stop(self._settings.grace_s))
        # The goodbye of the connection first: a watch that ended before it
        # would be opened again.
        await asyncio.sleep(0)
        self._parts.health.close()
        self._parts.meter.parting = True
        self._on_close()
        await stop


@contextlib.asynccontextmanager
async def serving(
    register: Register,
    settings: ServerSettings,
    *,
    sleep: Sleep = asyncio.sleep,
    on_close: OnClose = nothing,
    telemetry: ServerTelemetry | None = None,
) -> AsyncIterator[Server]:
    """Serve for the length of the block, then drain.

    The drain has three steps, so that no caller sees a reset:

    1. health turns NOT_SERVING, and callers go elsewhere;
    2. calls keep being answered for `linger_s`, while callers notice;
    3. calls in flight get `grace_s` to finish, then are cancelled.

    With `metrics_namespace`, calls are counted and each minute is logged, the last
    one when the drain is over; see `each_minute`.

    Args:
        register: Pairs of `add_..._to_server` and the servicer to add.
        settings: The lengths of the steps, the address, the limits.
        sleep: How to linger, and to wait for the next minute; tests pass one that
            waits for them.
        on_close: Called when the linger is over: ends the streams that have no end
            of their own, which would else hold the drain for all of `grace_s`.
        telemetry: Told of every call; None: nobody is.

    Raises:
        BadConfig: The certificates cannot be used.
        CannotListen: The address is taken, or not one of this machine.
        TypeError: A method is not `async def`.
    """
    parts = assemble(register, settings, telemetry)
    tally = (telemetry and telemetry.metrics) or Tally()
    page = parse_listen(settings.metrics_listen) if settings.metrics_listen else None
    async with (
        _certificates(settings) as latest,
        metrics_page(page, tally, parts.numbers),
    ):
        endpoint = await parts.engine.start(latest)
        server = _announced(parts, endpoint, settings, sleep, on_close)
        async with (
            each_minute(parts.meter.take, settings, sleep=sleep),
            parts.guards.lag.watching(parts.engine.traffic),
        ):
            try:
                yield server
            finally:
                await server.start_drain()


def _announced(
    parts: Parts,
    endpoint: Endpoint,
    settings: ServerSettings,
    sleep: Sleep,
    on_close: OnClose,
) -> Server:
    parts.health.serve(parts.services)
    log.info(
        "serving %s on %s",
        ", ".join(parts.services),
        endpoint,
        extra={"fields": {"endpoint": str(endpoint)}},
    )
    return Server(endpoint, parts, settings, sleep, on_close)


@contextlib.asynccontextmanager
async def _certificates(settings: ServerSettings) -> AsyncIterator[Latest | None]:
    """Follow the files of TLS for the length of the block; None: there is no TLS."""
    if not settings.tls_cert:
        yield None
        return
    ca = Path(settings.tls_ca) if settings.tls_ca else None
    files = TlsFiles(ca=ca, cert=Path(settings.tls_cert), key=Path(settings.tls_key))
    async with kept(files, "server") as keeper:
        yield lambda: keeper.material
