"""The service that overload is measured with does what the figures rely on."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import grpc
import pytest

from benchmarks.stage.slow import SET, Slow, tell
from benchmarks.stage.task import tasks
from fleet.endpoint import Endpoint

SLOW = (sys.executable, "-m", "benchmarks.stage.slow")
PLACE = Endpoint("127.63.1.1", 5000)
SERVICE_S = 0.004


@pytest.fixture(scope="module")
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    env = {"SLOW_SERVICE_S": str(SERVICE_S), "FLEET_LOG_CALLS": "failed"}
    async with (
        tasks([PLACE], command=SLOW, more_env=env),
        grpc.aio.insecure_channel(str(PLACE)) as opened,
    ):
        yield opened


@pytest.mark.parametrize("kind", ["serial", "burn"])
@pytest.mark.parametrize("safe", [False, True])
async def test_calls_at_once_take_their_turns(
    channel: grpc.aio.Channel, kind: str, *, safe: bool
) -> None:
    slow = Slow(channel)
    call = slow.serial if kind == "serial" else slow.burn
    began = time.monotonic()
    answers = await asyncio.gather(*(call(safe=safe) for _ in range(25)))

    assert time.monotonic() - began >= 25 * SERVICE_S
    assert set(answers) == {str(PLACE).encode()}


async def test_is_made_slow_ill_and_well_again(channel: grpc.aio.Channel) -> None:
    slow = Slow(channel)
    await tell(PLACE, 0.08)
    began = time.monotonic()
    await slow.serial()
    assert time.monotonic() - began >= 0.08

    await tell(PLACE, "fail")
    for call in (slow.serial, slow.burn):
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await call()
        assert failed.value.code() is grpc.StatusCode.UNAVAILABLE

    await tell(PLACE, "ok")
    assert await slow.serial() == str(PLACE).encode()


async def test_who_gives_up_frees_the_resource(channel: grpc.aio.Channel) -> None:
    """Ten that would take a minute each are gone with their deadlines."""
    await tell(PLACE, 60)
    hasty = Slow(channel, timeout_s=0.05)
    ends = await asyncio.gather(
        *(hasty.serial() for _ in range(10)), return_exceptions=True
    )
    assert all(isinstance(end, grpc.aio.AioRpcError) for end in ends)

    await tell(PLACE, "ok")
    assert await Slow(channel, timeout_s=10).serial() == str(PLACE).encode()


async def test_refuses_a_speed_that_is_none(channel: grpc.aio.Channel) -> None:
    said: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(SET)
    for wrong in (b"fast", b"nan", b"61", b"-1"):
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await said(wrong, timeout=5.0)
        assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
