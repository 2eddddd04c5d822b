"""A service of fake containers on a fake clock."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from fleet.endpoint import Endpoint
from infra.rollout.ecs import Service, service
from infra.rollout.ground import Ground
from infra.rollout.health import Health
from infra.rollout.plan import Breaker, HealthCheck, ServicePlan
from infra.rollout.task import State, Task
from tests.clock import FakeClock

PLAN = ServicePlan(
    name="game-server",
    domain="local",
    desired=3,
    largest=6,
    command=("python", "-m", "services.champion"),
    environment={},
    port=5000,
    check=HealthCheck(
        command=("CMD", "true"),
        interval_s=5,
        timeout_s=3,
        retries=3,
        start_period_s=30,
    ),
    stop_timeout_s=60,
    min_percent=100,
    max_percent=200,
    breaker=Breaker(enabled=True, rollback=True),
    ttl_s=5,
    zones=("a", "b", "c"),
)


@dataclass
class FakeContainer:
    """Ends when told, at once; healthy unless a test says otherwise."""

    good: bool = True
    deaf: bool = False
    """Does not hear SIGTERM."""
    signals: list[str] = field(default_factory=list)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0
    last_words: tuple[str, ...] = ()

    def exit(self, code: int) -> None:
        self.code = code
        self._ended.set()

    def terminate(self) -> None:
        self.signals.append("TERM")
        if not self.deaf:
            self.exit(0)

    def freeze(self) -> None:
        self.signals.append("STOP")
        self.deaf, self.good = True, False

    def kill(self) -> None:
        self.signals.append("KILL")
        self.exit(-9)

    async def ended(self) -> int:
        await self._ended.wait()
        return self.code

    async def check(self) -> bool:
        return self.good


@dataclass
class Listed:
    """Who is listed, and what was told of them."""

    there: set[Endpoint] = field(default_factory=set)
    told: list[tuple[Endpoint, bool]] = field(default_factory=list)

    def register(self, endpoint: Endpoint) -> None:
        self.there.add(endpoint)

    def report(self, endpoint: Endpoint, *, healthy: bool) -> None:
        self.told.append((endpoint, healthy))

    def deregister(self, endpoint: Endpoint) -> None:
        self.there.discard(endpoint)


@dataclass
class Watched:
    """A service, and the extremes that were seen at any change."""

    service: Service
    clock: FakeClock
    listed: Listed
    most_counted: int = 0
    least_healthy: int = 1000
    lines: list[str] = field(default_factory=list)

    def look(self) -> None:
        self.most_counted = max(self.most_counted, len(self.service.active))
        self.least_healthy = min(self.least_healthy, self.service.healthy)

    def forget(self) -> None:
        """Begin to look anew."""
        self.most_counted, self.least_healthy = 0, 1000
        self.look()

    def containers(self) -> list[FakeContainer]:
        found = [task.container for task in self.service.tasks]
        return [one for one in found if isinstance(one, FakeContainer)]

    def states(self) -> list[tuple[State, Health]]:
        return [(task.state, task.health) for task in self.service.tasks]


Make = Callable[[Task], FakeContainer]


@contextlib.asynccontextmanager
async def watched(
    clock: FakeClock,
    plan: ServicePlan = PLAN,
    make: Make = lambda _: FakeContainer(),
    *,
    steady: bool = True,
) -> AsyncIterator[Watched]:
    """Run a service for the length of the block; it is steady at first."""

    @contextlib.asynccontextmanager
    async def run(task: Task) -> AsyncIterator[FakeContainer]:
        yield make(task)

    listed = Listed()
    lines: list[str] = []
    ground = Ground(
        registry=listed, run=run, places=_places(), clock=clock, say=lines.append
    )
    async with service(plan, ground) as kept:
        seen = Watched(kept, clock, listed, lines=lines)
        if steady:
            await clock.advance(plan.provision_s + 9)
            assert kept.steady
        looking = asyncio.create_task(_look(seen))
        seen.forget()
        try:
            yield seen
        finally:
            looking.cancel()
            await asyncio.wait([looking])


async def _look(seen: Watched) -> None:
    while True:
        beat = seen.service.pulse.next
        seen.look()
        await beat.wait()


def _places() -> Iterator[Endpoint]:
    for n in itertools.count(1):
        yield Endpoint(f"127.0.{n // 250}.{n % 250 + 1}", 5000)
