"""A task with more calls than it can answer: what it refuses and what it still does."""

import asyncio
import collections
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import psutil
import pytest

from fleet.server import ServerSettings, run
from fleet.server.arrivals import Arrivals, Traffic
from fleet.server.channelz import Channelz
from fleet.server.late import ENOUGH
from fleet.settings import from_env
from tests.figures import Figure
from tests.support.served import Records, Registered, call, echo, served
from tests.support.until import until

LISTEN = "127.64.1.1:5000"
ONE = "/test.Echo/One"
HEALTH = "/grpc.health.v1.Health/Check"
WORK_S = 0.005
StatusCode = grpc.StatusCode


def hold(seconds: float, clock: Any = time.perf_counter) -> None:  # noqa: ANN401 - any clock
    """Keep the loop busy, as a method does that computes."""
    end = clock() + seconds
    while clock() < end:
        pass


def busy() -> Registered:
    """Return a service that needs the processor for `WORK_S` of each call."""

    async def one(request: bytes, _context: object) -> bytes:
        hold(WORK_S, time.thread_time)
        return request

    return echo(unary_unary=one)


async def test_streams_of_answers_have_a_limit_of_their_own() -> None:
    async def watch(_request: bytes, _context: object) -> AsyncIterator[bytes]:
        yield b"now"
        await asyncio.Event().wait()

    async def one(request: bytes, _context: object) -> bytes:
        return request

    few = ServerSettings(listen="127.64.1.2:0", linger_s=0, max_concurrent_calls=1)
    both = echo(unary_unary=one, unary_stream=watch)
    async with served(both, settings=few) as (_, channel):
        down: Any = channel.unary_stream("/test.Echo/Down")
        first = down(b"")
        assert await first.read() == b"now"
        second = await call(channel, "unary_stream")
        first.cancel()

        assert await (await call(channel, "unary_unary")).code() is StatusCode.OK
        assert await second.code() is StatusCode.RESOURCE_EXHAUSTED
        assert await second.details() == (
            "1 streams are open, the most that this task takes"
        )


async def test_what_cannot_be_answered_in_time_is_not_started() -> None:
    started = 0

    async def works(request: bytes, _context: object) -> bytes:
        nonlocal started
        started += 1
        await asyncio.sleep(0.3)
        return request

    quiet = ServerSettings(listen="127.64.1.2:0", linger_s=0)
    async with served(echo(unary_unary=works), settings=quiet) as (_, channel):
        one: Any = channel.unary_unary(ONE)
        await asyncio.gather(*(one(b"", timeout=10) for _ in range(ENOUGH)))
        assert started == ENOUGH
        late = [one(b"", timeout=0.15) for _ in range(5)]
        codes = {await each.code() for each in late}
        texts = {(await each.details())[:12] for each in late}
        assert await one(b"", timeout=10) == b""

    assert codes == {StatusCode.DEADLINE_EXCEEDED}
    assert texts == {"not started:"}
    assert started == ENOUGH + 1


async def test_a_line_that_stands_is_refused_and_health_is_not() -> None:
    async def works(request: bytes, _context: object) -> bytes:
        hold(0.004)
        return request

    strict = ServerSettings(listen="127.64.1.2:0", linger_s=0, max_lag_s=0.02)
    async with served(echo(unary_unary=works), settings=strict) as (_, channel):
        one: Any = channel.unary_unary(ONE)
        health: Any = channel.unary_unary(HEALTH)
        calls = [one(b"", timeout=30) for _ in range(400)]  # 1.6 s of work
        check = health(b"", timeout=30)
        codes = collections.Counter([await each.code() for each in calls])

        assert await check == b"\x08\x01"
        assert set(codes) == {StatusCode.OK, StatusCode.RESOURCE_EXHAUSTED}
        assert await one(b"", timeout=30) == b""


async def test_the_same_line_is_served_where_no_wait_is_too_long() -> None:
    async def works(request: bytes, _context: object) -> bytes:
        hold(0.002)
        return request

    patient = ServerSettings(listen="127.64.1.2:0", linger_s=0, max_lag_s=0)
    async with served(echo(unary_unary=works), settings=patient) as (_, channel):
        one: Any = channel.unary_unary(ONE)
        calls = [one(b"", timeout=30) for _ in range(400)]

        assert {await each.code() for each in calls} == {StatusCode.OK}


async def test_the_highest_limit_of_all_is_taken() -> None:
    async def one(request: bytes, _context: object) -> bytes:
        return request

    wide = ServerSettings(
        listen="127.64.1.2:0", linger_s=0, max_concurrent_calls=300_000_000
    )
    async with served(echo(unary_unary=one), settings=wide) as (_, channel):
        assert await (await call(channel, "unary_unary")).code() is StatusCode.OK


def test_where_the_core_tells_nothing_nobody_seems_to_wait(records: Records) -> None:
    arrivals = Arrivals()
    arrivals.begun = 7
    channelz = Channelz(10**9, arrivals)  # no such server

    assert [channelz.traffic() for _ in range(3)] == [Traffic(7, 0)] * 3
    warned = [line for line in records.lines if line.name == "fleet.server.channelz"]
    assert [line.levelname for line in warned] == ["WARNING"]


@pytest.mark.parametrize("leaves", ["the caller", "the server"])
async def test_a_stream_that_writes_on_when_it_is_told_to_leave_is_no_bug(
    leaves: str, records: Records
) -> None:
    writes = asyncio.Event()

    async def stubborn(_request: bytes, _context: object) -> AsyncIterator[bytes]:
        try:
            yield b"now"
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            writes.set()
            yield b"late"

    hasty = ServerSettings(listen="127.64.1.2:0", linger_s=0, grace_s=0)
    async with served(echo(unary_stream=stubborn), settings=hasty) as (_, channel):
        down: Any = channel.unary_stream("/test.Echo/Down")
        calling = down(b"")
        assert await calling.read() == b"now"
        if leaves == "the caller":
            calling.cancel()
            await asyncio.wait_for(writes.wait(), 5)
    assert writes.is_set()

    await until(lambda: records.calls)
    assert [each["status"] for each in records.calls] == ["CANCELLED"]
    assert not any(line.exc_info for line in records.lines)


@contextlib.asynccontextmanager
async def task(**env: str) -> AsyncIterator[psutil.Process]:
    """Run the busy service as a process; killed at the end of the block."""
    given = {"FLEET_LISTEN": LISTEN, "FLEET_LOG_CALLS": "failed", **env}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        env={**os.environ, **given},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


class Load:
    """Plain gRPC clients that neither wait nor repeat, on four connections."""

    def __init__(self, channels: list[grpc.aio.Channel]) -> None:
        self.ones: list[Any] = [channel.unary_unary(ONE) for channel in channels]
        self.codes = collections.Counter[StatusCode]()
        self.healthy: list[bool] = []
        self._health: Any = channels[0].unary_unary(HEALTH)

    async def one(self, number: int, timeout_s: float) -> None:
        """Make one call and count how it ended."""
        calling = self.ones[number % len(self.ones)](b"x", timeout=timeout_s)
        self.codes[await calling.code()] += 1

    async def closed(self, seconds: float) -> None:
        """Make calls as fast as they are answered, 16 at a time."""
        end = time.monotonic() + seconds

        async def worker(number: int) -> None:
            while time.monotonic() < end:
                await self.one(number, 10)

        await asyncio.gather(*(worker(number) for number in range(16)))

    async def open(self, rate: float, seconds: float) -> None:
        """Make *rate* calls a second, whatever becomes of them; ask for health, too."""
        rng, begun = random.Random(1), time.monotonic()
        due, number = begun, 0
        async with asyncio.TaskGroup() as group:
            while due < begun + seconds:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                group.create_task(self.one(number, 1.0))
                if number % 200 == 0:
                    group.create_task(self._ask())
                due, number = due + rng.expovariate(rate), number + 1

    async def _ask(self) -> None:
        check = self._health(b"", timeout=5)
        self.healthy.append(await check.code() is StatusCode.OK)

    def take(self) -> int:
        """Return how many calls went well, and begin anew."""
        good = self.codes[StatusCode.OK]
        self.codes.clear()
        return good


@pytest.mark.slow
@pytest.mark.parametrize("times", [2, 5])
async def test_offered_too_much_a_task_answers_nearly_as_much_as_it_can(
    times: int, figure: Figure
) -> None:
    async with task() as process, contextlib.AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(connected_to(LISTEN)) for _ in range(4)
        ]
        async with asyncio.timeout(20):
            await asyncio.gather(*(channel.channel_ready() for channel in channels))
        load = Load(channels)
        await load.closed(1)
        load.take()
        full = Spent(process)
        await load.closed(3)
        capacity, took_s, full_s = load.take(), *full.so_far()
        rate = times * capacity / took_s
        await load.open(rate, 2)
        load.take()
        memory, over = process.memory_info().rss, Spent(process)
        await load.open(rate, 6)
        over_s, over_cpu_s = over.so_far()
        grown = process.memory_info().rss - memory

    late = load.codes[StatusCode.DEADLINE_EXCEEDED] / load.codes.total()
    refused, good = load.codes[StatusCode.RESOURCE_EXHAUSTED], load.take()
    # By the task's own processor time: on a busy machine it gets more of it at one
    # time than at another, and the clock on the wall would tell that instead.
    by_cpu = (good / over_cpu_s) / (capacity / full_s)
    by_wall = (good / over_s) / (capacity / took_s)
    what = f"answered at {times} times the load, of what it can"
    figure(what, f"{by_cpu:.2f} (by the wall clock {by_wall:.2f})", ">= 0.9")
    assert refused > 0
    assert load.healthy
    assert all(load.healthy)
    assert grown < 30 * 2**20
    if times == 2:  # at five times, the machine decides whether refusing is enough
        assert late < 0.1
        assert by_cpu > 0.75


class Spent:
    """Time that goes by, and what a process has of it."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._began = time.monotonic(), self._cpu_s()

    def so_far(self) -> tuple[float, float]:
        """Return the seconds by the clock, and of the processor."""
        began, cpu_s = self._began
        return time.monotonic() - began, self._cpu_s() - cpu_s

    def _cpu_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def connected_to(where: str) -> grpc.aio.Channel:
    """Return a channel with a connection of its own."""
    own = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(where, options=own)


if __name__ == "__main__":
    asyncio.run(run([busy()], from_env(ServerSettings, os.environ, "FLEET_")))
