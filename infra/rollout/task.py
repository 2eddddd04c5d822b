"""One task's life, from PROVISIONING to STOPPED."""

import asyncio
import enum
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from fleet.endpoint import Endpoint
from infra.rollout.aws import MAX_STOP_TIMEOUT_S, NOTICE_S
from infra.rollout.container import Container
from infra.rollout.health import Health, Judge
from infra.rollout.plan import ServicePlan
from infra.rollout.revision import Revision


class State(enum.Enum):
    """`lastStatus` of a task, without what callers cannot tell apart.

    PENDING is in ACTIVATING, DEACTIVATING in STOPPING and DEPROVISIONING in STOPPED:
    docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """

    PROVISIONING = "PROVISIONING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class World(Protocol):
    """What a task's life changes in the world around it."""

    def register(self, task: "Task") -> None:
        """List the task, as not healthy yet."""

    def report(self, task: "Task") -> None:
        """Tell whoever lists the task of its health."""

    def deregister(self, task: "Task") -> None:
        """List the task no more; asked twice, it does nothing."""

    def changed(self, task: "Task") -> None:
        """Take note of a new state or health."""


class Clock(Protocol):
    """Time: the loop's, or a test's."""

    def now(self) -> float:
        """Return seconds since some moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""


Run = Callable[["Task"], AbstractAsyncContextManager[Container]]
"""Start the container of a task, and end it with the block."""


@dataclass(slots=True, eq=False)
class Task:
    """One running copy of a service."""

    id: str
    endpoint: Endpoint
    plan: ServicePlan
    runs: Revision
    zone: str
    provider: str
    world: World
    clock: Clock
    state: State = State.PROVISIONING
    health: Health = Health.UNKNOWN
    was_healthy: bool = False
    wanted: bool = True
    """False once it was told to stop."""
    interrupted: bool = False
    """Spot has taken it: it stays listed until it has ended."""
    lost: bool = False
    """Its zone is: nobody hears of its end."""
    frozen: bool = False
    """Its zone is, and it hears no SIGTERM."""
    killed: bool = False
    """SIGKILL had to end it, after its stop timeout."""
    exit_code: int | None = None
    container: Container | None = None
    error: str = ""
    """Why it could not be started."""
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def revision(self) -> int:
        """Of the task definition that it runs."""
        return self.runs.number

    @property
    def active(self) -> bool:
        """Whether it counts: it has neither ended nor been told to."""
        return self.wanted and self.state is not State.STOPPED

    def told(self) -> str:
        """Return how it fares, for people, and the last that it has printed."""
        fares = self.state.value if self.wanted else "told to stop"
        if self.exit_code is not None:
            fares = f"exit code {self.exit_code}"
        elif self.state is State.RUNNING:
            fares = f"{self.health.value} says {' '.join(self.plan.check.command)}"
        words = self.container.last_words if self.container else ()
        return "\n  ".join([f"{self.id}: {self.error or fares}", *words])

    def stop(self) -> None:
        """Deregister it and send SIGTERM, in the same moment."""
        self.wanted = False
        self._told.set()
        if not self.interrupted:
            self.world.deregister(self)

    def interrupt(self) -> None:
        """Send SIGTERM, as Spot's warning does.

        It is not deregistered before it has ended: of load balancers that is said in
        https://repost.aws/knowledge-center/fargate-spot-termination-notice, and of
        Cloud Map nothing better.
        """
        self.interrupted = True
        self.stop()

    async def live(self, run: Run) -> None:
        """Live from the start to the end, whatever ends it."""
        try:
            await self._either(
                self.clock.sleep(self.plan.provision_s), self._told.wait()
            )
            if self.wanted:
                self._enter(State.ACTIVATING)
                async with run(self) as self.container:
                    await self._run(self.container)
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.world.deregister(self)
            self._enter(State.STOPPED)

    async def _run(self, container: Container) -> None:
        self.world.register(self)
        self._enter(State.RUNNING)
        ending = asyncio.create_task(container.ended())
        try:
            await self._either(
                asyncio.shield(ending), self._told.wait(), self._watch(container)
            )
            if self.lost:
                await self._either(self.clock.sleep(NOTICE_S), self._told.wait())
            elif not ending.done():
                await self._leave(container, ending)
            self.exit_code = await ending
        finally:
            ending.cancel()
            await asyncio.wait([ending])

    async def _leave(self, container: Container, ending: asyncio.Task[int]) -> None:
        self._enter(State.STOPPING)
        container.terminate()
        timeout_s = min(self.plan.stop_timeout_s, MAX_STOP_TIMEOUT_S)
        await self._either(asyncio.shield(ending), self.clock.sleep(timeout_s))
        if not ending.done():
            self.killed = True
            container.kill()

    async def _watch(self, container: Container) -> None:
        """Check for ever, as long as somebody listens."""
        judge = Judge(self.plan.check)
        began = self.clock.now()
        while True:
            await self.clock.sleep(self.plan.check.interval_s)
            good = await container.check()
            before, self.health = (
                self.health,
                judge.note(good=good, age_s=self.clock.now() - began),
            )
            self.was_healthy |= self.health is Health.HEALTHY
            if self.health is not before:
                self.world.report(self)
                self.world.changed(self)

    def _enter(self, state: State) -> None:
        self.state = state
        self.world.changed(self)

    async def _either(self, *waits: Awaitable[object]) -> None:
        """Wait until one of *waits* is over, and end the others."""
        racing = [asyncio.ensure_future(_plain(wait)) for wait in waits]
        try:
            done, _ = await asyncio.wait(racing, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in racing:
                each.cancel()
            await asyncio.wait(racing)


def _plain(wait: Awaitable[object]) -> Coroutine[None, None, object]:
    async def waiting() -> object:
        return await wait

    return waiting()
