"""Two days of a game in a minute: every accepted score is in exactly one of them."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ranking.entry import Entry, Submission, User
from ranking.errors import OutOfPeriod
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.zset.board import SortedSetBoard
from tests.figures import Figure
from tests.support.stores import DURABLE, server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WRITERS = 8
USERS = 500
REAL_S = 60.0
GAME_S = 86_400.0
SKEW_MS = 5000
"""Each writer's clock is wrong by up to so much."""
SPEC = BoardSpec(name="b", operator="sum", grace_s=300)
NOON_MS = int(datetime(2042, 10, 16, 12, tzinfo=UTC).timestamp() * 1000)
DAYS = ("20421016", "20421017")


@dataclass
class Accepted:
    """What the writers were told, by period."""

    sums: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    scores: int = 0
    late: int = 0
    refused: int = 0
    repeated: int = 0


def game_clock(begin: float, skew_ms: int) -> Callable[[], int]:
    """Return a clock on which a day passes in a minute, from noon to noon."""
    pace = GAME_S / REAL_S * 1000
    return lambda: NOON_MS + skew_ms + int((time.monotonic() - begin) * pace)


async def play(
    board: SortedSetBoard, now_ms: Callable[[], int], seed: int, told: Accepted
) -> None:
    """Report scores until the day is over; some late, some twice."""
    dice = random.Random(seed)
    number = 0
    while now_ms() < NOON_MS + GAME_S * 1000:
        number += 1
        user = User(f"user-{dice.randrange(USERS)}")
        late = dice.random() < 0.1
        occurred = now_ms() - dice.randrange(400_000) if late else None
        given = Submission(user, dice.randrange(100), f"{seed}-{number}", occurred)
        try:
            updated = await board.update(given)
        except OutOfPeriod:
            told.refused += 1
            continue
        assert not updated.replayed
        told.sums[updated.period][user.user_id] += given.score
        told.scores += 1
        told.late += late
        if dice.random() < 0.05:  # and again, perhaps on the other side of midnight
            again = await board.update(given)
            assert again.replayed
            told.repeated += 1


async def test_every_score_is_in_one_period(tmp_path: Path, figure: Figure) -> None:
    told, begin = Accepted(), time.monotonic()
    dice = random.Random(1)
    async with server(tmp_path, *DURABLE) as running:
        async with asyncio.TaskGroup() as group:
            for seed in range(WRITERS):
                skew_ms = dice.randrange(-SKEW_MS, SKEW_MS)
                clock = game_clock(begin, skew_ms)
                group.create_task(writer(running.address, clock, seed, told))
        async with open_store(running.address, StoreOptions()) as store:
            board = SortedSetBoard(SPEC, store)
            kept = {day: await rows(board, day) for day in DAYS}
            keys = await store.scan("RANKING_B_*")

    wrong = sum(
        abs(told.sums[day][user] - found.get(user, 0))
        for day in DAYS
        for found in [{e.user.user_id: e.score for e in kept[day]}]
        for user in {*told.sums[day], *found}
    )
    doubled = sum(
        [e.rank for e in entries] != [*range(1, len(entries) + 1)]
        for entries in kept.values()
    )
    figure(
        f"a day of a game in a minute, {WRITERS} writers: scores, late, repeated",
        f"{told.scores}, {told.late}, {told.repeated}",
        "-",
    )
    figure("  points that are in no period, or in two", str(wrong), "0")
    figure("  boards with a rank twice, or none", str(doubled), "0")
    assert sorted(keys) == [f"RANKING_B_{day}" for day in DAYS]
    assert (wrong, doubled) == (0, 0)
    assert set(told.sums) == set(DAYS)
    assert told.repeated


async def writer(
    address: str, now_ms: Callable[[], int], seed: int, told: Accepted
) -> None:
    """One task of the game server, with a clock of its own."""
    async with open_store(address, StoreOptions()) as store:
        await play(SortedSetBoard(SPEC, store, now_ms), now_ms, seed, told)


async def rows(board: SortedSetBoard, day: str) -> list[Entry]:
    """Return every row of *day*."""
    page = await board.page(day, 1000)
    assert page.following is None
    return list(page.entries)
