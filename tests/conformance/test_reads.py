"""Pages, standings, batches and erasing."""

import pytest

from ranking.errors import NotRanked
from ranking.spec import BoardSpec
from tests.conformance.asking import ids, places, report, report_all, rows
from tests.conformance.moment import Moment
from tests.conformance.ways import Way

SPEC = BoardSpec(name="b", operator="latest")
FIVE = [("a", 50), ("b", 40), ("c", 40), ("d", 40), ("e", 10)]


async def test_a_period_without_scores_is_empty(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        for period in ("", "20421016", "20990101", "20181016"):
            page = await board.page(period, 10)
            assert (page.entries, page.total, page.following) == ((), 0, None)
            assert page.period == (period or "20421016")
            found = await board.standings(period, ["ada"])
            assert (found.entries, found.total) == ((), 0)
            with pytest.raises(NotRanked):
                await board.standing(period, "ada", 3)


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6, 1000])
async def test_pages_hold_every_row_once(way: Way, now: Moment, size: int) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, FIVE)
        first = await board.page("", size)

        assert first.total == 5
        assert len(first.entries) == min(size, 5)
        assert bool(first.following) == (size < 5)
        assert [places(entry) for entry in await rows(board, size=size)] == [
            ("a", 50, 1, 1),
            ("b", 40, 2, 2),
            ("c", 40, 3, 2),
            ("d", 40, 4, 2),
            ("e", 10, 5, 5),
        ]


async def test_a_walk_meets_those_who_stay_once_while_others_move(
    way: Way, now: Moment
) -> None:
    async with way(SPEC, now) as board:
        stay = [f"stay{number}" for number in range(60)]
        move = [f"move{number}" for number in range(60)]
        for number in range(60):
            await report_all(board, [(stay[number], 100), (move[number], 100)])
        met: list[str] = []
        page = await board.page("", 7)
        met += ids(page.entries)
        turn = 0
        while page.following:
            assert len(met) < 200, "the walk does not end"
            # Up, down, gone; the row at the border as well.
            last = page.entries[-1].user.user_id
            await report_all(board, [(move[turn], 500), (move[turn + 1], 1)])
            await board.erase(move[turn + 2])
            if last in move:
                await report(board, last, 1000)
            turn += 3
            page = await board.page("", 7, page.following)
            met += ids(page.entries)

    assert [user for user in met if user in stay] == stay


@pytest.mark.parametrize(
    ("user", "neighbours", "around"),
    [
        ("a", 0, []),
        ("a", 1, ["a", "b"]),
        ("c", 1, ["b", "c", "d"]),
        ("c", 2, ["a", "b", "c", "d", "e"]),
        ("e", 2, ["c", "d", "e"]),
        ("e", 100, ["a", "b", "c", "d", "e"]),
    ],
)
async def test_tells_where_a_user_stands(
    way: Way, now: Moment, user: str, neighbours: int, around: list[str]
) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, FIVE)
        found = await board.standing("", user, neighbours)
        every = {entry.user.user_id: entry for entry in await rows(board)}

    assert found.entry == every[user]
    assert found.around == tuple(every[near] for near in around)
    assert (found.total, found.period) == (5, "20421016")


async def test_a_batch_is_best_first_and_each_user_once(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, FIVE)
        found = await board.standings("", ["e", "nobody", "c", "e", "b", "e"])

    assert [places(entry) for entry in found.entries] == [
        ("b", 40, 2, 2),
        ("c", 40, 3, 2),
        ("e", 10, 5, 5),
    ]
    assert found.total == 5


async def test_a_batch_of_a_thousand(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, FIVE)
        found = await board.standings("", ["a", *(f"u{n}" for n in range(999))])

    assert ids(found.entries) == ["a"]


async def test_forgets_a_user_in_every_period(way: Way, now: Moment) -> None:
    async with way(SPEC, now) as board:
        await report_all(board, FIVE)
        now.advance(86_400)
        await report(board, "c", 1, name="Cleo")

        assert await board.erase("nobody") == 0
        assert await board.erase("c") == 2
        assert await board.erase("c") == 0
        assert ids(await rows(board, "20421016")) == ["a", "b", "d", "e"]
        assert await rows(board, "20421017") == []
        # Nothing of the old row comes back with a new one.
        again = await report(board, "c", 1)
        assert (again.entry.user.name, again.changed, again.total) == ("", True, 1)
