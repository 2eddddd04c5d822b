"""Game servers, gateways and a nameserver, as one environment has them."""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fleet.endpoint import Endpoint
from fleet.errors import BadConfig, NeverHealthy
from fleet.local.dns.cache import Cache
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone
from fleet.local.leash import leash
from fleet.local.tasks.addresses import bind_error, has_many_addresses
from infra.rollout.aws import PROPAGATION_S
from infra.rollout.cloudmap import CloudMap
from infra.rollout.container import RealContainer, container
from infra.rollout.ecs import Service, service
from infra.rollout.ground import Ground
from infra.rollout.plan import ServicePlan
from infra.rollout.task import Task

START_LIMIT_S = 90.0
"""Besides the provisioning of the game servers."""
NO_STORE: Mapping[str, str] = MappingProxyType({"CHAMPION_STORE": "memory://"})
"""Rankings are no part of this: each game server keeps its own."""
_PLACES = 60_000


class LoopClock:
    """The time of the running loop."""

    def now(self) -> float:
        """Return its seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Stage:
    """An environment that is up."""

    game_servers: Service
    cloudmap: CloudMap
    target: str
    """Of the game servers; gRPC's own resolver reads it as well."""
    gateways: tuple[Endpoint, ...]

    async def settled(self) -> None:
        """Wait until nobody stops any more, and every cache has heard of it."""
        while (left := self.cloudmap.seen_at - time.monotonic()) > 0 or not (
            self.game_servers.quiet
        ):
            await asyncio.sleep(max(0.0, left))
            await self.game_servers.until(lambda: self.game_servers.quiet)


@contextlib.asynccontextmanager
async def stage(
    game_server: ServicePlan, gateway: ServicePlan, say: Callable[[str], None]
) -> AsyncIterator[Stage]:
    """Run an environment for the length of the block, as after a long calm.

    Raises:
        BadConfig: This machine has one loopback address only.
        NeverHealthy: Nothing can come up, or did not within `START_LIMIT_S`; with
            the last words of a task.
        TimeoutError: All are healthy, and DNS does not show it.
    """
    zone = Zone(
        game_server.domain, ttl_s=game_server.ttl_s, propagation_s=PROPAGATION_S
    )
    listed = CloudMap(zone, game_server.name, game_server.ttl_s)
    places = _places(game_server.port)
    with leash() as end:
        async with nameserver(Cache(listed), port=0) as dns:

            def run(
                task: Task,
            ) -> contextlib.AbstractAsyncContextManager[RealContainer]:
                env = {**NO_STORE, **task.runs.changes}
                return container(task.plan, task.endpoint, env, end)

            ground = Ground(
                registry=listed, run=run, places=places, clock=LoopClock(), say=say
            )
            name = f"{game_server.name}.{game_server.domain}"
            target = f"dns://{dns}/{name}:{game_server.port}"
            async with (
                service(game_server, ground) as servers,
                _gateways(gateway, target, end) as doors,
            ):
                up = Stage(servers, listed, target, doors)
                try:
                    await _risen(up)
                    yield up
                finally:
                    listed.calm()


async def _risen(up: Stage) -> None:
    servers, began = up.game_servers, time.monotonic()
    limit_s = START_LIMIT_S + servers.plan.provision_s
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await servers.until(lambda: servers.steady or servers.hopeless)
            if servers.steady:
                await up.settled()
                return
    if servers.steady:
        raise TimeoutError(f"the list of tasks is not settled after {limit_s:g} s")
    took_s = round(time.monotonic() - began, 1)
    raise NeverHealthy(servers.plan.name, took_s, servers.told())


@contextlib.asynccontextmanager
async def _gateways(
    plan: ServicePlan, target: str, end: int
) -> AsyncIterator[tuple[Endpoint, ...]]:
    """Run as many gateways as are desired; they stay, whatever becomes of others."""
    places = list(itertools.islice(_places(plan.port, net=1), plan.desired))
    env = {"GATEWAY_TARGETS": target}
    began = time.monotonic()
    try:
        async with contextlib.AsyncExitStack() as stack:
            doors = [
                await stack.enter_async_context(container(plan, at, env, end))
                for at in places
            ]
            await asyncio.gather(*(_up(door) for door in doors))
            yield tuple(places)
    except _Down as down:
        took_s = round(time.monotonic() - began, 1)
        raise NeverHealthy(plan.name, took_s, str(down)) from None


async def _up(door: RealContainer) -> None:
    ending = asyncio.create_task(door.ended())
    try:
        async with asyncio.timeout(START_LIMIT_S):
            while not await door.check():
                if ending.done():
                    break
                await asyncio.sleep(0.1)
            else:
                return
        raise _Down(door, f"exit code {ending.result()}")
    except TimeoutError:
        said = " ".join(door.plan.check.command)
        raise _Down(door, f"never healthy says {said}") from None
    finally:
        ending.cancel()
        await asyncio.wait([ending])


class _Down(Exception):
    """A gateway did not come up; its last words are complete once it is closed."""

    def __init__(self, door: RealContainer, how: str) -> None:
        super().__init__(door, how)
        self.words = (how, door.last_words)

    def __str__(self) -> str:
        how, lines = self.words
        return "\n  ".join([how, *lines])


def _places(port: int, net: int = 0) -> Iterator[Endpoint]:
    """Yield free addresses in 127/8, none twice; those of others are left out.

    Raises:
        BadConfig: There is only one, as on macOS.
    """
    # Several of us at the same time keep out of each other's way.
    first = f"127.{16 + os.getpid() % 200}"
    if not has_many_addresses(f"{first}.0.1"):
        problem = "each task needs an address of its own in 127/8: Linux has them"
        raise BadConfig("this machine", [problem])
    for n in range(1, _PLACES):
        place = Endpoint(f"{first}.{net + 2 * (n // 250)}.{1 + n % 250}", port)
        if bind_error(place) is None:
            yield place
