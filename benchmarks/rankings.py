"""What a ranking costs a caller: through gRPC, beside a call that needs no store."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

import grpc

from benchmarks.result import Result
from benchmarks.stage.load import champion
from benchmarks.stage.store import store
from benchmarks.stage.task import addresses, tasks
from rpc import rpc_pb2, rpc_pb2_grpc

TITLE = "rankings through gRPC"
ROUNDS = 12
CALLS = 960
IN_FLIGHT = 64
USERS = 10_000

Call = Callable[[], Awaitable[object]]


async def measure() -> Sequence[Result]:
    """Alternate UpdateScore, GetRank and GetChampion on one task."""
    endpoints = addresses(8, 1)
    async with (
        store() as at,
        tasks(endpoints, more_env={"CHAMPION_STORE": f"unix://{at}"}),
        grpc.aio.insecure_channel(f"ipv4:{endpoints[0]}") as channel,
    ):
        calls = (_update(channel), _rank(channel), champion(channel))
        for call in calls:
            await _rate(call)
        rounds = [[await _rate(call) for call in calls] for _ in range(ROUNDS)]
    return [
        _result("UpdateScore", [(row[0], row[2]) for row in rounds]),
        _result("GetRank", [(row[1], row[2]) for row in rounds]),
    ]


def _result(method: str, pairs: Sequence[tuple[float, float]]) -> Result:
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Result(
        question=f"{method} per second through gRPC, {IN_FLIGHT} at a time",
        ours=f"{ours:,.0f}",
        peer=f"{peer:,.0f} (GetChampion, on the same task)",
        figure=statistics.median(a / b for a, b in pairs),
    )


def _update(channel: grpc.aio.Channel) -> Call:
    method = rpc_pb2_grpc.RpcStub(channel).UpdateScore
    numbers = itertools.count()

    def call() -> Awaitable[object]:
        number = next(numbers)
        name = f"user-{number % USERS}"
        user = rpc_pb2.RankingUser(user_id=name, name="Ada", grade="GOLD")
        asked = f"bench-{number}"
        return method(
            rpc_pb2.UpdateScoreRequest(
                user=user, score=number * 7919 % 1_000_000, request_id=asked
            ),
            timeout=5,
        )

    return call


def _rank(channel: grpc.aio.Channel) -> Call:
    method = rpc_pb2_grpc.RpcStub(channel).GetRank
    numbers = itertools.count()
    return lambda: method(
        rpc_pb2.GetRankRequest(user_id=f"user-{next(numbers) % CALLS}"), timeout=5
    )


async def _rate(call: Call) -> float:
    async def several() -> None:
        for _ in range(CALLS // IN_FLIGHT):
            await call()

    begin = time.perf_counter()
    await asyncio.gather(*(several() for _ in range(IN_FLIGHT)))
    return CALLS / (time.perf_counter() - begin)
