"""Profiles, and requests that come twice."""

import pytest

from ranking.entry import User
from ranking.errors import NotRanked
from ranking.spec import BoardSpec, Operator
from tests.conformance.asking import report, rows
from tests.conformance.moment import Moment
from tests.conformance.ways import Way


async def test_the_latest_profile_is_kept_whatever_the_score(
    way: Way, now: Moment
) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        await report(board, "ada", 9, name="Ada", grade="GOLD")
        worse = await report(board, "ada", 1, name="Lovelace")

        assert worse.entry.user == User("ada", "Lovelace", "GOLD")
        assert (worse.entry.score, worse.changed) == (9, False)
        assert len(await rows(board)) == 1


async def test_what_is_not_told_of_a_profile_stays(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        await report(board, "ada", 1, name="Ada", grade="GOLD")
        nothing = await report(board, "ada", 2)
        grade = await report(board, "ada", 3, grade="SILVER")
        name = await report(board, "ada", 4, name="Ada L.")

    assert nothing.entry.user == User("ada", "Ada", "GOLD")
    assert grade.entry.user == User("ada", "Ada", "SILVER")
    assert name.entry.user == User("ada", "Ada L.", "SILVER")


@pytest.mark.parametrize(
    "user",
    [
        User("\U0001f9ff", "\u202eevil", "GOLD"),
        User("a:b{c}d*?[]", '{"name": "x"}', "' or 1"),
        User("é" * 32, "\u00a0 ", "\u00ff"),
        User("0", "0", "0"),
        User("-1e400", "nan", "inf"),
    ],
    ids=ascii,
)
async def test_odd_texts_come_back_as_they_were(
    way: Way, now: Moment, user: User
) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        await report(board, user.user_id, 1, name=user.name, grade=user.grade)

        assert (await board.standing("", user.user_id)).entry.user == user
        [found] = (await board.standings("", [user.user_id, "else"])).entries
        assert found.user == user
        assert await board.erase(user.user_id) == 1


@pytest.mark.parametrize("operator", ["best", "latest", "sum", "min"])
async def test_a_repeat_counts_nothing(
    way: Way, now: Moment, operator: Operator
) -> None:
    async with way(BoardSpec(name="b", operator=operator), now) as board:
        first = await report(board, "ada", 5, name="Ada", request_id="r")
        await report(board, "ada", 7, request_id="s")
        before = await rows(board)
        again = await report(board, "ada", 99, name="Eve", request_id="r")

        assert (first.changed, first.replayed) == (True, False)
        assert (again.changed, again.replayed) == (True, True)
        assert again.entry == before[0]
        assert await rows(board) == before


async def test_a_repeat_says_what_the_first_one_changed(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        await report(board, "ada", 5)
        await report(board, "ada", 4, request_id="r")
        again = await report(board, "ada", 4, request_id="r")

    assert (again.changed, again.replayed) == (False, True)


async def test_request_ids_are_each_users_own(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        ada = await report(board, "ada", 5, request_id="r")
        eve = await report(board, "eve", 5, request_id="r")

    assert not ada.replayed
    assert not eve.replayed


async def test_without_an_id_every_report_counts(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        await report(board, "ada", 5)

        assert (await report(board, "ada", 5)).entry.score == 10


async def test_a_repeat_does_not_bring_an_erased_user_back(
    way: Way, now: Moment
) -> None:
    async with way(BoardSpec(name="b"), now) as board:
        await report(board, "ada", 5, request_id="r")
        await board.erase("ada")

        with pytest.raises(NotRanked):
            await report(board, "ada", 5, request_id="r")
        assert await rows(board) == []


async def test_remembers_a_request_as_long_as_the_board_says(
    way: Way, now: Moment
) -> None:
    spec = BoardSpec(name="b", operator="sum", requests_kept_s=100)
    async with way(spec, now) as board:
        # Not at the beginning of whatever the store counts time by.
        await report(board, "eve", 1, request_id="r")
        now.advance(60)
        await report(board, "ada", 1, request_id="r")
        for _ in range(9):
            now.advance(11)
            assert (await report(board, "ada", 1, request_id="r")).replayed
        now.advance(200)

        assert not (await report(board, "ada", 1, request_id="r")).replayed


async def test_a_repeat_after_midnight_counts_nothing(way: Way, now: Moment) -> None:
    now.set("2042-10-16T23:59:59.999+00:00")
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        await report(board, "ada", 1, request_id="r")
        now.advance(1)
        again = await report(board, "ada", 1, request_id="r")

        assert (again.replayed, again.period) == (True, "20421016")
        assert await rows(board) == []


async def test_an_id_that_is_kept_for_days_is_known_days_later(
    way: Way, now: Moment
) -> None:
    spec = BoardSpec(name="b", operator="sum", requests_kept_s=3 * 86_400)
    async with way(spec, now) as board:
        await report(board, "ada", 5, request_id="r")
        now.advance(2 * 86_400)
        again = await report(board, "ada", 5, request_id="r")

    assert (again.replayed, again.entry.score) == (True, 5)
