"""Which period a score counts in, across every kind of border."""

from zoneinfo import ZoneInfo

import pytest

from ranking.errors import BadValue, NotRanked, OutOfPeriod
from ranking.spec import BoardSpec, PeriodKind
from tests.conformance.asking import ids, report, rows
from tests.conformance.moment import Moment, ms
from tests.conformance.ways import Way

UTC, INDIA, BERLIN = map(ZoneInfo, ("UTC", "Asia/Kolkata", "Europe/Berlin"))
BORDERS = [
    (UTC, "2042-10-16T23:59:59.999+00:00", "20421016", "20421017"),
    (UTC, "2042-12-28T23:59:59.999+00:00", "2042W52", "2043W01"),
    (UTC, "2044-02-29T23:59:59.999+00:00", "204402", "204403"),
    (INDIA, "2042-10-16T18:29:59.999+00:00", "20421016", "20421017"),
    # A day of 25 hours, and one of 23.
    (BERLIN, "2042-10-26T22:59:59.999+00:00", "20421026", "20421027"),
    (BERLIN, "2042-03-30T21:59:59.999+00:00", "20420330", "20420331"),
]
KINDS: dict[int, PeriodKind] = {8: "daily", 7: "weekly", 6: "monthly"}


@pytest.mark.parametrize("border", BORDERS, ids=lambda border: border[1])
async def test_each_side_of_a_border_is_its_own_period(
    way: Way, now: Moment, border: tuple[ZoneInfo, str, str, str]
) -> None:
    zone, last, before, after = border
    spec = BoardSpec(name="b", period=KINDS[len(before)], time_zone=zone)
    now.set(last)
    async with way(spec, now) as board:
        assert (await report(board, "old", 1)).period == before
        now.ms += 1
        with pytest.raises(NotRanked):
            await board.standing("", "old")
        assert (await report(board, "new", 1)).period == after

        assert ids(await rows(board)) == ["new"]
        assert ids(await rows(board, after)) == ["new"]
        assert ids(await rows(board, before)) == ["old"]


async def test_all_time_never_ends(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", period="all-time"), now) as board:
        assert (await report(board, "ada", 1)).period == "all"
        now.advance(10 * 366 * 86_400)
        long_ago = ms("1970-01-02T00:00:00+00:00")
        late = await report(board, "ada", 2, occurred_ms=long_ago)

        assert late.period == "all"
        assert [entry.score for entry in await rows(board, "all")] == [2]


async def test_a_late_score_counts_in_its_own_day_within_the_grace(
    way: Way, now: Moment
) -> None:
    occurred = ms("2042-10-16T23:59:00+00:00")
    async with way(BoardSpec(name="b", grace_s=300), now) as board:
        now.set("2042-10-17T00:04:59.999+00:00")
        late = await report(board, "ada", 5, occurred_ms=occurred)
        now.ms += 1
        with pytest.raises(OutOfPeriod) as caught:
            await report(board, "eve", 5, occurred_ms=occurred)

        assert late.period == caught.value.period == "20421016"
        assert late.entry.achieved_ms == now.ms - 1
        assert ids(await rows(board, "20421016")) == ["ada"]
        assert await rows(board) == []


async def test_without_grace_a_day_ends_at_its_end(way: Way, now: Moment) -> None:
    now.set("2042-10-17T00:00:00+00:00")
    async with way(BoardSpec(name="b", grace_s=0), now) as board:
        with pytest.raises(OutOfPeriod):
            await report(board, "ada", 5, occurred_ms=now.ms - 1)
        assert (await report(board, "ada", 5, occurred_ms=now.ms)).period == "20421017"


@pytest.mark.parametrize("kind", ["daily", "all-time"])
async def test_a_score_of_the_future_is_refused(
    way: Way, now: Moment, kind: PeriodKind
) -> None:
    async with way(BoardSpec(name="b", period=kind), now) as board:
        # A caller's clock may be a little ahead.
        await report(board, "ada", 5, occurred_ms=now.ms + 5000)
        with pytest.raises(BadValue) as caught:
            await report(board, "eve", 5, occurred_ms=now.ms + 5001)

        assert caught.value.field == "occurred_at"
        assert ids(await rows(board)) == ["ada"]


async def test_each_period_counts_requests_by_itself(way: Way, now: Moment) -> None:
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        await report(board, "ada", 1, request_id="r")
        now.advance(2 * 86_400)
        again = await report(board, "ada", 1, request_id="r")

    assert (again.replayed, again.entry.score) == (False, 1)


async def test_keeps_a_period_as_long_as_the_board_says(way: Way, now: Moment) -> None:
    now.set("2042-10-16T12:00:00+00:00")
    async with way(BoardSpec(name="b", days_kept=2), now) as board:
        await report(board, "ada", 1)
        now.set("2042-10-18T23:59:59+00:00")

        assert ids(await rows(board, "20421016")) == ["ada"]
