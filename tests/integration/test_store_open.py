"""Every form of address, and every reason not to begin, with real servers."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ranking.errors import BadStore, StoreUnavailable
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from tests import programs
from tests.support import stores
from tests.support.certificates import certificate, server_context
from tests.support.until import until

TRIAL = StoreOptions(allow_volatile=True)
FSYNC = StoreOptions(durability="fsync")


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[stores.Running]:
    """A server that lets only ada in, with the password s/3."""
    ada = ("--user", "ada", "on", ">s/3", "~*", "&*", "+@all")
    others = ("--user", "default", "off")
    async with stores.server(
        tmp_path, *stores.QUICK, *ada, *others, tcp=True
    ) as running:
        yield running


async def served(address: str, options: StoreOptions = TRIAL) -> None:
    async with open_store(address, options) as store:
        assert await store.command("k", "SET", "k", "v") == b"OK"
        assert await store.command("k", "GET", "k") == b"v"


async def refused(address: str, options: StoreOptions = TRIAL) -> str:
    with pytest.raises(BadStore) as caught:
        async with open_store(address, options):
            pass
    return str(caught.value)


async def test_connects_over_a_socket_and_over_tcp(tmp_path: Path) -> None:
    async with stores.server(tmp_path, tcp=True) as server:
        await served(server.address)
        await served(f"unix://{server.socket}")


async def test_databases_are_apart(tmp_path: Path) -> None:
    async with stores.server(tmp_path) as server:
        async with (
            open_store(f"{server.address}?db=1", TRIAL) as one,
            open_store(server.address, TRIAL) as zero,
        ):
            await one.command("k", "SET", "k", "v")
            assert await zero.command("k", "GET", "k") is None
        assert "DB index is out of range" in await refused(f"{server.address}?db=99")


async def test_logs_in_as_a_user(guarded: stores.Running) -> None:
    await served(f"redis://ada:s%2F3@127.0.0.1:{guarded.port}")
    await served(f"unix://ada:s%2F3@{guarded.socket}")


@pytest.mark.parametrize("login", ["", "ada:wrong@", "eve:s%2F3@"])
async def test_a_wrong_login_is_told_and_not_shown(
    guarded: stores.Running, login: str
) -> None:
    text = await refused(f"redis://{login}127.0.0.1:{guarded.port}")

    assert "set user:password@ in the address" in text
    assert "wrong@" not in text
    assert "s%2F3" not in text


@pytest.mark.needs("openssl")
async def test_speaks_tls_and_knows_whom_to(
    guarded: stores.Running, tmp_path: Path
) -> None:
    made, key = await certificate(tmp_path)
    other, _ = await certificate(tmp_path, "other")
    async with stores.proxy(guarded, tls=server_context(made, key)) as secure:
        place = f"ada:s%2F3@127.0.0.1:{secure.port}"

        await served(f"rediss://{place}?ca={made}")
        assert "set ?ca= to its issuer" in await refused(f"rediss://{place}?ca={other}")
        assert "set ?ca= to its issuer" in await refused(f"rediss://{place}")


async def test_what_speaks_no_tls_is_just_not_there_yet(tmp_path: Path) -> None:
    async with stores.server(tmp_path, tcp=True) as server:
        quick = StoreOptions(connect_timeout_s=0.3)
        async with open_store(f"rediss://127.0.0.1:{server.port}", quick) as store:
            with pytest.raises(StoreUnavailable):
                await store.command("k", "PING")


@pytest.mark.parametrize(
    ("words", "options", "problem"),
    [
        (stores.QUICK, StoreOptions(), "it keeps nothing over a restart"),
        (stores.QUICK, FSYNC, "set appendonly yes, appendfsync always"),
        (
            (*stores.DURABLE, "--maxmemory-policy", "allkeys-lru"),
            StoreOptions(),
            "maxmemory-policy is allkeys-lru",
        ),
        (
            (*stores.QUICK, "--cluster-enabled", "yes"),
            TRIAL,
            "the address begins with redis+cluster",
        ),
    ],
)
async def test_refuses_a_store_that_would_lose_scores(
    tmp_path: Path, words: tuple[str, ...], options: StoreOptions, problem: str
) -> None:
    async with stores.server(tmp_path, *words) as server:
        assert problem in await refused(server.address, options)


async def test_refuses_a_replica_and_what_is_no_cluster(tmp_path: Path) -> None:
    async with stores.with_replica(tmp_path) as (primary, replica):
        assert "it is a replica" in await refused(replica.address)
        text = await refused(f"redis+cluster://127.0.0.1:{primary.port}")
        assert "is in no cluster" in text


async def test_says_all_problems_at_once(tmp_path: Path) -> None:
    words = (*stores.QUICK, "--maxmemory-policy", "volatile-ttl")
    async with stores.server(tmp_path, *words) as server:
        text = await refused(server.address, StoreOptions())

    assert "volatile-ttl" in text
    assert "keeps nothing" in text


async def test_takes_a_server_that_hides_its_configuration(tmp_path: Path) -> None:
    user = ("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config")
    async with stores.server(tmp_path, *stores.QUICK, *user) as server:
        await served(server.address, StoreOptions())


async def test_warns_of_what_may_become_a_problem(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with stores.server(
        tmp_path, *stores.DURABLE, "--lazyfree-lazy-expire", "no"
    ) as server:
        await served(server.address, StoreOptions(durability="async"))

    assert "set lazyfree-lazy-expire yes" in caplog.text


async def test_a_problem_that_comes_later_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        stores.server(tmp_path, *stores.DURABLE) as server,
        open_store(server.address),
    ):
        server.words = (*stores.DURABLE, "--maxmemory-policy", "allkeys-lru")
        for _ in range(2):
            await server.restart()
            await connected_to(server)
    told = [line for line in caplog.records if "allkeys-lru" in line.message]

    assert [line.levelno for line in told] == [logging.ERROR]


async def connected_to(server: stores.Running) -> None:
    """Wait until a store has a connection to *server*."""

    async def connected() -> bool:
        return b"grpc-fleet-ranking" in await server.command("CLIENT", "LIST")

    await stores.eventually(connected)


@pytest.mark.needs("redis-server")
async def test_redis_7_0_is_served_and_has_no_waitaof(tmp_path: Path) -> None:
    program = programs.find("redis-server")
    assert program is not None
    words = (*stores.DURABLE, "--appendfsync", "everysec")
    async with stores.server(tmp_path, *words, program=program) as server:
        await served(server.address, StoreOptions())
        if b"redis_version:7.0" in await server.command("INFO", "server"):
            assert "appendfsync always" in await refused(server.address, FSYNC)


async def test_sentinels_name_the_master_also_after_a_failover(tmp_path: Path) -> None:
    async with (
        stores.with_replica(tmp_path) as (primary, replica),
        stores.sentinel(tmp_path / "sentinel", primary) as sentinel,
    ):

        async def knows_replica() -> bool:
            return bool(await sentinel.command("SENTINEL", "REPLICAS", "mymaster"))

        await stores.eventually(knows_replica)
        nobody = stores.free_port()
        hosts = f"127.0.0.1:{nobody},127.0.0.1:{sentinel.port}"
        async with open_store(f"redis+sentinel://{hosts}/mymaster", TRIAL) as store:
            await store.command("k", "SET", "k", "v")
            await primary.kill()

            async def written() -> bool:
                try:
                    return bool(await store.command("k", "SET", "k", "w") == b"OK")
                except StoreUnavailable:
                    return False

            await stores.eventually(written, limit_s=40)
        assert await replica.command("GET", "k") == b"w"
        await primary.start()


async def test_an_unknown_master_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        stores.server(tmp_path / "one", tcp=True) as server,
        stores.sentinel(tmp_path / "sentinel", server) as sentinel,
    ):
        address = f"redis+sentinel://127.0.0.1:{sentinel.port}/other"
        async with open_store(address, TRIAL):
            await until(lambda: "no sentinel knows other" in caplog.text)
