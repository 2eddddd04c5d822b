"""One process of the store, from its start to its end."""

import asyncio
import enum
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fleet.local.tasks.process import Launch, Process, running

STORE = "store"
"""Its name in logs and commands; tasks have a number, so that none is called so."""

Ping = Callable[[], Awaitable[str]]
"""Ask the store, within seconds; empty when it serves, else the reason."""


class StoreState(enum.Enum):
    """Where the store is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True, eq=False)
class StoreLife:
    """A process of the store.

    Unlike a task it is never replaced for being slow: loading much data takes
    its time, and killing it would only begin that anew.
    """

    changed: Callable[[], None]
    """Called after every change."""
    printed: Callable[[list[str]], None]
    """Gets what it prints."""
    stop_timeout_s: float = 10.0
    """Between SIGTERM and SIGKILL; it writes what is open, and that is little."""
    starting_every_s: float = 0.02
    ping_every_s: float = 1.0
    id: str = STORE
    state: StoreState = StoreState.STARTING
    process: Process | None = None
    born: float = field(default_factory=time.monotonic)
    exit_code: int | None = None
    reason: str = ""
    """Why it had to go; empty when it ended by itself."""
    problem: str = ""
    """What the last ping said; empty when it was good."""
    was_healthy: bool = False
    wanted: bool = True
    """False once it has been told to go; its end is no death then."""
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return self.state is StoreState.STOPPED

    @property
    def age_s(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.born

    def drain(self, reason: str) -> None:
        """Send SIGTERM, at which the store writes what is open and ends."""
        if self.state in (StoreState.STARTING, StoreState.RUNNING):
            self.wanted = False
            self.reason = reason
            self._told.set()
            self._enter(StoreState.STOPPING)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.process is not None:
            self.process.kill()

    async def live(self, launch: Launch, ping: Ping) -> None:
        """Run the store until it ends, whatever ends it."""
        try:
            async with running(launch, self.printed) as process:
                self.process = process
                helpers = [
                    asyncio.create_task(self._watch(ping)),
                    asyncio.create_task(self._end_when_told(process)),
                ]
                try:
                    self.exit_code = await process.wait()
                finally:
                    for helper in helpers:
                        helper.cancel()
                    await asyncio.gather(*helpers, return_exceptions=True)
        except OSError as error:
            self.reason = f"cannot be started: {error}"
        finally:
            self.problem = ""
            self._enter(StoreState.STOPPED)

    async def _end_when_told(self, process: Process) -> None:
        await self._told.wait()
        process.terminate()
        await asyncio.sleep(self.stop_timeout_s)
        process.kill()

    async def _watch(self, ping: Ping) -> None:
        while True:
            self._heard(await ping())
            starting = self.state is StoreState.STARTING
            pause_s = self.starting_every_s if starting else self.ping_every_s
            await asyncio.sleep(pause_s)

    def _heard(self, problem: str) -> None:
        if not problem and self.state is StoreState.STARTING:
            self.was_healthy = True
            self.state = StoreState.RUNNING
        elif problem == self.problem:
            return
        self.problem = problem
        self.changed()

    def _enter(self, state: StoreState) -> None:
        self.state = state
        self.changed()
