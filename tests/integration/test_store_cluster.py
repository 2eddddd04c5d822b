"""A real cluster of three masters, and slots that move under a store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ranking.errors import StoreUnavailable
from ranking.store.engine import key_slot
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Script, Store
from tests.support import stores

TRIAL = StoreOptions(allow_volatile=True)
ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")

Members = list[stores.Running]


@pytest.fixture(scope="module")
async def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[str, Members]]:
    async with stores.cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
async def store(cluster: tuple[str, Members]) -> AsyncIterator[Store]:
    address, members = cluster
    async with open_store(address, TRIAL) as opened:
        yield opened
    for member in members:
        await member.command("FLUSHALL")


def key_in(member: int, tag: str) -> str:
    """Return a key in the slots that *member* has at first."""
    share = -(-16384 // 3)
    return next(
        key
        for number in range(1000)
        if key_slot((key := f"{tag}-{number}").encode()) // share == member
    )


async def identity(member: stores.Running) -> str:
    return str((await member.command("CLUSTER", "MYID")).decode())


async def begin_move(slot: int, source: stores.Running, to: stores.Running) -> None:
    here, there = await identity(source), await identity(to)
    await to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", here)
    await source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", there)


async def end_move(slot: int, source: stores.Running, to: stores.Running) -> None:
    keys = await source.command("CLUSTER", "GETKEYSINSLOT", slot, 100)
    if keys:
        place = ("127.0.0.1", to.port, "", 0, 5000)
        await source.command("MIGRATE", *place, "KEYS", *keys)
    there = await identity(to)
    for member in (to, source):
        await member.command("CLUSTER", "SETSLOT", slot, "NODE", there)


async def test_keys_of_all_slots_are_read_and_written(store: Store) -> None:
    keys = [f"key-{number}" for number in range(500)]
    await asyncio.gather(*(store.write(ADD, [key], [3]) for key in keys))
    totals = await asyncio.gather(*(store.command(key, "GET", key) for key in keys))

    assert totals == [b"3"] * 500
    assert await store.scan("key-*") == sorted(keys)


async def test_keys_may_be_of_any_type_of_word(store: Store) -> None:
    assert await store.command(b"\xff", "SET", b"\xff", 1) == b"OK"
    assert await store.command(12, "SET", 12, 1) == b"OK"


async def test_one_seed_of_several_is_enough(cluster: tuple[str, Members]) -> None:
    _, members = cluster
    nobody = stores.free_port()
    hosts = f"127.0.0.1:{nobody},127.0.0.1:{members[2].port}"
    async with open_store(f"redis+cluster://{hosts}", TRIAL) as store:
        for member in range(3):
            key = key_in(member, "seed")
            assert await store.command(key, "SET", key, "v") == b"OK"


async def test_a_slot_that_has_moved_is_followed(
    cluster: tuple[str, Members], store: Store
) -> None:
    _, (first, second, _third) = cluster
    key = key_in(0, "moved")
    slot = key_slot(key.encode())
    await store.write(ADD, [key], [1])
    await begin_move(slot, first, second)
    await end_move(slot, first, second)
    totals = await asyncio.gather(*(store.write(ADD, [key], [1]) for _ in range(20)))

    assert sorted(totals) == [*range(2, 22)]
    await begin_move(slot, second, first)
    await end_move(slot, second, first)
    assert await store.write(ADD, [key], [1]) == 22


@pytest.mark.parametrize("durability", ["async", "fsync"])
async def test_a_key_that_is_moving_is_asked_for(
    tmp_path: Path, durability: str
) -> None:
    options = StoreOptions(durability="fsync" if durability == "fsync" else "async")
    words = ("--appendonly", "yes", "--appendfsync", "everysec")
    async with stores.cluster(tmp_path, *words) as (address, (first, second, _)):
        key, old = key_in(0, "new"), key_in(0, "old")
        slot = key_slot(key.encode())
        await begin_move(slot, first, second)
        async with open_store(address, options) as store:
            totals = [await store.write(ADD, [key], [1]) for _ in range(3)]
            assert await store.write(ADD, [old], [1]) == 1

        assert totals == [1, 2, 3]
        assert await second.command("CLUSTER", "COUNTKEYSINSLOT", slot) == 1


async def test_without_a_server_its_slots_are_refused_and_others_served(
    cluster: tuple[str, Members], store: Store
) -> None:
    _, members = cluster
    for member in members:
        await member.command("CONFIG", "SET", "cluster-require-full-coverage", "no")
    lost, kept = key_in(1, "k"), key_in(2, "k")
    await members[1].kill()
    try:
        with pytest.raises(StoreUnavailable):
            await store.write(ADD, [lost], [1])
        assert await store.write(ADD, [kept], [1]) == 1
    finally:
        await members[1].start()

    async def served() -> bool:
        try:
            return bool(await store.write(ADD, [lost], [1]))
        except StoreUnavailable:
            return False

    await stores.eventually(served)
