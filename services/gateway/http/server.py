"""The gateway as a process: listen, answer, drain."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate

from uvicorn.config import Config

from fleet.endpoint import Endpoint
from fleet.errors import CannotListen
from fleet.server.leash import leash
from fleet.server.leaving import leave_when_told
from fleet.server.logs import configure
from fleet.server.settings import ServerSettings, parse_listen
from fleet.server.signals import signals
from services.gateway.http.asgi import Asgi
from services.gateway.http.drain import Drain
from services.gateway.http.files import Probe, room
from services.gateway.http.listening import listen
from services.gateway.http.protocol import Connection
from services.gateway.http.readiness import Readiness
from services.gateway.http.shared import Shared
from services.gateway.policy.policy import Policy

log = logging.getLogger("gateway.server")

Sleep = Callable[[float], Awaitable[None]]


class Server:
    """A gateway that is up.

    Attributes:
        endpoint: Where it listens; the port is the one taken for port 0.
    """

    def __init__(self, endpoint: Endpoint, drain: Drain) -> None:
        self.endpoint = endpoint
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None

    def start_drain(self) -> asyncio.Task[None]:
        """Begin the drain, or return the one that is under way."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain.run())
        return self._draining

    def hurry(self) -> None:
        """Cancel the requests in flight now: no linger, no grace."""
        self._drain.hurried.set()


async def serve(
    asgi: Asgi,
    settings: ServerSettings,
    policy: Callable[[], Policy],
    ready: Readiness,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends at once.

    Also drains when `leash_fd` ends. Takes over the process's signals and logs.

    Raises:
        BadConfig: `leash_fd` is not an open pipe.
        CannotListen: The address is taken, or not one of this machine.
        SystemExit: After a second signal, with 128 and its number.
    """
    configure(settings.log_format, calls=settings.log_calls)
    # Signals first: one that came between would kill a server that is up.
    with signals() as told, leash(settings.leash_fd, told.to_leave.set):
        async with serving(asgi, settings, policy, ready) as server:
            await leave_when_told(server, told)
    if told.code is not None:
        raise SystemExit(told.code)


@contextlib.asynccontextmanager
async def serving(
    asgi: Asgi,
    settings: ServerSettings,
    policy: Callable[[], Policy],
    ready: Readiness,
    *,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Server]:
    """Serve for the length of the block, then drain; see `Drain`.

    Args:
        asgi: Answers the requests.
        settings: The address, and the lengths of the drain's steps.
        policy: For the limits; a connection keeps those of its beginning.
        ready: Says that we serve, and that we stop.
        sleep: How to linger; tests pass one that waits for them.

    Raises:
        CannotListen: The address is taken, or not one of this machine.
    """
    shared = Shared(policy, asgi.metrics)
    asgi.metrics.gauge(
        "gateway_connections", "Connections now.", lambda: len(shared.connections)
    )
    shared.room = room(policy().limits.connections)
    listener = _bound(parse_listen(settings.listen))
    endpoint = Endpoint(*listener.getsockname()[:2])
    loop, config = asyncio.get_running_loop(), _config(asgi)
    listening = await listen(listener, lambda: Connection(config, shared, {}, loop))
    beat = asyncio.create_task(_each_second(shared))
    server = Server(endpoint, Drain(listening, shared, settings, ready, sleep))
    ready.serving = True
    log.info("serving on http://%s", endpoint)
    try:
        yield server
    finally:
        await server.start_drain()
        beat.cancel()
        await asyncio.wait([beat])


def _config(asgi: Asgi) -> Config:
    config = Config(
        asgi,
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # ours has more to tell
        proxy_headers=False,  # and we know better whom to trust
    )
    config.load()
    return config


def _bound(wanted: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((wanted.host, wanted.port))
        listener.setblocking(False)  # noqa: FBT003 - its only form
    except OSError as error:
        listener.close()
        raise CannotListen(str(wanted), error.strerror or str(error)) from error
    return listener


async def _each_second(shared: Shared) -> None:
    """Write the header `date` now instead of in each answer, and look for files."""
    probe = Probe(lambda: shared.metrics.rejected("files"))
    while True:
        now = formatdate(usegmt=True).encode()
        shared.default_headers = [(b"date", now)]
        probe.look()
        await asyncio.sleep(1)
