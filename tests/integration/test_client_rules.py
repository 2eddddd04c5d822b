"""Each rule of the client over real sockets, and what happens without it."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc import status_pb2  # type: ignore[import-untyped] # has none
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped] # has none
    ErrorInfo,
    RetryInfo,
)
from grpc import aio

import fleet
from fleet.client.channel import Channel
from fleet.discovery.fixed import fixed
from tests.support.backend import (
    BOTH,
    DOWN,
    UNARY,
    Backend,
    Behaviour,
    Listing,
    backends,
)
from tests.support.until import until

Context = aio.ServicerContext[bytes, bytes]
SAFE = fleet.RetryConfig(safe_methods=frozenset({UNARY, DOWN}))


def picked(channel: Channel) -> int:
    return sum(row.picked for row in channel.explain().rows)


async def ready(channel: Channel, count: int) -> None:
    await until(lambda: picked(channel) == count)


async def sequence(channel: Channel, count: int, **options: object) -> None:
    method = channel.unary_unary(UNARY)
    for _ in range(count):
        await method(b"a", **options)  # type: ignore[arg-type] # metadata only


def takes(seconds: float) -> Behaviour:
    async def behave(request: bytes, _context: object) -> bytes:
        await asyncio.sleep(seconds)
        return request

    return behave


def overloaded(delay_s: float, times: int = 1_000_000) -> Behaviour:
    """Refuse so many calls as a task of ours does that has too much, then answer."""
    left = times

    async def behave(request: bytes, context: Context) -> bytes:
        nonlocal left
        if left <= 0:
            return request
        left -= 1
        retry = RetryInfo()
        retry.retry_delay.FromNanoseconds(round(delay_s * 1e9))
        rich = status_pb2.Status(code=8, message="too much")
        for detail in (retry, ErrorInfo(reason="OVERLOADED", domain="fleet")):
            packed = Any()
            packed.Pack(detail)
            rich.details.append(packed)
        trailer = ("grpc-status-details-bin", rich.SerializeToString())
        context.set_trailing_metadata((trailer,))
        await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much")
        raise AssertionError

    return behave


async def test_a_slow_task_gets_few_calls() -> None:
    async def slow_share(policy: Callable[[], fleet.Policy]) -> float:
        config = fleet.ChannelConfig(policy=policy, ejection=None, slow_start=None)
        async with (
            backends(3) as servers,
            fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
        ):
            servers[0].behave = takes(0.02)
            await ready(channel, 3)
            await sequence(channel, 90)
            return servers[0].calls / 90

    assert await slow_share(fleet.PeakEwma) < 0.15
    assert await slow_share(fleet.RoundRobin) > 0.3


@pytest.mark.parametrize(
    ("ramp", "low", "high"),
    [(fleet.SlowStartConfig(window_s=600, floor=0.05), 1, 15), (None, 20, 80)],
)
async def test_a_new_task_is_ramped_up(
    ramp: fleet.SlowStartConfig | None, low: int, high: int
) -> None:
    config = fleet.ChannelConfig(
        policy=fleet.LeastLoadedOfTwo, slow_start=ramp, ejection=None
    )
    async with backends(3) as servers:
        listing = Listing.of(*servers[:2])
        async with fleet.connect("test", config, lookup=listing) as channel:
            await ready(channel, 2)
            for server in channel._balancer.peers:  # noqa: SLF001 - as after ten minutes
                server.ready_since -= 600
            listing.list(*servers)
            await ready(channel, 3)
            await sequence(channel, 150)
            assert low <= servers[2].calls <= high


async def test_a_new_task_gets_one_call_at_once() -> None:
    ramp = fleet.SlowStartConfig(window_s=600, floor=0.01)
    config = fleet.ChannelConfig(slow_start=ramp)
    async with backends(3) as servers:
        listing = Listing.of(*servers[:2])
        async with fleet.connect("test", config, lookup=listing) as channel:
            await ready(channel, 2)
            for server in channel._balancer.peers:  # noqa: SLF001 - as above
                server.ready_since -= 600
            listing.list(*servers)
            await ready(channel, 3)
            await sequence(channel, 1)
            assert servers[2].calls == 1


async def test_weights_are_shares() -> None:
    async with backends(2) as servers:
        weights = {"weight": "1"}, {"weight": "4"}
        endpoints = [
            dataclasses.replace(server.endpoint, attributes=weight)
            for server, weight in zip(servers, weights, strict=True)
        ]
        config = fleet.ChannelConfig(policy=fleet.RoundRobin, slow_start=None)
        async with fleet.connect("test", config, lookup=fixed(endpoints)) as channel:
            await ready(channel, 2)
            await sequence(channel, 200)
        assert 15 <= servers[0].calls <= 70


async def test_calls_stay_in_the_zone_and_spill_when_it_is_too_busy() -> None:
    async with backends(4) as servers:
        endpoints = [
            dataclasses.replace(server.endpoint, zone="ab"[n // 2])
            for n, server in enumerate(servers)
        ]
        zone = fleet.ZoneConfig(name="a")
        config = fleet.ChannelConfig(zone=zone, slow_start=None, ejection=None)
        async with fleet.connect("test", config, lookup=fixed(endpoints)) as channel:
            await ready(channel, 4)
            await sequence(channel, 60)
            assert [server.calls for server in servers[2:]] == [0, 0]
            for server in servers:
                server.behave = takes(0.05)
            method = channel.unary_unary(UNARY)
            await asyncio.gather(*(method(b"a") for _ in range(100)))
            assert sum(server.calls for server in servers[2:]) > 10


async def test_a_subset_connects_to_some_and_a_change_costs_one_connection() -> None:
    subset = fleet.SubsetConfig(size=3, client="me")
    async with backends(6) as servers:
        listing = Listing.of(*servers)
        config = fleet.ChannelConfig(subset=subset)
        async with fleet.connect("test", config, lookup=listing) as channel:
            await ready(channel, 3)
            before = {row.endpoint for row in channel.explain().rows}
            gone = next(s for s in servers if str(s.endpoint) in before)
            listing.list(*(server for server in servers if server is not gone))
            kept = before - {str(gone.endpoint)}
            await until(
                lambda: len(_members(channel)) == 3 and kept < _members(channel)
            )


def _members(channel: Channel) -> set[str]:
    return {row.endpoint for row in channel.explain().rows if row.picked}


async def test_calls_with_the_same_key_go_to_the_same_task_of_any_kind() -> None:
    affinity = fleet.AffinityConfig(header="x-room")
    async with (
        backends(3) as servers,
        fleet.connect(
            "test",
            fleet.ChannelConfig(affinity=affinity),
            lookup=Listing.of(*servers),
        ) as channel,
    ):
        await ready(channel, 3)
        homes = Counter[int]()
        for room in range(30):
            before = [server.calls for server in servers]
            metadata = (("x-room", f"room-{room}"),)
            await sequence(channel, 5, metadata=metadata)
            both = channel.stream_stream(BOTH)(metadata=metadata)
            await both.done_writing()
            await both.read()
            after = [server.calls for server in servers]
            grown = [b - a for a, b in zip(before, after, strict=True)]
            assert sorted(grown) == [0, 0, 6]
            homes[grown.index(6)] += 1
        assert len(homes) == 3


async def test_a_key_moves_only_when_its_task_is_gone() -> None:
    affinity = fleet.AffinityConfig(header="x-room")
    config = fleet.ChannelConfig(affinity=affinity)
    async with backends(3) as servers:
        listing = Listing.of(*servers)
        async with fleet.connect("test", config, lookup=listing) as channel:
            await ready(channel, 3)
            homes = [await _home(channel, servers, n) for n in range(30)]
            listing.list(*servers[1:])
            await ready(channel, 2)
            later = [await _home(channel, servers, n) for n in range(30)]
    for before, after in zip(homes, later, strict=True):
        assert before in (after, 0)


async def _home(channel: Channel, servers: list[Backend], room: int) -> int:
    before = [server.calls for server in servers]
    await sequence(channel, 1, metadata=(("x-room", f"room-{room}"),))
    return next(n for n, server in enumerate(servers) if server.calls > before[n])


async def _answered(channel: Channel, count: int) -> list[object]:
    method = channel.unary_unary(UNARY)
    calls: list[Awaitable[bytes]] = [method(b"a") for _ in range(count)]
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_rate_limit_refuses_what_is_too_much() -> None:
    config = fleet.ChannelConfig(rate=fleet.RateConfig(per_s=0.01, burst=10))
    async with (
        backends(1) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        await ready(channel, 1)
        ended = await _answered(channel, 12)
        refused = [error for error in ended if isinstance(error, aio.AioRpcError)]
        assert servers[0].calls == 10
        assert len(refused) == 2
        assert refused[0].code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "rate limit exceeded" in str(refused[0])


async def test_a_rate_limit_may_make_calls_wait() -> None:
    rate = fleet.RateConfig(per_s=100, burst=1, wait=True)
    async with (
        backends(1) as servers,
        fleet.connect(
            "test", fleet.ChannelConfig(rate=rate), lookup=Listing.of(*servers)
        ) as channel,
    ):
        await ready(channel, 1)
        began = asyncio.get_running_loop().time()
        assert await _answered(channel, 11) == [b"a"] * 11
        assert asyncio.get_running_loop().time() - began >= 0.095


async def test_a_task_has_no_more_calls_than_its_limit() -> None:
    limit = fleet.LimitConfig(most=4, least=4)
    running = most = 0

    async def count(request: bytes, _context: object) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return request

    async with (
        backends(1) as servers,
        fleet.connect(
            "test", fleet.ChannelConfig(limit=limit), lookup=Listing.of(*servers)
        ) as channel,
    ):
        servers[0].behave = count
        await ready(channel, 1)
        assert await _answered(channel, 60) == [b"a"] * 60
    assert most == 4


async def test_calls_beyond_the_line_are_refused() -> None:
    config = fleet.ChannelConfig(
        limit=fleet.LimitConfig(most=1, least=1), line=fleet.LineConfig(most=2)
    )
    async with (
        backends(1) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = takes(0.05)
        await ready(channel, 1)
        ended = await _answered(channel, 5)
        refused = [error for error in ended if isinstance(error, aio.AioRpcError)]
        assert len(refused) == 2
        assert refused[0].code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_who_waits_in_line_too_long_is_told() -> None:
    config = fleet.ChannelConfig(limit=fleet.LimitConfig(most=1, least=1))
    async with (
        backends(1) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = takes(0.6)
        await ready(channel, 1)
        method = channel.unary_unary(UNARY)
        first = method(b"a")
        with pytest.raises(aio.AioRpcError, match="as many calls as it can take"):
            await method(b"a", timeout=0.2)
        assert await first == b"a"
        assert servers[0].calls == 1


async def test_a_call_that_was_cancelled_in_line_wakes_the_next() -> None:
    config = fleet.ChannelConfig(limit=fleet.LimitConfig(most=1, least=1))
    async with (
        backends(1) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = takes(0.02)
        await ready(channel, 1)
        method = channel.unary_unary(UNARY)
        calls = [asyncio.ensure_future(_one(method)) for _ in range(20)]
        await asyncio.sleep(0)
        for call in calls[1::2]:
            call.cancel()
        assert await asyncio.gather(*calls[::2]) == [b"a"] * 10
        assert channel.explain().waiting == 0


async def _one(method: Callable[[bytes], Awaitable[bytes]]) -> bytes:
    return await method(b"a")


async def test_a_slow_safe_call_is_hedged_elsewhere() -> None:
    async def slowest_s(hedge: fleet.HedgeConfig | None) -> tuple[float, int]:
        turns = fleet.RoundRobin
        config = fleet.ChannelConfig(
            policy=turns, hedge=hedge, retry=SAFE, ejection=None
        )
        async with (
            backends(2) as servers,
            fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
        ):
            await ready(channel, 2)
            await sequence(channel, 200)
            await asyncio.sleep(1.1)  # the percentile is worked out once a second
            await sequence(channel, 2)
            servers[0].behave = takes(0.5)
            now = asyncio.get_running_loop().time
            took = []
            for _ in range(4):
                began = now()
                await sequence(channel, 1)
                took.append(now() - began)
            return max(took), channel.explain().hedges

    took_s, hedges = await slowest_s(fleet.HedgeConfig())
    assert hedges >= 2
    assert took_s < 0.4
    took_s, hedges = await slowest_s(None)
    assert hedges == 0
    assert took_s >= 0.5


async def test_an_unsafe_call_is_never_hedged() -> None:
    config = fleet.ChannelConfig(
        hedge=fleet.HedgeConfig(minimum_calls=10, least_s=0), policy=fleet.RoundRobin
    )
    async with (
        backends(2) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        await ready(channel, 2)
        await sequence(channel, 100)
        await asyncio.sleep(1.1)
        servers[0].behave = takes(0.1)
        await sequence(channel, 10)
        assert channel.explain().hedges == 0
        assert sum(server.calls for server in servers) == 110


async def test_an_overloaded_task_sends_calls_to_another_safe_or_not() -> None:
    config = fleet.ChannelConfig(policy=fleet.RoundRobin)
    async with (
        backends(2) as (busy, other),
        fleet.connect("test", config, lookup=Listing.of(busy, other)) as channel,
    ):
        busy.behave = overloaded(1.0)
        await ready(channel, 2)
        await sequence(channel, 20)
        assert other.calls == 20
        rows = {row.endpoint: row for row in channel.explain().rows}
        assert rows[str(busy.endpoint)].standing == "in"
        assert rows[str(busy.endpoint)].limit == fleet.LimitConfig().least


async def test_with_nobody_else_to_ask_a_call_waits_as_it_was_told() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", lookup=Listing.of(server)) as channel,
    ):
        server.behave = overloaded(0.3, times=1)
        await ready(channel, 1)
        began = asyncio.get_running_loop().time()
        await sequence(channel, 1)
        assert asyncio.get_running_loop().time() - began >= 0.3
        assert server.calls == 2


async def test_who_has_no_time_to_wait_is_told_at_once() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", lookup=Listing.of(server)) as channel,
    ):
        server.behave = overloaded(5.0)
        await ready(channel, 1)
        with pytest.raises(aio.AioRpcError, match="too much"):
            await sequence(channel, 1, timeout=1.0)
        assert server.calls == 1


async def test_idle_streams_are_no_load() -> None:
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await ready(channel, 2)
        streams = [channel.stream_stream(BOTH)() for _ in range(40)]
        for stream in streams:
            await stream.write(b"a")
            await stream.read()
        held = [server.calls for server in servers]
        await sequence(channel, 100)
        assert min(held) >= 10
        assert all(
            server.calls - calls >= 15
            for server, calls in zip(servers, held, strict=True)
        )
        for stream in streams:
            stream.cancel()
