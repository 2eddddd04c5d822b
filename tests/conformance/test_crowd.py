"""Many writers at once."""

import asyncio
import random
from collections import defaultdict

from ranking.spec import MOST, BoardSpec
from tests.conformance.asking import ids, report, report_all, rows
from tests.conformance.moment import Moment
from tests.conformance.ways import Way

USERS = [f"u{number}" for number in range(12)]


async def test_best_is_never_below_what_was_reported(way: Way, now: Moment) -> None:
    rng = random.Random(3)
    scores = [(rng.choice(USERS), rng.randint(-50, 50)) for _ in range(1000)]
    async with way(BoardSpec(name="b"), now) as board:
        await asyncio.gather(*(report(board, *score) for score in scores))
        found = await rows(board)

    best: dict[str, int] = defaultdict(lambda: -MOST)
    for user, score in scores:
        best[user] = max(best[user], score)
    assert {entry.user.user_id: entry.score for entry in found} == best
    assert [entry.rank for entry in found] == list(range(1, len(best) + 1))
    ordered = [entry.score for entry in found]
    assert ordered == sorted(ordered, reverse=True)


async def test_a_sum_loses_and_repeats_nothing(way: Way, now: Moment) -> None:
    rng = random.Random(4)
    scores = [(rng.choice(USERS), rng.randint(-9, 9), str(n)) for n in range(500)]
    async with way(BoardSpec(name="b", operator="sum"), now) as board:
        # Each one twice, at the same time.
        answers = await asyncio.gather(
            *(
                report(board, user, score, request_id=request)
                for user, score, request in scores * 2
            )
        )
        found = await rows(board)

    totals: dict[str, int] = defaultdict(int)
    for user, score, _ in scores:
        totals[user] += score
    assert {entry.user.user_id: entry.score for entry in found} == totals
    assert sum(answer.replayed for answer in answers) == 500


async def test_readers_see_whole_boards_while_writers_write(
    way: Way, now: Moment
) -> None:
    rng = random.Random(5)
    async with way(BoardSpec(name="b", operator="latest"), now) as board:

        async def write() -> None:
            for _ in range(60):
                await report(board, rng.choice(USERS), rng.randint(0, 5))

        async def read() -> None:
            for _ in range(60):
                page = await board.page("", 100)
                ranks = [entry.rank for entry in page.entries]
                shared = [entry.shared_rank for entry in page.entries]
                scores = [entry.score for entry in page.entries]
                assert ranks == list(range(1, page.total + 1))
                assert scores == sorted(scores, reverse=True)
                assert shared == [scores.index(score) + 1 for score in scores]

        await asyncio.gather(*(write() for _ in range(4)), *(read() for _ in range(2)))


async def test_a_user_on_the_move_is_found_as_itself(way: Way, now: Moment) -> None:
    spec = BoardSpec(name="b", operator="latest")
    async with way(spec, now) as board:
        await report_all(board, [(f"u{n}", n * 10) for n in range(30)])

        async def move() -> None:
            for number in range(150):
                await report(board, "u7", number * 37 % 300)

        moving = asyncio.create_task(move())
        while not moving.done():
            found = await board.standing("", "u7", 5)
            assert found.entry.user.user_id == "u7"
            assert ids(found.around).count("u7") == 1
            await asyncio.sleep(0)
        await moving
