"""How soon a new task is called: from healthy and registered to its first answer."""

import asyncio
import time
from collections.abc import Sequence

import grpc

import fleet
from benchmarks.result import Result
from benchmarks.stage.echo import WHO
from benchmarks.stage.listed import Listed, listed
from benchmarks.stage.load import grpc_round_robin
from benchmarks.stage.task import ECHO, TaskProcess, addresses, start_task, tasks
from fleet.endpoint import Endpoint

TITLE = "how soon a new task is called (up to a minute, most of it gRPC's own)"
PATIENCE_S = 40.0
"""gRPC asks DNS again after 30 s at the soonest, and only if a connection breaks."""
MARGIN_S = 0.5
PAUSE_S = 0.02


async def measure() -> Sequence[Result]:
    """Ask with a TTL of 1 s and of 5 s, both clients against the same tasks."""
    return await asyncio.gather(_newcomer(2, ttl_s=1), _newcomer(3, ttl_s=5))


async def _newcomer(network: int, *, ttl_s: int) -> Result:
    *first, place = addresses(network, 3)
    async with (
        tasks(first, command=ECHO) as running,
        listed(running, ttl_s=ttl_s) as stage,
        fleet.connect(stage.target) as channel,
        grpc_round_robin(stage.target) as peer,
    ):
        await asyncio.gather(_called(channel, first[0]), _called(peer, first[0]))
        new = await start_task(place, command=ECHO)
        running.append(new)
        ours, theirs = await _join(stage, new, channel, peer)
    shown = f"{theirs:.2f} s" if theirs < PATIENCE_S else f"not in {theirs:.0f} s"
    return Result(
        question=f"seconds until a new task is called, TTL {ttl_s} s",
        ours=f"{ours:.2f} s",
        peer=f"{shown} (grpc's dns:/// round robin)",
        figure=ours,
        unit="s",
        sense="at most",
        bar=ttl_s + MARGIN_S,
    )


async def _join(
    stage: Listed, new: TaskProcess, ours: grpc.aio.Channel, peer: grpc.aio.Channel
) -> tuple[float, float]:
    """Register *new* once it is healthy; return how long each client took."""
    await new.healthy()
    healthy_at = time.monotonic()
    stage.register([new])
    both = await asyncio.gather(
        _called(ours, new.endpoint), _called(peer, new.endpoint)
    )
    mine, theirs = (at - healthy_at for at in both)
    return mine, theirs


async def _called(channel: grpc.aio.Channel, place: Endpoint) -> float:
    """Call until *place* answers, or for `PATIENCE_S`; return when that was."""
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
    method = channel.unary_unary(WHO)
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        answer = await method(b"", timeout=5, wait_for_ready=True)
        if answer.decode() == str(place):
            break
        await asyncio.sleep(PAUSE_S)
    return time.monotonic()
