"""Tasks that become slow or fail are left alone, and come back when they are cured."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import fleet
from benchmarks.stage.load import steady
from benchmarks.stage.slow import Slow, tell
from benchmarks.stage.task import SLOW, addresses, tasks
from fleet.client.channel import Channel
from fleet.client.explain import Row
from fleet.endpoint import Endpoint
from tests.figures import Figure
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SERVICE_S = 0.01
NEVER = fleet.ChannelConfig(ejection=None)


@asynccontextmanager
async def fleet_of(
    network: int, count: int, config: fleet.ChannelConfig | None = None
) -> AsyncIterator[tuple[Channel, list[Endpoint]]]:
    """*count* tasks that answer in 10 ms, one call at a time, and a channel to them."""
    endpoints = addresses(network, count)
    target = "fixed://" + ",".join(map(str, endpoints))
    env = {"SLOW_SERVICE_S": str(SERVICE_S)}
    async with (
        tasks(endpoints, command=SLOW, more_env=env),
        fleet.connect(target, config) as channel,
    ):
        await until(lambda: len(picked(channel)) == count)
        yield channel, endpoints


def picked(channel: Channel) -> set[str]:
    return {row.endpoint for row in channel.explain().rows if row.picked}


def row_of(channel: Channel, endpoint: Endpoint) -> Row:
    return {row.endpoint: row for row in channel.explain().rows}[str(endpoint)]


async def test_a_slow_task_is_left_alone_until_it_is_cured(figure: Figure) -> None:
    async with (
        fleet_of(71, 5) as (channel, [victim, *_]),
        steady(Slow(channel).serial, per_s=200) as load,
    ):
        await until(lambda: load.made > 300)
        await tell(victim, 8 * SERVICE_S)
        slow_at = time.monotonic()
        await until(lambda: row_of(channel, victim).standing == "out")
        out_s = time.monotonic() - slow_at
        await tell(victim, "ok")
        cured_at = time.monotonic()
        await until(lambda: row_of(channel, victim).standing == "in", limit_s=20)
        back_s = time.monotonic() - cured_at
    figure("seconds until a task 8 times slower is left", f"{out_s:.2f}", "at most 3")
    figure("  until it is back, once cured", f"{back_s:.2f}", "at most 7")
    assert not load.failures


async def test_without_ejection_a_slow_task_is_called_on() -> None:
    async with (
        fleet_of(72, 5, NEVER) as (channel, [victim, *_]),
        steady(Slow(channel).serial, per_s=200) as load,
    ):
        await tell(victim, 8 * SERVICE_S)
        await until(lambda: load.made > 800)
        before = row_of(channel, victim).calls
        await until(lambda: load.made > 1200)
        assert row_of(channel, victim).calls > before


async def test_a_failing_task_is_left_alone_until_it_is_cured(figure: Figure) -> None:
    async with (
        fleet_of(73, 3) as (channel, [victim, *_]),
        steady(Slow(channel).serial, per_s=150) as load,
    ):
        await until(lambda: load.made > 200)
        await tell(victim, "fail")
        failing_at = time.monotonic()
        await until(lambda: row_of(channel, victim).standing == "out")
        out_s = time.monotonic() - failing_at
        made = load.made
        await until(lambda: load.made > made + 300)
        lost = load.failed
        await tell(victim, "ok")
        cured_at = time.monotonic()
        await until(lambda: row_of(channel, victim).standing == "in", limit_s=20)
        back_s = time.monotonic() - cured_at
    figure("seconds until a failing task is left", f"{out_s:.2f}", "at most 1")
    figure("  unsafe calls lost until then", f"{lost} of {load.made}", "few")
    figure("  seconds until it is back, once cured", f"{back_s:.2f}", "at most 7")
    # Five in a row, and what was in flight meanwhile; a trial before the cure.
    assert lost <= 15, load.failures


async def test_without_ejection_a_failing_task_fails_a_third_of_all_calls() -> None:
    async with (
        fleet_of(74, 3, NEVER) as (channel, [victim, *_]),
        steady(Slow(channel).serial, per_s=150) as load,
    ):
        await tell(victim, "fail")
        await until(lambda: load.made > 400)
    assert load.failed > 100


async def test_never_more_than_the_cap_are_left_alone(figure: Figure) -> None:
    async with fleet_of(75, 10) as (channel, endpoints):
        most = 0

        async def look() -> None:
            nonlocal most
            while True:
                rows = channel.explain().rows
                most = max(most, sum(row.standing != "in" for row in rows))
                await asyncio.sleep(0.01)

        looking = asyncio.create_task(look())
        async with steady(Slow(channel).serial, per_s=200) as load:
            for endpoint in endpoints[:6]:
                await tell(endpoint, "fail")
            await until(lambda: load.made > 1500, limit_s=30)
        looking.cancel()
    figure("tasks left alone of 10, while 6 fail", str(most), "at most 3")
    assert 0 < most <= 3


async def test_a_breaker_opens_and_closes_again() -> None:
    breaker = fleet.BreakerConfig(open_s=1.0)
    config = fleet.ChannelConfig(ejection=None, breaker=breaker)
    async with (
        fleet_of(76, 2, config) as (channel, [victim, _]),
        steady(Slow(channel).serial, per_s=100) as load,
    ):
        await tell(victim, "fail")
        await until(lambda: row_of(channel, victim).standing == "out")
        await tell(victim, "ok")
        await until(lambda: row_of(channel, victim).standing == "in")
    # The sixth in a row opens it; the others were in flight by then.
    assert 6 <= load.failed <= 12, load.failures
