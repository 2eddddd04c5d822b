"""A steady load, and what became of every single call."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import grpc

from benchmarks.stage.echo import ONE
from rpc import rpc_pb2, rpc_pb2_grpc

Call = Callable[[], Awaitable[object]]
TIMEOUT_S = 5.0


@dataclass(slots=True)
class Load:
    """What one load saw."""

    ok: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return self.failures.total()

    @property
    def made(self) -> int:
        """How many calls ended."""
        return self.ok + self.failed

    async def once(self, call: Call) -> None:
        """Make one call and note its end, whatever it is."""
        match await error_of(call):
            case None:
                self.ok += 1
            case grpc.aio.AioRpcError() as error:
                self.failures[f"{error.code().name}: {error.details()}"[:160]] += 1
            case error:
                self.failures[f"{type(error).__name__}: {error}"[:160]] += 1


async def error_of(call: Call) -> BaseException | None:
    """Make one call; return what it raised, so that no lost call goes uncounted.

    gRPC raises more than its own errors: `CancelledError` for a call that ended with
    its channel, `UsageError`, `InternalError`. Only what is meant for us is raised
    here too: our own cancellation, and the end of the program.
    """
    try:
        await call()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and _cancelled():
            raise
        return error
    return None


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextlib.asynccontextmanager
async def paced(
    once: Callable[[], Coroutine[None, None, None]], per_s: float
) -> AsyncIterator[None]:
    """Have *once* run at a fixed pace for the length of the block.

    One starts when its time has come, whether or not the last has ended, so a
    stall is not hidden by those that it delays. Leaving the block waits for those
    in flight.
    """
    running: set[asyncio.Task[None]] = set()

    async def pace() -> None:
        due = time.monotonic()
        while True:
            task = asyncio.create_task(once())
            running.add(task)
            task.add_done_callback(running.discard)
            due += 1 / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    pacing = asyncio.create_task(pace())
    try:
        yield
    finally:
        pacing.cancel()
        await asyncio.wait([pacing])
        if running:
            await asyncio.wait(running)


@contextlib.asynccontextmanager
async def steady(call: Call, *, per_s: float = 100.0) -> AsyncIterator[Load]:
    """Make calls at a fixed pace for the length of the block; see `paced`."""
    load = Load()
    async with paced(lambda: load.once(call), per_s):
        yield load


def champion(channel: grpc.aio.Channel) -> Call:
    """Return a call that is safe to repeat."""
    stub = rpc_pb2_grpc.RpcStub(channel)
    request = rpc_pb2.GetChampionRequest(champion_id=1)
    return lambda: stub.GetChampion(request, timeout=TIMEOUT_S)


def echo(channel: grpc.aio.Channel, request: bytes = b"") -> Call:
    """Return a call that is not safe to repeat; see `benchmarks.stage.echo`."""
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
    method = channel.unary_unary(ONE)
    return lambda: method(request, timeout=TIMEOUT_S)


def grpc_round_robin(target: str) -> grpc.aio.Channel:
    """Return gRPC's own answer to the same problem, with its own defaults."""
    config = '{"loadBalancingConfig": [{"round_robin": {}}]}'
    return grpc.aio.insecure_channel(target, [("grpc.service_config", config)])
