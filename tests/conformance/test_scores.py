"""What becomes of a score, and where it stands then."""

import pytest

from ranking.errors import NotRanked, TotalOutOfBounds
from ranking.spec import MOST, BoardSpec, Operator, Order
from tests.conformance.asking import ids, places, report, report_all, rows
from tests.conformance.moment import Moment
from tests.conformance.ways import Way


@pytest.mark.parametrize(
    ("operator", "order", "kept"),
    [
        ("best", "highest-first", [5, 5, 7, 7]),
        ("best", "lowest-first", [5, 3, 3, 3]),
        ("min", "highest-first", [5, 3, 3, 3]),
        ("min", "lowest-first", [5, 3, 3, 3]),
        ("latest", "highest-first", [5, 3, 7, 6]),
        ("sum", "highest-first", [5, 8, 15, 21]),
    ],
)
async def test_keeps_what_the_operator_says(
    way: Way, now: Moment, operator: Operator, order: Order, kept: list[int]
) -> None:
    async with way(BoardSpec(name="b", operator=operator, order=order), now) as board:
        scores, changed = [], []
        for score in (5, 3, 7, 6):
            answer = await report(board, "ada", score)
            scores.append(answer.entry.score)
            changed.append(answer.changed)
            now.advance(1)

    assert scores == kept
    before = [None, *kept[:-1]]
    assert changed == [a != b for a, b in zip(before, kept, strict=True)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("highest-first", [("b", 9, 1, 1), ("d", 9, 2, 1), ("a", 5, 3, 3)]),
        ("lowest-first", [("a", 5, 1, 1), ("b", 9, 2, 2), ("d", 9, 3, 2)]),
    ],
)
async def test_equal_scores_stand_by_arrival(
    way: Way, now: Moment, order: Order, expected: list[object]
) -> None:
    spec = BoardSpec(name="b", operator="latest", order=order)
    async with way(spec, now) as board:
        # d was first with 9, left it, and came back behind b.
        scores = [("d", 9), ("a", 5), ("b", 9), ("d", 1), ("d", 9), ("b", 9), ("a", 5)]
        await report_all(board, scores)

        assert [places(entry) for entry in await rows(board)] == expected


async def test_an_equal_score_is_no_new_arrival(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", operator="latest"), now) as board:
        first = await report(board, "ada", 5)
        now.advance(60)
        again = await report(board, "ada", 5)

    assert (first.changed, again.changed) == (True, False)
    assert again.entry.achieved_ms == first.entry.achieved_ms == now.ms - 60_000


async def test_hundreds_of_ties_stand_in_one_order(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        # Not in the order of their names.
        users = [f"u{number * 7919 % 300}" for number in range(300)]
        await report_all(board, [(user, 7) for user in users])
        await report(board, "last", 6)
        found = await rows(board, size=17)

    assert ids(found) == [*users, "last"]
    assert [entry.rank for entry in found] == list(range(1, 302))
    assert [entry.shared_rank for entry in found] == [1] * 300 + [301]


@pytest.mark.parametrize("order", ["highest-first", "lowest-first"])
async def test_the_extremes_are_exact(way: Way, now: Moment, order: Order) -> None:
    wanted = [MOST, MOST - 1, MOST - 2, 1, 0, -1, 2 - MOST, 1 - MOST, -MOST]
    async with way(BoardSpec(name="b", order=order), now) as board:
        for score in (*wanted[1::2], *wanted[::2]):
            answer = await report(board, f"u{score}", score)
            assert answer.entry.score == score
        found = [entry.score for entry in await rows(board, size=2)]

    assert found == (wanted if order == "highest-first" else wanted[::-1])


async def test_a_sum_is_exact_up_to_its_bounds(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        assert (await report(board, "ada", MOST - 1)).entry.score == MOST - 1
        assert (await report(board, "ada", 1)).entry.score == MOST
        with pytest.raises(TotalOutOfBounds) as caught:
            await report(board, "ada", 1, name="Ada")
        assert (caught.value.current, caught.value.added) == (MOST, 1)
        with pytest.raises(TotalOutOfBounds):
            await report(board, "ada", MOST)
        assert (await report(board, "ada", -MOST)).entry.score == 0
        assert (await report(board, "ada", -MOST)).entry.score == -MOST

        # Whole or not at all: the name of the refused one was not taken either.
        assert [entry.user.name for entry in await rows(board)] == [""]


async def test_a_total_stays_within_the_boards_bounds(way: Way, now: Moment) -> None:
    spec = BoardSpec(name="b", operator="sum", lowest=0, highest=10)
    async with way(spec, now) as board:
        with pytest.raises(TotalOutOfBounds):
            await report(board, "ada", -1)
        with pytest.raises(NotRanked):
            await board.standing("", "ada")
        await report(board, "ada", 10)
        with pytest.raises(TotalOutOfBounds):
            await report(board, "ada", 1, request_id="r")
        # What was refused was not counted, so it is no repeat now.
        await report(board, "ada", -10)
        answer = await report(board, "ada", 1, request_id="r")

    assert (answer.entry.score, answer.replayed) == (1, False)
