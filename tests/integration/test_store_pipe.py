"""One connection that everybody shares, against a real server and its failures."""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ranking.errors import StoreFull, StoreRefused, StoreUnavailable
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Script, Store
from tests.support import stores
from tests.support.until import until

TRIAL = StoreOptions(allow_volatile=True, reply_timeout_s=0.5)
ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
ECHO = Script("return {KEYS[1], ARGV[1]}")
SPIN = Script("local t = 0; while t < 1e9 do t = t + 1 end; return t")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[stores.Running]:
    async with stores.server(tmp_path) as running:
        yield running


@pytest.fixture
async def store(server: stores.Running) -> AsyncIterator[Store]:
    async with open_store(server.address, TRIAL) as opened:
        yield opened


async def outcome(call: Any) -> object:  # noqa: ANN401
    """Return the result or the error of *call*."""
    try:
        async with asyncio.timeout(10):
            return await call
    except StoreUnavailable as error:
        return error


async def served_again(store: Store) -> None:
    async def answers() -> bool:
        return not isinstance(
            await outcome(store.command("a", "GET", "a")), StoreUnavailable
        )

    await stores.eventually(answers)


async def test_every_call_of_a_crowd_gets_its_own_reply(store: Store) -> None:
    async def ask(number: int) -> bool:
        key = f"key-{number}"
        if number % 3 == 0:
            return bool(
                await store.read(ECHO, [key], [number])
                == [
                    key.encode(),
                    b"%d" % number,
                ]
            )
        if number % 3 == 1:
            return bool(await store.command(key, "ECHO", number) == b"%d" % number)
        return bool(await store.write(ADD, [key], [number]) == number)

    assert all(await asyncio.gather(*(ask(number) for number in range(1000))))


async def test_replies_are_as_hiredis_reads_them(store: Store) -> None:
    assert await store.command("k", "SET", "k", b"\xff\x00") == b"OK"
    assert await store.command("k", "GET", "k") == b"\xff\x00"
    assert await store.command("none", "GET", "none") is None
    assert await store.command("k", "EXISTS", "k") == 1
    assert await store.command("k", "MGET", "k", "none") == [b"\xff\x00", None]


async def test_a_caller_that_leaves_takes_no_others_reply(store: Store) -> None:
    rng = random.Random(7)
    calls = [
        asyncio.ensure_future(store.command("k", "ECHO", number))
        for number in range(2000)
    ]
    for call in rng.sample(calls, 700):
        call.cancel()
    replies = await asyncio.gather(*calls, return_exceptions=True)

    for number, reply in enumerate(replies):
        assert isinstance(reply, asyncio.CancelledError) or reply == b"%d" % number
    assert await store.command("k", "ECHO", "after") == b"after"


async def test_more_calls_than_allowed_are_refused_at_once(
    server: stores.Running,
) -> None:
    few = StoreOptions(allow_volatile=True, most_in_flight=10)
    async with open_store(server.address, few) as store:
        calls = [store.command("k", "ECHO", "k") for _ in range(12)]
        found = await asyncio.gather(*map(outcome, calls))

        assert found[:10] == [b"k"] * 10
        assert [str(error) for error in found[10:]] == [
            "the ranking's store is not available: 10 requests are in flight"
        ] * 2
        assert await store.command("k", "ECHO", "k") == b"k"


async def test_scripts_survive_that_the_server_forgets_them(
    server: stores.Running, store: Store
) -> None:
    assert await store.write(ADD, ["k"], [1]) == 1
    await server.command("SCRIPT", "FLUSH")
    totals = await asyncio.gather(*(store.write(ADD, ["k"], [1]) for _ in range(50)))

    assert totals == [*range(2, 52)]


async def test_scan_tells_every_key_once(store: Store) -> None:
    for number in range(2500):
        await store.command("k", "SET", f"{number % 2}-{number}", "x")
    found = await store.scan("1-*")

    assert len(found) == len({*found}) == 1250


async def test_a_killed_server_fails_every_call_and_serves_again(
    server: stores.Running, store: Store
) -> None:
    server.freeze()  # so that calls are pending when it dies
    calls = [store.write(ADD, ["k"], [1]) for _ in range(500)]
    await server.kill()
    found = await asyncio.gather(*map(outcome, calls))
    pending = [error for error in found if isinstance(error, StoreUnavailable)]
    assert len(pending) == 500

    await until(lambda: refused_at_once(store))
    await server.start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await served_again(store)
    assert loop.time() - began < 5  # within a second, on a machine that is not busy


def refused_at_once(store: Store) -> bool:
    call: asyncio.Future[Any] = asyncio.ensure_future(store.command("k", "PING"))
    if call.done():
        return isinstance(call.exception(), StoreUnavailable)
    call.cancel()
    return False


async def test_a_frozen_server_is_found_and_then_refused_at_once(
    server: stores.Running, store: Store
) -> None:
    server.freeze()
    try:
        found = await outcome(store.command("k", "ECHO", "k"))

        assert isinstance(found, StoreUnavailable)
        assert found.reason == "no reply in 0.5 s"
        assert found.retry_after_s == 0.5
        assert refused_at_once(store)
    finally:
        server.thaw()
    await served_again(store)


async def test_a_frozen_server_is_found_even_when_nobody_asks(
    server: stores.Running, store: Store
) -> None:
    server.freeze()
    try:
        await until(lambda: refused_at_once(store))
    finally:
        server.thaw()


async def test_a_server_that_comes_later_is_served(tmp_path: Path) -> None:
    late = stores.Running(tmp_path, stores.QUICK)
    async with open_store(late.address, TRIAL) as store:
        assert isinstance(await outcome(store.command("k", "PING")), StoreUnavailable)
        async with stores.running(late):
            await served_again(store)


async def test_the_end_of_the_block_fails_what_is_pending(
    server: stores.Running,
) -> None:
    async with open_store(server.address, TRIAL) as store:
        server.freeze()
        calls = [store.command("k", "ECHO", "k") for _ in range(10)]
    server.thaw()
    found = await asyncio.gather(*map(outcome, calls))

    assert all(isinstance(error, StoreUnavailable) for error in found)
    assert isinstance(await outcome(store.command("k", "PING")), StoreUnavailable)


async def test_a_full_server_says_so_and_goes_on_reading(
    server: stores.Running, store: Store
) -> None:
    await store.write(ADD, ["k"], [1])
    await server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreFull):
        await store.write(ADD, ["k"], [1])

    assert await store.command("k", "GET", "k") == b"1"


async def test_a_refused_request_is_told_to_the_log_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with pytest.raises(StoreRefused):
            await store.command("k", "NO-SUCH-COMMAND")
    told = [line for line in caplog.records if "NO-SUCH-COMMAND" in line.message]

    assert [line.levelno for line in told] == [logging.ERROR]


async def test_a_script_that_runs_too_long_is_unavailable_for_others(
    server: stores.Running, store: Store
) -> None:
    await server.command("CONFIG", "SET", "busy-reply-threshold", "10")
    spinning = asyncio.ensure_future(store.read(SPIN, ["k"], []))

    async def busy() -> bool:
        found = await outcome(store.command("k", "ECHO", "k"))
        return isinstance(found, StoreUnavailable)

    await stores.eventually(busy)
    with contextlib.suppress(Exception):
        await server.command("SCRIPT", "KILL")
    await outcome_of_anything(spinning)
    await served_again(store)


async def outcome_of_anything(call: Any) -> None:  # noqa: ANN401
    with contextlib.suppress(StoreUnavailable, StoreRefused):
        await call


async def test_a_server_that_became_a_replica_is_left_until_it_is_master(
    server: stores.Running, store: Store
) -> None:
    await server.command("REPLICAOF", "127.0.0.1", stores.free_port())
    found = await outcome(store.write(ADD, ["k"], [1]))
    assert isinstance(found, StoreUnavailable)
    assert found.reason == "it is a replica now"
    await until(lambda: refused_at_once(store))

    await server.command("REPLICAOF", "NO", "ONE")
    await served_again(store)
    assert await store.write(ADD, ["k"], [1]) == 1


async def test_a_server_that_misses_its_replicas_takes_no_writes(
    server: stores.Running, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await server.command("CONFIG", "SET", "min-replicas-to-write", 1)
    for _ in range(3):
        found = await outcome(store.write(ADD, ["k"], [1]))
        assert isinstance(found, StoreUnavailable)
        assert found.reason == "too few replicas are connected to it"

    assert await store.command("k", "GET", "k") is None
    assert len([line for line in caplog.records if "NOREPLICAS" in line.message]) == 1


async def test_a_reply_that_is_cut_off_leaves_open_whether_it_was_written(
    server: stores.Running,
) -> None:
    async with (
        stores.proxy(server) as between,
        open_store(between.address, TRIAL) as store,
    ):
        await store.write(ADD, ["k"], [1])
        between.cut = True
        found = await outcome(store.write(ADD, ["k"], [1]))

        assert isinstance(found, StoreUnavailable)
        assert between.cuts == 1
        await served_again(store)
        assert await store.command("k", "GET", "k") == b"2"


async def test_a_long_queue_is_served_to_its_end(server: stores.Running) -> None:
    """It takes longer than the reply timeout, and replies come all the time."""
    work = Script("local t = 0; for i = 1, 30000 do t = t + i end; return KEYS[1]")
    quick = StoreOptions(allow_volatile=True, reply_timeout_s=0.2)
    async with open_store(server.address, quick) as store:
        asked = [store.read(work, [f"key-{number}"], []) for number in range(4000)]
        replies = await asyncio.gather(*asked)

    assert replies == [f"key-{number}".encode() for number in range(4000)]


async def test_a_forgotten_script_is_sent_once_for_all_that_wait(
    server: stores.Running, store: Store
) -> None:
    await store.read(ECHO, ["a"], ["b"])
    await server.command("SCRIPT", "FLUSH")
    await server.command("CONFIG", "RESETSTAT")

    await asyncio.gather(*(store.read(ECHO, ["a"], [n]) for n in range(5000)))

    stats = await server.command("INFO", "commandstats")
    assert b"cmdstat_script|load:calls=1," in stats
    assert b"cmdstat_eval:" not in stats
