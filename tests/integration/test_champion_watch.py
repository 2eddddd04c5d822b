"""Watches through gRPC: resumed, filtered, cancelled, drained."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import grpc
import pytest

from fleet.server import ServerSettings, serving
from ranking.catalog import Catalog
from ranking.entry import Change, Position, Submission, User
from ranking.memory import MemoryBoard
from ranking.spec import BoardSpec
from rpc.rpc_pb2 import ListRankingRequest, WatchRankingRequest, WatchRankingResponse
from rpc.rpc_pb2_grpc import RpcStub, add_RpcServicer_to_server
from services.champion.roster import DATA, load
from services.champion.service import ChampionService
from tests.integration.test_champion_ranking import refused
from tests.support.served import connected, served
from tests.support.until import until


class Counting(MemoryBoard):
    """Knows how many watch it."""

    watchers = 0

    async def watch(
        self, after: Position | None = None
    ) -> AsyncGenerator[Change, None]:
        self.watchers += 1
        try:
            async with contextlib.aclosing(super().watch(after)) as changes:
                async for change in changes:
                    yield change
        finally:
            self.watchers -= 1


def new_board(**rules: Any) -> Counting:  # noqa: ANN401 - fields of BoardSpec
    return Counting(BoardSpec(name="daily", operator="latest", **rules))


def service_of(board: MemoryBoard) -> ChampionService:
    return ChampionService(load(DATA), random.Random(7), Catalog([board]))


def rpc_of(channel: grpc.aio.Channel) -> Any:  # noqa: ANN401 - no type fits grpc.aio
    return RpcStub(channel)


@contextlib.asynccontextmanager
async def task(board: MemoryBoard) -> AsyncIterator[tuple[Any, ChampionService]]:
    """One task that serves *board*, which others serve as well."""
    service = service_of(board)
    async with served((add_RpcServicer_to_server, service)) as (_, channel):
        yield rpc_of(channel), service


async def report(board: MemoryBoard, user: str, score: int) -> None:
    await board.update(Submission(User(user), score))


async def told(
    watch: Any,  # noqa: ANN401 - a call
    count: int,
) -> list[WatchRankingResponse]:
    async with asyncio.timeout(10):
        return [await watch.read() for _ in range(count)]


async def test_tells_where_it_begins_and_every_change() -> None:
    board = new_board()
    async with task(board) as (stub, _):
        watch = stub.WatchRanking(WatchRankingRequest())
        [begin] = await told(watch, 1)
        await report(board, "a", 1)
        await report(board, "b", 2)
        await report(board, "a", 3)
        changes = await told(watch, 3)
        await board.erase("b")
        [erased] = await told(watch, 1)
        watch.cancel()

    assert not begin.HasField("entry")
    assert begin.resume_token
    assert [
        (c.entry.user.user_id, c.entry.score, c.entry.rank, c.previous_rank)
        for c in changes
    ] == [("a", 1, 1, 0), ("b", 2, 1, 0), ("a", 3, 1, 2)]
    assert (erased.HasField("entry"), erased.erased) == (False, True)
    assert erased.previous_rank == 2


async def test_goes_on_at_another_task_with_the_token() -> None:
    board = new_board()
    async with task(board) as (one, _), task(board) as (other, _):
        watch = one.WatchRanking(WatchRankingRequest())
        await told(watch, 1)
        await report(board, "a", 1)
        [seen] = await told(watch, 1)
        watch.cancel()
        await report(board, "b", 2)
        token = seen.resume_token
        watch = other.WatchRanking(WatchRankingRequest(resume_token=token))
        begin, missing = await told(watch, 2)
        watch.cancel()

    assert not begin.HasField("entry")
    assert missing.entry.user.user_id == "b"


async def test_goes_on_after_a_page() -> None:
    board = new_board()
    async with task(board) as (stub, _):
        await report(board, "a", 1)
        page = await stub.ListRanking(ListRankingRequest())
        await report(board, "b", 2)
        token = page.resume_token
        watch = stub.WatchRanking(WatchRankingRequest(resume_token=token))
        _, change = await told(watch, 2)
        watch.cancel()

    assert change.entry.user.user_id == "b"


async def test_says_what_it_missed() -> None:
    board = new_board(changes_kept=10)
    async with task(board) as (stub, _):
        page = await stub.ListRanking(ListRankingRequest())
        for number in range(25):
            await report(board, "a", number)
        token = page.resume_token
        watch = stub.WatchRanking(WatchRankingRequest(resume_token=token))
        begin, change = await told(watch, 2)
        watch.cancel()

    assert (begin.missed, change.entry.score) == (15, 15)


async def test_tells_only_of_the_top_and_keeps_its_token_young() -> None:
    board = new_board(changes_kept=20)
    async with task(board) as (stub, _):
        watch = stub.WatchRanking(WatchRankingRequest(top=2))
        await told(watch, 1)
        for user, score in (("a", 9), ("b", 8), ("c", 1), ("d", 2), ("c", 10)):
            await report(board, user, score)
        changes = await told(watch, 4)
        await report(board, "b", 0)  # from 3 to 4: nothing to tell
        await report(board, "a", 0)  # from 2 to 3
        [fell] = await told(watch, 1)
        await board.erase("b")
        await board.erase("c")
        [gone] = await told(watch, 1)
        watch.cancel()

    heard = [(c.entry.user.user_id, c.entry.rank) for c in changes]
    # Two that were not told moved the token on: (20 // 10) of them.
    assert heard == [("a", 1), ("b", 2), ("", 0), ("c", 1)]
    assert changes[2].resume_token
    assert (fell.entry.user.user_id, fell.entry.rank, fell.previous_rank) == ("a", 4, 2)
    assert (gone.erased, gone.previous_rank) == (True, 1)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("top", WatchRankingRequest(top=-1)),
        ("resume_token", WatchRankingRequest(resume_token="x")),  # noqa: S106 - no password
    ],
)
async def test_refuses_a_wrong_watch(field: str, request_: WatchRankingRequest) -> None:
    async with task(new_board()) as (stub, _):
        code, _, bad = await refused(stub.WatchRanking(request_).read())

    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert bad.field_violations[0].field == field


async def test_a_cancelled_watch_leaves_nothing_behind() -> None:
    board = new_board()
    async with task(board) as (stub, _):
        watches = [stub.WatchRanking(WatchRankingRequest()) for _ in range(20)]
        for watch in watches:
            await told(watch, 1)
        assert board.watchers == 20
        for watch in watches:
            watch.cancel()

        await until(lambda: board.watchers == 0)


async def test_a_deadline_ends_a_watch() -> None:
    board = new_board()
    async with task(board) as (stub, _):
        watch = stub.WatchRanking(WatchRankingRequest(), timeout=0.2)
        await told(watch, 1)

        assert await watch.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: board.watchers == 0)


async def test_a_task_that_leaves_ends_its_watches_at_once() -> None:
    board = new_board()
    async with task(board) as (stub, service):
        watches = [stub.WatchRanking(WatchRankingRequest()) for _ in range(5)]
        for watch in watches:
            await told(watch, 1)
        await report(board, "a", 1)
        service.close()
        late = stub.WatchRanking(WatchRankingRequest())

        for watch in (*watches, late):
            code, text, retry = await refused(_to_the_end(watch))
            assert code is grpc.StatusCode.UNAVAILABLE
            assert "resume_token" in text
            assert retry.retry_delay.ToMilliseconds() == 0
        await until(lambda: board.watchers == 0)


async def _to_the_end(watch: Any) -> None:  # noqa: ANN401 - a call
    async with asyncio.timeout(5):
        while True:
            await watch.read()


async def test_a_caller_that_does_not_read_slows_nobody() -> None:
    board = new_board(changes_kept=500)
    # Its window stays at the 64 KiB that every connection begins with.
    narrow = [("grpc.http2.bdp_probe", 0), ("grpc.use_local_subchannel_pool", 1)]
    async with (
        served((add_RpcServicer_to_server, service_of(board))) as (server, way),
        grpc.aio.insecure_channel(str(server.endpoint), options=narrow) as other,
    ):
        quick = rpc_of(way).WatchRanking(WatchRankingRequest())
        slow = rpc_of(other).WatchRanking(WatchRankingRequest())
        await told(slow, 1)
        await told(quick, 1)
        count, name = 0, "n" * 190
        for number in range(4000):
            await board.update(Submission(User("a", name), number))
            if number % 100 == 99:
                count += len(await told(quick, 100))
        missed = heard = 0
        while heard + missed < 4000:
            [change] = await told(slow, 1)
            missed += change.missed
            heard += change.HasField("entry")
        for watch in (slow, quick):
            watch.cancel()

    assert count == 4000
    assert missed > 0


async def test_an_open_watch_does_not_hold_up_a_drain() -> None:
    """A drain that waited for its grace would run into this test's time limit."""
    board = new_board()
    service = service_of(board)
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=600)
    register = (add_RpcServicer_to_server, service)
    async with contextlib.AsyncExitStack() as stack:
        async with serving([register], settings, on_close=service.close) as server:
            way = await stack.enter_async_context(connected(server))
            watch = rpc_of(way).WatchRanking(WatchRankingRequest())
            await told(watch, 1)

        code, _, _ = await refused(_to_the_end(watch))
        assert code is grpc.StatusCode.UNAVAILABLE
