"""A board of a million users: finding one, and what each of them weighs."""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.result import Result
from benchmarks.stage.store import Bare, pack, store
from ranking.entry import Submission, User
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.zset.board import SortedSetBoard

TITLE = "a board of a million users (takes two minutes)"
USERS = 1_000_000
IN_FLIGHT = 64
ROUNDS = 9
LOOKUPS = 6400
SEQUENTIAL = 500
SCANNED = 3
"""Users looked up in the original's way; each takes seconds."""
MOST_BYTES = 300
PODIUM_BYTES = 287
"""Its own figure, without a name or a grade; see docs/ranking.md."""
SPEC = BoardSpec(name="bench")
ORIGINAL = b"RANKING_DAILY_20181016"
GRADES = ("BRONZE", "SILVER", "GOLD", "PLATINUM", "DIAMOND")


async def measure() -> Sequence[Result]:
    """Fill both, then ask both."""
    async with store() as at:
        bare = Bare.connect(at)
        empty = _memory(bare)
        _fill_original(bare)
        original = (_memory(bare) - empty) / USERS
        async with open_store(f"unix://{at}", StoreOptions()) as opened:
            board = SortedSetBoard(SPEC, opened)
            scan_s = _scanned(bare)
            before = _memory(bare)
            await _fill(board)
            ours = (_memory(bare) - before) / USERS
            return [
                await _against_scan(board, scan_s),
                await _against_pair(board, bare),
                _weight(ours, original),
            ]


def _user(number: int) -> User:
    return User(f"user-{number:07}", f"Player {number}", GRADES[number % 5])


def _score(number: int) -> int:
    return number * 7919 % USERS


def _fill_original(bare: Bare) -> None:
    for start in range(0, USERS, 1000):
        words: list[Any] = []
        for number in range(start, start + 1000):
            user_id, name, grade = _user(number)
            member = f'{user_id}:{{"name":"{name}","grade":"{grade}"}}'
            words += [_score(number), member]
        bare.one("ZADD", ORIGINAL, *words)


async def _fill(board: SortedSetBoard) -> None:
    numbers = iter(range(USERS))

    async def several() -> None:
        for number in numbers:
            await board.update(Submission(_user(number), _score(number)))

    await asyncio.gather(*(several() for _ in range(IN_FLIGHT)))


def _scanned(bare: Bare) -> float:
    """Return the seconds of one lookup by ZSCAN, to its end."""
    dice, taken = random.Random(5), []
    for _ in range(SCANNED):
        pattern = f"user-{dice.randrange(USERS):07}:*"
        begin, cursor = time.perf_counter(), b"0"
        rows: list[bytes] = []
        while not rows:
            cursor, rows = bare.one("ZSCAN", ORIGINAL, cursor, "MATCH", pattern)
        taken.append(time.perf_counter() - begin)
    return statistics.mean(taken)


async def _against_scan(board: SortedSetBoard, scan_s: float) -> Result:
    dice = random.Random(7)
    begin = time.perf_counter()
    for _ in range(SEQUENTIAL):
        await board.standing("", _user(dice.randrange(USERS)).user_id)
    one_s = (time.perf_counter() - begin) / SEQUENTIAL
    return Result(
        question="finding one of 1,000,000 users",
        ours=f"{one_s * 1000:.2f} ms",
        peer=f"{scan_s * 1000:,.0f} ms (the original's ZSCAN)",
        figure=scan_s / one_s,
        sense="at least",
        bar=1000,
    )


async def _against_pair(board: SortedSetBoard, bare: Bare) -> Result:
    pairs = []
    for turn in range(ROUNDS):
        dice = random.Random(turn)
        numbers = [dice.randrange(USERS) for _ in range(LOOKUPS)]
        pairs.append((await _lookups(board, numbers), _pairs(bare, numbers)))
    ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Result(
        question=f"lookups per second of 1,000,000 users, {IN_FLIGHT} at a time",
        ours=f"{ours:,.0f}",
        peer=f"{peer:,.0f} (bare pipelined ZSCORE + ZREVRANK)",
        figure=statistics.median(a / b for a, b in pairs),
        sense="at least",
        bar=0.5,
    )


async def _lookups(board: SortedSetBoard, numbers: Sequence[int]) -> float:
    left = iter([_user(number).user_id for number in numbers])

    async def several() -> None:
        for user_id in left:
            await board.standing("", user_id)

    begin = time.perf_counter()
    await asyncio.gather(*(several() for _ in range(IN_FLIGHT)))
    return len(numbers) / (time.perf_counter() - begin)


def _pairs(bare: Bare, numbers: Sequence[int]) -> float:
    """Look up the same users with their members known, as in a plain sorted set."""
    members = []
    for number in numbers:
        user_id, name, grade = _user(number)
        members.append(f'{user_id}:{{"name":"{name}","grade":"{grade}"}}')
    packed = [
        pack((command, ORIGINAL, member))
        for member in members
        for command in ("ZSCORE", "ZREVRANK")
    ]
    begin = time.perf_counter()
    for start in range(0, len(packed), 2 * IN_FLIGHT):
        bare.pipelined(packed[start : start + 2 * IN_FLIGHT])
    return len(numbers) / (time.perf_counter() - begin)


def _memory(bare: Bare) -> int:
    info = bare.one("INFO", "memory").decode()
    return int(info.partition("used_memory:")[2].split()[0])


def _weight(ours: float, original: float) -> Result:
    return Result(
        question="bytes per user of 1,000,000, with a name and a grade",
        ours=f"{ours:.0f}",
        peer=f"{original:.0f} (the original), {PODIUM_BYTES} (Podium, no profile)",
        figure=ours,
        unit="bytes",
        sense="at most",
        bar=MOST_BYTES,
    )
