"""A new task is called as soon as Cloud Map's API knows it."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

import pytest

import fleet
from benchmarks.stage.task import addresses, tasks
from fleet.endpoint import Endpoint
from rpc import rpc_pb2, rpc_pb2_grpc
from tests.figures import Figure
from tests.support.cloudmap_front import Front, front
from tests.support.cloudmap_map import Service
from tests.support.cloudmap_moto import aws_settings, moto

LIMIT_S = 20
TRIES = 5


@pytest.fixture
async def stage() -> AsyncIterator[tuple[Service, Front]]:
    with moto() as emulator, aws_settings():
        async with front(emulator) as there:
            yield Service(emulator), there


def called(channel: fleet.Channel) -> set[str]:
    return {row.endpoint for row in channel.explain().rows if row.calls}


async def first_call_s(
    service: Service, channel: fleet.Channel, held: list[Endpoint]
) -> float:
    """Register the last of *held* too; return the seconds until it is called."""
    stub, newcomer = rpc_pb2_grpc.RpcStub(channel), str(held[-1])
    begun_at = time.monotonic()
    await service.hold(held)
    async with asyncio.timeout(LIMIT_S):
        while newcomer not in called(channel):
            await stub.GetChampion(rpc_pb2.GetChampionRequest(champion_id=1))
            await asyncio.sleep(0.005)
    return time.monotonic() - begun_at


async def test_a_new_task_is_called_soon_after_it_is_registered(
    stage: tuple[Service, Front], figure: Figure
) -> None:
    service, api = stage
    places = addresses(41, TRIES + 1)
    async with (
        tasks(places),
        fleet.connect(service.target(api.endpoint)) as channel,
    ):
        took = [
            await first_call_s(service, channel, places[: n + 1])
            for n in range(TRIES + 1)
        ][1:]  # the first one waited for boto3, and for the channel itself

    what = (
        f"seconds from registration to the first call, Cloud Map's API, {TRIES} tasks"
    )
    figure(what, f"{min(took):.2f} to {max(took):.2f}", "at most 1")


async def fleet_command(*argv: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fleet.cli", *argv),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_the_command_takes_targets_of_cloud_map(
    stage: tuple[Service, Front],
) -> None:
    service, api = stage
    [place] = addresses(42, 1)
    target = service.target(api.endpoint)
    async with tasks([place]):
        await service.hold([place])
        resolved = await fleet_command("resolve", target)
        call = ("call", target, "rpc.Rpc/GetChampion", '{"champion_id": 1}')
        code, answer = await fleet_command(*call)
        assert resolved == (0, f"{place}\n")
        assert code == 0, answer
        assert json.loads(answer)["champion"]["name"] == "Akali"

        await api.go_away()
        code, complaint = await fleet_command("resolve", target)
    assert (code, "Traceback" in complaint) == (1, False)
    assert f"{api.endpoint} is not there: connection refused" in complaint
