"""A process that answers HTTP: ours, or a peer's."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import psutil

from fleet.endpoint import Endpoint

GATEWAY = (sys.executable, "-m", "services.gateway")
PLAIN = (sys.executable, "-m", "benchmarks.stage.plain")
LIMIT_S = 30.0


@dataclass(slots=True)
class Door:
    """A running process that answers HTTP at an address."""

    endpoint: Endpoint
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        """Return its address for people."""
        return f"http://{self.endpoint}"

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        """Return the memory that it holds."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def signal(self, number: signal.Signals) -> None:
        """Send *number*, if the process is still there."""
        if self.process.returncode is None:
            self.process.send_signal(number)


@contextlib.asynccontextmanager
async def door(
    listen: Endpoint,
    target: str,
    *,
    command: Sequence[str] = GATEWAY,
    more_env: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Door]:
    """Run a gateway to *target* for the length of the block."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    env |= {
        "FLEET_LISTEN": str(listen),
        "FLEET_LINGER_S": "0.5",
        "FLEET_GRACE_S": "5",
        "FLEET_LOG_FORMAT": "json",
        "GATEWAY_TARGETS": target,
        **more_env,
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with answering(process, listen) as running:
        yield running


@contextlib.asynccontextmanager
async def answering(
    process: asyncio.subprocess.Process, listen: Endpoint
) -> AsyncIterator[Door]:
    """Wait until *process* accepts connections; it is killed at the end."""
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await _accepts(listen):
                if process.returncode is not None:
                    raise ChildProcessError(f"{listen}: the process died")
                await asyncio.sleep(0.02)
        yield Door(listen, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _accepts(at: Endpoint) -> bool:
    try:
        _, writer = await asyncio.open_connection(at.host, at.port)
    except OSError:
        return False
    writer.close()
    return True
