"""A service as ECS's scheduler keeps it."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

from fleet.local.tasks.pulse import Pulse
from infra.rollout.decide import Goal, decide
from infra.rollout.ground import Ground
from infra.rollout.health import Health
from infra.rollout.plan import ServicePlan, at_least, at_most
from infra.rollout.revision import Deployment, Revision, Rollout
from infra.rollout.task import State, Task


@dataclass(slots=True, eq=False)
class Service:
    """A service, its deployment and its living tasks, oldest first."""

    plan: ServicePlan
    ground: Ground
    desired: int
    deployment: Deployment
    completed: Revision | None = None
    """The last that was completed: what a rollback goes back to."""
    tasks: list[Task] = field(default_factory=list)
    trips: int = 0
    """How often the circuit breaker ended a deployment."""
    last_failure: str = ""
    """Of a task before it was healthy, for people; with its last words."""
    kills: int = 0
    """Tasks that SIGKILL had to end after their stop timeout."""
    lost_zones: set[str] = field(default_factory=set)
    pulse: Pulse = field(default_factory=Pulse)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lives: set[asyncio.Task[None]] = field(default_factory=set)
    _failed: set[Task] = field(default_factory=set)

    @property
    def active(self) -> list[Task]:
        """Those that count: RUNNING, or on their way there."""
        return [task for task in self.tasks if task.active]

    @property
    def healthy(self) -> int:
        """How many of them are healthy, as far as ECS knows."""
        return sum(task.health is Health.HEALTHY for task in self.active)

    @property
    def steady(self) -> bool:
        """Whether everything is as it should be, but for those that still stop."""
        active = self.active
        return self.healthy == len(active) == self.desired and all(
            task.revision == self.deployment.revision.number for task in active
        )

    @property
    def hopeless(self) -> bool:
        """Whether the deployment failed, and there is nothing to go back to."""
        return self.deployment.state is Rollout.FAILED and self.completed is None

    @property
    def quiet(self) -> bool:
        """Whether nobody has to stop any more, besides those that cannot."""
        leaving = (task for task in self.tasks if not task.active)
        return self.steady and all(task.frozen for task in leaving)

    @property
    def goal(self) -> Goal:
        """What the scheduler works for."""
        return Goal(
            desired=self.desired,
            least=at_least(self.desired, self.plan.min_percent),
            most=at_most(self.desired, self.deployment.max_percent),
            revision=self.deployment.revision.number,
            halted=self.deployment.state is Rollout.FAILED,
        )

    def told(self) -> str:
        """Return how it fares, for people; with the last words of who failed."""
        now = self.deployment
        healthy = f"{self.healthy} of {self.desired} tasks of {self.plan.name} healthy"
        first = f"revision {now.revision.number} is {now.state.value}, {healthy}"
        bad = (t.told() for t in self.active if t.health is not Health.HEALTHY)
        last = self.last_failure or next(bad, "")
        return f"{first}\n  {last}" if last else first

    def deploy(self, revision: Revision, *, max_percent: int | None = None) -> None:
        """Begin to replace every task; *max_percent* instead of the plan's."""
        percent = self.plan.max_percent if max_percent is None else max_percent
        self.deployment = Deployment(revision, percent)
        self.ground.say(f"deploying revision {revision.number}")
        self.pulse.beat()

    def scale(self, desired: int) -> None:
        """Aim for *desired* tasks."""
        if desired != self.desired:
            self.ground.say(f"desired count is {desired}")
        self.desired = desired
        self.pulse.beat()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until *done*; it is asked again after every change."""
        await self.pulse.until(done)

    async def _keep(self) -> None:
        while True:
            beat = self.pulse.next
            self._step()
            await beat.wait()

    def _step(self) -> None:
        if self.deployment.state is Rollout.IN_PROGRESS and self.steady:
            self.deployment.state = Rollout.COMPLETED
            self.completed = self.deployment.revision
            self.ground.say(f"revision {self.completed.number} is COMPLETED")
        steps = decide(self.goal, self.active)
        for task in steps.stop:
            task.stop()
        for _ in range(steps.start):
            self._start()

    def _start(self) -> None:
        running = Counter(task.provider for task in self.active)
        number = next(self._numbers)
        task = Task(
            id=f"{self.plan.name}-{number}",
            endpoint=next(self.ground.places),
            plan=self.plan,
            runs=self.deployment.revision,
            zone=self._zone(),
            provider=self.plan.provider(running),
            world=self,
            clock=self.ground.clock,
        )
        self.tasks.append(task)
        life = asyncio.create_task(task.live(self.ground.run))
        self._lives.add(life)
        life.add_done_callback(self._ended)

    def _ended(self, life: asyncio.Task[None]) -> None:
        self._lives.discard(life)
        if not life.cancelled() and (error := life.exception()):
            self.ground.say(f"a task could not live: {error!r}")

    async def _end(self) -> None:
        for task in self.tasks:
            task.wanted = False  # its end is no failure
        for life in self._lives:
            life.cancel()
        if self._lives:
            await asyncio.wait(set(self._lives))

    def _zone(self) -> str:
        """Return the zone with the fewest tasks of this revision.

        Fargate spreads them over the zones that it has:
        docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
        """
        revision = self.deployment.revision.number
        ours = (task for task in self.active if task.revision == revision)
        filled = Counter(task.zone for task in ours)
        there = [zone for zone in self.plan.zones if zone not in self.lost_zones]
        return min(there or self.plan.zones, key=lambda zone: filled[zone])

    # What a task's life changes in the world around it:

    def register(self, task: Task) -> None:
        """List *task*."""
        self.ground.registry.register(task.endpoint)

    def report(self, task: Task) -> None:
        """Tell of a task's health."""
        healthy = task.health is Health.HEALTHY
        self.ground.registry.report(task.endpoint, healthy=healthy)

    def deregister(self, task: Task) -> None:
        """List *task* no more."""
        self.ground.registry.deregister(task.endpoint)

    def changed(self, task: Task) -> None:
        """Take note of a task's new state or health."""
        if task.state is State.STOPPED:
            self.tasks.remove(task)
            self.kills += task.killed
        self._judge(task)
        self.pulse.beat()

    def _judge(self, task: Task) -> None:
        """Count what fails before it was healthy, once, and what does not."""
        deployment = self.deployment
        ours = task.runs is deployment.revision
        if not ours or deployment.state is not Rollout.IN_PROGRESS:
            return
        if task.health is Health.HEALTHY and self.plan.breaker.resets:
            deployment.failures = 0
        ended = task.state is State.STOPPED and task.wanted
        bad = ended or task.health is Health.UNHEALTHY
        if bad and not task.was_healthy and task not in self._failed:
            self._failed.add(task)
            deployment.failures += 1
            self.last_failure = task.told()
            count = f"failed ({deployment.failures} so far)"
            self.ground.say(f"{count}: {self.last_failure}")
            self._break()

    def _break(self) -> None:
        breaker, deployment = self.plan.breaker, self.deployment
        enough = deployment.failures >= breaker.threshold(self.desired)
        if not (breaker.enabled and enough):
            return
        self.trips += 1
        deployment.state = Rollout.FAILED
        self.ground.say(f"circuit breaker: revision {deployment.revision.number} fails")
        if breaker.rollback and self.completed is not None:
            self.deploy(self.completed)


@contextlib.asynccontextmanager
async def service(plan: ServicePlan, ground: Ground) -> AsyncIterator[Service]:
    """Keep a service for the length of the block; its tasks are killed at the end."""
    first = Deployment(Revision(1), plan.max_percent)
    kept = Service(plan, ground, plan.desired, first)
    keeping = asyncio.create_task(kept._keep())  # noqa: SLF001 - its other half
    try:
        yield kept
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        await kept._end()  # noqa: SLF001
        if not keeping.cancelled():
            keeping.result()  # a bug in the scheduler
