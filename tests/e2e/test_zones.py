"""Three zones: calls stay in the client's own, until it is lost."""

import asyncio
import dataclasses
import signal
import time
from collections import Counter

import pytest

import fleet
from benchmarks.stage.load import champion, steady
from benchmarks.stage.task import TaskProcess, addresses, start_task, tasks
from fleet.client.channel import Channel
from fleet.discovery.fixed import fixed
from fleet.endpoint import Endpoint
from tests.figures import Figure
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HERE = fleet.ChannelConfig(zone=fleet.ZoneConfig(name="a"))


def zoned(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Two tasks in each of three zones."""
    return [
        dataclasses.replace(endpoint, zone="abc"[n // 2])
        for n, endpoint in enumerate(endpoints)
    ]


def calls(channel: Channel) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in channel.explain().rows:
        counts[row.zone or "?"] += row.calls
    return counts


def ready(channel: Channel) -> int:
    return sum(row.picked for row in channel.explain().rows)


async def test_a_zone_lost_and_found_again_loses_no_safe_call(figure: Figure) -> None:
    endpoints = zoned(addresses(77, 6))
    async with (
        tasks(endpoints) as running,
        fleet.connect("zoned", HERE, lookup=fixed(endpoints)) as channel,
    ):
        await until(lambda: ready(channel) == 6)
        async with steady(champion(channel), per_s=200) as load:
            await until(lambda: load.made > 400)
            at_home = calls(channel)
            for task in running[:2]:
                task.signal(signal.SIGKILL)
            await until(lambda: ready(channel) == 4)
            made = load.made
            await until(lambda: load.made > made + 400)
            running.extend(await _started(endpoints[:2]))
            back_at = time.monotonic()
            await until(lambda: ready(channel) == 6)
            await _mostly_home(channel)
            back_s = time.monotonic() - back_at
    share = at_home["a"] / at_home.total()
    figure(
        "safe calls lost, a zone of three lost", f"{load.failed} of {load.made}", "0"
    )
    figure("  share of calls in the own zone before", f"{share:.1%}", "nearly all")
    figure("  seconds until 9 of 10 calls are back in it", f"{back_s:.1f}", "soon")
    assert not load.failures
    assert share > 0.9


async def _started(endpoints: list[Endpoint]) -> list[TaskProcess]:
    new = [await start_task(endpoint) for endpoint in endpoints]
    await asyncio.gather(*(task.healthy() for task in new))
    return new


async def _mostly_home(channel: Channel) -> None:
    """Return when 9 of 10 calls of half a second stay in the zone."""
    async with asyncio.timeout(30):
        while True:
            before = calls(channel)
            await asyncio.sleep(0.5)
            new = calls(channel) - before
            if new.total() > 50 and new["a"] >= 0.9 * new.total():
                return


async def test_without_a_zone_calls_go_everywhere() -> None:
    endpoints = zoned(addresses(78, 6))
    async with (
        tasks(endpoints),
        fleet.connect("zoned", lookup=fixed(endpoints)) as channel,
    ):
        await until(lambda: ready(channel) == 6)
        async with steady(champion(channel), per_s=200) as load:
            await until(lambda: load.made > 400)
        counts = calls(channel)
    assert min(counts[zone] for zone in "abc") > 0.2 * counts.total()
