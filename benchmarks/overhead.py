"""What balancing costs: calls per CPU second of the client, against a bare channel."""

import asyncio
import dataclasses
import resource
import statistics
from collections.abc import Sequence

import grpc

import fleet
from benchmarks.result import Result
from benchmarks.stage.load import Call, champion
from benchmarks.stage.task import addresses, tasks
from fleet.telemetry.client import ClientTelemetry

TITLE = "overhead of a balanced call"
ROUNDS = 80
"""Many and short: the machine's speed drifts within seconds, and both sides of a
round must see the same of it."""
CALLS = {1: 150, 64: 640}
BARS = {1: 0.9, 64: 0.95}
EVERYTHING = fleet.ChannelConfig(
    hedge=fleet.HedgeConfig(),
    breaker=fleet.BreakerConfig(),
    rate=fleet.RateConfig(per_s=1e6, burst=10_000),
    telemetry=ClientTelemetry(),
)
"""Besides what is on by default."""
BAR_EVERYTHING = 0.85


async def measure() -> Sequence[Result]:
    """Compare unary calls at concurrency 1 and 64, in alternating rounds."""
    endpoints = addresses(1, 3)
    target = "fixed://" + ",".join(map(str, endpoints))
    async with (
        tasks(endpoints),
        fleet.connect(target) as balanced,
        fleet.connect(target, EVERYTHING) as loaded,
        grpc.aio.insecure_channel(f"ipv4:{endpoints[0]}") as bare,
    ):
        ours, peer = champion(balanced), champion(bare)
        await _calls_per_cpu_s(ours, 8, 400)
        await _calls_per_cpu_s(peer, 8, 400)
        results = [await _compare(ours, peer, n, CALLS[n], BARS[n]) for n in CALLS]
        loaded_call = champion(loaded)
        await _calls_per_cpu_s(loaded_call, 8, 400)
        more = await _compare(loaded_call, peer, 64, CALLS[64], BAR_EVERYTHING)
        what = "  with hedging, breakers, a rate limit and metrics as well"
        return [*results, dataclasses.replace(more, question=what)]


async def _compare(
    ours: Call, peer: Call, concurrency: int, calls: int, bar: float
) -> Result:
    """Alternate, so that what else the machine does hits both sides alike."""
    pairs = []
    for turn in range(ROUNDS):
        first, second = (ours, peer) if turn % 2 else (peer, ours)
        one = await _calls_per_cpu_s(first, concurrency, calls)
        other = await _calls_per_cpu_s(second, concurrency, calls)
        pairs.append((one, other) if turn % 2 else (other, one))
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Result(
        question=f"calls per CPU second of the client, {concurrency} at a time",
        ours=f"{mine:,.0f}",
        peer=f"{theirs:,.0f} (bare grpc.aio to one task)",
        figure=statistics.median(a / b for a, b in pairs),
        sense="at least",
        bar=bar,
    )


async def _calls_per_cpu_s(call: Call, concurrency: int, calls: int) -> float:
    async def several() -> None:
        for _ in range(calls // concurrency):
            await call()

    before = _cpu_s()
    await asyncio.gather(*(several() for _ in range(concurrency)))
    return calls / (_cpu_s() - before)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
