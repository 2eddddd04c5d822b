"""What every lookup promises, asked of each of them over real sockets."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.discovery.lookup import Lookup
from fleet.discovery.target import lookup_for
from fleet.discovery.watch import Watch, watch
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed
from fleet.local.dns.answers import Source
from fleet.local.dns.cache import Cache
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone
from tests.named import Named, free_port, named
from tests.support.cloudmap_front import Front, front
from tests.support.cloudmap_map import Service
from tests.support.cloudmap_moto import aws_settings, moto

NAME = "game-server.local"
PATIENCE_S = 40  # a cache shows 20 tasks in some 8 TTLs, with bad luck in 20


def tasks(count: int) -> frozenset[Endpoint]:
    return frozenset(Endpoint(f"127.0.1.{n}", 5000) for n in range(1, count + 1))


class World:
    """A service whose tasks come and go, and the lookup that looks for them."""

    lookup: Lookup

    async def hold(self, endpoints: Iterable[Endpoint]) -> None:
        """Make these the service's tasks."""
        raise NotImplementedError

    async def fail(self) -> None:
        """Make the source useless."""
        raise NotImplementedError

    async def recover(self) -> None:
        """Make it useful again."""
        raise NotImplementedError


class Ours(World):
    """Our nameserver with our zone."""

    def __init__(self, target: str, serve: Callable[[Zone], Source]) -> None:
        self._zone = Zone()
        self._held: frozenset[Endpoint] = frozenset()
        self._source = serve(self._zone)
        self._port = free_port()
        self._running = contextlib.AsyncExitStack()
        self.lookup = lookup_for(target.format(ns=f"127.0.0.1:{self._port}"))

    async def hold(self, endpoints: Iterable[Endpoint]) -> None:
        """Register and deregister what differs."""
        wanted = frozenset(endpoints)
        for endpoint in self._held - wanted:
            self._zone.deregister("game-server", endpoint)
        for endpoint in wanted - self._held:
            self._zone.register("game-server", endpoint)
        self._held = wanted

    async def fail(self) -> None:
        """Stop the nameserver."""
        await self._running.aclose()

    async def recover(self) -> None:
        """Start it on the same port."""
        serving = nameserver(self._source, port=self._port)
        await self._running.enter_async_context(serving)


@dataclass
class Binds(World):
    """BIND's nameserver with its own zone file."""

    lookup: Lookup
    line: Callable[[Endpoint], str]
    process: Named
    frozen: bool = field(default=False)

    async def hold(self, endpoints: Iterable[Endpoint]) -> None:
        """Write the zone anew."""
        self.process.serve(self.line(endpoint) for endpoint in endpoints)

    async def fail(self) -> None:
        """Stop the process, as a machine that hangs."""
        self.process.freeze()

    async def recover(self) -> None:
        """Let it go on."""
        self.process.thaw()


@dataclass
class Mapped(World):
    """Cloud Map as moto has it, behind a front that can go away."""

    lookup: Lookup
    service: Service
    front: Front

    async def hold(self, endpoints: Iterable[Endpoint]) -> None:
        """Register and deregister what differs."""
        await self.service.hold(endpoints)

    async def fail(self) -> None:
        """Let nobody listen."""
        await self.front.go_away()

    async def recover(self) -> None:
        """Listen again."""
        await self.front.come()


@contextlib.asynccontextmanager
async def ours(
    target: str, serve: Callable[[Zone], Source] = lambda zone: zone
) -> AsyncIterator[World]:
    world = Ours(target, serve)
    await world.recover()
    try:
        yield world
    finally:
        await world.fail()


@contextlib.asynccontextmanager
async def binds(
    target: str, line: Callable[[Endpoint], str], home: Path
) -> AsyncIterator[World]:
    async with named(home) as (there, process):
        yield Binds(lookup_for(target.format(ns=there)), line, process)


@contextlib.asynccontextmanager
async def cloudmap() -> AsyncIterator[World]:
    with moto() as emulator, aws_settings():
        service = Service(emulator)
        async with front(emulator) as there:
            yield Mapped(lookup_for(service.target(there.endpoint)), service, there)


def a_record(endpoint: Endpoint) -> str:
    return f"game-server A {endpoint.host}"


def srv_record(endpoint: Endpoint) -> str:
    label = endpoint.host.replace(".", "-")
    return (
        f"game-server SRV 1 1 {endpoint.port} {label}.game-server\n"
        f"{label}.game-server A {endpoint.host}"
    )


BY_ADDRESS = "dns://{ns}/game-server.local:5000"
BY_SERVICE = "dns://{ns}/game-server.local"

SOURCES: dict[str, Callable[[Path], AbstractAsyncContextManager[World]]] = {
    "ours": lambda _: ours(BY_ADDRESS),
    "ours-srv": lambda _: ours(BY_SERVICE),
    "ours-behind-a-cache": lambda _: ours(BY_ADDRESS, Cache),
    "ours-srv-behind-a-cache": lambda _: ours(BY_SERVICE, Cache),
    "bind": lambda home: binds(BY_ADDRESS, a_record, home),
    "bind-srv": lambda home: binds(BY_SERVICE, srv_record, home),
    "cloudmap": lambda _: cloudmap(),
}


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.needs("named") if "bind" in name else ())
        for name in SOURCES
    ]
)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Every source that can change, one after the other."""
    async with SOURCES[request.param](tmp_path) as each:
        yield each


async def eventually(lookup: Lookup, expected: Iterable[Endpoint]) -> None:
    """Ask until the answer is as expected; a TTL or a reload may be in between."""
    wanted, last = frozenset(expected), None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while last != wanted:
                await asyncio.sleep(0.02)
                last = (await lookup()).endpoints
    except TimeoutError:
        assert last == wanted


async def test_answers_the_complete_set(world: World) -> None:
    await world.hold(tasks(3))

    await eventually(world.lookup, tasks(3))
    assert 0 < (await world.lookup()).ttl_s <= 1


async def test_nobody_is_an_answer(world: World) -> None:
    assert (await world.lookup()).endpoints == frozenset()


async def test_follows_growing_moving_and_emptying(world: World) -> None:
    few, more, others = tasks(1), tasks(5), tasks(5) - tasks(3)
    for held in (few, more, others, frozenset[Endpoint](), few):
        await world.hold(held)
        await eventually(world.lookup, held)


async def test_twenty_are_found_behind_eight(world: World) -> None:
    await world.hold(tasks(20))

    await eventually(world.lookup, tasks(20))


async def test_a_source_that_fails_is_a_failure_and_recovers(world: World) -> None:
    await world.hold(tasks(2))
    await eventually(world.lookup, tasks(2))
    await world.fail()
    with pytest.raises(ResolveFailed, match=r"127\.0\.0\.1:\d+ is"):
        await world.lookup()

    await world.recover()
    await eventually(world.lookup, tasks(2))


async def test_many_may_ask_at_once(world: World) -> None:
    await world.hold(tasks(3))
    await eventually(world.lookup, tasks(3))
    answers = await asyncio.gather(*(world.lookup() for _ in range(50)))

    assert {answer.endpoints for answer in answers} == {tasks(3)}


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


async def test_a_cancelled_question_leaves_nothing_behind(world: World) -> None:
    await world.hold(tasks(8))  # more than one question
    await eventually(world.lookup, tasks(8))
    files, alive = open_files(), asyncio.all_tasks()
    for turns in range(40):
        asking = asyncio.ensure_future(world.lookup())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])

    await world.lookup()  # the loop closes sockets a turn later
    assert asyncio.all_tasks() == alive
    assert open_files() <= files


async def test_a_watch_keeps_what_it_knows_while_the_source_fails(world: World) -> None:
    await world.hold(tasks(2))
    await eventually(world.lookup, tasks(2))
    news = asyncio.Event()

    async def until(condition: Callable[[Watch], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition(known):
                news.clear()
                await news.wait()

    async with watch(world.lookup, lambda _: news.set()) as known:
        await until(lambda known: known.endpoints == tasks(2))
        await world.fail()
        await until(lambda known: known.error is not None)
        assert known.endpoints == tasks(2)

        await world.recover()
        await world.hold(tasks(3))
        await until(lambda known: known.endpoints == tasks(3))
        assert known.error is None


async def test_a_fixed_set_never_changes() -> None:
    lookup = lookup_for("fixed://127.0.1.1:5000,127.0.1.2:5000")
    answers = await asyncio.gather(*(lookup() for _ in range(5)))

    assert {answer.endpoints for answer in answers} == {tasks(2)}
    assert answers[0].ttl_s == math.inf
