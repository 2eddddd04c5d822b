"""One real task as a process, to be started, signalled and killed."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fleet.endpoint import Endpoint
from fleet.probe.check import check
from fleet.probe.failed import ProbeFailed

CHAMPION = (sys.executable, "-m", "services.champion")
ECHO = (sys.executable, "-m", "benchmarks.stage.echo")
SLOW = (sys.executable, "-m", "benchmarks.stage.slow")
START_LIMIT_S = 30.0


@dataclass(slots=True)
class TaskProcess:
    """A running task; whoever started it ends it."""

    endpoint: Endpoint
    process: asyncio.subprocess.Process

    def signal(self, number: signal.Signals) -> None:
        """Send *number*, if the process is still there."""
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def healthy(self) -> None:
        """Return as soon as its health says SERVING.

        Raises:
            ChildProcessError: It ended before.
            TimeoutError: Not within `START_LIMIT_S`.
        """
        async with asyncio.timeout(START_LIMIT_S):
            while True:
                with contextlib.suppress(ProbeFailed):
                    await asyncio.to_thread(
                        check, self.endpoint.host, self.endpoint.port, timeout_s=1.0
                    )
                    return
                if self.process.returncode is not None:
                    raise ChildProcessError(f"{self.endpoint}: the task died")
                await asyncio.sleep(0.02)

    async def gone(self) -> None:
        """Return when the process has ended."""
        await self.process.wait()


async def start_task(
    endpoint: Endpoint,
    *,
    command: Sequence[str] = CHAMPION,
    linger_s: float = 1.0,
    grace_s: float = 5.0,
    more_env: Mapping[str, str] = MappingProxyType({}),
) -> TaskProcess:
    """Start one task without waiting for it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    env |= {
        "FLEET_LISTEN": str(endpoint),
        "FLEET_LINGER_S": str(linger_s),
        "FLEET_GRACE_S": str(grace_s),
        "FLEET_LOG_FORMAT": "json",
        **more_env,
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    return TaskProcess(endpoint, process)


@contextlib.asynccontextmanager
async def tasks(
    endpoints: Sequence[Endpoint],
    *,
    command: Sequence[str] = CHAMPION,
    linger_s: float = 1.0,
    grace_s: float = 5.0,
    more_env: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[list[TaskProcess]]:
    """Run a healthy task on each of *endpoints*; tasks added to the list end too.

    One with TLS is not waited for: it does not answer a plain question.
    """
    started = [
        await start_task(
            at,
            command=command,
            linger_s=linger_s,
            grace_s=grace_s,
            more_env=more_env,
        )
        for at in endpoints
    ]
    try:
        if "FLEET_TLS_CERT" not in more_env:
            await asyncio.gather(*(task.healthy() for task in started))
        yield started
    finally:
        for task in started:
            task.signal(signal.SIGCONT)
            task.signal(signal.SIGKILL)
        await asyncio.gather(*(task.gone() for task in started))


def addresses(network: int, count: int, port: int = 5000) -> list[Endpoint]:
    """Return *count* loopback endpoints in 127.1.*network*.0.

    Every measurement has a network of its own, so that none meets another, nor
    the fleet that a developer has running.
    """
    return [Endpoint(f"127.1.{network}.{n}", port) for n in range(1, count + 1)]
