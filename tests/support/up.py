"""`fleet up` as people start it: a real process, and commands sent to it."""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.support.until import until

ROOT = Path(__file__).parents[2]
HOST = "127.0.43.1"


@dataclass
class Ended:
    """What a command has left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.out)


@dataclass
class Up:
    """A running `fleet up`."""

    home: Path
    dns: str
    process: asyncio.subprocess.Process
    err: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)

    async def fleet(self, *argv: str) -> Ended:
        return await fleet(*argv, home=self.home)

    async def pids(self) -> list[int]:
        [service] = (await self.fleet("ps", "--json")).json["services"]
        return [task["pid"] for task in service["tasks"]]

    async def ready(self) -> None:
        await until(lambda: any("down" in line for line in self.err), limit_s=30)

    async def ended(self) -> int:
        async with asyncio.timeout(20):
            return await self.process.wait()


async def spawn(*argv: str, home: Path, **env: str) -> asyncio.subprocess.Process:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fleet.cli", *argv),
        env={**clean, "FLEET_HOME": str(home), **env},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def fleet(*argv: str, home: Path) -> Ended:
    """Run one command to its end."""
    process = await spawn(*argv, home=home)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def free_port(host: str = HOST) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def declared(
    home: Path, port: int, *, tasks: int = 2, command: str = "", more: str = ""
) -> Path:
    """Write a fleet.toml beside the state folder."""
    command = command or '["python", "-m", "services.champion"]'
    path = home.with_suffix(".toml")
    path.write_text(
        f"[services.game-server]\nport = {port}\ntasks = {tasks}\ncommand = {command}\n"
        f'env = {{PYTHONPATH = "{ROOT}"}}\n'
        """examples = [["rpc.Rpc/GetChampion", '{"champion_id": 1}']]\n"""
        f"{more}\n"
    )
    return path


async def drained_into(lines: list[str], stream: asyncio.StreamReader | None) -> None:
    assert stream is not None
    while line := await stream.readline():
        lines.append(line.decode())


@contextlib.asynccontextmanager
async def up(
    home: Path, *options: str, path: Path | None = None, **env: str
) -> AsyncIterator[Up]:
    """Run a fleet for the length of the block; *env* is added to what it inherits."""
    path = path or declared(home, free_port())
    dns = f"{HOST}:{free_port()}"
    where = ("--first-address", HOST, "--dns", dns, "--linger-s", "0.3")
    process = await spawn("up", "--file", str(path), *where, *options, home=home, **env)
    running = Up(home, dns, process)
    readers = [
        asyncio.create_task(drained_into(running.err, process.stderr)),
        asyncio.create_task(drained_into(running.out, process.stdout)),
    ]
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await running.ended()
        await asyncio.wait(readers)


def gone(home: Path) -> bool:
    return not home.exists()


def alive(pids: list[int]) -> list[int]:
    """Return those that run; a zombie does not."""
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found
