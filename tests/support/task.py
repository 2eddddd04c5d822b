"""A real task of the game server, in a process of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Task:
    """A process whose log lines are kept."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def line(self, start: str, *, limit_s: float = 20) -> dict[str, Any]:
        """Return the first log entry whose message starts with *start*."""
        for known in self.lines:
            if known.get("message", "").startswith(start):
                return known
        assert self.process.stderr is not None
        async with asyncio.timeout(limit_s):
            async for raw in self.process.stderr:
                entry: dict[str, Any] = json.loads(raw)
                self.lines.append(entry)
                if entry.get("message", "").startswith(start):
                    return entry
        raise AssertionError(f"ended without {start!r}: {self.lines}")

    async def address(self) -> str:
        """Return where it serves, once it does."""
        return str((await self.line("serving "))["endpoint"])

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def code(self, *, limit_s: float = 20) -> int:
        """Return the exit code when it has ended, and keep its last lines."""
        async with asyncio.timeout(limit_s):
            # Not wait(): it would wait for somebody who reads the log.
            _, rest = await self.process.communicate()
        said = (line for line in rest.splitlines() if line.startswith(b"{"))
        self.lines += map(json.loads, said)
        assert self.process.returncode is not None
        return self.process.returncode


@contextlib.asynccontextmanager
async def champion(*fds: int, **env: str) -> AsyncIterator[Task]:
    """Run a task for the length of the block; killed at its end."""
    given = {"FLEET_LISTEN": "127.0.0.1:0", **env}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.champion",
        env={**os.environ, **given},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=fds,
    )
    try:
        yield Task(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
