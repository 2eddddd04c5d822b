"""Deploys and faults behind a gateway: not one request may fail."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.stage.door import Door, door
from benchmarks.stage.http_load import Asked, once, steady_http
from benchmarks.stage.listed import Listed, listed
from benchmarks.stage.load import Load
from benchmarks.stage.store import store
from benchmarks.stage.task import TaskProcess, addresses, start_task, tasks
from fleet.endpoint import Endpoint
from tests.figures import Figure
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALM_S = 1.5
LINGER_S = 2.5
SCORES = "/v1/rankings/daily/scores"
READ = Asked("GET", "/v1/champions/1")
WRITE = Asked("POST", SCORES, {"user": {"userId": "a"}, "score": 1})


@dataclass
class Stage:
    """Three tasks in DNS, and a gateway in front."""

    gateway: Door
    listed: Listed
    running: list[TaskProcess]
    spare: Endpoint
    store: str


@asynccontextmanager
async def staged(network: int, at: Path) -> AsyncIterator[Stage]:
    places = addresses(network, 4)
    env = {"CHAMPION_STORE": f"unix://{at}"}
    listen = Endpoint(f"127.1.{network}.200", 8080)
    async with (
        tasks(places[:3], linger_s=LINGER_S, more_env=env) as running,
        listed(running) as where,
        door(listen, where.target) as gateway,
    ):
        yield Stage(gateway, where, running, places[3], env["CHAMPION_STORE"])


async def _roll(stage: Stage) -> None:
    """Replace each task by a new one, one after the other, as ECS does."""
    for old in list(stage.running):
        new = await start_task(
            stage.spare,
            linger_s=LINGER_S,
            more_env={"CHAMPION_STORE": stage.store},
        )
        stage.running.append(new)
        await new.healthy()
        stage.listed.register([new])
        stage.listed.deregister([old])
        old.signal(signal.SIGTERM)
        await old.gone()
        stage.running.remove(old)
        stage.spare = old.endpoint


def _report(figure: Figure, what: str, load: Load) -> None:
    figure(what, f"{load.failed} of {load.made}", "0")
    assert not load.failures, load.failures


async def test_rolling_through_the_game_servers_loses_no_request(
    figure: Figure,
) -> None:
    async with (
        store() as at,
        staged(40, at) as stage,
        steady_http(stage.gateway.endpoint, READ) as reads,
        steady_http(stage.gateway.endpoint, WRITE) as writes,
    ):
        await asyncio.sleep(CALM_S)
        for _ in range(3):
            await _roll(stage)
        await asyncio.sleep(CALM_S)
    what = "HTTP {} lost, 3 rolling restarts of 3 game servers"
    _report(figure, what.format("GET"), reads)
    _report(figure, what.format("POST of a score"), writes)


async def test_a_killed_game_server_costs_no_read(figure: Figure) -> None:
    async with (
        store() as at,
        staged(41, at) as stage,
        steady_http(stage.gateway.endpoint, READ) as reads,
    ):
        await asyncio.sleep(CALM_S)
        victim = stage.running[0]
        victim.signal(signal.SIGKILL)
        await victim.gone()
        stage.listed.deregister([victim])
        await asyncio.sleep(CALM_S)
    _report(figure, "HTTP GET lost, kill -9 of 1 of 3 game servers", reads)


async def test_a_frozen_game_server_costs_no_read(figure: Figure) -> None:
    async with (
        store() as at,
        staged(43, at) as stage,
        steady_http(stage.gateway.endpoint, READ) as reads,
    ):
        await asyncio.sleep(CALM_S)
        stage.running[0].signal(signal.SIGSTOP)
        await asyncio.sleep(2 * CALM_S)
    _report(figure, "HTTP GET lost, SIGSTOP of 1 of 3 game servers", reads)


async def test_it_answers_again_as_soon_as_a_game_server_is_back(
    figure: Figure,
) -> None:
    async with store() as at, staged(44, at) as stage:
        for task in stage.running:
            task.signal(signal.SIGKILL)
            await task.gone()
        status, body = await once(stage.gateway.endpoint, READ)
        assert status == 503, body
        [first, *_] = stage.running
        env = {"CHAMPION_STORE": stage.store}
        again = await start_task(first.endpoint, linger_s=LINGER_S, more_env=env)
        stage.running.append(again)
        await again.healthy()
        begun = time.monotonic()
        async with asyncio.timeout(10):
            while (await once(stage.gateway.endpoint, READ))[0] != 200:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.02)
        seconds = time.monotonic() - begun
    what = "seconds from a healthy game server to an HTTP answer, after all were gone"
    figure(what, f"{seconds:.2f}", "at most 2")


@dataclass
class Watcher:
    """Reads server-sent events, and comes back with the last id when it must."""

    at: Endpoint
    users: list[str] = field(default_factory=list)
    missed: int = 0
    last_id: str = ""
    breaks: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        while True:
            await self._once()
            self.breaks += 1

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection(self.at.host, self.at.port)
        try:
            last = f"last-event-id: {self.last_id}\r\n" if self.last_id else ""
            head = (
                "GET /v1/rankings/daily:watch HTTP/1.1\r\nhost: x\r\n"
                f"accept: text/event-stream\r\n{last}\r\n"
            )
            writer.write(head.encode())
            async for line in reader:
                self._read(line.decode().strip())
        finally:
            writer.close()

    def _read(self, line: str) -> None:
        if line.startswith("id: "):
            self.last_id = line.removeprefix("id: ")
        if line.startswith("data: {") and "resumeToken" in line:
            self.begun.set()
            told = json.loads(line.removeprefix("data: "))
            self.missed += int(told.get("missed", 0))
            if told.get("entry"):
                self.users.append(told["entry"]["user"]["userId"])


async def test_watchers_miss_nothing_while_the_game_servers_roll(
    figure: Figure,
) -> None:
    async with store() as at, staged(42, at) as stage:
        watchers = [Watcher(stage.gateway.endpoint) for _ in range(20)]
        watching = [asyncio.create_task(each.watch()) for each in watchers]
        await asyncio.gather(*(each.begun.wait() for each in watchers))
        rolling = asyncio.create_task(_roll(stage))
        sent: list[str] = []
        while not rolling.done() or len(sent) < 100:
            user = f"u{len(sent)}"
            score = {"user": {"userId": user}, "score": len(sent)}
            asked = Asked("POST", SCORES, score)
            status, body = await once(stage.gateway.endpoint, asked)
            assert status == 200, body
            sent.append(user)
            await asyncio.sleep(0.02)
        await rolling
        await until(lambda: all(each.users[-1:] == sent[-1:] for each in watchers))
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
    lost = sum(len(set(sent) - set(each.users)) for each in watchers)
    breaks = sum(each.breaks for each in watchers)
    figure(
        f"changes that 20 watchers missed of {len(sent)} each, game servers rolled",
        f"{lost}, connections broken {breaks}",
        "0, 0",
    )
    assert (lost, breaks, sum(each.missed for each in watchers)) == (0, 0, 0)
