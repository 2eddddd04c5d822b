"""A thousand people who watch a ranking: their memory, and how soon they hear."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import grpc

from benchmarks.result import Result
from benchmarks.stage.door import Door, door
from benchmarks.stage.store import store
from benchmarks.stage.task import addresses, tasks
from fleet.endpoint import Endpoint
from rpc import rpc_pb2, rpc_pb2_grpc

TITLE = "1,000 watchers of a ranking, by server-sent events"
WATCHERS = 1000
CHANGES = 20
LIMIT_S = 30.0
POLICY = """
[limits]
streams = 5000
streams_per_client = 5000
connections = 5000
[streams."rpc.Rpc.WatchRanking"]
resume = "resume_token"
shared = true
"""
REQUEST = (
    b"GET /v1/rankings/daily:watch HTTP/1.1\r\nhost: bench\r\n"
    b"accept: text/event-stream\r\n\r\n"
)


class Watcher(asyncio.Protocol):
    """Reads events, and notes when the one that is waited for has come."""

    def __init__(self) -> None:
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.wanted = b""
        self.came: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.Transport", transport).write(REQUEST)

    def data_received(self, data: bytes) -> None:
        """Look for the first event, then for what is waited for."""
        if not self.begun.done() and b"data:" in data:
            self.begun.set_result(None)
        if self.wanted and self.wanted in data and self.came is None:
            self.came = time.perf_counter()


async def measure() -> Sequence[Result]:
    """Watch through one gateway in front of three tasks."""
    endpoints = addresses(32, 3)
    listen = Endpoint("127.1.33.1", 8080)
    target = "fixed://" + ",".join(map(str, endpoints))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        policy = Path(folder) / "gateway.toml"
        policy.write_text(POLICY)
        async with (
            store() as at,
            tasks(endpoints, more_env={"CHAMPION_STORE": f"unix://{at}"}),
            door(listen, target, more_env={"GATEWAY_POLICY": str(policy)}) as gateway,
            grpc.aio.insecure_channel(f"ipv4:{endpoints[0]}") as channel,
        ):
            return await _watch(gateway, rpc_pb2_grpc.RpcStub(channel))


async def _watch(gateway: Door, stub: "rpc_pb2_grpc.RpcAsyncStub") -> Sequence[Result]:
    first = await _watchers(gateway, 20)  # what the first ones load is not theirs
    before = gateway.resident_bytes()
    watchers = await _watchers(gateway, WATCHERS)
    each = (gateway.resident_bytes() - before) / WATCHERS
    heard = [await _heard_ms(watchers, stub, turn) for turn in range(CHANGES)]
    del first
    middle = statistics.median(ms for once in heard for ms in once)
    last = statistics.median(max(once) for once in heard)
    return [
        Result(
            question=f"memory of one of {WATCHERS:,} idle watchers",
            ours=f"{each / 1024:.1f} KiB",
            peer="",
            figure=each / 1024,
            unit="KiB",
        ),
        Result(
            question=f"until a change has reached the median of {WATCHERS:,} watchers",
            ours=f"{middle:.1f} ms (the last one: {last:.1f} ms)",
            peer="",
            figure=middle,
            unit="ms",
            sense="at most",
            bar=100,
        ),
    ]


async def _watchers(gateway: Door, count: int) -> list[Watcher]:
    loop = asyncio.get_running_loop()
    at = gateway.endpoint
    made = []
    for _ in range(count):
        _, watcher = await loop.create_connection(Watcher, at.host, at.port)
        made.append(watcher)
    async with asyncio.timeout(LIMIT_S):
        await asyncio.gather(*(watcher.begun for watcher in made))
    return made


async def _heard_ms(
    watchers: Sequence[Watcher], stub: "rpc_pb2_grpc.RpcAsyncStub", turn: int
) -> list[float]:
    """Return how long each waited for one change, from the moment it was sent."""
    user = f"user-{turn}"
    for watcher in watchers:
        watcher.wanted, watcher.came = user.encode(), None
    update = rpc_pb2.UpdateScoreRequest(
        user=rpc_pb2.RankingUser(user_id=user), score=1000 + turn
    )
    # At any moment: in step with the polling of the feed, it would always be late.
    await asyncio.sleep(random.uniform(0, 0.1))
    sent = time.perf_counter()
    await stub.UpdateScore(update, timeout=10)
    async with asyncio.timeout(LIMIT_S):
        while any(watcher.came is None for watcher in watchers):  # noqa: ASYNC110 - a thousand events
            await asyncio.sleep(0.01)
    return [(watcher.came - sent) * 1e3 for watcher in watchers if watcher.came]
