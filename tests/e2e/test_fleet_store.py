"""The store of `fleet up`: there without any Redis, kept over restarts, or given."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis.asyncio import Redis

from tests.support.until import until
from tests.support.up import Up, alive, declared, fleet, free_port, gone, up

ASKS = 'store = "GAME_STORE"\nhints = ["ranking top daily"]'


@pytest.fixture
def path(home: Path) -> Path:
    """A fleet.toml with a service that asks for a store."""
    return declared(home, free_port(), tasks=1, more=ASKS)


async def store(running: Up) -> Any:  # noqa: ANN401 - JSON
    return (await running.fleet("ps", "--json")).json["store"]


@contextlib.asynccontextmanager
async def client(running: Up) -> Any:  # noqa: ANN401 - a redis client, untyped
    async with Redis.from_url((await store(running))["address"]) as redis:
        yield redis


async def test_data_survive_the_fleet(home: Path, path: Path) -> None:
    async with up(home, path=path) as running:
        await running.ready()
        shown = await store(running)
        async with client(running) as redis:
            await redis.zadd("board", {"ada": 9000})
        [task] = await running.pids()
        running.process.send_signal(signal.SIGINT)
        assert await running.ended() == 0

    assert psutil.pid_exists(task) is False
    assert not alive([shown["pid"]])
    assert gone(home)
    async with up(home, path=path) as running:
        await running.ready()
        async with client(running) as redis:
            assert await redis.zscore("board", "ada") == 9000


async def test_it_is_shown_and_its_address_handed_to_the_tasks(
    home: Path, path: Path
) -> None:
    async with up(home, path=path) as running:
        await running.ready()
        shown, [task] = await store(running), await running.pids()

        assert shown == {
            "address": f"unix://{home}/store.sock",
            "embedded": True,
            "data": str(home.parent / ".fleet" / "store"),
            "pid": shown["pid"],
            "state": "running",
            "problem": "",
        }
        assert psutil.Process(task).environ()["GAME_STORE"] == shown["address"]
        line = f"store: {shown['address']}, running, data in {shown['data']}, pid "
        assert line in (await running.fleet("ps")).err
        assert "Ready to accept" in (await running.fleet("logs", "store")).out
        assert any(f"ranking --home {home} top daily" in x for x in running.err)


async def test_faults_can_be_tried_on_it(home: Path, path: Path) -> None:
    async with up(home, path=path) as running:
        await running.ready()
        before = (await store(running))["pid"]
        killed = await running.fleet("kill", "store", "--json")
        assert killed.json == {"task": "store", "exit_code": -9}
        after = await comes_back(running, before)
        stopped = await running.fleet("stop", "store", "--json")
        assert stopped.json == {"task": "store", "exit_code": 0}
        await comes_back(running, after)
        assert (await running.fleet("freeze", "store")).out == "store is frozen\n"
        assert (await running.fleet("kill", "store")).out == "store is dead\n"


async def comes_back(running: Up, before: int) -> int:
    """Wait until it serves, in another process than *before*; return its pid."""
    async with asyncio.timeout(20):
        while (now := await store(running))["state"] != "running":
            pass  # every question is a process: that is pause enough
    assert now["pid"] != before
    return int(now["pid"])


async def test_a_killed_supervisor_takes_it_along(home: Path, path: Path) -> None:
    async with up(home, path=path) as running:
        await running.ready()
        pids = [(await store(running))["pid"], *await running.pids()]
        async with client(running) as redis:
            await redis.set("score", 1)
        running.process.kill()
        await running.ended()

        await until(lambda: not alive(pids))
    async with up(home, path=path) as running:
        await running.ready()
        async with client(running) as redis:
            assert await redis.get("score") == b"1"


async def test_one_that_outlived_its_fleet_does_not_prevent_the_next(
    home: Path, path: Path
) -> None:
    """Whoever would have ended it was killed in the same moment."""
    async with up(home, path=path) as running:
        await running.ready()
        left = (await store(running))["pid"]
        tasks = await running.pids()
        for watcher in psutil.Process(left).children():
            watcher.kill()
        running.process.kill()
        await running.ended()
        await until(lambda: not alive(tasks))
    assert alive([left])

    async with up(home, path=path) as running:
        await running.ready()
        assert not alive([left])


GIVEN = "redis://ada:secret@127.0.0.1:1/2"


@pytest.mark.parametrize(
    ("options", "env"),
    [
        pytest.param((), {"FLEET_STORE": GIVEN}, id="variable"),
        pytest.param(("--store", GIVEN), {"FLEET_STORE": "redis://no"}, id="option"),
    ],
)
async def test_one_that_is_given_is_handed_through(
    home: Path, path: Path, options: tuple[str, ...], env: dict[str, str]
) -> None:
    async with up(home, *options, path=path, **env) as running:
        await running.ready()
        [task] = await running.pids()
        assert psutil.Process(task).environ()["GAME_STORE"] == GIVEN
        assert psutil.Process(running.process.pid).children() == [psutil.Process(task)]
        printed = await running.fleet("ps", "--json")
        text = (await running.fleet("ps")).err

    assert printed.json["store"] == {
        "address": "redis://ada:***@127.0.0.1:1/2",
        "embedded": False,
        "data": None,
        "pid": None,
        "state": None,
        "problem": "",
    }
    assert "store: redis://ada:***@127.0.0.1:1/2, not ours" in text
    assert not (home.parent / ".fleet").exists()


async def test_two_fleets_cannot_share_its_data(home: Path, path: Path) -> None:
    async with up(home, path=path) as running:
        await running.ready()
        other = home.with_name("other")
        async with up(other, "--first-address", "127.0.44.1", path=path) as second:
            assert await second.ended() == 2

    told = "".join(second.err)
    assert f"in use by another fleet, pid {running.process.pid}" in told
    assert "--data" in told


async def test_who_does_not_ask_gets_none(home: Path) -> None:
    async with up(home, path=declared(home, free_port(), tasks=1)) as running:
        await running.ready()

        assert await store(running) is None
        assert not any("store" in line for line in running.err)
    assert not (home.parent / ".fleet").exists()


async def test_an_address_without_a_scheme_is_told(home: Path, path: Path) -> None:
    ended = await fleet("up", "--file", str(path), "--store", "localhost", home=home)

    assert (ended.code, "redis://127.0.0.1:6379" in ended.err) == (2, True)
