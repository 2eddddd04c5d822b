"""Run one task of the gateway: `python -m services.gateway`."""

import asyncio
import contextlib
import gc
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping

import uvloop

# Before gRPC is loaded. Its newer engine reads each connection in threads of its own;
# the older one reads in the thread that waits for answers anyway, and a call costs a
# sixth less CPU. Whoever knows better has said so in the environment.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_client")

from fleet.client.choosing.zones import ZoneConfig
from fleet.client.config import ChannelConfig, RetryConfig
from fleet.client.connect import connect
from fleet.errors import BadConfig, FleetError
from fleet.server import ServerSettings
from fleet.server.logs import configure
from fleet.server.meter import Minute
from fleet.server.minutes import Take, each_minute
from fleet.settings import from_env
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.environment import from_environment
from fleet.telemetry.tally import Tally
from fleet.zone import own_zone
from ranking.errors import BadStore, RankingError
from services.gateway.app import App
from services.gateway.edition import Traffic
from services.gateway.editions import Editions
from services.gateway.figures import add_figures
from services.gateway.guard.shared import open_limiter
from services.gateway.http.asgi import Asgi
from services.gateway.http.metrics import Metrics
from services.gateway.http.readiness import Readiness
from services.gateway.http.server import serve as serve_http
from services.gateway.places import Places
from services.gateway.reloading import Reloading, on_hangup
from services.gateway.settings import GatewaySettings
from services.gateway.upstream.backend import CONNECTION, Backend
from services.gateway.upstream.lives import Lives
from services.gateway.view import View

_BAD_SETTINGS = (BadConfig, BadStore)
_CALLED = re.compile(r"[^/]+/[^/]+").fullmatch
"""Whether a name is that of a method of a service."""
_GARBAGE = 20_000
"""Objects more than before, until the youngest are looked through."""


async def serve(env: Mapping[str, str]) -> None:
    """Serve what *env* says until told to leave.

    Raises:
        BadConfig: A `FLEET_` or `GATEWAY_` variable, or one of the files, those of
            TLS included.
        BadStore: The address of the store.
        CannotListen: The address is taken, or not one of this machine.
    """
    server = from_env(ServerSettings, env, "FLEET_")
    gateway = from_env(GatewaySettings, env, "GATEWAY_")
    configure(server.log_format, calls=server.log_calls)
    counted = open_limiter(gateway.store, gateway.store_password)
    tally = Tally()
    zone = await own_zone(gateway.zone, env)
    async with (
        from_environment(env, tally) as tracer,
        _traffic(gateway, ClientTelemetry(tally, tracer), zone) as traffic,
        counted as limiter,
    ):
        editions = Editions(gateway, env, traffic, limiter)
        await editions.first()
        _settle()
        ready, metrics = Readiness(), Metrics()
        add_figures(metrics, traffic, editions, tally)
        view = View(traffic, metrics, lambda: editions.current)
        app = App(lambda: editions.current, Places(editions, ready, metrics, view))
        asgi = Asgi(app, lambda: editions.current.policy, metrics)
        reloading = Reloading(gateway, editions, traffic)
        async with (
            on_hangup(reloading.now),
            _beside(reloading.keep()),
            _beside(_end_streams(ready, traffic.lives)),
            each_minute(_taken(metrics), server),
        ):
            await serve_http(asgi, server, lambda: editions.current.policy, ready)


def _taken(metrics: Metrics) -> Take:
    """Return what tells of the requests for methods since it was asked last.

    Without times: a balancer before us has those of each request.
    """
    before: Counter[str] = Counter()

    def take() -> Minute:
        so_far = _so_far(metrics)
        new = so_far - before
        before.update(new)
        return Minute(new["calls"], new["rejected"], new["failed"])

    return take


def _so_far(metrics: Metrics) -> Counter[str]:
    requests, _ = metrics.all.collect()
    found: Counter[str] = Counter()
    for _, labels, count, *_ in requests.samples:
        if not _CALLED(labels["method"]):
            continue  # /healthz, files of the console, strangers
        found["calls"] += int(count)
        if labels["status"] == "429":
            found["rejected"] += int(count)
        if labels["status"] >= "500":
            found["failed"] += int(count)
    return found


@contextlib.asynccontextmanager
async def _traffic(
    settings: GatewaySettings, telemetry: ClientTelemetry, zone: str | None
) -> AsyncIterator[Traffic]:
    async with contextlib.AsyncExitStack() as stack:
        backends = {}
        for target in settings.each_target:
            safe: set[str] = set()
            retry = RetryConfig(safe_methods=safe)
            config = ChannelConfig(
                retry=retry,
                connection=CONNECTION,
                tls=settings.tls,
                telemetry=telemetry,
                zone=ZoneConfig(name=zone) if zone else None,
            )
            channel = await stack.enter_async_context(connect(target, config))
            backends[target] = Backend(target, channel, safe)
        yield Traffic(backends)


@contextlib.asynccontextmanager
async def _beside(forever: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(forever)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _settle() -> None:
    """Look for garbage less often: what has been made until now is here to stay.

    A request makes some hundred objects and frees them by itself; Python's own pace
    is to look for circles among them every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 20)


async def _end_streams(ready: Readiness, lives: Lives) -> None:
    await ready.ended.wait()
    lives.close()


def main() -> int:
    """Return the exit code: 0 after a drain, 1 cannot serve, 2 bad settings."""
    try:
        uvloop.run(serve(os.environ))
    except (FleetError, RankingError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 2 if isinstance(error, _BAD_SETTINGS) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
