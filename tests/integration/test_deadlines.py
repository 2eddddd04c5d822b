"""A deadline and a caller's leaving travel: A calls B, B calls C, on real sockets."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
import pytest

import fleet
from fleet import deadline
from fleet.client.channel import Channel
from fleet.server import Server, ServerSettings
from fleet.server.method import Context, Handler, Request
from tests.support.backend import Listing
from tests.support.served import KINDS, Records, Registered, connected, echo, served
from tests.support.until import until

MARGIN_S = 0.1
ROUNDED_S = 0.02
"""By which the engine sends a deadline longer than it is."""
SETTINGS = ServerSettings(
    listen="127.64.2.1:0", linger_s=0, grace_s=0, deadline_margin_s=MARGIN_S
)
every_kind = pytest.mark.parametrize("kind", KINDS)


@dataclass
class Last:
    """C, the end of the chain: it never answers, and tells what becomes of it."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    left_s: float | None = None
    for_its_calls_s: float | None = None

    async def work(self, context: Context) -> None:
        """Wait until told to leave."""
        now = time.monotonic()
        until_s = deadline.current.get()
        self.left_s = context.time_remaining()
        self.for_its_calls_s = None if until_s is None else until_s - now
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()

    def methods(self) -> Registered:
        """Return the four kinds of call."""

        async def one(_request: Request, context: Context) -> bytes:
            await self.work(context)
            return b""

        async def many(_request: Request, context: Context) -> AsyncIterator[bytes]:
            await self.work(context)
            yield b""

        return echo(
            unary_unary=one, stream_unary=one, unary_stream=many, stream_stream=many
        )


def passing_on(onward: Channel) -> Registered:
    """Return B, which asks *onward* what it is asked."""

    def call(kind: str, request: Request) -> Handler:
        return getattr(onward, kind)(f"/test.Echo/{KINDS[kind]}")(request)

    async def one(request: Request, _context: object) -> bytes:
        reply: bytes = await call("unary_unary", request)
        return reply

    async def up(requests: Request, _context: object) -> bytes:
        reply: bytes = await call("stream_unary", requests)
        return reply

    async def down(request: Request, _context: object) -> AsyncIterator[bytes]:
        async for reply in call("unary_stream", request):
            yield reply

    async def both(requests: Request, _context: object) -> AsyncIterator[bytes]:
        async for reply in call("stream_stream", requests):
            yield reply

    return echo(unary_unary=one, stream_unary=up, unary_stream=down, stream_stream=both)


@contextlib.asynccontextmanager
async def asking(last: Last) -> AsyncIterator[Channel]:
    """Serve C, and connect to it as a service does."""
    async with (
        served(last.methods(), settings=SETTINGS) as (server, _),
        fleet.connect("test", lookup=Listing(frozenset([server.endpoint]))) as channel,
    ):
        await channel.channel_ready()
        yield channel


@contextlib.asynccontextmanager
async def chain(last: Last) -> AsyncIterator[Server]:
    """Serve B in front of C."""
    async with (
        asking(last) as onward,
        served(passing_on(onward), settings=SETTINGS) as (server, _),
    ):
        yield server


def begin(
    channel: grpc.aio.Channel, kind: str, timeout_s: float | None = None
) -> Handler:
    """Begin a call of *kind* as A, one that never ends by itself."""

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    method: Any = getattr(channel, kind)(f"/test.Echo/{KINDS[kind]}")
    return method(endless() if kind.startswith("stream") else b"x", timeout=timeout_s)


async def awaited(call: Handler) -> bytes:
    """Make a coroutine of *call*, as a task needs one."""
    reply: bytes = await call
    return reply


@every_kind
async def test_a_caller_that_cancels_ends_the_whole_chain(kind: str) -> None:
    last = Last()
    async with chain(last) as server, connected(server) as channel:
        calling = begin(channel, kind)
        await asyncio.wait_for(last.started.wait(), 10)
        assert not last.ended.is_set()
        calling.cancel()

        await asyncio.wait_for(last.ended.wait(), 5)


@every_kind
async def test_a_deadline_travels_and_leaves_each_task_its_margin(kind: str) -> None:
    last = Last()
    async with chain(last) as server, connected(server) as channel:
        calling = begin(channel, kind, timeout_s=0.6)
        assert await calling.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(last.ended.wait(), 5)

    assert last.left_s is not None
    assert last.for_its_calls_s is not None
    assert 0 < last.left_s < 0.6 - MARGIN_S + ROUNDED_S
    assert 0 < last.for_its_calls_s < 0.6 - 2 * MARGIN_S + ROUNDED_S


async def test_the_margin_is_for_an_answer_that_is_of_use() -> None:
    last = Last()
    async with asking(last) as onward:

        async def makes_do(_request: bytes, _context: object) -> bytes:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await begin(onward, "unary_unary")
            return b"without C"

        async with served(echo(unary_unary=makes_do), settings=SETTINGS) as (_, way):
            answer = await begin(way, "unary_unary", timeout_s=0.5)

    assert answer == b"without C"


async def test_calls_in_a_group_that_are_out_of_time_are_no_bug(
    records: Records,
) -> None:
    last = Last()
    async with asking(last) as onward:

        async def asks_twice(request: bytes, _context: object) -> bytes:
            async with asyncio.TaskGroup() as group:
                for kind in ("unary_unary", "stream_unary"):
                    group.create_task(begin(onward, kind).code())
                group.create_task(awaited(begin(onward, "unary_unary")))
            return request

        async with served(echo(unary_unary=asks_twice), settings=SETTINGS) as (_, way):
            calling = begin(way, "unary_unary", timeout_s=0.5)
            assert await calling.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert "took all of its time" in await calling.details()
    assert not any(line.exc_info for line in records.lines)


async def test_a_call_without_a_deadline_sets_none() -> None:
    last = Last()
    async with chain(last) as server, connected(server) as channel:
        calling = begin(channel, "unary_stream")
        await asyncio.wait_for(last.started.wait(), 10)
        calling.cancel()

    assert last.left_s is None
    assert last.for_its_calls_s is None


@pytest.mark.parametrize("kind", ["unary_unary", "stream_stream"])
async def test_a_caller_that_is_killed_ends_the_whole_chain(kind: str) -> None:
    last = Last()
    async with chain(last) as server:
        caller = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, str(server.endpoint), kind
        )
        try:
            await asyncio.wait_for(last.started.wait(), 20)
            assert not last.ended.is_set()
        finally:
            caller.kill()
            await caller.wait()

        await asyncio.wait_for(last.ended.wait(), 5)


@every_kind
async def test_calls_that_nobody_awaits_end_with_their_handler(kind: str) -> None:
    last, kept = Last(), list[Handler]()
    async with asking(last) as onward:

        async def begins(_request: bytes, _context: object) -> bytes:
            kept.append(begin(onward, kind))  # held, so that nothing else ends it
            await asyncio.Event().wait()
            return b""

        async with served(echo(unary_unary=begins), settings=SETTINGS) as (_, channel):
            calling = begin(channel, "unary_unary")
            if kind == "stream_unary":
                await until(lambda: kept)
                assert not kept[0].done()  # which also has it driven
            await asyncio.wait_for(last.started.wait(), 10)
            calling.cancel()
            await asyncio.wait_for(last.ended.wait(), 5)


async def test_what_must_be_finished_is_detached() -> None:
    last, kept = Last(), list[Handler]()
    async with asking(last) as onward:

        async def begins(_request: bytes, _context: object) -> bytes:
            with deadline.detached():
                kept.append(begin(onward, "unary_stream"))
            await asyncio.Event().wait()
            return b""

        async with served(echo(unary_unary=begins), settings=SETTINGS) as (_, channel):
            calling = begin(channel, "unary_unary", timeout_s=0.3)
            await asyncio.wait_for(last.started.wait(), 10)
            assert await calling.code() is grpc.StatusCode.DEADLINE_EXCEEDED

            assert last.left_s is None
            assert not last.ended.is_set()
            kept[0].cancel()
            await asyncio.wait_for(last.ended.wait(), 5)


async def test_a_handler_that_has_answered_leaves_its_calls_alone() -> None:
    last, kept = Last(), list[Handler]()
    async with asking(last) as onward:

        async def begins(request: bytes, _context: object) -> bytes:
            kept.append(begin(onward, "unary_stream"))
            return request

        async with served(echo(unary_unary=begins), settings=SETTINGS) as (_, channel):
            assert await begin(channel, "unary_unary") == b"x"
            await asyncio.wait_for(last.started.wait(), 10)

            assert not last.ended.is_set()
            kept[0].cancel()
            await asyncio.wait_for(last.ended.wait(), 5)


async def test_of_a_deadline_that_is_no_longer_than_the_margin_half_is_left() -> None:
    seen: list[float] = []

    async def looks(request: bytes, _context: object) -> bytes:
        until_s = deadline.current.get()
        assert until_s is not None
        seen.append(until_s - time.monotonic())
        return request

    wide = ServerSettings(listen="127.64.2.1:0", linger_s=0, deadline_margin_s=10)
    async with served(echo(unary_unary=looks), settings=wide) as (_, channel):
        assert await begin(channel, "unary_unary", timeout_s=5) == b"x"

    assert 1.5 < seen[0] < 2.5 + ROUNDED_S


async def call_for_ever(where: str, kind: str) -> None:
    """Be A in a process of its own."""
    async with grpc.aio.insecure_channel(where) as channel:
        await begin(channel, kind).code()


if __name__ == "__main__":
    asyncio.run(call_for_ever(sys.argv[1], sys.argv[2]))
