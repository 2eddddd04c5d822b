"""Steady calls by every way into the fleet, and what became of them."""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field

import grpc

import fleet
from benchmarks.stage.http_load import Asked, once
from benchmarks.stage.load import Call, champion, grpc_round_robin, paced
from fleet.endpoint import Endpoint
from rpc import rpc_pb2, rpc_pb2_grpc

PER_S = 40.0
"""Of each kind of call."""
_READ = Asked("GET", "/v1/champions/1")
_OK = 200
_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Tally:
    """What became of one kind of call."""

    ok: int = 0
    failures: list[tuple[float, str]] = field(default_factory=list)
    """When each began, in seconds from the start of the load, and its status."""

    @property
    def failed(self) -> int:
        """How many failed."""
        return len(self.failures)

    @property
    def made(self) -> int:
        """How many ended."""
        return self.ok + self.failed

    def told(self) -> str:
        """Return the failures for people: by status, and when; empty without any."""
        if not self.failures:
            return ""
        kinds = Counter(status for _, status in self.failures)
        moments = [at for at, _ in self.failures]
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(3))
        return f"{counts}, {min(moments):.1f} to {max(moments):.1f} s"


@dataclass(slots=True)
class Loads:
    """Every kind of call."""

    safe: Tally = field(default_factory=Tally)
    """`GetChampion` through `fleet.connect`."""
    unsafe: Tally = field(default_factory=Tally)
    """`UpdateScore` through `fleet.connect`: never made twice."""
    gateway: Tally = field(default_factory=Tally)
    """The same read as HTTP GET, through the gateways in turn."""
    peer: Tally = field(default_factory=Tally)
    """`GetChampion` through gRPC's own DNS resolver and round robin."""


@contextlib.asynccontextmanager
async def loads(target: str, gateways: Sequence[Endpoint]) -> AsyncIterator[Loads]:
    """Make every kind of call for the length of the block, each `PER_S` a second.

    The clients are new, with connections of their own, and the first answer of each
    is awaited before the load begins.
    """
    found = Loads()
    turn = itertools.cycle(gateways)
    async with fleet.connect(target) as ours, grpc_round_robin(target) as theirs:
        ways = (
            (found.safe, _status_of(champion(ours))),
            (found.unsafe, _status_of(_score(ours))),
            (found.peer, _status_of(champion(theirs))),
            (found.gateway, lambda: _get(next(turn))),
        )
        await asyncio.gather(*(_warmed(way) for _, way in ways))
        began = time.monotonic()
        async with contextlib.AsyncExitStack() as stack:
            for tally, way in ways:
                counted = _counting(tally, way, began)
                await stack.enter_async_context(paced(counted, PER_S))
            yield found


Way = Callable[[], Coroutine[None, None, str]]
"""Make one call; return why it failed, or nothing."""


def _counting(
    tally: Tally, way: Way, began: float
) -> Callable[[], Coroutine[None, None, None]]:
    async def counted() -> None:
        at = time.monotonic() - began
        if status := await way():
            tally.failures.append((round(at, 2), status))
        else:
            tally.ok += 1

    return counted


async def _warmed(way: Way) -> None:
    async with asyncio.timeout(20):
        while problem := await way():
            if not problem.startswith("UNAVAILABLE"):
                raise RuntimeError(f"the first call before the load: {problem}")


def _status_of(call: Call) -> Way:
    async def made() -> str:
        try:
            await call()
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return ""

    return made


def _score(channel: grpc.aio.Channel) -> Call:
    stub = rpc_pb2_grpc.RpcStub(channel)
    user = rpc_pb2.RankingUser(user_id="rollout")
    request = rpc_pb2.UpdateScoreRequest(user=user, score=1)
    return lambda: stub.UpdateScore(request, timeout=_TIMEOUT_S)


async def _get(at: Endpoint) -> str:
    try:
        status, _ = await once(at, _READ)
    except (OSError, TimeoutError, IndexError, ValueError) as error:
        return type(error).__name__
    return "" if status == _OK else str(status)
