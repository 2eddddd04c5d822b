"""One task's life: starting, healthy, draining, stopped."""

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from fleet.endpoint import Endpoint
from fleet.local.options import LifeOptions
from fleet.local.tasks.process import Launch, Process, running

Probe = Callable[[Endpoint, float], Awaitable[str | None]]
"""Ask a task for its health, within seconds; None is healthy, else the reason."""


class State(enum.Enum):
    """Where a task is in its life; the words are those of ECS."""

    STARTING = "STARTING"
    HEALTHY = "HEALTHY"
    DRAINING = "DRAINING"
    STOPPED = "STOPPED"


class Surroundings(Protocol):
    """What a task's life changes in the world around it."""

    def register(self, task: "Task") -> None:
        """Let the task be found."""

    def deregister(self, task: "Task") -> None:
        """Let the task be found no more; asked twice, it does nothing."""

    def changed(self, task: "Task") -> None:
        """Take note of a new state."""

    def printed(self, task: "Task", lines: list[str]) -> None:
        """Keep what the task printed."""


@dataclass(slots=True, eq=False)
class Task:
    """One running copy of a service."""

    id: str
    endpoint: Endpoint
    generation: int
    """Grows with every deploy; a lower one is to be replaced."""
    world: Surroundings
    options: LifeOptions
    state: State = State.STARTING
    process: Process | None = None
    born: float = field(default_factory=time.monotonic)
    exit_code: int | None = None
    reason: str = ""
    """Why it had to go; empty for one that ended by itself."""
    problem: str = ""
    """What the last probe said; empty when it was good."""
    was_healthy: bool = False
    wanted: bool = True
    """False once it has been told to go; its end is no death then."""

    @property
    def active(self) -> bool:
        """Whether it counts as one of the tasks that the service should have."""
        return self.state in (State.STARTING, State.HEALTHY)

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return self.state is State.STOPPED

    @property
    def age_s(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.born

    def enter(self, state: State) -> None:
        """Move on to *state*."""
        self.state = state
        self.world.changed(self)

    def drain(self, reason: str) -> None:
        """Leave DNS and get SIGTERM in the same moment, as on ECS."""
        if not self.active:
            return
        self.wanted = False
        self.reason = reason
        self.world.deregister(self)
        if self.process is not None:
            self.process.terminate()
        self.enter(State.DRAINING)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.process is not None:
            self.process.kill()

    async def live(self, launch: Launch, probe: Probe) -> None:
        """Run the task from its start to its end, whatever ends it."""
        try:
            async with running(launch, self._printed) as process:
                self.process = process
                if self.state is State.DRAINING:  # told to go before it was there
                    process.terminate()
                await self._until_it_ends(process, probe)
        except OSError as error:
            self.reason = f"cannot be started: {error}"
        finally:
            self.world.deregister(self)
            self.enter(State.STOPPED)

    async def _until_it_ends(self, process: Process, probe: Probe) -> None:
        ending = asyncio.create_task(process.wait())
        watching = asyncio.create_task(self._watch(probe))
        try:
            await asyncio.wait([ending, watching], return_when="FIRST_COMPLETED")
            if self.state is State.DRAINING:
                await asyncio.wait([ending], timeout=self.options.stop_timeout_s)
            self.world.deregister(self)  # first out of DNS, then dead
            process.kill()
            self.exit_code = await ending
        finally:
            ending.cancel()
            watching.cancel()
            await asyncio.wait([ending, watching])
        if watching.cancelled():
            return
        watching.result()

    async def _watch(self, probe: Probe) -> None:
        """Probe until the task drains or has failed too often."""
        if not await self._becomes_healthy(probe):
            return
        failures = 0
        while self.state is State.HEALTHY and failures < self.options.most_failures:
            await asyncio.sleep(self.options.probe_every_s)
            self.problem = await self._ask(probe)
            failures = failures + 1 if self.problem else 0
        if self.state is State.HEALTHY:
            self.reason = f"failed {failures} health checks ({self.problem})"

    async def _becomes_healthy(self, probe: Probe) -> bool:
        """Probe fast until the first success, and then let it be found."""
        while self.state is State.STARTING:
            self.problem = await self._ask(probe)
            if self.state is State.STARTING and not self.problem:
                self.was_healthy = True
                self.world.register(self)
                self.enter(State.HEALTHY)
                return True
            if self.age_s > self.options.start_timeout_s:
                self.reason = f"did not become healthy ({self.problem})"
                return False
            await asyncio.sleep(self.options.starting_every_s)
        return False

    async def _ask(self, probe: Probe) -> str:
        return await probe(self.endpoint, self.options.probe_timeout_s) or ""

    def _printed(self, lines: list[str]) -> None:
        self.world.printed(self, lines)
