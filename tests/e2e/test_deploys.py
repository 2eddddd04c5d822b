"""Deploys under load: not one call may fail. gRPC's own round robin runs beside."""

import asyncio
import functools
import signal
from collections.abc import Callable, Sequence

import grpc
import pytest

import fleet
from benchmarks.stage.listed import Listed, listed
from benchmarks.stage.load import (
    Call,
    Load,
    champion,
    echo,
    grpc_round_robin,
    steady,
)
from benchmarks.stage.task import (
    CHAMPION,
    ECHO,
    TaskProcess,
    addresses,
    start_task,
    tasks,
)
from tests.figures import Figure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALM_S = 2.0
"""Of load before and after, so that the deploy happens in the middle."""


async def _replace(
    stage: Listed, old: list[TaskProcess], new: list[TaskProcess]
) -> None:
    """Do as ECS: register healthy *new* ones, drop and signal *old* ones at once."""
    await asyncio.gather(*(task.healthy() for task in new))
    stage.register(new)
    stage.deregister(old)
    for task in old:
        task.signal(signal.SIGTERM)
    await asyncio.gather(*(task.gone() for task in old))


KINDS = pytest.mark.parametrize(
    ("kind", "network", "command", "load"),
    [
        pytest.param("safe", 20, CHAMPION, champion, id="safe"),
        pytest.param("unsafe", 22, ECHO, echo, id="unsafe"),
    ],
)
"""Of calls: a safe one is repeated, so an unsafe one tells more of the drain."""


@KINDS
async def test_replacing_all_tasks_at_once_the_ecs_way_loses_no_call(
    figure: Figure,
    kind: str,
    network: int,
    command: Sequence[str],
    load: Callable[[grpc.aio.Channel], Call],
) -> None:
    places = addresses(network, 6)
    start = functools.partial(start_task, command=command, linger_s=15)
    async with (
        tasks(places[:3], command=command, linger_s=15) as old,
        listed(old, ttl_s=5, propagation_s=5, cached=True) as stage,
        fleet.connect(stage.target) as channel,
        grpc_round_robin(stage.target) as peer,
        steady(load(channel)) as ours,
        steady(load(peer)) as theirs,
    ):
        await asyncio.sleep(CALM_S)
        new = [await start(at) for at in places[3:]]
        gone = list(old)
        old.extend(new)  # the block ends these too
        await _replace(stage, gone, new)
        await asyncio.sleep(CALM_S)

    what = f"{kind} calls lost, 3 tasks replaced at once, DNS 5 s + 5 s behind"
    _report(figure, what, ours, theirs)
    assert not ours.failures


@KINDS
async def test_rolling_through_three_tasks_ten_times_loses_no_call(
    figure: Figure,
    kind: str,
    network: int,
    command: Sequence[str],
    load: Callable[[grpc.aio.Channel], Call],
) -> None:
    places = addresses(network + 1, 4)
    start = functools.partial(start_task, command=command, linger_s=2.5)
    async with (
        tasks(places[:3], command=command, linger_s=2.5) as running,
        listed(running) as stage,
        fleet.connect(stage.target) as channel,
        grpc_round_robin(stage.target) as peer,
        steady(load(channel)) as ours,
        steady(load(peer)) as theirs,
    ):
        await asyncio.sleep(CALM_S)
        free = places[3:]
        for _ in range(30):
            old = next(t for t in running if t.process.returncode is None)
            new = await start(free.pop(0))
            running.append(new)
            await _replace(stage, [old], [new])
            free.append(old.endpoint)
        await asyncio.sleep(CALM_S)

    what = f"{kind} calls lost, 10 rolling restarts of 3 tasks"
    _report(figure, what, ours, theirs)
    assert not ours.failures


def _report(figure: Figure, what: str, ours: Load, theirs: Load) -> None:
    figure(what, f"{ours.failed} of {ours.made}", "0")
    figure(
        "  grpc's own round robin beside it", f"{theirs.failed} of {theirs.made}", ""
    )
