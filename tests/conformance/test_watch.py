"""What watchers are told, and from where they go on."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing

import pytest

from ranking.board import Board
from ranking.entry import Change, Position
from ranking.errors import BadValue
from ranking.spec import BoardSpec
from tests.conformance.asking import report, report_all, told
from tests.conformance.moment import Moment, ms
from tests.conformance.ways import Way

SPEC = BoardSpec(name="b", operator="latest")


async def resumed(board: Board, after: Position, count: int) -> list[Change]:
    """Return the next *count* changes after *after*, without what was missed."""
    found: list[Change] = []
    async with aclosing(board.watch(after)) as changes:
        while len(found) < count:
            found += said(await told(changes, 1))
    return found


def said(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.entry or change.erased]


def brief(change: Change) -> tuple[str, int, int, int]:
    """Return user, score, rank and previous rank."""
    assert change.entry
    user, score, rank, _, _ = change.entry
    return user.user_id, score, rank, change.previous_rank


async def test_tells_where_it_begins_and_then_every_change(
    way: Way, now: Moment
) -> None:
    async with way(SPEC, now) as board:
        await report(board, "before", 1)
        async with aclosing(board.watch()) as changes:
            [begin] = await told(changes, 1)
            await report(board, "a", 10, name="Ada")
            await report_all(board, [("b", 20), ("a", 30), ("b", 20), ("c", 20)])
            await report(board, "b", 20, grade="GOLD")
            after = await told(changes, 5)
            await board.erase("a")
            await board.erase("nobody")
            await report(board, "c", 5)
            after += await told(changes, 2)

    assert (begin.entry, begin.missed, begin.erased) == (None, 0, False)
    assert begin.period == "20421016"
    if board.spec.shards > 1:  # they have no order between them
        assert sum(change.erased for change in after) == 1
        return
    assert [brief(change) for change in after if not change.erased] == [
        ("a", 10, 1, 0),
        ("b", 20, 1, 0),
        ("a", 30, 1, 2),
        ("c", 20, 3, 0),
        ("b", 20, 2, 2),
        ("c", 5, 2, 2),
    ]
    erased = after[5]
    assert (erased.entry, erased.erased, erased.previous_rank) == (None, True, 1)
    names = [change.entry.user.name for change in after if change.entry]
    assert names == ["Ada", "", "Ada", "", "", ""]
    assert after[4].entry is not None
    assert after[4].entry.user.grade == "GOLD"


async def test_ranks_are_those_of_the_change_itself(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board, aclosing(board.watch()) as changes:
        await told(changes, 1)
        await report_all(board, [("a", 5), ("b", 5), ("c", 9)])
        after = await told(changes, 3)

    if board.spec.shards > 1:  # what the other shards had then is gone
        return
    assert [change.entry and change.entry[2:4] for change in after] == [
        (1, 1),
        (2, 1),
        (1, 1),
    ]


async def test_a_repeat_tells_nothing(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board, aclosing(board.watch()) as changes:
        await told(changes, 1)
        await report(board, "a", 5, request_id="r")
        await report(board, "a", 5, request_id="r")
        await report(board, "a", 5)
        await report(board, "z", 1)

        assert [brief(c)[0] for c in await told(changes, 2)] == ["a", "z"]


async def test_goes_on_after_every_position(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        async with aclosing(board.watch()) as changes:
            [begin] = await told(changes, 1)
            await report_all(board, [(f"u{n % 7}", n) for n in range(40)])
            every = [begin, *await told(changes, 40)]
        for number, change in enumerate(every[::8]):
            rest = every[number * 8 + 1 :]
            again = await resumed(board, change.position, len(rest))
            told_again = [(c.entry, c.previous_rank, c.position) for c in again]
            wanted = [(c.entry, c.previous_rank, c.position) for c in rest]
            if board.spec.shards == 1:
                assert told_again == wanted
            else:  # shards have an order of their own each, and ranks as of now
                assert reported(again) == reported(rest)


def reported(changes: Iterable[Change]) -> list[tuple[str, int]]:
    return sorted((c.entry.user.user_id, c.entry.score) for c in changes if c.entry)


async def test_a_page_and_a_watch_from_it_miss_nothing(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, [("a", 1), ("b", 2)])
        page = await board.page("", 1)
        await report_all(board, [("c", 3), ("a", 4)])
        again = await resumed(board, page.position, 2)

    assert sorted(brief(change) for change in again) == [("a", 4, 1, 3), ("c", 3, 1, 0)]


async def test_follows_from_one_day_into_the_next(way: Way, now: Moment) -> None:
    now.set("2042-10-16T23:59:59+00:00")
    async with way(SPEC, now) as board, aclosing(board.watch()) as changes:
        [begin] = await told(changes, 1)
        await report(board, "a", 1)
        [old] = await told(changes, 1)
        now.set("2042-10-17T00:00:01+00:00")
        await report(board, "a", 2)
        [new] = await told(changes, 1)
        # And the late score of the day before.
        late_ms = ms("2042-10-16T23:59:59.500+00:00")
        await report(board, "b", 3, occurred_ms=late_ms)
        [late] = await told(changes, 1)
        missing = await resumed(board, begin.position, 3)

    assert [c.period for c in (old, new, late)] == ["20421016", "20421017", "20421016"]
    assert brief(new) == ("a", 2, 1, 0)
    assert sorted(c.period for c in missing) == ["20421016", "20421016", "20421017"]


async def test_goes_on_after_a_night(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        async with aclosing(board.watch()) as changes:
            await told(changes, 1)
            await report(board, "a", 1)
            [seen] = await told(changes, 1)
        await report(board, "b", 2)
        now.advance(86_400)
        await report(board, "c", 3)
        again = await resumed(board, seen.position, 2)

    assert [brief(c)[0] for c in again] == ["b", "c"]
    assert [c.period for c in again] == ["20421016", "20421017"]


async def test_who_was_erased_is_not_told_about(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        async with aclosing(board.watch()) as changes:
            [begin] = await told(changes, 1)
        await report_all(board, [("a", 1), ("b", 2), ("a", 3)])
        await board.erase("a")
        again = await resumed(board, begin.position, 2)

    assert [c.erased or brief(c)[0] for c in again] in (["b", True], [True, "b"])


async def test_says_how_much_a_resume_has_missed(way: Way, now: Moment) -> None:
    spec = BoardSpec(name="b", operator="latest", changes_kept=10)
    async with way(spec, now) as board:
        async with aclosing(board.watch()) as changes:
            [begin] = await told(changes, 1)
        for number in range(2000):
            await report(board, f"u{number % 5}", number)
        missed = await missed_of(2000, board, begin.position)

    assert missed > 0


async def test_a_slow_watcher_is_told_what_it_missed(way: Way, now: Moment) -> None:
    spec = BoardSpec(name="b", operator="latest", changes_kept=100)
    async with way(spec, now) as board, aclosing(board.watch()) as slow:
        await told(slow, 1)
        for number in range(9_000):
            await report(board, "a", number)
        missed = count = 0
        async with asyncio.timeout(60):
            async for change in slow:
                missed += change.missed
                count += change.entry is not None
                if change.entry and change.entry.score == 8_999:
                    break

    assert missed > 0
    assert missed + count == 9_000


async def missed_of(count: int, board: Board, after: Position) -> int:
    """Return how many of *count* changes were missed; each is told or missed."""
    missed = known = 0
    async with asyncio.timeout(60), aclosing(board.watch(after)) as changes:
        async for change in changes:
            missed += change.missed
            known += change.missed + (change.entry is not None)
            if known == count:
                return missed
    raise AssertionError


async def test_a_position_of_the_future_means_that_the_store_has_lost_some(
    way: Way, now: Moment
) -> None:
    async with way(SPEC, now) as board:
        await report(board, "a", 1)
        page = await board.page("", 1)
        ahead = {feed: seen + 1000 for feed, seen in page.position.items()}
        async with aclosing(board.watch(ahead)) as changes:
            first: list[Change] = []
            while not any(change.missed for change in first):
                first += await told(changes, 1)
            await report(board, "b", 2)
            after: list[Change] = []
            while not after:
                after = said(await told(changes, 1))

    assert first[-1].missed == -1
    assert [brief(change)[0] for change in after] == ["b"]


@pytest.mark.parametrize("feed", ["", "2042", "20421016/99", "\0", "../x", "all"])
async def test_refuses_a_position_of_another_board(
    way: Way, now: Moment, feed: str
) -> None:
    async with way(SPEC, now) as board:
        with pytest.raises(BadValue):
            async with aclosing(board.watch({feed: 1})) as changes:
                await told(changes, 1)


async def test_a_watcher_that_left_leaves_nothing_behind(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        before = asyncio.all_tasks()
        for _ in range(20):
            async with aclosing(board.watch()) as changes:
                await told(changes, 1)
                waiting = asyncio.create_task(told(changes, 1))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.wait([waiting])
        async with aclosing(board.watch()) as changes:
            await told(changes, 1)
            await report(board, "a", 1)
            [change] = await told(changes, 1)

        assert brief(change) == ("a", 1, 1, 0)
        await asyncio.sleep(0)  # what was cancelled has a turn to end
        # A store may have a task that reads a shard for all.
        assert len(asyncio.all_tasks() - before) <= board.spec.shards


async def test_many_watchers_are_told_the_same(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        watches = [board.watch() for _ in range(30)]
        for changes in watches:
            await told(changes, 1)
        await asyncio.gather(*(report(board, f"u{n}", n) for n in range(50)))
        heard = await asyncio.gather(*(told(changes, 50) for changes in watches))
        for changes in watches:
            await changes.aclose()

    for changes_ in heard:
        assert sorted(map(brief, changes_)) == sorted(map(brief, heard[0]))
        assert sorted(brief(c)[1] for c in changes_) == list(range(50))


async def test_the_first_change_after_a_quiet_midnight_is_told(
    way: Way, now: Moment
) -> None:
    spec = BoardSpec(name="b", grace_s=0)
    now.set("2042-10-16T23:59:00+00:00")
    async with way(spec, now) as board, aclosing(board.watch()) as changes:
        await told(changes, 1)
        now.set("2042-10-17T00:05:00+00:00")
        # Long enough for the old day to be over in the watcher's eyes.
        waiting = asyncio.create_task(told(changes, 1))
        await asyncio.sleep(1.5)
        await report(board, "a", 1)
        [change] = await waiting

    assert brief(change) == ("a", 1, 1, 0)
