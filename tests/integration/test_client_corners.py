"""Where two rules of the client meet: what a review by experiment has found."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import pytest
from grpc import aio

import fleet
from fleet.client.channel import Channel
from tests.support.backend import (
    BOTH,
    UNARY,
    Backend,
    Behaviour,
    Listing,
    Serving,
    backends,
)
from tests.support.until import until

Context = aio.ServicerContext[bytes, bytes]
SAFE = fleet.RetryConfig(safe_methods=frozenset({UNARY}))


def picked(channel: Channel) -> int:
    return sum(row.picked for row in channel.explain().rows)


def standing(channel: Channel, server: Backend) -> str:
    rows = {row.endpoint: row for row in channel.explain().rows}
    return rows[str(server.endpoint)].standing


def fails(times: int = 1_000_000, after_s: float = 0.0) -> Behaviour:
    left = times

    async def behave(request: bytes, context: Context) -> bytes:
        nonlocal left
        left -= 1
        if left >= 0:
            await asyncio.sleep(after_s)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
        return request

    return behave


def takes(seconds: float) -> Behaviour:
    async def behave(request: bytes, _context: object) -> bytes:
        await asyncio.sleep(seconds)
        return request

    return behave


async def one(method: Callable[..., Awaitable[bytes]], **options: object) -> object:
    """Return the answer, or the status of the error."""
    try:
        return await method(b"a", **options)
    except aio.AioRpcError as error:
        return error.code()


async def test_an_ejected_task_is_taken_back_when_the_other_says_goodbye() -> None:
    async with (
        backends(2) as (bad, good),
        fleet.connect("test", lookup=Listing.of(bad, good)) as channel,
    ):
        await until(lambda: picked(channel) == 2)
        method = channel.unary_unary(UNARY)
        bad.behave = fails()
        while standing(channel, bad) != "out":
            await one(method)
        bad.behave = takes(0)
        await good.say(Serving.NOT_SERVING)
        await until(lambda: "goodbye" in str(channel.explain()))
        assert [await one(method) for _ in range(20)] == [b"a"] * 20


async def test_who_waits_for_a_breaker_is_woken_by_its_trial() -> None:
    config = fleet.ChannelConfig(
        ejection=None,
        breaker=fleet.BreakerConfig(consecutive_failures=0, open_s=0.2),
        wait_for_ready=True,
    )
    async with (
        backends(1) as [server],
        fleet.connect("test", config, lookup=Listing.of(server)) as channel,
    ):
        await until(lambda: picked(channel) == 1)
        method = channel.unary_unary(UNARY)
        server.behave = fails(1)
        await one(method)
        server.behave = takes(0.1)
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*(one(method, timeout=8) for _ in range(3)))
        assert answers == [b"a"] * 3


@pytest.mark.parametrize("given_up", ["call", "stream"])
async def test_a_trial_that_nobody_waits_for_does_not_block_the_breaker(
    given_up: str,
) -> None:
    config = fleet.ChannelConfig(
        ejection=None,
        breaker=fleet.BreakerConfig(consecutive_failures=0, open_s=0.1),
        wait_for_ready=True,
    )
    async with (
        backends(1) as [server],
        fleet.connect("test", config, lookup=Listing.of(server)) as channel,
    ):
        await until(lambda: picked(channel) == 1)
        method = channel.unary_unary(UNARY)
        server.behave = fails(1)
        await one(method)
        server.behave = takes(0.05)
        await until(lambda: picked(channel) == 1)  # half open
        if given_up == "call":
            method(b"a").cancel()
        else:
            channel.stream_stream(BOTH)().cancel()
        async with asyncio.timeout(5):
            assert await one(method, timeout=8) == b"a"


async def test_a_key_whose_only_task_failed_once_is_tried_there_again() -> None:
    config = fleet.ChannelConfig(
        affinity=fleet.AffinityConfig(header="room"), retry=SAFE
    )
    async with (
        backends(1) as [server],
        fleet.connect("test", config, lookup=Listing.of(server)) as channel,
    ):
        await until(lambda: picked(channel) == 1)
        server.behave = fails(1)
        method = channel.unary_unary(UNARY)
        async with asyncio.timeout(3):
            assert await one(method, metadata=(("room", "1"),)) == b"a"


@pytest.mark.parametrize(
    "config",
    [
        fleet.ChannelConfig(
            limit=fleet.LimitConfig(most=2, least=2), timeout_s=None, slow_start=None
        ),
        fleet.ChannelConfig(
            rate=fleet.RateConfig(per_s=0.05, burst=1, wait=True), timeout_s=None
        ),
    ],
    ids=["line", "rate"],
)
async def test_closing_ends_calls_that_wait(config: fleet.ChannelConfig) -> None:
    async with backends(1) as [server]:
        server.behave = takes(60)
        async with fleet.connect("test", config, lookup=Listing.of(server)) as channel:
            await until(lambda: picked(channel) == 1)
            method = channel.unary_unary(UNARY)
            calls = [asyncio.ensure_future(one(method)) for _ in range(12)]
            await until(lambda: server.calls > 0)
        _, pending = await asyncio.wait(calls, timeout=3)
    assert not pending


async def test_a_hedge_answers_for_a_first_attempt_that_failed() -> None:
    hedge = fleet.HedgeConfig(minimum_calls=10, least_s=0.02)
    config = fleet.ChannelConfig(
        policy=fleet.RoundRobin, hedge=hedge, retry=SAFE, slow_start=None
    )
    async with (
        backends(2) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        await until(lambda: picked(channel) == 2)
        method = channel.unary_unary(UNARY)
        async with asyncio.timeout(10):
            while _hedges_after(channel) is None:
                await one(method)
        before = [server.calls for server in servers]
        for server in servers:
            server.behave = _first_fails(servers)
        assert await one(method) == b"a"
        made = sum(s.calls for s in servers) - sum(before)
        assert made == 2  # the hedge's answer, and no third attempt
        assert channel.explain().hedges == 1


def _first_fails(servers: list[Backend]) -> Behaviour:
    """Fail the first call after the second has begun; that is answered later."""
    begun = sum(server.calls for server in servers)

    async def behave(request: bytes, context: Context) -> bytes:
        if sum(server.calls for server in servers) == begun + 1:
            await asyncio.sleep(0.15)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
        await asyncio.sleep(0.3)
        return request

    return behave


def _hedges_after(channel: Channel) -> float | None:
    traits = channel._balancer.traits.of(UNARY, 0.0)  # noqa: SLF001 - has no window
    return traits.percentile.delay_s() if traits.percentile else None


async def test_turns_within_a_zone_reach_every_task_of_it() -> None:
    async with backends(6) as servers:
        places = [
            fleet.Endpoint(s.endpoint.host, s.endpoint.port, "a" if n < 4 else "b")
            for n, s in enumerate(servers)
        ]
        listing = Listing(frozenset(places))
        config = fleet.ChannelConfig(
            policy=fleet.RoundRobin, zone=fleet.ZoneConfig(name="a"), slow_start=None
        )
        async with fleet.connect("test", config, lookup=listing) as channel:
            await until(lambda: picked(channel) == 6)
            method = channel.unary_unary(UNARY)
            for _ in range(80):
                await one(method)
    assert all(server.calls >= 10 for server in servers[:4])


async def test_one_call_that_was_given_up_does_not_bind_a_task() -> None:
    config = fleet.ChannelConfig(ejection=None)
    async with (
        backends(1) as [server],
        fleet.connect("test", config, lookup=Listing.of(server)) as channel,
    ):
        await until(lambda: picked(channel) == 1)
        method = channel.unary_unary(UNARY)
        for _ in range(50):
            await one(method)
        await until(lambda: channel._balancer.traits.of(UNARY, 0.0).usual_s > 0)  # noqa: SLF001 - has no window
        server.behave = takes(0.5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await method(b"a")
        [row] = channel.explain().rows
        assert row.limit == fleet.LimitConfig().most


async def test_a_task_that_begins_with_a_goodbye_is_ramped_up_too() -> None:
    ramp = fleet.SlowStartConfig(window_s=600, floor=0.05)
    config = fleet.ChannelConfig(slow_start=ramp, policy=fleet.LeastLoadedOfTwo)
    async with backends(2) as (old, new):
        await new.say(Serving.NOT_SERVING)
        listing = Listing.of(old, new)
        async with fleet.connect("test", config, lookup=listing) as channel:
            await until(lambda: "goodbye" in str(channel.explain()))
            for peer in channel._balancer.peers:  # noqa: SLF001 - as after ten minutes
                peer.ready_since -= 600 if peer.ready_since else 0
            await new.say(Serving.SERVING)
            await until(lambda: picked(channel) == 2)
            method = channel.unary_unary(UNARY)
            for _ in range(100):
                await one(method)
    assert new.calls < 25


async def test_calls_that_wait_for_a_task_go_elsewhere_when_it_goes() -> None:
    config = fleet.ChannelConfig(
        affinity=fleet.AffinityConfig(header="room"),
        limit=fleet.LimitConfig(most=1, least=1),
        ejection=None,
    )
    async with backends(2) as servers:
        listing = Listing.of(*servers)
        async with fleet.connect("test", config, lookup=listing) as channel:
            await until(lambda: picked(channel) == 2)
            method = channel.unary_unary(UNARY)
            for server in servers:
                server.behave = takes(60)
            calls = [
                asyncio.ensure_future(one(method, metadata=(("room", "1"),)))
                for _ in range(4)
            ]
            await until(lambda: sum(server.calls for server in servers) == 1)
            home = next(server for server in servers if server.calls)
            other = next(server for server in servers if server is not home)
            other.behave = takes(0)
            listing.list(other)
            async with asyncio.timeout(5):
                done = [await call for call in asyncio.as_completed(calls[1:])]
            calls[0].cancel()
        assert done == [b"a"] * 3
        assert other.calls == 3


async def test_calls_of_a_hot_key_take_no_turn_of_others() -> None:
    config = fleet.ChannelConfig(
        affinity=fleet.AffinityConfig(header="room"),
        limit=fleet.LimitConfig(most=1, least=1),
        ejection=None,
    )
    async with (
        backends(2) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        await until(lambda: picked(channel) == 2)
        method = channel.unary_unary(UNARY)
        rooms = dict[int, str]()
        for room in map(str, range(40)):
            before = servers[0].calls
            await one(method, metadata=(("room", room),))
            rooms[0 if servers[0].calls > before else 1] = room
        for server in servers:
            server.behave = takes(0.02)
        hot = [
            asyncio.ensure_future(one(method, metadata=(("room", rooms[0]),)))
            for _ in range(60)
        ]
        await asyncio.sleep(0)
        cold = [
            one(method, metadata=(("room", rooms[1]),), timeout=1) for _ in range(8)
        ]
        assert await asyncio.gather(*cold) == [b"a"] * 8
        assert not all(call.done() for call in hot)
        await asyncio.gather(*hot)
