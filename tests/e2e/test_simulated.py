"""Two cases of the simulator against the real thing."""

import asyncio
import dataclasses
import random
import time

import pytest

import fleet
from benchmarks.simulator.faults import Slow as Slowed
from benchmarks.simulator.methods import Method
from benchmarks.simulator.run import simulate
from benchmarks.simulator.scenario import Scenario
from benchmarks.simulator.scenarios import SLOW, TWICE
from benchmarks.simulator.strategy import FLEET, STRATEGIES, Strategy
from benchmarks.stage.slow import SAFE, Slow, tell
from benchmarks.stage.task import SLOW as SLOW_TASK
from benchmarks.stage.task import addresses, tasks
from benchmarks.stage.timed import Timed
from fleet.endpoint import Endpoint
from tests.figures import Figure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SERVICE_S = 0.02
FIXED = Method(mean_s=SERVICE_S, spread="fixed")
ONE_SLOW = dataclasses.replace(
    SLOW,
    methods=(FIXED,),
    duration_s=15,
    faults=(Slowed(task=0, factor=8, at_s=4, until_s=12),),
    trouble=(4, 12),
)
RETRY = fleet.RetryConfig(safe_methods=SAFE)
OURS = fleet.ChannelConfig(retry=RETRY)
TURNS = fleet.ChannelConfig(
    policy=fleet.RoundRobin, ejection=None, limit=None, slow_start=None, retry=RETRY
)


async def test_a_slow_task_is_as_bad_as_the_simulator_says(figure: Figure) -> None:
    endpoints = addresses(84, ONE_SLOW.tasks)
    env = {"SLOW_SERVICE_S": str(SERVICE_S)}
    async with tasks(endpoints, command=SLOW_TASK, more_env=env):
        turns = await _played(TURNS, endpoints)
        ours = await _played(OURS, endpoints)
    said_turns, said_ours = _worst(STRATEGIES["round robin"]), _worst(FLEET)
    what = "p99 with 1 of 10 tasks 8 times slower, round robin"
    figure(what, f"{turns:,.0f} ms", f"simulated: {said_turns:,.0f} ms")
    figure("  the same, our default", f"{ours:,.0f} ms", f"{said_ours:,.0f} ms")
    assert turns > 5 * ours
    assert said_turns > 5 * said_ours


def _worst(strategy: Strategy) -> float:
    return simulate(ONE_SLOW, strategy).worst_ms


async def _played(config: fleet.ChannelConfig, endpoints: list[Endpoint]) -> float:
    """Return the 99th percentile of the scenario, with real tasks."""
    target = "fixed://" + ",".join(map(str, endpoints))
    async with fleet.connect(target, config) as channel:
        await channel.channel_ready()
        slow = Slow(channel, timeout_s=ONE_SLOW.timeout_s)
        playing = asyncio.create_task(_arrivals(ONE_SLOW, slow))
        await asyncio.sleep(4)
        await tell(endpoints[0], 8 * SERVICE_S)
        await asyncio.sleep(8)
        await tell(endpoints[0], "ok")
        return (await playing).percentile_ms(0.99)


async def _arrivals(scenario: Scenario, slow: Slow) -> Timed:
    """Make the scenario's calls, at random moments as the simulator does."""
    rng, timed = random.Random(scenario.seed), Timed()
    per_s = scenario.load * scenario.capacity_per_s
    due = began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        while due < began + scenario.duration_s:
            due += rng.expovariate(per_s)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(timed.once(lambda: slow.serial(safe=True)))
    return timed


async def test_a_task_at_twice_its_capacity_does_what_the_simulator_says(
    figure: Figure,
) -> None:
    scenario = dataclasses.replace(
        TWICE, tasks=1, methods=(FIXED,), timeout_s=1.0, duration_s=12
    )
    [endpoint] = addresses(85, 1)
    env = {"SLOW_SERVICE_S": str(SERVICE_S)}
    async with (
        tasks([endpoint], command=SLOW_TASK, more_env=env),
        fleet.connect(f"fixed://{endpoint}") as channel,
    ):
        await channel.channel_ready()
        slow, timed = Slow(channel, timeout_s=1.0), Timed()
        rng = random.Random(1)
        due = began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            while due < began + scenario.duration_s:
                due += rng.expovariate(2 / SERVICE_S)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                group.create_task(timed.once(slow.burn))
    goodput = timed.ok * SERVICE_S / scenario.duration_s
    said = simulate(scenario, FLEET).goodput
    what = "goodput of one task at twice its capacity"
    figure(what, f"{goodput:.2f}", f"simulated: {said:.2f}")
    assert goodput > 0.7
    assert said > 0.7
