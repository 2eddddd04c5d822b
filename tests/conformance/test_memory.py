"""What only the board in memory can be asked: its clock is the whole truth."""

from contextlib import aclosing

from ranking.memory import MemoryBoard
from ranking.spec import BoardSpec
from tests.conformance.asking import ids, report, rows, told
from tests.conformance.moment import Moment


async def test_a_period_is_gone_after_its_days(now: Moment) -> None:
    board = MemoryBoard(BoardSpec(name="b", days_kept=2, grace_s=0), now)
    await report(board, "ada", 1)
    now.set("2042-10-19T00:00:00+00:00")

    assert await rows(board, "20421016") == []
    assert await board.erase("ada") == 0


async def test_days_that_are_kept_for_ever_stay(now: Moment) -> None:
    board = MemoryBoard(BoardSpec(name="b", days_kept=0), now)
    await report(board, "ada", 1)
    now.advance(10 * 366 * 86_400)

    assert ids(await rows(board, "20421016")) == ["ada"]


async def test_a_watcher_lets_go_of_a_day_that_takes_no_more(now: Moment) -> None:
    board = MemoryBoard(BoardSpec(name="b"), now)
    async with aclosing(board.watch()) as changes:
        await told(changes, 1)
        for _ in range(4):
            await report(board, "ada", 1)
            [change] = await told(changes, 1)
            now.advance(86_400)

    assert change.position == {"20421019": 1}


async def test_a_position_whose_day_is_gone_has_lost_some(now: Moment) -> None:
    board = MemoryBoard(BoardSpec(name="b", days_kept=1), now)
    async with aclosing(board.watch()) as changes:
        await told(changes, 1)
        await report(board, "ada", 1)
        [seen] = await told(changes, 1)
    now.advance(9 * 86_400)
    await report(board, "eve", 1)
    async with aclosing(board.watch(seen.position)) as changes:
        first, second = await told(changes, 2)

    assert first.missed == -1
    assert second.entry is not None
    assert second.entry.user.user_id == "eve"
