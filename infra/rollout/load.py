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
from benchmarks.stage.load import Call, champion, error_of, grpc_round_robin, paced
from fleet.endpoint import Endpoint
from rpc import rpc_pb2, rpc_pb2_grpc

PER_S = 40.0
"""Of each kind of call."""
_READ = Asked("GET", "/v1/champions/1")
_OK = 200
_TIMEOUT_S = 5.0
_WARM_S = 20.0


@dataclass(slots=True)
class Tally:
    """What became of one kind of call."""

    ok: int = 0
    failures: list[tuple[float, str]] = field(default_factory=list)
    """When each began, in seconds from the start of the load, and its status."""
    started: int = 0
    """How many began: as many as were made, or the counting itself is wrong."""

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
            (found.safe, champion(ours)),
            (found.unsafe, _score(ours)),
            (found.peer, champion(theirs)),
            (found.gateway, lambda: _get(next(turn))),
        )
        await asyncio.gather(*(_warmed(call) for _, call in ways))
        began = time.monotonic()
        async with contextlib.AsyncExitStack() as stack:
            for tally, call in ways:
                counted = counting(tally, call, began)
                await stack.enter_async_context(paced(counted, PER_S))
            yield found


def counting(
    tally: Tally, call: Call, began: float
) -> Callable[[], Coroutine[None, None, None]]:
    """Return what makes one call and notes its end in *tally*, whatever it is.

    Args:
        tally: Gets it.
        call: Makes the call.
        began: `time.monotonic()` at the start of the load.
    """

    async def counted() -> None:
        at = time.monotonic() - began
        tally.started += 1
        if status := await _status_of(call):
            tally.failures.append((round(at, 2), status))
        else:
            tally.ok += 1

    return counted


async def _warmed(call: Call) -> None:
    problem = ""
    try:
        async with asyncio.timeout(_WARM_S):
            while problem := await _status_of(call):
                if not problem.startswith("UNAVAILABLE"):
                    break
    except TimeoutError:
        problem = problem or f"no answer within {_WARM_S:g} s"
    if problem:
        raise RuntimeError(f"the first call before the load: {problem}")


async def _status_of(call: Call) -> str:
    """Make one call; return why it failed, or nothing."""
    match await error_of(call):
        case None:
            return ""
        case grpc.aio.AioRpcError() as error:
            return str(error.code().name)
        case _NotOk() as error:
            return str(error.status)
        case error:
            return type(error).__name__


class _NotOk(Exception):
    """A gateway's answer, of another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _score(channel: grpc.aio.Channel) -> Call:
    stub = rpc_pb2_grpc.RpcStub(channel)
    user = rpc_pb2.RankingUser(user_id="rollout")
    request = rpc_pb2.UpdateScoreRequest(user=user, score=1)
    return lambda: stub.UpdateScore(request, timeout=_TIMEOUT_S)


async def _get(at: Endpoint) -> None:
    status, _ = await once(at, _READ)
    if status != _OK:
        raise _NotOk(status)
