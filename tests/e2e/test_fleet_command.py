"""The command `fleet` as people use it: real processes, a real nameserver."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.support.until import until
from tests.support.up import (
    HOST,
    alive,
    declared,
    drained_into,
    fleet,
    free_port,
    gone,
    spawn,
    up,
)


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
