"""One of ten tasks is eight times slower: what callers see of it."""

from collections.abc import Sequence

import grpc

import fleet
from benchmarks.result import Result
from benchmarks.stage.slow import Slow, tell
from benchmarks.stage.task import SLOW, addresses, tasks
from benchmarks.stage.timed import Timed, offered

TITLE = "ten tasks at 70 % load, one of them 8 times slower (half a minute)"
TASKS = 10
SERVICE_S = 0.02
"""Of one call; a task takes one at a time, so it can do 50 a second."""
LOAD = 0.7
TIMES_SLOWER = 8
LASTS_S = 12.0
TIMEOUT_S = 10.0
BAR = 0.2


async def measure() -> Sequence[Result]:
    """Compare the 99th percentile, from the moment in which the task becomes slow."""
    endpoints = addresses(70, TASKS)
    target = "fixed://" + ",".join(map(str, endpoints))
    turns = fleet.ChannelConfig(
        policy=fleet.RoundRobin, ejection=None, limit=None, slow_start=None
    )
    env = {"SLOW_SERVICE_S": str(SERVICE_S)}
    async with tasks(endpoints, command=SLOW, more_env=env):
        async with fleet.connect(target, turns) as channel:
            theirs = await _slowed(channel, endpoints[0])
        async with fleet.connect(target) as channel:
            ours = await _slowed(channel, endpoints[0])
    return [
        Result(
            question=f"p99 of calls, 1 of {TASKS} tasks {TIMES_SLOWER} times slower",
            ours=_shown(ours),
            peer=f"{_shown(theirs)} (round robin)",
            figure=ours.percentile_ms(0.99) / theirs.percentile_ms(0.99),
            sense="at most",
            bar=BAR,
        )
    ]


async def _slowed(channel: grpc.aio.Channel, victim: fleet.Endpoint) -> Timed:
    """Load the channel, first with all tasks equal, then with a slow one."""
    slow = Slow(channel, timeout_s=TIMEOUT_S)
    per_s = LOAD * TASKS / SERVICE_S
    await channel.channel_ready()
    await offered(slow.serial, per_s=per_s, lasts_s=2.0)
    await tell(victim, SERVICE_S * TIMES_SLOWER)
    try:
        return await offered(slow.serial, per_s=per_s, lasts_s=LASTS_S)
    finally:
        await tell(victim, "ok")


def _shown(timed: Timed) -> str:
    middle, most = timed.percentile_ms(0.5), timed.percentile_ms(0.99)
    return f"{most:,.0f} ms, median {middle:.0f}, {timed.failures.total()} failed"
