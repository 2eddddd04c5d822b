"""Kills, frozen tasks and outages under load: what is lost is counted."""

import asyncio
import signal
import time

import pytest

import fleet
from benchmarks.stage.listed import Listed, listed
from benchmarks.stage.load import champion, echo, steady
from benchmarks.stage.task import ECHO, TaskProcess, addresses, start_task, tasks
from fleet.client.channel import Channel
from fleet.client.explain import Row
from fleet.endpoint import Endpoint
from fleet.local.dns.nameserver import nameserver
from tests.figures import Figure
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def _row(channel: Channel, endpoint: Endpoint) -> Row:
    rows = {row.endpoint: row for row in channel.explain().rows}
    return rows[str(endpoint)]


def _picked(channel: Channel) -> set[str]:
    return {row.endpoint for row in channel.explain().rows if row.picked}


async def test_a_killed_task_loses_no_safe_call(figure: Figure) -> None:
    async with (
        tasks(addresses(30, 3)) as [victim, *others],
        listed([victim, *others]) as stage,
        fleet.connect(stage.target) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 3)
        async with steady(champion(channel), per_s=300) as load:
            await until(lambda: load.made > 200)
            victim.signal(signal.SIGKILL)
            await until(lambda: load.made > 1000)

    figure("safe calls lost, kill -9 of 1 of 3", f"{load.failed} of {load.made}", "0")
    assert not load.failures


async def test_a_killed_task_loses_only_the_unsafe_calls_in_flight_on_it(
    figure: Figure,
) -> None:
    async with (
        tasks(addresses(31, 3), command=ECHO) as [victim, *others],
        listed([victim, *others]) as stage,
        fleet.connect(stage.target) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 3)
        async with steady(echo(channel, b"0.05"), per_s=300) as load:
            await until(lambda: load.made > 200)
            before = _row(channel, victim.endpoint)
            victim.signal(signal.SIGKILL)
            await until(lambda: str(victim.endpoint) not in _picked(channel))
            sent = _row(channel, victim.endpoint).calls - before.calls
            await until(lambda: load.made > 1000)

    at_risk = before.in_flight + sent
    what = "unsafe calls lost, kill -9 of 1 of 3"
    wanted = f"at most {at_risk}, in flight on it"
    figure(what, f"{load.failed} of {load.made}", wanted)
    assert load.failed <= at_risk, load.failures


async def test_calls_leave_a_frozen_task(figure: Figure) -> None:
    async with (
        tasks(addresses(32, 3)) as [victim, *others],
        listed([victim, *others]) as stage,
        fleet.connect(stage.target) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 3)
        async with steady(champion(channel), per_s=200) as load:
            await until(lambda: load.made > 100)
            victim.signal(signal.SIGSTOP)
            frozen_at = time.monotonic()
            await until(lambda: str(victim.endpoint) not in _picked(channel))
            took_s = time.monotonic() - frozen_at
            calls = _row(channel, victim.endpoint).calls
            await until(lambda: load.made > 1000)
            assert _row(channel, victim.endpoint).calls == calls
            victim.signal(signal.SIGCONT)
            await until(lambda: str(victim.endpoint) in _picked(channel))

    figure("seconds until calls left a frozen task", f"{took_s:.2f}", "at most 2")
    figure("  safe calls lost meanwhile", f"{load.failed} of {load.made}", "0")
    assert not load.failures


async def test_a_minute_without_a_nameserver_loses_no_call(figure: Figure) -> None:
    async with tasks(addresses(33, 3)) as running:
        async with listed(running) as stage:
            at, zone = stage.nameserver, stage.zone
            connecting = fleet.connect(stage.target)
            channel = await connecting.__aenter__()
            await until(lambda: len(_picked(channel)) == 3)
        try:
            async with steady(champion(channel)) as load:
                await until(lambda: "fails now" in channel.explain().lookup)
                await asyncio.sleep(60)
                async with nameserver(zone, at.host, at.port):
                    await until(
                        lambda: "fails now" not in channel.explain().lookup,
                        limit_s=30,
                    )
        finally:
            await connecting.__aexit__(None, None, None)

    what = "calls lost, nameserver dead for a minute"
    figure(what, f"{load.failed} of {load.made}", "0")
    assert not load.failures


async def test_a_fleet_that_was_all_gone_is_called_again(figure: Figure) -> None:
    first, second = addresses(34, 6)[:3], addresses(34, 6)[3:]
    async with (
        tasks(first) as running,
        listed(running) as stage,
        fleet.connect(stage.target) as channel,
    ):
        call = champion(channel)
        await call()
        stage.deregister(running)
        for task in running:
            task.signal(signal.SIGKILL)
        await asyncio.gather(*(task.gone() for task in running))
        await until(lambda: not channel.explain().rows)
        with pytest.raises(fleet.NoEndpoints, match="lists no task"):
            await call()
        running.extend([await start_task(at) for at in second])
        joining = [asyncio.create_task(_join(stage, t)) for t in running[3:]]
        await asyncio.wait(joining, return_when=asyncio.FIRST_COMPLETED)
        healthy_at = time.monotonic()
        took_s = await _first_answer(channel) - healthy_at
        await asyncio.gather(*joining)

    what = "seconds from the first healthy task to an answer, after all were gone"
    figure(what, f"{took_s:.2f}", "at most 2")


async def _join(stage: Listed, task: TaskProcess) -> None:
    await task.healthy()
    stage.register([task])


async def _first_answer(channel: Channel) -> float:
    call = champion(channel)
    async with asyncio.timeout(30):
        while True:
            try:
                await call()
            except fleet.NoEndpoints:
                await asyncio.sleep(0.01)
            else:
                return time.monotonic()


async def test_twenty_tasks_behind_a_dns_that_shows_eight_share_the_calls(
    figure: Figure,
) -> None:
    config = fleet.ChannelConfig(policy=fleet.RoundRobin)
    async with (
        tasks(addresses(35, 20)) as running,
        listed(running) as stage,
        fleet.connect(stage.target, config) as channel,
    ):
        await until(lambda: len(_picked(channel)) == 20, limit_s=30)
        call = champion(channel)
        before = {row.endpoint: row.calls for row in channel.explain().rows}
        for _ in range(2000):
            await call()
        rows = channel.explain().rows
        shares = [row.calls - before[row.endpoint] for row in rows]

    spread = f"{min(shares)} to {max(shares)} calls each"
    figure("20 tasks behind 8 records, 2,000 calls", spread, "all, within 20 %")
    assert len(shares) == 20
    assert max(shares) <= 1.2 * min(shares)
