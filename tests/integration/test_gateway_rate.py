"""Several gateways that count in one Redis, and what they do without it."""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest

from ranking.errors import BadStore
from services.gateway.guard.memory import MemoryLimiter
from services.gateway.guard.shared import StoreLimiter, open_limiter
from services.gateway.policy.policy import Rate
from tests.support.stores import Running, cluster, eventually, server

SLOW = Rate(methods="*", per_minute=1, burst=20)  # a minute each
FAST = Rate(methods="*", per_minute=6000, burst=5)  # 10 ms each


async def test_two_gateways_share_one_budget(tmp_path: Path) -> None:
    async with (
        server(tmp_path / "store") as store,
        open_limiter(store.address) as one,
        open_limiter(store.address) as two,
    ):
        both = [limiter.take("a", SLOW) for _ in range(25) for limiter in (one, two)]
        waits = await asyncio.gather(*both)

        assert sum(wait == 0 for wait in waits) == 20
        assert all(0 < wait <= 60 for wait in waits if wait)
        assert await two.take("b", SLOW) == 0


async def test_never_more_than_the_burst_and_the_rate(tmp_path: Path) -> None:
    async with (
        server(tmp_path / "store") as store,
        open_limiter(store.address) as one,
        open_limiter(store.address) as two,
    ):
        begin, taken, waited = time.monotonic(), 0, 0.0
        for number in range(200):
            wait = await (one, two)[number % 2].take("a", FAST)
            taken += wait == 0
            waited = max(waited, wait)
        took = time.monotonic() - begin

        assert 5 <= taken <= 5 + took * 100 + 1
        assert waited <= 0.01


async def test_counts_as_the_memory_does(tmp_path: Path) -> None:
    """The two are written in two languages."""
    async with server(tmp_path / "store") as store, open_limiter(store.address) as one:
        moment = [1000.0]
        memory = MemoryLimiter(now=lambda: moment[0])
        for _ in range(25):
            there, here = await one.take("a", SLOW), await memory.take("a", SLOW)
            assert (there == 0) == (here == 0)
            assert there <= here <= 60


async def test_a_client_that_stops_is_forgotten(tmp_path: Path) -> None:
    async with server(tmp_path / "store") as store, open_limiter(store.address) as one:
        await one.take("a", FAST)
        await one.take("b", SLOW)

        assert 0 < await store.command("PTTL", "gateway:rate:b") <= 60_000

        async def gone() -> bool:
            return bool(await store.command("EXISTS", "gateway:rate:a") == 0)

        await eventually(gone)


async def test_a_moment_far_ahead_is_drawn_near(tmp_path: Path) -> None:
    """The store's clock was set back, or the rule was a slow one before."""
    async with server(tmp_path / "store") as store, open_limiter(store.address) as one:
        await store.command("SET", "gateway:rate:a", 2**52)

        assert await one.take("a", FAST) == pytest.approx(0.01)


async def test_counts_alone_while_the_store_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with server(tmp_path / "store") as store, open_limiter(store.address) as one:
        assert [await one.take("a", SLOW) for _ in range(21)][-1] > 0
        await store.kill()

        waits = [await one.take("a", SLOW) for _ in range(30)]
        assert [wait == 0 for wait in waits] == [True] * 20 + [False] * 10
        assert caplog.text.count("counted by each gateway alone") == 1

        await store.start()
        await _counted_again(one, store)
        assert caplog.text.count("counted in the store again") == 1


async def test_a_store_that_hangs_holds_nobody_up_for_long(tmp_path: Path) -> None:
    async with server(tmp_path / "store") as store, open_limiter(store.address) as one:
        await one.take("a", SLOW)
        store.freeze()
        try:
            async with asyncio.timeout(10):
                waits = [await one.take("a", SLOW) for _ in range(21)]
        finally:
            store.thaw()

        assert [wait == 0 for wait in waits] == [True] * 20 + [False]


async def test_a_store_that_comes_later_is_used_then(tmp_path: Path) -> None:
    store = Running(tmp_path / "store", ("--save", "", "--appendonly", "no"))
    async with open_limiter(store.address) as one:
        assert await one.take("a", SLOW) == 0
        try:
            await store.start()
            await _counted_again(one, store)
        finally:
            await store.kill()


async def test_a_cluster_counts_as_well(tmp_path: Path) -> None:
    async with cluster(tmp_path) as (address, _), open_limiter(address) as one:
        names = [f"client {number}" for number in range(30)]
        waits = await asyncio.gather(*(one.take(name, SLOW) for name in names))

        assert waits == [0] * 30


async def test_a_wrong_address_is_told_at_the_start() -> None:
    with pytest.raises(BadStore):
        async with open_limiter("http://nowhere"):
            raise AssertionError


async def test_without_an_address_this_process_counts() -> None:
    async with contextlib.AsyncExitStack() as stack:
        limiter = await stack.enter_async_context(open_limiter(""))

        assert isinstance(limiter, MemoryLimiter)


async def _counted_again(limiter: object, store: Running) -> None:
    assert isinstance(limiter, StoreLimiter)

    async def counted() -> bool:
        await limiter.take("back", SLOW)
        return bool(await store.command("EXISTS", "gateway:rate:back") == 1)

    await eventually(counted)
