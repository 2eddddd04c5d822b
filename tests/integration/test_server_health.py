import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthListRequest,
)
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from fleet.server.reflection import V1, V1ALPHA
from tests.support.served import connected, echo, served

SERVING, LEAVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING
LOST = HealthCheckResponse.SERVICE_UNKNOWN


async def _echo(request: bytes, _context: object) -> bytes:
    return request


ECHO = echo(unary_unary=_echo)


@pytest.mark.parametrize("service", ["", "test.Echo"])
async def test_a_task_that_serves_says_so(service: str) -> None:
    async with served(ECHO) as (_, channel):
        answer = await HealthStub(channel).Check(HealthCheckRequest(service=service))

        assert answer.status == SERVING


async def test_check_of_a_stranger_is_not_found() -> None:
    async with served(ECHO) as (_, channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await HealthStub(channel).Check(HealthCheckRequest(service="x.Y"))

        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_list_names_the_task_and_every_service() -> None:
    async with served(ECHO) as (_, channel):
        answer: Any = await HealthStub(channel).List(HealthListRequest())

        statuses = {name: each.status for name, each in answer.statuses.items()}
        assert statuses == {"": SERVING, "test.Echo": SERVING}


async def test_a_watcher_hears_the_goodbye_within_milliseconds() -> None:
    hold = asyncio.Event()

    async def linger(_seconds: float) -> None:
        await hold.wait()

    async with served(ECHO, sleep=linger) as (server, channel):
        watch: Any = HealthStub(channel).Watch(HealthCheckRequest(service="test.Echo"))
        lost: Any = HealthStub(channel).Watch(HealthCheckRequest(service="x.Y"))
        assert (await watch.read()).status == SERVING
        assert (await lost.read()).status == LOST

        started = time.perf_counter()
        server.start_drain()
        assert (await watch.read()).status == LEAVING
        took_s = time.perf_counter() - started
        hold.set()

        assert await watch.read() is grpc.aio.EOF  # ended by us, not by the grace
    # A millisecond on a quiet machine; this one may be busy.
    assert took_s < 0.25


async def test_a_watcher_that_does_not_read_holds_nobody_up() -> None:
    hold = asyncio.Event()

    async def linger(_seconds: float) -> None:
        await hold.wait()

    async with served(ECHO, sleep=linger) as (server, channel), connected(server) as b:
        deaf: Any = HealthStub(b).Watch(HealthCheckRequest())
        await deaf.read()
        watch: Any = HealthStub(channel).Watch(HealthCheckRequest())
        await watch.read()

        server.start_drain()

        assert (await watch.read()).status == LEAVING
        hold.set()
        await asyncio.wait_for(server.start_drain(), 4)  # its grace is 5 s


@pytest.mark.parametrize("service", [V1, V1ALPHA])
async def test_reflection_lists_and_describes_itself(service: str) -> None:
    async def ask() -> AsyncIterator[bytes]:
        yield ServerReflectionRequest(list_services="").SerializeToString()
        for symbol in (service, "google.rpc.BadRequest"):
            question = ServerReflectionRequest(file_containing_symbol=symbol)
            yield question.SerializeToString()

    async with served(ECHO) as (_, channel):
        info: Any = channel.stream_stream(f"/{service}/ServerReflectionInfo")
        names, itself, details = [raw async for raw in info(ask())]

    for name in (V1, V1ALPHA, "grpc.health.v1.Health", "test.Echo"):
        assert name.encode() in names
    assert service.rpartition(".")[0].encode() in itself
    assert b"FieldViolation" in details
