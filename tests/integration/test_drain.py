"""Leaving: what callers see while a task goes away, told by events."""

import asyncio
import os
import signal

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from fleet.server import ServerSettings
from tests.support.served import Registered, call, connected, echo, served
from tests.support.task import champion


class Gate:
    """A linger that lasts until the test opens it."""

    def __init__(self) -> None:
        self.asked_s: list[float] = []
        self.open = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked_s.append(seconds)
        await self.open.wait()


class Slow:
    """A method that starts, and ends when the test says so."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, request: bytes, _context: object) -> bytes:
        self.started.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return request

    def registered(self) -> Registered:
        async def one(request: bytes, context: object) -> bytes:
            return await self(request, context)

        async def up(_request: object, _context: object) -> bytes:
            return b"quick"

        return echo(unary_unary=one, stream_unary=up)


async def test_says_goodbye_and_keeps_answering_while_callers_notice() -> None:
    gate, slow = Gate(), Slow()
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=20, grace_s=5)
    register = slow.registered()
    async with served(register, settings=settings, sleep=gate.sleep) as (server, way):
        server.start_drain()
        health = await HealthStub(way).Check(HealthCheckRequest())
        old = await call(way, "stream_unary")
        async with connected(server) as newcomer:
            new = await call(newcomer, "stream_unary")

        assert health.status == HealthCheckResponse.NOT_SERVING
        assert await old.code() is await new.code() is grpc.StatusCode.OK
        assert gate.asked_s == [20]
        gate.open.set()


async def test_a_call_in_flight_finishes_within_the_grace() -> None:
    slow = Slow()
    async with served(slow.registered()) as (server, channel):
        calling = asyncio.create_task(call(channel, "unary_unary"))
        await slow.started.wait()

        leaving = server.start_drain()
        await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        late = await call(channel, "stream_unary")
        slow.go_on.set()

        assert await late.code() is grpc.StatusCode.UNAVAILABLE
        assert await (await calling).code() is grpc.StatusCode.OK
        await leaving


async def test_a_call_that_outlasts_the_grace_is_cancelled() -> None:
    slow = Slow()
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=0.05)
    async with served(slow.registered(), settings=settings) as (server, channel):
        calling = asyncio.create_task(call(channel, "unary_unary"))
        await slow.started.wait()

        await server.start_drain()

        done = await calling
        told = (await done.code(), await done.details())
        assert told == (grpc.StatusCode.UNAVAILABLE, "Cancelling all calls")
        await asyncio.wait_for(slow.cancelled.wait(), 5)


@pytest.mark.parametrize("at", ["linger", "grace"])
async def test_a_hurry_cuts_the_drain_short_wherever_it_is(at: str) -> None:
    gate, slow = Gate(), Slow()
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=600, grace_s=600)
    register = slow.registered()
    async with served(register, settings=settings, sleep=gate.sleep) as (server, way):
        calling = asyncio.create_task(call(way, "unary_unary"))
        await slow.started.wait()
        leaving = server.start_drain()
        if at == "grace":
            gate.open.set()
            await asyncio.sleep(0)

        server.hurry()

        await asyncio.wait_for(leaving, 10)
        assert await (await calling).code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_a_real_task(number: signal.Signals) -> None:
    async with champion(FLEET_LINGER_S="0.1") as task:
        await task.address()
        task.tell(number)

        await task.line("closed")
        assert await task.code() == 0


async def test_a_second_signal_ends_it_at_once() -> None:
    async with champion(FLEET_LINGER_S="600") as task:
        address = await task.address()
        task.tell(signal.SIGTERM)
        await task.line("draining")
        async with grpc.aio.insecure_channel(address) as channel:
            assert await HealthStub(channel).Check(HealthCheckRequest())
            task.tell(signal.SIGINT)

            assert await task.code() == 128 + signal.SIGINT


async def test_drains_when_the_supervisor_is_gone() -> None:
    ours, theirs = os.pipe()
    async with champion(ours, FLEET_LEASH_FD=str(ours), FLEET_LINGER_S="0") as task:
        os.close(ours)
        await task.address()
        os.write(theirs, b"means nothing")
        async with grpc.aio.insecure_channel(await task.address()) as channel:
            await HealthStub(channel).Check(HealthCheckRequest())
        assert task.process.returncode is None

        os.close(theirs)

        assert await task.code() == 0


@pytest.mark.parametrize("fd", [0, 9999])
async def test_a_leash_that_holds_nothing_is_a_bad_setting(fd: int) -> None:
    async with champion(FLEET_LEASH_FD=str(fd)) as task:  # its stdin is /dev/null
        _, said = await task.process.communicate()

    assert await task.code() == 2
    assert f"FLEET_LEASH_FD={fd} is not an open pipe" in said.decode()
