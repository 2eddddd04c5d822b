"""The process of a task, and its health check, as the task definition has them."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fleet.endpoint import Endpoint
from fleet.local.store import leashed
from fleet.local.tasks.process import Launch, Process, running
from infra.rollout.plan import ServicePlan

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
_KEPT_LINES = 5


class Container(Protocol):
    """What runs in a task."""

    @property
    def last_words(self) -> Sequence[str]:
        """Lines, the last that it has printed."""
        ...

    def terminate(self) -> None:
        """Send SIGTERM."""

    def freeze(self) -> None:
        """Send SIGSTOP: as a machine that hangs."""

    def kill(self) -> None:
        """Send SIGKILL."""

    async def ended(self) -> int:
        """Wait for its end; return the exit code."""
        ...

    async def check(self) -> bool:
        """Run the health check once, within its timeout."""
        ...


@dataclass(slots=True)
class RealContainer:
    """A process on an address of this machine."""

    plan: ServicePlan
    endpoint: Endpoint
    process: Process
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))

    def terminate(self) -> None:
        """See `Container`."""
        self.process.terminate()

    def freeze(self) -> None:
        """See `Container`."""
        self.process.freeze()

    def kill(self) -> None:
        """See `Container`."""
        self.process.kill()

    async def ended(self) -> int:
        """See `Container`."""
        return await self.process.wait()

    async def check(self) -> bool:
        """See `Container`."""
        try:
            probe = await self._probe()
        except OSError as error:
            self.last_words.append(f"its health check cannot be run: {error}")
            return False
        try:
            async with asyncio.timeout(self.plan.check.timeout_s):
                return await probe.wait() == 0
        except TimeoutError:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                probe.kill()
            await probe.wait()

    async def _probe(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *_check_command(self.plan.check.command, self.endpoint.host),
            env=_clean(),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )


@contextlib.asynccontextmanager
async def container(
    plan: ServicePlan, endpoint: Endpoint, env: Mapping[str, str], leash: int
) -> AsyncIterator[RealContainer]:
    """Run *plan* at *endpoint* for the length of the block; it is killed at the end.

    Args:
        plan: Command, variables and health check.
        endpoint: Where it has to listen.
        env: Variables on top of the plan's.
        leash: Read end of a pipe: at its end the process is ended too, a frozen one
            by SIGKILL; see `fleet.local.store.leashed`.
    """
    with tempfile.TemporaryFile() as lock:
        watched = (str(leashed.__file__), str(leash), str(lock.fileno()))
        launch = Launch(
            command=(sys.executable, *watched, *_command(plan.command)),
            env={
                **_clean(),
                "FLEET_LOG_FORMAT": "json",
                **plan.environment,
                "FLEET_LISTEN": str(endpoint),
                **env,
            },
            folder=ROOT,
            leash=leash,
            inherited=(lock.fileno(),),
        )
        last_words: deque[str] = deque(maxlen=_KEPT_LINES)
        async with running(launch, last_words.extend) as process:
            yield RealContainer(plan, endpoint, process, last_words)


def _clean() -> dict[str, str]:
    """Return what an image sets itself; nothing of ours is for a task."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def _command(command: Sequence[str]) -> tuple[str, ...]:
    program, *arguments = command
    return (sys.executable if program == "python" else program, *arguments)


def _check_command(command: Sequence[str], host: str) -> tuple[str, ...]:
    """Return the words to run; in a task of its own, loopback is *host* here.

    Raises:
        ValueError: It begins with neither CMD nor CMD-SHELL.
    """
    how, *words = (word.replace(LOOPBACK, host) for word in command)
    if how == "CMD":
        return _command(words)
    if how == "CMD-SHELL":
        return ("/bin/sh", "-c", *words)
    raise ValueError(f"health check {how!r} is not CMD or CMD-SHELL")
