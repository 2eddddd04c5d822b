"""Deploys under load: not one call may fail. gRPC's own round robin runs beside."""

import asyncio
import signal

import pytest

import fleet
from benchmarks.stage.listed import Listed, listed
from benchmarks.stage.load import Load, champion, grpc_round_robin, steady
from benchmarks.stage.task import TaskProcess, addresses, start_task, tasks
from tests.e2e.conftest import Figure

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


async def test_replacing_all_tasks_at_once_the_ecs_way_loses_no_call(
    figure: Figure,
) -> None:
    places = addresses(20, 6)
    async with (
        tasks(places[:3], linger_s=15, grace_s=5) as old,
        listed(old, ttl_s=5, propagation_s=5, cached=True) as stage,
        fleet.connect(stage.target) as channel,
        grpc_round_robin(stage.target) as peer,
        steady(champion(channel)) as ours,
        steady(champion(peer)) as theirs,
    ):
        await asyncio.sleep(CALM_S)
        new = [await start_task(at, linger_s=15) for at in places[3:]]
        gone = list(old)
        old.extend(new)  # the block ends these too
        await _replace(stage, gone, new)
        await asyncio.sleep(CALM_S)

    what = "calls lost, 3 tasks replaced at once, 5 s propagation + 5 s TTL"
    _report(figure, what, ours, theirs)
    assert not ours.failures


async def test_rolling_through_three_tasks_ten_times_loses_no_call(
    figure: Figure,
) -> None:
    places = addresses(21, 4)
    async with (
        tasks(places[:3], linger_s=2.5) as running,
        listed(running) as stage,
        fleet.connect(stage.target) as channel,
        grpc_round_robin(stage.target) as peer,
        steady(champion(channel)) as ours,
        steady(champion(peer)) as theirs,
    ):
        await asyncio.sleep(CALM_S)
        free = places[3:]
        for _ in range(30):
            old = next(t for t in running if t.process.returncode is None)
            new = await start_task(free.pop(0), linger_s=2.5)
            running.append(new)
            await _replace(stage, [old], [new])
            free.append(old.endpoint)
        await asyncio.sleep(CALM_S)

    _report(figure, "calls lost, 10 rolling restarts of 3 tasks", ours, theirs)
    assert not ours.failures


def _report(figure: Figure, what: str, ours: Load, theirs: Load) -> None:
    figure(what, f"{ours.failed} of {ours.made}", "0")
    figure(
        "  grpc's own round robin beside it", f"{theirs.failed} of {theirs.made}", ""
    )
