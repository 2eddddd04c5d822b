"""A cluster behind TLS, and a user who may do no more than `ACCESS` says.

As ElastiCache is one: names in CLUSTER SLOTS, no CONFIG, no append-only file.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from ranking.errors import BadStore, StoreUnavailable
from ranking.store.acl import ACCESS
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from rpc.rpc_pb2 import (
    BatchGetRanksRequest,
    EraseUserRequest,
    GetChampionRequest,
    GetRankRequest,
    ListRankingRequest,
    RankingUser,
    UpdateScoreRequest,
    UpdateScoresRequest,
    WatchRankingRequest,
)
from rpc.rpc_pb2_grpc import RpcStub
from services.gateway.guard.shared import StoreLimiter, open_limiter
from services.gateway.policy.policy import Rate
from tests import programs
from tests.support import stores
from tests.support.certificates import certificate
from tests.support.task import Task, champion

SECRET = "not-for-the-log"  # noqa: S105 - of a server that lives for seconds
TRIAL = StoreOptions(allow_volatile=True)
MASTERS = 2


@dataclass
class Member(stores.Running):
    """One server of the cluster, whose only port speaks TLS where it has files."""

    announced: int = 0
    bus: int = 0
    files: tuple[Path, Path] | None = None

    def _place(self) -> tuple[str, ...]:
        socket = ("--unixsocket", self.socket)
        if self.files is None:
            return ("--port", str(self.announced), *socket)
        made, key = map(str, self.files)
        pair = ("--tls-cert-file", made, "--tls-key-file", key)
        ways = ("--tls-replication", "yes", "--tls-cluster", "yes")
        trust = ("--tls-ca-cert-file", made, "--tls-auth-clients", "no")
        port = ("--port", "0", "--tls-port", str(self.announced))
        return (*port, *socket, *pair, *ways, *trust)


def words(bus: int) -> tuple[str, ...]:
    named = ("--cluster-announce-hostname", "localhost")
    preferred = ("--cluster-preferred-endpoint-type", "hostname")
    clustered = ("--cluster-enabled", "yes", "--cluster-port", str(bus))
    quick = ("--repl-diskless-sync-delay", "0", "--cluster-node-timeout", "1000")
    user = ("--user", "fleet", f">{SECRET}", *ACCESS.split())
    return (*stores.QUICK, *named, *preferred, *clustered, *quick, *user)


@contextlib.asynccontextmanager
async def guarded(
    folder: Path, program: str, files: tuple[Path, Path] | None
) -> AsyncIterator[tuple[str, list[Member]]]:
    """Run masters that share the slots, and as many replicas."""
    async with contextlib.AsyncExitStack() as stack:
        members = []
        for number in range(2 * MASTERS):
            port, bus = stores.free_port(), stores.free_port()
            at = folder / str(number)
            one = Member(at, words(bus), 0, program, None, port, bus, files)
            members.append(one)
            await stack.enter_async_context(stores.running(one))
        await join(members)
        kind = "rediss+cluster" if files else "redis+cluster"
        yield f"{kind}://fleet@localhost:{members[0].announced}", members


async def join(members: Sequence[Member]) -> None:
    share = 16384 // MASTERS
    for number, member in enumerate(members):
        if number < MASTERS:
            first = number * share
            await member.command("CLUSTER", "ADDSLOTSRANGE", first, first + share - 1)
        await member.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        there = ("127.0.0.1", member.announced, member.bus)
        await members[0].command("CLUSTER", "MEET", *there)

    async def told(text: bytes) -> bool:
        return all([text in await one.command("CLUSTER", "INFO") for one in members])

    await stores.eventually(lambda: told(b"cluster_known_nodes:%d" % len(members)))
    for master, replica in zip(members, members[MASTERS:], strict=False):
        identity = await master.command("CLUSTER", "MYID")
        await replica.command("CLUSTER", "REPLICATE", identity)

    async def followed() -> bool:
        infos = [await one.command("INFO", "replication") for one in members[:MASTERS]]
        return all(b"state=online" in info for info in infos)

    await stores.eventually(followed)
    await stores.eventually(lambda: told(b"cluster_state:ok"))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("tls", marks=pytest.mark.needs("redis-server", "openssl")),
        pytest.param("valkey"),
    ],
)
async def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, list[Member]]]:
    """The address without a password, and the servers."""
    folder = tmp_path_factory.mktemp("acl")
    if request.param == "valkey":  # which is built without TLS
        async with guarded(folder, stores.valkey_server(), None) as made:
            yield made
        return
    program, files = programs.find("redis-server"), await certificate(folder)
    assert program is not None
    async with guarded(folder, program, files) as (address, members):
        yield f"{address}?ca={files[0]}", members


@contextlib.asynccontextmanager
async def serving(address: str, **env: str) -> AsyncIterator[tuple[Task, Any]]:
    """Run a game server with its rankings there, and connect to it."""
    given = {"CHAMPION_STORE": address, "CHAMPION_STORE_PASSWORD": SECRET, **env}
    async with (
        champion(**given) as task,
        grpc.aio.insecure_channel(await task.address()) as channel,
    ):
        yield task, RpcStub(channel)


def score(user_id: str, points: int) -> UpdateScoreRequest:
    user = RankingUser(user_id=user_id, name=user_id.title())
    return UpdateScoreRequest(user=user, score=points, request_id=f"{user_id}{points}")


async def test_the_game_server_has_its_rankings_there(
    store: tuple[str, list[Member]],
) -> None:
    async with serving(store[0], CHAMPION_DURABILITY="replicated") as (task, stub):
        watch = stub.WatchRanking(WatchRankingRequest(), timeout=20)
        await watch.read()
        made = await stub.UpdateScore(score("ada", 9))
        again = await stub.UpdateScore(score("ada", 9))
        many = [score(f"user-{number}", number) for number in range(40)]
        written = await stub.UpdateScores(UpdateScoresRequest(updates=many))
        seen = await watch.read()
        listed = await stub.ListRanking(ListRankingRequest(page_size=3))
        ids = ["ada", "user-39", "nobody"]
        found = await stub.BatchGetRanks(BatchGetRanksRequest(user_ids=ids))
        erased = await stub.EraseUser(EraseUserRequest(user_id="user-39"))
        after = await stub.GetRank(GetRankRequest(user_id="ada", neighbours=2))

    assert made.entry.rank == 1
    assert again.replayed
    assert [each.refusal.message for each in written.updates] == [""] * 40
    assert seen.entry.user.user_id == "ada"
    assert [entry.score for entry in listed.entries] == [39, 38, 37]
    assert [entry.user.user_id for entry in found.entries] == ["user-39", "ada"]
    assert erased.erased == 1
    assert after.entry.rank == found.entries[1].rank - 1
    assert not [line for line in task.lines if line["level"] in {"ERROR", "WARNING"}]
    assert SECRET not in str(task.lines)


async def test_the_gateway_counts_its_callers_there(
    store: tuple[str, list[Member]],
) -> None:
    rate = Rate(methods="*", per_minute=1, burst=1)
    async with open_limiter(store[0], SECRET) as limiter:
        assert isinstance(limiter, StoreLimiter)
        assert await limiter.take("a", rate) == 0
        assert 0 < await limiter.take("a", rate) <= 60


async def test_what_cannot_be_known_of_it_is_told_once(
    store: tuple[str, list[Member]],
) -> None:
    address, members = store
    async with serving(address) as (task, stub):
        first = await task.line("the store localhost:")
        await stub.UpdateScore(score("bob", 1))
        await asyncio.gather(*(kill_connections(member) for member in members))
        for _ in range(MASTERS):  # which are connected again, each by itself
            again = await line_with(task, "is connected again")
            assert again["level"] == "INFO"
    told = [line for line in task.lines if "is not known" in line["message"]]

    assert "refuses CONFIG" in first["message"]
    assert len(told) == MASTERS
    assert {line["level"] for line in told} == {"WARNING"}


async def test_fsync_is_refused_at_the_start_with_what_to_ask_for(
    store: tuple[str, list[Member]],
) -> None:
    fsync = StoreOptions(durability="fsync")
    with pytest.raises(BadStore, match=r"ask a managed service .* for replicated"):
        async with open_store(store[0], fsync, password=SECRET):
            pass


@pytest.mark.parametrize(
    "words",
    [
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("CONFIG", "GET", "save"),
        ("CLIENT", "LIST"),
        ("FUNCTION", "LIST"),
        ("SCRIPT", "FLUSH"),
        ("ACL", "WHOAMI"),
        ("CLUSTER", "RESET"),
    ],
)
async def test_the_user_may_do_no_more(
    store: tuple[str, list[Member]], words: tuple[str, ...]
) -> None:
    async with open_store(store[0], TRIAL, password=SECRET) as opened:
        with pytest.raises(StoreUnavailable, match="the user may not do this"):
            await opened.command("k", *words)


async def test_a_password_that_was_changed_is_told_and_champions_are_served_on(
    store: tuple[str, list[Member]],
) -> None:
    address, members = store
    async with serving(address) as (task, stub):
        await stub.UpdateScore(score("cy", 1))
        try:
            await set_password(members, "another")
            told = await line_with(task, "wrong user or password")
            champions = await stub.GetChampion(GetChampionRequest(champion_id=1))
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.UpdateScore(score("cy", 2))
        finally:
            await set_password(members, SECRET)
        await line_with(task, "is connected again")

    assert told["level"] in {"ERROR", "WARNING"}
    assert champions.champion.champion_id == 1
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert SECRET not in str(task.lines)


async def test_a_wrong_password_at_the_start_is_told_and_not_shown(
    store: tuple[str, list[Member]],
) -> None:
    with pytest.raises(BadStore) as caught:
        async with open_store(store[0], TRIAL, password="mistyped"):  # noqa: S106
            pass

    assert "wrong user or password" in str(caught.value)
    assert "mistyped" not in str(caught.value)


async def test_a_server_that_nobody_vouches_for_is_refused(
    store: tuple[str, list[Member]],
) -> None:
    address, _, ca = store[0].partition("?ca=")
    if not ca:
        return
    with pytest.raises(BadStore, match=r"set .ca= to its issuer"):
        async with open_store(address, TRIAL, password=SECRET):
            pass


async def kill_connections(member: Member) -> None:
    await member.command("CLIENT", "KILL", "TYPE", "normal")


async def set_password(members: list[Member], password: str) -> None:
    """Have the user log in anew, with *password* alone."""
    for member in members:
        await member.command("ACL", "SETUSER", "fleet", "resetpass", f">{password}")
        await kill_connections(member)


async def line_with(task: Task, text: str) -> dict[str, Any]:
    """Return the next line of the log with *text* in it."""
    assert task.process.stderr is not None
    async with asyncio.timeout(20):
        async for raw in task.process.stderr:
            entry: dict[str, Any] = json.loads(raw)
            task.lines.append(entry)
            if text in entry["message"]:
                return entry
    raise AssertionError(f"ended without {text!r}: {task.lines}")
