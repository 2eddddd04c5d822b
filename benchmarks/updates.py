"""Scores per second: a board, the same script by a bare loop, and by redis-py."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import redis.asyncio

from benchmarks.result import Result
from benchmarks.stage.store import Bare, pack, store
from ranking.entry import Submission, User
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Script, Word
from ranking.zset.board import SortedSetBoard

TITLE = "scores per second"
IN_FLIGHT = 64
ROUNDS = 15
UPDATES = 2560
ONE_BY_ONE = 640
USERS = 100_000
SPEC = BoardSpec(name="bench")

Words = tuple[Word, ...]


async def measure() -> Sequence[Result]:
    """Alternate rounds of each, so that what else the machine does hits all alike."""
    dice, rates = random.Random(3), []
    async with store() as at, open_store(f"unix://{at}", StoreOptions()) as opened:
        board, bare = SortedSetBoard(SPEC, opened), Bare.connect(at)
        async with redis.asyncio.Redis(unix_socket_path=str(at)) as client:
            await _board(board, _submissions(dice, UPDATES))
            for _ in range(ROUNDS):
                ours = await _board(board, _submissions(dice, UPDATES))
                loop = _bare(bare, await _words(_submissions(dice, UPDATES)))
                words = await _words(_submissions(dice, ONE_BY_ONE))
                rates.append((ours, loop, await _redis_py(client, words)))
    ours, loop, single = (statistics.median(side) for side in zip(*rates, strict=True))
    return [
        Result(
            question=f"scores per second through a board, {IN_FLIGHT} at a time",
            ours=f"{ours:,.0f}",
            peer=f"{loop:,.0f} (the same script by a bare hiredis loop)",
            figure=statistics.median(o / b for o, b, _ in rates),
            sense="at least",
            bar=0.8,
        ),
        Result(
            question="scores per second through a board, against one by one",
            ours=f"{ours:,.0f}",
            peer=f"{single:,.0f} (the same script by redis-py's asyncio)",
            figure=statistics.median(o / p for o, _, p in rates),
            sense="at least",
            bar=3,
        ),
    ]


def _submissions(dice: random.Random, count: int) -> list[Submission]:
    return [
        Submission(
            User(f"user-{dice.randrange(USERS):07}", "Ada Lovelace", "GOLD"),
            dice.randrange(1_000_000),
            f"{dice.getrandbits(64):x}",
        )
        for _ in range(count)
    ]


async def _board(board: SortedSetBoard, submissions: Sequence[Submission]) -> float:
    left = iter(submissions)

    async def several() -> None:
        for submission in left:
            await board.update(submission)

    begin = time.perf_counter()
    await asyncio.gather(*(several() for _ in range(IN_FLIGHT)))
    return len(submissions) / (time.perf_counter() - begin)


def _bare(bare: Bare, commands: Sequence[Words]) -> float:
    packed = [pack(words) for words in commands]
    begin = time.perf_counter()
    for start in range(0, len(packed), IN_FLIGHT):
        bare.pipelined(packed[start : start + IN_FLIGHT])
    return len(packed) / (time.perf_counter() - begin)


async def _redis_py(client: "redis.asyncio.Redis", commands: Sequence[Words]) -> float:
    begin = time.perf_counter()
    for words in commands:
        await client.execute_command(*words)  # type: ignore[no-untyped-call]
    return len(commands) / (time.perf_counter() - begin)


class _Recorder:
    """A store that only remembers what a board sends to it."""

    def __init__(self) -> None:
        self.sent: list[Words] = []

    def write(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> Awaitable[Any]:
        """Remember a script's call, and answer as if it had counted."""
        self.sent.append(("EVALSHA", script.sha, len(keys), *keys, *args))
        done = asyncio.get_running_loop().create_future()
        done.set_result([b"counted", b"1", 1, 1, 1, bytes(20)])
        return done

    read = write


async def _words(submissions: Sequence[Submission]) -> list[Words]:
    """Return the commands that a board sends for *submissions*."""
    recorder = _Recorder()
    board = SortedSetBoard(SPEC, recorder)  # type: ignore[arg-type]  # all it needs
    for submission in submissions:
        await board.update(submission)
    return recorder.sent
