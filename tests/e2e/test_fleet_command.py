"""The command `fleet` as people use it: real processes, a real nameserver."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

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


async def spawn(*argv: str, home: Path) -> asyncio.subprocess.Process:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fleet.cli", *argv),
        env={**clean, "FLEET_HOME": str(home)},
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


def declared(home: Path, port: int, *, tasks: int = 2, command: str = "") -> Path:
    """Write a fleet.toml beside the state folder."""
    command = command or '["python", "-m", "services.champion"]'
    path = home.with_suffix(".toml")
    path.write_text(
        f"[services.game-server]\nport = {port}\ntasks = {tasks}\ncommand = {command}\n"
        f'env = {{PYTHONPATH = "{ROOT}"}}\n'
        """example = ["rpc.Rpc/GetChampion", '{"champion_id": 1}']\n"""
    )
    return path


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="fl-") as folder:
        yield Path(folder) / "h"


async def drained_into(lines: list[str], stream: asyncio.StreamReader | None) -> None:
    assert stream is not None
    while line := await stream.readline():
        lines.append(line.decode())


@contextlib.asynccontextmanager
async def up(home: Path, *options: str, path: Path | None = None) -> AsyncIterator[Up]:
    path = path or declared(home, free_port())
    dns = f"{HOST}:{free_port()}"
    where = ("--first-address", HOST, "--dns", dns, "--linger-s", "0.3")
    process = await spawn("up", "--file", str(path), *where, *options, home=home)
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


async def test_a_whole_day_with_the_fleet(home: Path) -> None:
    async with up(home) as running:
        await running.ready()
        body = '{"champion_id": 1}'
        call = ("call", "game-server", "rpc.Rpc/GetChampion", body)

        assert (
            json.loads((await running.fleet(*call)).out)["champion"]["name"] == "Akali"
        )
        resolved = await running.fleet("resolve", "game-server", "--json")
        assert len(resolved.json["endpoints"]) == 2
        scaled = await running.fleet("scale", "game-server=3", "--json")
        assert scaled.json[0]["healthy"] == 3
        repeated = await running.fleet(*call, "--repeat", "300", "--json")
        assert repeated.json["calls"] == 300
        assert repeated.json["failed"] == {}
        assert len(repeated.json["tasks"]) == 3
        before = await running.pids()
        restarted = await running.fleet("restart", "--rolling")
        assert restarted.out == "game-server: 3 healthy, 3 wanted\n"
        assert not set(before) & set(await running.pids())
        explained = await running.fleet("explain", "game-server", "--json")
        assert [row["picked"] for row in explained.json["rows"]] == [True] * 3
        killed = await running.fleet("kill", "game-server-4", "--json")
        assert killed.json == {"task": "game-server-4", "exit_code": -9}
        logs = await running.fleet("logs", "fleet")
        assert "game-server-4 was killed by SIGKILL" in logs.out
        stopped = await running.fleet("stop", "game-server-5")
        assert stopped.out == "game-server-5 has left\n"
        wrong = await running.fleet("freeze", "game-sever-6")
        assert (wrong.code, "did you mean" in wrong.err) == (1, True)
        pids = await running.pids()
        assert (await running.fleet("down")).code == 0
        assert await running.ended() == 0

    assert not alive(pids)
    assert gone(home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_drains_everything_and_leaves_nothing(
    home: Path, number: signal.Signals
) -> None:
    async with up(home) as running:
        await running.ready()
        pids = await running.pids()
        running.process.send_signal(number)

        assert await running.ended() == 0
    assert not alive(pids)
    assert gone(home)
    assert "nothing left behind" in running.err[-1]


async def test_a_second_signal_kills_at_once(home: Path) -> None:
    async with up(home, "--linger-s", "60") as running:
        await running.ready()
        pids = await running.pids()
        running.process.send_signal(signal.SIGINT)
        await until(lambda: any("draining" in line for line in running.err))
        running.process.send_signal(signal.SIGINT)

        assert await running.ended() == 0
    assert not alive(pids)


async def test_a_killed_supervisor_takes_its_tasks_along(home: Path) -> None:
    path = declared(home, free_port())
    async with up(home, path=path) as running:
        await running.ready()
        pids = await running.pids()
        running.process.kill()
        await running.ended()

        await until(lambda: not alive(pids))
        assert (await running.fleet("ps")).code == 1
    async with up(home, path=path) as again:
        await again.ready()


async def test_a_second_fleet_is_told_of_the_first(home: Path) -> None:
    async with up(home) as running:
        await running.ready()
        second = await fleet("up", home=home)

    assert second.code == 1
    assert f"already running: pid {running.process.pid}, since 2" in second.err
    assert "fleet down" in second.err


async def test_a_taken_port_is_told_with_who_has_it(home: Path) -> None:
    port = free_port()
    path = declared(home, port)
    with socket.create_server((HOST, port)):
        async with up(home, path=path) as running:
            assert await running.ended() == 1

    assert f"{HOST}:{port} is taken by pid {os.getpid()}" in "".join(running.err)
    assert "fleet.toml" in "".join(running.err)


async def test_a_taken_nameserver_port_is_told(home: Path) -> None:
    path = declared(home, free_port())
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        dns = f"{HOST}:{taken.getsockname()[1]}"
        async with up(home, "--dns", dns, path=path) as running:
            assert await running.ended() == 1

    assert f"{dns} is taken by pid {os.getpid()}" in "".join(running.err)
    assert "--dns" in "".join(running.err)


async def test_an_address_of_somebody_else_is_told(home: Path) -> None:
    async with up(home, "--dns", "192.0.2.1:5300") as running:
        assert await running.ended() == 1

    assert "cannot listen on 192.0.2.1:5300" in "".join(running.err)


async def test_a_service_that_dies_at_once_is_quoted(home: Path) -> None:
    script = '["python", "-c", "print(\'no config\'); raise SystemExit(3)"]'
    path = declared(home, free_port(), tasks=1, command=script)
    async with up(home, path=path) as running:
        await until(lambda: any("exit code 3" in line for line in running.err))
        await until(lambda: any("| no config" in line for line in running.err))
        running.process.terminate()
        assert await running.ended() == 0


async def test_on_one_address_tasks_are_found_through_srv(home: Path) -> None:
    async with up(home, "--one-address") as running:
        await running.ready()
        called = await running.fleet(
            "call", "game-server", "rpc.Rpc.ListChampions", "--repeat", "50", "--json"
        )
        resolved = await running.fleet("resolve", "game-server", "--json")

    assert called.json["failed"] == {}
    assert {e.rpartition(":")[0] for e in resolved.json["endpoints"]} == {HOST}
    assert resolved.json["target"].endswith("/game-server.local")


async def test_logs_can_be_followed(home: Path) -> None:
    async with up(home) as running:
        await running.ready()
        following = await spawn("logs", "--follow", "--json", home=home)
        lines: list[str] = []
        reading = asyncio.create_task(drained_into(lines, following.stdout))
        await until(lambda: lines)
        await running.fleet("kill", "game-server-1")
        await until(lambda: any("SIGKILL" in line for line in lines))
        following.send_signal(signal.SIGINT)
        await reading

        assert following.stderr is not None
        assert await following.stderr.read() == b""
        assert await following.wait() == 130
    assert {json.loads(line)["task"] for line in lines} >= {"fleet", "game-server-2"}
