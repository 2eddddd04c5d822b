"""How a channel follows its fleet: joining, leaving, goodbyes, broken peers."""

import asyncio

import grpc
import pytest
from grpc import aio

import fleet
from fleet.client.channel import Channel
from tests.support.backend import (
    DOWN,
    UNARY,
    Listing,
    Serving,
    backends,
)
from tests.support.until import until


def picked(channel: Channel) -> int:
    return sum(row.picked for row in channel.explain().rows)


async def test_a_new_endpoint_is_called_once_it_is_connected() -> None:
    async with backends(2) as (old, new):
        lookup = Listing.of(old)
        async with fleet.connect("test", lookup=lookup) as channel:
            method = channel.unary_unary(UNARY)
            await method(b"a")
            lookup.list(old, new)
            await until(lambda: picked(channel) == 2)
            for _ in range(20):
                await method(b"a")
            assert new.calls > 0


async def test_survivors_keep_their_connection_when_the_set_changes() -> None:
    async with backends(3) as (a, b, c):
        lookup = Listing.of(a, b)
        async with fleet.connect("test", lookup=lookup) as channel:
            await until(lambda: picked(channel) == 2)
            streams = [channel.stream_stream("/test.Echo/Both")() for _ in range(4)]
            for stream in streams:
                await stream.write(b"a")
                assert await stream.read() == b"a"
            lookup.list(b, c)
            await until(lambda: _listed(channel, str(c.endpoint)))
            for stream in streams:  # those on `a` go on as well: it finishes them
                await stream.write(b"b")
                assert await stream.read() == b"b"
                await stream.done_writing()
                assert await stream.read() is aio.EOF
            await until(lambda: not _listed(channel, str(a.endpoint)))


def _listed(channel: Channel, endpoint: str) -> bool:
    return any(row.endpoint == endpoint for row in channel.explain().rows)


async def test_a_goodbye_ends_calls_at_once_and_asks_the_lookup_again() -> None:
    async with backends(2) as (leaving, staying):
        lookup = Listing.of(leaving, staying, ttl_s=3600)
        async with fleet.connect("test", lookup=lookup) as channel:
            await until(lambda: picked(channel) == 2)
            asked = lookup.asked
            await leaving.say(Serving.NOT_SERVING)
            await until(lambda: picked(channel) == 1)
            before = leaving.calls
            for _ in range(20):
                await channel.unary_unary(UNARY)(b"a")
            assert leaving.calls == before
            await until(lambda: lookup.asked > asked)
            await leaving.say(Serving.SERVING)
            await until(lambda: picked(channel) == 2)


async def test_when_all_say_goodbye_they_are_called_all_the_same() -> None:
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await until(lambda: picked(channel) == 2)
        for server in servers:
            await server.say(Serving.NOT_SERVING)
        await until(lambda: all("goodbye" in row.why for row in channel.explain().rows))
        assert await channel.unary_unary(UNARY)(b"a") == b"a"


async def test_a_server_without_the_health_service_counts_as_healthy() -> None:
    async with (
        backends(2, with_health=False) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await until(lambda: picked(channel) == 2)
        await servers[0].stop()
        await until(lambda: picked(channel) == 1)
        for _ in range(5):
            assert await channel.unary_unary(UNARY)(b"a") == b"a"


async def test_old_endpoints_serve_until_a_new_one_is_connected() -> None:
    async with backends(2) as (old, new):
        await new.stop()
        lookup = Listing.of(old)
        async with fleet.connect("test", lookup=lookup) as channel:
            method = channel.unary_unary(UNARY)
            await method(b"a")
            lookup.list(new)
            await until(lambda: _listed(channel, str(new.endpoint)))
            assert await method(b"a") == b"a"
            assert old.calls == 2
            await new.start()
            await until(lambda: not _listed(channel, str(old.endpoint)))
            await method(b"a")
            assert new.calls == 1


async def test_a_failed_lookup_changes_nothing() -> None:
    async with backends(1) as servers:
        lookup = Listing.of(*servers, ttl_s=0.5)
        async with fleet.connect("test", lookup=lookup) as channel:
            await channel.unary_unary(UNARY)(b"a")
            lookup.error = "SERVFAIL"
            await until(lambda: "SERVFAIL" in channel.explain().lookup)
            assert await channel.unary_unary(UNARY)(b"a") == b"a"


async def test_an_endpoint_that_comes_back_is_found_again() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", lookup=Listing.of(server)) as channel,
    ):
        method = channel.unary_unary(UNARY)
        await method(b"a")
        await server.stop()
        await until(lambda: picked(channel) == 0)
        call = method(b"a", wait_for_ready=True, timeout=10)
        await server.start()
        assert await call == b"a"


async def _fail(_request: bytes, context: "aio.ServicerContext[bytes, bytes]") -> bytes:
    await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")


SAFE = fleet.ChannelConfig(
    policy=fleet.RoundRobin,
    retry=fleet.RetryConfig(safe_methods=frozenset({UNARY, DOWN})),
)


async def test_a_safe_call_is_repeated_on_another_endpoint() -> None:
    async with (
        backends(2) as (bad, good),
        fleet.connect("test", SAFE, lookup=Listing.of(bad, good)) as channel,
    ):
        bad.behave = _fail
        await until(lambda: picked(channel) == 2)
        for _ in range(10):
            assert await channel.unary_unary(UNARY)(b"a") == b"a"
        assert bad.calls == 5
        assert channel.explain().retries == 5
        assert good.calls == 10


async def test_a_call_that_may_have_happened_is_not_repeated() -> None:
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        for server in servers:
            server.behave = _fail
        with pytest.raises(aio.AioRpcError, match="told to fail"):
            await channel.unary_unary(UNARY)(b"a")
        assert sum(server.calls for server in servers) == 1


async def test_a_caller_can_mark_a_call_as_safe() -> None:
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        for server in servers:
            server.behave = _fail
        with fleet.safe_to_repeat():
            call = channel.unary_unary(UNARY)(b"a", timeout=5)
        with pytest.raises(aio.AioRpcError, match="told to fail"):
            await call
        assert sum(server.calls for server in servers) == 4


async def test_a_safe_stream_is_repeated_only_before_its_first_answer() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", SAFE, lookup=Listing.of(server)) as channel,
    ):
        method = channel.unary_stream(DOWN)
        with pytest.raises(aio.AioRpcError, match="told to fail"):
            assert [part async for part in method(b"fail")] == []
        assert server.calls == 4
        seen = []
        with pytest.raises(aio.AioRpcError, match="told to fail"):
            seen += [part async for part in method(b"a fail")]
        assert server.calls == 5


async def test_the_budget_ends_a_storm_of_retries() -> None:
    config = fleet.ChannelConfig(
        retry=fleet.RetryConfig(
            safe_methods=frozenset({UNARY}), budget_share=0.2, budget_minimum=10
        )
    )
    async with (
        backends(2) as servers,
        fleet.connect("storm", config, lookup=Listing.of(*servers)) as one,
        fleet.connect("storm", config, lookup=Listing.of(*servers)) as two,
    ):
        for server in servers:
            server.behave = _fail
        calls = [c.unary_unary(UNARY)(b"a") for c in (one, two) for _ in range(100)]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, aio.AioRpcError) for error in ended)
        assert sum(server.calls for server in servers) == 200 + 40
        assert one.explain().retries + two.explain().retries == 40
        assert one.explain().retries_denied > 0
