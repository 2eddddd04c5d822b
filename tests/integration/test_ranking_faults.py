"""A board whose store or connection breaks: nothing counted twice, nothing missed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from ranking.entry import Change, Submission, User
from ranking.errors import (
    NotDurable,
    NotRanked,
    StoreUnavailable,
    TotalOutOfBounds,
)
from ranking.spec import BoardSpec, Operator
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.zset import scripts
from ranking.zset.board import SortedSetBoard
from ranking.zset.shards import Shards
from tests.conformance.moment import Moment
from tests.support.stores import (
    DURABLE,
    Running,
    eventually,
    proxy,
    server,
    with_replica,
)
from tests.support.until import until

OPTIONS = StoreOptions()


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with server(tmp_path / "store", *DURABLE) as one:
        yield one


def _noon() -> int:
    """Return noon of today, in milliseconds since 1970."""
    day_s = 86_400
    return (int(time.time()) // day_s * day_s + day_s // 2) * 1000


async def submitted(board: SortedSetBoard, score: int, request_id: str = "") -> None:
    await board.update(Submission(User("ada"), score, request_id))


@pytest.mark.parametrize(
    ("operator", "scores", "wanted"),
    [
        ("best", (3, 9), 9),
        ("min", (9, 3), 3),
        ("latest", (9, 3), 3),
        ("sum", (9, 3), 12),
    ],
)
@pytest.mark.parametrize("shards", [1, 4])
async def test_a_retry_after_a_lost_answer_does_not_count_again(
    running: Running,
    operator: Operator,
    scores: tuple[int, int],
    wanted: int,
    shards: int,
) -> None:
    """The reply to the script is cut off, after the script has run."""
    spec = BoardSpec(name="b", operator=operator, shards=shards)
    async with (
        proxy(running) as between,
        open_store(between.address, OPTIONS) as cut_off,
        open_store(running.address, OPTIONS) as store,
    ):
        # At noon: in its first hour a period has the one before asked first, and that
        # reply would be the one that is cut.
        board = SortedSetBoard(spec, cut_off, _noon)
        other = SortedSetBoard(spec, store, _noon)
        await submitted(other, scores[0], "first")
        before = (await other.page("", 1)).position
        # With shards the first reply is that of the ticket: cut until the script's is.
        while (await other.page("", 1)).position == before:
            between.cut = True
            with pytest.raises(StoreUnavailable):
                await submitted(board, scores[1], "second")
            await eventually(lambda: reachable(board))
            if shards > 1:
                break
        # On the same task, and on another one.
        again = [
            await each.update(Submission(User("ada"), scores[1], "second"))
            for each in (board, other)
        ]
        first = await board.update(Submission(User("ada"), scores[0], "first"))

    assert [a.entry.score for a in again] == [wanted, wanted]
    assert first.replayed
    if shards == 1:
        assert [(a.replayed, a.changed) for a in again] == [(True, True)] * 2


async def reachable(board: SortedSetBoard) -> bool:
    try:
        await board.page("", 1)
    except StoreUnavailable:
        return False
    return True


async def test_a_watch_goes_on_when_the_store_comes_back(running: Running) -> None:
    spec = BoardSpec(name="b", operator="latest")
    async with (
        open_store(running.address, OPTIONS) as store,
        open_store(running.address, OPTIONS) as writers,
    ):
        board, other = SortedSetBoard(spec, store), SortedSetBoard(spec, writers)
        changes: list[Change] = []

        async def follow() -> None:
            async with aclosing(board.watch()) as told:
                while True:
                    changes.append(await anext(told))

        following = asyncio.create_task(follow())
        await until(lambda: changes)
        for score in range(50):
            await submitted(other, score)
        await running.restart()
        await eventually(lambda: reachable(other))
        for score in range(50, 100):
            await submitted(other, score)
        await until(lambda: len(changes) == 101)
        following.cancel()
        await asyncio.wait([following])

    assert [c.entry.score for c in changes if c.entry] == [*range(100)]
    assert not any(change.missed for change in changes)


async def test_while_the_store_is_gone_everything_is_refused_at_once(
    running: Running,
) -> None:
    async with open_store(running.address, OPTIONS) as store:
        board = SortedSetBoard(BoardSpec(name="b"), store)
        await submitted(board, 1)
        await running.kill()
        for question in range(1000):
            with pytest.raises(StoreUnavailable) as caught:
                await board.standing("", "ada", question % 2)
            assert 0 < caught.value.retry_after_s <= 1
        with pytest.raises(StoreUnavailable):
            await submitted(board, 2)
        with pytest.raises(StoreUnavailable):
            async with aclosing(board.watch()) as told:
                await anext(told)
        await running.start()
        await eventually(lambda: reachable(board))

        assert (await board.standing("", "ada")).entry.score == 1


async def test_every_key_of_a_period_has_an_end(running: Running) -> None:
    async with open_store(running.address, OPTIONS) as store:
        board = SortedSetBoard(BoardSpec(name="b", days_kept=2), store)
        await submitted(board, 1, "r")
        await board.erase("ada")
        with pytest.raises(NotRanked):
            await submitted(board, 1, "r")
        await submitted(board, 1, "s")

        for key in await store.scan("*"):
            left_s = int(await store.command(key, "TTL", key))
            assert 0 < left_s <= 3.1 * 86_400, key


async def test_an_all_time_board_has_none(running: Running) -> None:
    async with open_store(running.address, OPTIONS) as store:
        board = SortedSetBoard(BoardSpec(name="b", period="all-time"), store)
        await submitted(board, 1)

        for key in await store.scan("*"):
            assert await store.command(key, "TTL", key) == -1, key


async def test_a_lost_tail_is_told_though_the_store_has_counted_on(
    running: Running,
) -> None:
    """As after a crash without fsync: the same numbers, with other changes."""
    async with open_store(running.address, OPTIONS) as store:
        board = SortedSetBoard(BoardSpec(name="b", operator="latest"), store)
        async with aclosing(board.watch()) as told:
            await anext(told)
            for score in range(20):
                await submitted(board, score)
            for _ in range(20):
                await anext(told)
            await running.command("FLUSHALL")
            await asyncio.gather(
                *(
                    board.update(Submission(User(f"other-{number}"), number))
                    for number in range(60)
                )
            )
            async with asyncio.timeout(10):
                while (await anext(told)).missed != -1:
                    pass


async def test_an_erase_that_was_cut_off_can_be_finished(running: Running) -> None:
    async with open_store(running.address, OPTIONS) as store:
        spec = BoardSpec(name="b")
        board = SortedSetBoard(spec, store)
        await board.update(Submission(User("ada", "Ada"), 1))
        await store.command("RANKING_B_backup", "SET", "RANKING_B_backup", "x")
        shards = Shards(spec, store, (await board.page("", 1)).period)
        row_only = (shards.order, "ada", spec.changes_kept)
        await store.write(scripts.ERASE, shards.of(b"ada").all, row_only)

        assert await board.erase("ada") == 0

        [stream] = [k for k in await store.scan("*") if k.endswith(":S")]
        entries = await store.command(stream, "XRANGE", stream, "-", "+")
        assert all(b"ada" not in field for _, fields in entries for field in fields)


async def test_a_refused_sum_leaves_no_key(running: Running) -> None:
    async with open_store(running.address, OPTIONS) as store:
        board = SortedSetBoard(BoardSpec(name="b", operator="sum", highest=5), store)
        with pytest.raises(TotalOutOfBounds):
            await submitted(board, 6, "r")

        assert await store.scan("*") == []


async def test_a_repeat_after_midnight_is_as_durable_as_the_first(
    tmp_path: Path,
) -> None:
    now = Moment("2042-10-16T23:59:59+00:00")
    options = StoreOptions(durability="replicated", confirm_timeout_s=0.3)
    async with (
        with_replica(tmp_path) as (primary, replica),
        open_store(primary.address, options) as store,
    ):
        board = SortedSetBoard(BoardSpec(name="b"), store, now)
        await replica.kill()
        for moment in ("2042-10-16T23:59:59+00:00", "2042-10-17T00:00:01+00:00"):
            now.set(moment)
            for _ in range(2):
                with pytest.raises(NotDurable):
                    await submitted(board, 1, "r")
        await replica.start()
        await eventually(lambda: confirmed(board))


async def confirmed(board: SortedSetBoard) -> bool:
    try:
        return (await board.update(Submission(User("ada"), 1, "r"))).replayed
    except NotDurable:
        return False
