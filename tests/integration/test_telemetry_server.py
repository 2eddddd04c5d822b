"""What a server counts: all four kinds of call, however they end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from fleet.errors import NotFound, Status
from fleet.server import ServerSettings
from fleet.server.method import Context
from fleet.server.observe import observe
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally
from tests.support.served import KINDS, call, echo, served
from tests.support.until import until

SETTINGS = ServerSettings(listen="127.67.1.1:0", linger_s=0, grace_s=5)


def observed(tally: Tally, **behaviours: Any) -> Any:  # noqa: ANN401 - as `echo`
    """Return what `serving` takes, with each behaviour observed."""
    telemetry = ServerTelemetry(metrics=tally)
    return echo(
        **{
            kind: observe(behaviour, f"/test.Echo/{KINDS[kind]}", telemetry)
            for kind, behaviour in behaviours.items()
        }
    )


def ended(tally: Tally) -> dict[str, dict[Status, int]]:
    """Return how many calls of each method ended with each status."""
    return {
        each.method: {
            Status(status): sum(times.counts)
            for status, times in each.calls.times.items()
        }
        for each in tally.servers
        if each.calls.times
    }


async def one(request: bytes, _context: object) -> bytes:
    return request


async def written(request: bytes, context: Context) -> None:
    for part in request.split():
        await context.write(part)


async def gathered(requests: AsyncIterator[bytes], _context: object) -> bytes:
    return b" ".join([request async for request in requests])


async def both(requests: AsyncIterator[bytes], context: Context) -> None:
    async for request in requests:
        await context.write(request)


async def test_counts_all_four_kinds() -> None:
    tally = Tally()
    kinds = {
        "unary_unary": one,
        "unary_stream": written,
        "stream_unary": gathered,
        "stream_stream": both,
    }

    async with served(observed(tally, **kinds), settings=SETTINGS) as (_, channel):
        for kind in kinds:
            await call(channel, kind)

    assert ended(tally) == {f"test.Echo/{each}": {0: 1} for each in KINDS.values()}
    assert [each.started for each in tally.servers] == [1, 1, 1, 1]
    assert [each.in_flight for each in tally.servers] == [0, 0, 0, 0]


async def _refuse(_request: bytes, _context: Context) -> bytes:
    raise NotFound("champion", 7)


async def _grouped(_request: bytes, _context: Context) -> bytes:
    raise ExceptionGroup("of a task group", [NotFound("champion", 7)])


async def _abort(_request: bytes, context: Context) -> bytes:
    await context.abort(grpc.StatusCode.DATA_LOSS, "lost")
    raise AssertionError


async def _set(request: bytes, context: Context) -> bytes:
    context.set_code(grpc.StatusCode.OUT_OF_RANGE)
    return request


async def _bug(_request: bytes, _context: Context) -> bytes:
    raise ZeroDivisionError


async def _cancels_itself(_request: bytes, _context: Context) -> bytes:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        pytest.param(_refuse, Status.NOT_FOUND, id="refused"),
        pytest.param(_grouped, Status.NOT_FOUND, id="refused-in-a-group"),
        pytest.param(_abort, Status.DATA_LOSS, id="aborted"),
        pytest.param(_set, Status.OUT_OF_RANGE, id="set"),
        pytest.param(_bug, Status.INTERNAL, id="bug"),
        pytest.param(_cancels_itself, Status.INTERNAL, id="cancelled-from-within"),
    ],
)
async def test_counts_the_status_that_the_caller_is_told(
    behaviour: Any,  # noqa: ANN401 - one of the above
    status: Status,
) -> None:
    tally = Tally()
    async with served(observed(tally, unary_unary=behaviour), settings=SETTINGS) as (
        _,
        channel,
    ):
        code = await (await call(channel, "unary_unary")).code()

    assert code.value[0] == status
    assert ended(tally) == {"test.Echo/One": {status: 1}}


@pytest.mark.parametrize(
    ("timeout_s", "status"),
    [
        pytest.param(None, Status.CANCELLED, id="left"),
        pytest.param(0.1, Status.DEADLINE_EXCEEDED, id="time-is-up"),
    ],
)
async def test_counts_a_caller_that_does_not_wait(
    timeout_s: float | None, status: Status
) -> None:
    tally = Tally()

    async def forever(_request: bytes, _context: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with served(observed(tally, unary_unary=forever), settings=SETTINGS) as (
        _,
        channel,
    ):
        made: Any = channel.unary_unary("/test.Echo/One")
        calling = made(b"", timeout=timeout_s)
        [series] = tally.servers
        await until(lambda: series.in_flight)
        assert not ended(tally)
        if timeout_s is None:
            calling.cancel()
        await until(lambda: not series.in_flight)

    assert ended(tally) == {"test.Echo/One": {status: 1}}


async def test_without_anybody_to_tell_a_behaviour_is_as_it_was() -> None:
    assert observe(one, "/test.Echo/One", ServerTelemetry()) is one
