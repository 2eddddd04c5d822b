"""Every call that begins is counted, however it ends."""

import asyncio
import time

import grpc
import pytest

from benchmarks.stage.load import Call, Load, error_of
from infra.rollout.load import Tally, counting

_REFUSED = grpc.aio.AioRpcError(
    grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "refused"
)
every_end = pytest.mark.parametrize(
    ("error", "name"),
    [
        (_REFUSED, "UNAVAILABLE"),
        (RuntimeError("the loop is closed"), "RuntimeError"),
        (asyncio.CancelledError(), "CancelledError"),
        (grpc.aio.UsageError("the channel is closed"), "UsageError"),
        (grpc.aio.InternalError("no such operation"), "InternalError"),
        (TimeoutError(), "TimeoutError"),
        (GeneratorExit(), "GeneratorExit"),
    ],
)


def _raising(error: BaseException) -> Call:
    async def call() -> None:
        raise error

    return call


@every_end
async def test_a_call_of_a_rollout_is_counted_however_it_ends(
    error: BaseException, name: str
) -> None:
    tally = Tally()

    await counting(tally, _raising(error), time.monotonic())()

    assert [status for _, status in tally.failures] == [name]
    assert (tally.started, tally.made, tally.failed) == (1, 1, 1)


@every_end
async def test_a_call_of_a_load_is_counted_however_it_ends(
    error: BaseException, name: str
) -> None:
    load = Load()

    await load.once(_raising(error))

    [told] = load.failures
    assert told.startswith(name)
    assert (load.made, load.failed) == (1, 1)


async def test_a_call_that_cannot_even_be_made_is_counted() -> None:
    def closed() -> asyncio.Future[None]:
        raise grpc.aio.UsageError("the channel is closed")

    tally = Tally()
    await counting(tally, closed, time.monotonic())()

    assert (tally.started, tally.failed) == (1, 1)


async def test_a_call_that_succeeds_is_counted_as_one() -> None:
    async def call() -> None:
        pass

    tally, load = Tally(), Load()
    await counting(tally, call, time.monotonic())()
    await load.once(call)

    assert (tally.started, tally.ok, tally.failed) == (1, 1, 0)
    assert (load.ok, load.failed) == (1, 0)


async def test_our_own_cancellation_is_no_failure_of_the_call() -> None:
    never = asyncio.Event()
    tally = Tally()
    making = asyncio.create_task(counting(tally, never.wait, time.monotonic())())
    await asyncio.sleep(0)
    making.cancel()

    with pytest.raises(asyncio.CancelledError):
        await making
    assert (tally.started, tally.made) == (1, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_the_end_of_the_program_is_not_swallowed(error: BaseException) -> None:
    making = error_of(_raising(error))
    with pytest.raises(type(error)):
        making.send(None)
