"""A board whose store or connection breaks: nothing counted twice, nothing missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from ranking.entry import Change, Submission, User
from ranking.errors import NotRanked, StoreUnavailable
from ranking.spec import BoardSpec, Operator
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.zset.board import SortedSetBoard
from tests.support.stores import DURABLE, Running, eventually, proxy, server
from tests.support.until import until

OPTIONS = StoreOptions()


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with server(tmp_path / "store", *DURABLE) as one:
        yield one


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
        board, other = SortedSetBoard(spec, cut_off), SortedSetBoard(spec, store)
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
