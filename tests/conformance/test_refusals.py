"""What no board takes, and that it then counts nothing."""

from typing import Any

import pytest

from ranking.entry import Submission, User
from ranking.errors import BadValue
from ranking.spec import MOST, BoardSpec
from tests.conformance.asking import report, rows
from tests.conformance.moment import Moment
from tests.conformance.ways import Way

SPEC = BoardSpec(name="b", lowest=-10, highest=100, grades=("GOLD",))

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("score", {"score": True}),
    ("score", {"score": 1.0}),
    ("score", {"score": float("nan")}),
    ("score", {"score": "5"}),
    ("score", {"score": None}),
    ("score", {"score": 101}),
    ("score", {"score": -11}),
    ("score", {"score": MOST + 1}),
    ("score", {"score": 10**400}),
    ("user.user_id", {"user": User("")}),
    ("user.user_id", {"user": User("x" * 65)}),
    ("user.user_id", {"user": User("é" * 33)}),
    ("user.user_id", {"user": User("a\0b")}),
    ("user.user_id", {"user": User("a\x1fb")}),
    ("user.user_id", {"user": User("\ud800")}),
    ("user.user_id", {"user": User(b"ada")}),  # type: ignore[arg-type]  # hostile
    ("user.name", {"user": User("ada", "x" * 201)}),
    ("user.name", {"user": User("ada", "\x1b[31m")}),
    ("user.name", {"user": User("ada", "\udfff")}),
    ("user.grade", {"user": User("ada", "", "TIN")}),
    ("user.grade", {"user": User("ada", "", "x" * 33)}),
    ("request_id", {"request_id": "x" * 129}),
    ("request_id", {"request_id": "\n"}),
    ("occurred_at", {"occurred_ms": 2**63}),
    ("occurred_at", {"occurred_ms": -(2**63)}),
]


@pytest.mark.parametrize(("field", "wrong"), WRONG, ids=ascii)
async def test_refuses_a_wrong_field_and_counts_nothing(
    way: Way, now: Moment, field: str, wrong: dict[str, Any]
) -> None:
    given = {"user": User("ada", "Ada", "GOLD"), "score": 5, **wrong}
    async with way(SPEC, now) as board:
        with pytest.raises(BadValue) as caught:
            await board.update(Submission(**given))

        assert caught.value.field == field
        assert await rows(board) == []


@pytest.mark.parametrize("period", ["2042101", "20421032", "2042W42", "all", "\0", "*"])
async def test_refuses_a_period_that_it_cannot_have(
    way: Way, now: Moment, period: str
) -> None:
    async with way(SPEC, now) as board:
        for asked in (
            board.page(period, 1),
            board.standing(period, "ada"),
            board.standings(period, ["ada"]),
        ):
            with pytest.raises(BadValue) as caught:
                await asked
            assert caught.value.field == "period"


@pytest.mark.parametrize("size", [-1, 0, 1001, 2**31])
async def test_refuses_a_page_that_is_too_large_or_none(
    way: Way, now: Moment, size: int
) -> None:
    async with way(SPEC, now) as board:
        with pytest.raises(BadValue) as caught:
            await board.page("", size)

    assert caught.value.field == "page_size"


@pytest.mark.parametrize("user_id", ["", "x" * 65, "\0", "\ud800"])
async def test_refuses_a_user_that_cannot_be(
    way: Way, now: Moment, user_id: str
) -> None:
    async with way(SPEC, now) as board:
        for asked, field in (
            (board.standing("", user_id), "user_id"),
            (board.standings("", ["ada", user_id]), "user_ids[1]"),
            (board.erase(user_id), "user_id"),
        ):
            with pytest.raises(BadValue) as caught:
                await asked
            assert caught.value.field == field


@pytest.mark.parametrize("neighbours", [-1, 101])
async def test_refuses_too_many_neighbours(
    way: Way, now: Moment, neighbours: int
) -> None:
    async with way(SPEC, now) as board:
        await report(board, "ada", 5)
        with pytest.raises(BadValue) as caught:
            await board.standing("", "ada", neighbours)

    assert caught.value.field == "neighbours"


@pytest.mark.parametrize("count", [0, 1001])
async def test_refuses_a_batch_that_is_too_large_or_none(
    way: Way, now: Moment, count: int
) -> None:
    async with way(SPEC, now) as board:
        with pytest.raises(BadValue) as caught:
            await board.standings("", [f"u{number}" for number in range(count)])

    assert caught.value.field == "user_ids"
