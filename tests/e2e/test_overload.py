"""Twice as many calls as the tasks can answer: most of what they can is answered."""

import asyncio

import psutil
import pytest

import fleet
from benchmarks.stage.slow import Slow
from benchmarks.stage.task import SLOW, addresses, tasks
from benchmarks.stage.timed import offered
from tests.figures import Figure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MIB = 1024 * 1024
LASTS_S = 12.0
SETTLES_S = 3.0
"""Until the limits have been found; counted as well, and shown beside."""


def _memory(pids: list[int]) -> float:
    return max(psutil.Process(pid).memory_info().rss for pid in pids) / MIB


async def test_twice_the_capacity_of_a_serial_resource(figure: Figure) -> None:
    service_s, count = 0.02, 3
    endpoints = addresses(79, count)
    target = "fixed://" + ",".join(map(str, endpoints))
    capacity = count / service_s
    env = {"SLOW_SERVICE_S": str(service_s)}
    async with tasks(endpoints, command=SLOW, more_env=env) as running:
        pids = [task.process.pid for task in running]
        async with fleet.connect(target) as one, fleet.connect(target) as two:
            clients = [Slow(channel, timeout_s=1.0) for channel in (one, two)]
            loads = [
                offered(client.serial, per_s=capacity, lasts_s=SETTLES_S)
                for client in clients
            ]
            first = await asyncio.gather(*loads)
            before = _memory(pids)
            loads = [
                offered(client.serial, per_s=capacity, lasts_s=LASTS_S)
                for client in clients
            ]
            then = await asyncio.gather(*loads)
            grown = _memory(pids) - before
    # Leaving the load waits for what is in flight: half a second is not counted.
    goodput = sum(load.ok for load in then) / (capacity * LASTS_S)
    early = sum(load.ok for load in first) / (capacity * SETTLES_S)
    figure("goodput at twice the capacity, serial", f"{goodput:.2f}", "at least 0.9")
    figure("  in its first 3 s", f"{early:.2f}", "printed")
    figure("  memory of a task grew by", f"{grown:.1f} MiB", "none")
    assert goodput > 0.8
    assert grown < 10


async def test_twice_the_capacity_of_an_event_loop(figure: Figure) -> None:
    service_s = 0.01
    [endpoint] = addresses(80, 1)
    env = {"SLOW_SERVICE_S": str(service_s)}
    async with (
        tasks([endpoint], command=SLOW, more_env=env) as [task],
        fleet.connect(f"fixed://{endpoint}") as channel,
    ):
        slow = Slow(channel, timeout_s=1.0)
        # What it can do, at a load that it is never without.
        alone = fleet.ChannelConfig(limit=None)
        async with fleet.connect(f"fixed://{endpoint}", alone) as closed:
            capacity = await _capacity(Slow(closed))
        before = _memory([task.process.pid])
        load = await offered(slow.burn, per_s=2 * capacity, lasts_s=LASTS_S)
        grown = _memory([task.process.pid]) - before
    goodput = load.ok / (capacity * LASTS_S)
    figure("goodput at twice the capacity, CPU", f"{goodput:.2f}", "at least 0.9")
    figure("  memory of the task grew by", f"{grown:.1f} MiB", "none")
    assert goodput > 0.75
    assert grown < 10


async def _capacity(slow: Slow) -> float:
    """Return the calls a second of four callers who wait for their answers."""
    lasts_s, ended = 3.0, 0

    async def again() -> None:
        nonlocal ended
        end = asyncio.get_running_loop().time() + lasts_s
        while asyncio.get_running_loop().time() < end:
            await slow.burn()
            ended += 1

    await asyncio.gather(*(again() for _ in range(4)))
    return ended / lasts_s
