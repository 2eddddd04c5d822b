"""What an answered write survives, with real disks, replicas and SIGKILL."""

import asyncio
from pathlib import Path

import pytest

from ranking.errors import NotDurable, StoreUnavailable
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Script, Store
from tests.support import stores

ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
EVERYSEC = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
FSYNC = StoreOptions(durability="fsync")
WRITERS = 64


async def count(store: Store, key: str, enough: asyncio.Event) -> int:
    """Write until the store is gone; return how many writes were answered."""
    answered = 0
    try:
        while True:
            answered = await store.write(ADD, [key], [1])
            if answered == 20:
                enough.set()
    except StoreUnavailable:
        return answered


@pytest.mark.parametrize("words", [stores.DURABLE, EVERYSEC], ids=["always", "waitaof"])
async def test_fsync_loses_no_answered_write_when_the_server_is_killed(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    async with stores.server(tmp_path, *words) as server:
        enough = asyncio.Event()
        keys = [f"writer-{number}" for number in range(WRITERS)]
        async with open_store(server.address, FSYNC) as store:
            writers = [asyncio.create_task(count(store, key, enough)) for key in keys]
            await enough.wait()
            await server.kill()
            answered = await asyncio.gather(*writers)
        await server.start()
        kept = [int(await server.command("GET", key) or 0) for key in keys]

    assert sum(answered) >= 20
    assert all(left >= told for left, told in zip(kept, answered, strict=True))


async def test_many_writes_share_one_confirmation(tmp_path: Path) -> None:
    async with (
        stores.server(tmp_path, *EVERYSEC) as server,
        open_store(server.address, FSYNC) as store,
    ):
        totals = await asyncio.gather(
            *(store.write(ADD, ["k"], [1]) for _ in range(500))
        )
        calls = await server.command("INFO", "commandstats")

    assert sorted(totals) == [*range(1, 501)]
    # A second one for those that the server did not know the script of yet.
    assert b"cmdstat_waitaof:calls=2," in calls


async def test_reads_do_not_wait_for_a_confirmation(tmp_path: Path) -> None:
    async with stores.with_replica(tmp_path) as (primary, replica):
        options = StoreOptions(durability="replicated", confirm_timeout_s=5)
        async with open_store(primary.address, options) as store:
            replica.freeze()
            try:
                writing = asyncio.ensure_future(store.write(ADD, ["k"], [1]))
                while await store.command("k", "GET", "k") is None:
                    pass
                assert not writing.done()
            finally:
                replica.thaw()
            assert await writing == 1


async def test_replicated_says_when_a_replica_has_it_and_when_none_has(
    tmp_path: Path,
) -> None:
    options = StoreOptions(durability="replicated", confirm_timeout_s=0.3)
    async with (
        stores.with_replica(tmp_path) as (primary, replica),
        open_store(primary.address, options) as store,
    ):
        assert await store.write(ADD, ["k"], [1]) == 1
        assert await replica.command("GET", "k") == b"1"

        await replica.kill()
        with pytest.raises(NotDurable) as caught:
            await store.write(ADD, ["k"], [1])
        assert caught.value.wanted == "replicated"
        assert caught.value.reached == "0 of 1 replicas had it"
        assert await store.command("k", "GET", "k") == b"2"


async def test_too_few_replicas_at_the_start_are_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = StoreOptions(durability="replicated", replicas=2)
    async with (
        stores.server(tmp_path) as server,
        open_store(server.address, options) as store,
    ):
        assert await store.command("k", "SET", "k", "v") == b"OK"

    assert "0 replicas are connected" in caplog.text


async def test_a_server_that_stops_to_confirm_is_not_trusted(tmp_path: Path) -> None:
    async with (
        stores.server(tmp_path, *EVERYSEC) as server,
        open_store(server.address, FSYNC) as store,
    ):
        await server.command("CONFIG", "SET", "appendonly", "no")
        with pytest.raises(NotDurable, match="does not confirm"):
            await store.write(ADD, ["k"], [1])


async def test_an_error_reply_is_the_answer_also_in_a_group(tmp_path: Path) -> None:
    async with (
        stores.server(tmp_path, *EVERYSEC) as server,
        open_store(server.address, FSYNC) as store,
    ):
        await server.command("SET", "text", "x")
        found = await asyncio.gather(
            store.write(ADD, ["k"], [1]),
            store.write(ADD, ["text"], [1]),
            store.write(ADD, ["k"], [1]),
            return_exceptions=True,
        )

    assert found[0] == 1
    assert found[2] == 2
    assert "refused" in str(found[1])


async def test_a_lost_connection_fails_all_writes_that_wait(tmp_path: Path) -> None:
    async with (
        stores.server(tmp_path, *EVERYSEC) as server,
        open_store(server.address, FSYNC) as store,
    ):
        server.freeze()
        first = store.write(ADD, ["k"], [1])
        await asyncio.sleep(0)
        later = [store.write(ADD, ["k"], [1]) for _ in range(100)]
        await server.kill()
        found = await asyncio.gather(first, *later, return_exceptions=True)

    assert all(isinstance(error, StoreUnavailable) for error in found)
