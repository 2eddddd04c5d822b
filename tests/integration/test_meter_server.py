"""What a real server tells of its minute: what counts, what does not, and the end."""

import asyncio
import contextlib
import io
import json
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from fleet.errors import InvalidArgument, Status, Unavailable
from fleet.server import ServerSettings
from fleet.server.logs import configure
from rpc.rpc_pb2 import GetChampionRequest
from rpc.rpc_pb2_grpc import RpcStub
from services.gateway.__main__ import _taken
from services.gateway.http.metrics import Metrics
from tests.support.served import call, echo, served
from tests.support.task import champion

ON = ServerSettings(
    listen="127.0.0.1:0",
    linger_s=0,
    grace_s=5,
    max_concurrent_calls=2,
    metrics_namespace="fleet/test",
    service="echo",
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before, level = logging.root.handlers[:], logging.root.level
    yield io.StringIO()
    logging.root.handlers[:] = before
    logging.root.setLevel(level)


def told(stream: io.StringIO) -> dict[str, Any]:
    """Return the one minute that was told."""
    logging.root.handlers[0].close()
    entries = map(json.loads, stream.getvalue().splitlines())
    [minute] = [entry for entry in entries if "_aws" in entry]
    return dict(minute)


async def test_calls_of_every_kind_count_and_only_unary_ones_are_timed(
    stream: io.StringIO,
) -> None:
    configure("json", stream)  # here: pytest listens before the test, too

    async def one(request: bytes, _context: object) -> bytes:
        if request == b"bug":
            raise ZeroDivisionError
        if request == b"wrong":
            raise InvalidArgument("request", request, "anything else")
        return request

    async def up(_requests: object, _context: object) -> bytes:
        raise Unavailable("gone", 1.0)

    async def down(_request: bytes, _context: object) -> AsyncIterator[bytes]:
        yield b"1"

    register = echo(unary_unary=one, stream_unary=up, unary_stream=down)
    async with served(register, settings=ON) as (_, way):
        for request in (b"x", b"bug", b"wrong"):
            await call(way, "unary_unary", request)
        await call(way, "stream_unary")
        await call(way, "unary_stream")
        await call(way, "stream_stream")  # which there is none of
        await HealthStub(way).Check(HealthCheckRequest())
    minute = told(stream)

    assert (minute["Calls"], minute["Failed"], minute["Rejected"]) == (6, 2, 0)
    assert len(minute["Latency"]) == 3
    assert minute["Service"] == "echo"


async def test_calls_too_many_are_rejected_and_a_quota_is_not(
    stream: io.StringIO,
) -> None:
    configure("json", stream)  # here: pytest listens before the test, too
    running, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def one(request: bytes, context: Any) -> bytes:  # noqa: ANN401
        if request == b"quota":
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "yours is used up")
        running.release()
        await go_on.wait()
        return request

    async with served(echo(unary_unary=one), settings=ON) as (_, way):
        await call(way, "unary_unary", b"quota")
        held = [asyncio.create_task(call(way, "unary_unary")) for _ in range(2)]
        for _ in held:
            await running.acquire()
        refused = await call(way, "unary_unary")
        go_on.set()
        await asyncio.gather(*held)
    minute = told(stream)

    assert await refused.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (minute["Calls"], minute["Rejected"], minute["Failed"]) == (4, 1, 0)
    assert len(minute["Latency"]) == 2


async def test_a_call_that_the_drain_cut_is_in_the_last_line(
    stream: io.StringIO,
) -> None:
    configure("json", stream)  # here: pytest listens before the test, too
    begun = asyncio.Event()

    async def one(_request: bytes, _context: object) -> bytes:
        begun.set()
        await asyncio.Event().wait()
        return b""

    settings = ServerSettings(
        listen="127.0.0.1:0",
        linger_s=0,
        grace_s=0.1,
        metrics_namespace="fleet/test",
        service="echo",
    )
    async with served(echo(unary_unary=one), settings=settings) as (server, way):
        calling = asyncio.create_task(call(way, "unary_unary"))
        await begun.wait()
        await server.start_drain()
        await calling
    logging.root.handlers[0].close()
    *_, last = map(json.loads, stream.getvalue().splitlines())

    assert last["Calls"] == 1


async def test_without_a_namespace_nobody_counts(stream: io.StringIO) -> None:
    configure("json", stream)  # here: pytest listens before the test, too

    async def one(request: bytes, _context: object) -> bytes:
        return request

    async with served(echo(unary_unary=one)) as (_, way):
        await call(way, "unary_unary")
    logging.root.handlers[0].close()

    assert "_aws" not in stream.getvalue()


async def test_a_task_that_is_told_to_leave_tells_its_last_minute() -> None:
    env = {"FLEET_METRICS_NAMESPACE": "fleet/test", "FLEET_SERVICE": "game-server"}
    async with champion(FLEET_LINGER_S="0", **env) as task:
        async with grpc.aio.insecure_channel(await task.address()) as channel:
            stub: Any = RpcStub(channel)
            for number in (1, 2, -1):
                with contextlib.suppress(grpc.aio.AioRpcError):
                    await stub.GetChampion(GetChampionRequest(champion_id=number))
        task.tell(signal.SIGTERM)
        assert await task.code() == 0
    minute = task.lines[-1]

    assert minute["Service"] == "game-server"
    assert (minute["Calls"], minute["Failed"]) == (3, 0)
    assert len(minute["Latency"]) == 3


def test_the_gateway_tells_what_is_new_of_its_requests_for_methods() -> None:
    metrics = Metrics()
    take = _taken(metrics)
    metrics.answered("rpc.Rpc/GetChampion", 200, Status.OK, 0.1)
    metrics.answered("rpc.Rpc/GetChampion", 503, Status.UNAVAILABLE, 0.1)
    metrics.answered("rpc.Rpc/GetChampion", 429, Status.RESOURCE_EXHAUSTED, 0.1)
    for place in ("/healthz", "/-/fleet", "console", ""):
        metrics.answered(place, 503, Status.UNAVAILABLE, 0.1)
    first, second = take(), take()
    metrics.answered("rpc.Rpc/ListChampions", 500, Status.INTERNAL, 0.1)
    third = take()

    assert (first.calls, first.rejected, first.failed) == (3, 1, 1)
    assert (second.calls, second.rejected, second.failed) == (0, 0, 0)
    assert (third.calls, third.rejected, third.failed) == (1, 0, 1)
