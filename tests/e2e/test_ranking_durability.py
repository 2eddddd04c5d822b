"""What an acknowledged score survives: counted, for each row of docs/operations.md."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ranking.entry import Submission, User
from ranking.errors import RankingError
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import Durability, StoreOptions
from ranking.zset.board import SortedSetBoard
from tests.figures import Figure
from tests.support import stores
from tests.support.stores import Running
from tests.support.until import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EVERYSEC = ("--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
SPEC = BoardSpec(name="b", operator="sum")
WRITERS = 64
ENOUGH = 20_000
ROUNDS = 3


@dataclass
class Acknowledged:
    """The sum that each writer was told of, which must be there afterwards."""

    sums: dict[str, int]
    total: int = 0

    async def write(self, board: SortedSetBoard, user_id: str) -> None:
        """Add 1 again and again, until the store is gone."""
        with contextlib.suppress(RankingError):
            while True:
                updated = await board.update(Submission(User(user_id), 1))
                self.sums[user_id] = updated.entry.score
                self.total += 1

    async def lost(self, address: str) -> int:
        """Return how many acknowledged scores are not at *address*."""
        options = StoreOptions(allow_volatile=True)
        async with open_store(address, options) as store:
            found = await SortedSetBoard(SPEC, store).standings("", list(self.sums))
        kept = {entry.user.user_id: entry.score for entry in found.entries}
        return sum(max(0, s - kept.get(user, 0)) for user, s in self.sums.items())


async def load(
    address: str, durability: Durability, kill: Callable[[], object], enough: int
) -> Acknowledged:
    """Write with 64 writers; kill when *enough* is acknowledged, under full load."""
    told = Acknowledged({})
    async with open_store(address, StoreOptions(durability=durability)) as store:
        board = SortedSetBoard(SPEC, store)
        users = [f"user-{number}" for number in range(WRITERS)]
        writing = [asyncio.create_task(told.write(board, user)) for user in users]
        await until(lambda: told.total >= enough, limit_s=120)
        kill()
        await asyncio.gather(*writing)
    return told


def sigkill(running: Running) -> None:
    assert running.process
    running.process.kill()


@pytest.mark.parametrize(
    ("durability", "words", "named"),
    [
        ("async", EVERYSEC, "async, appendfsync everysec"),
        ("async", stores.DURABLE, "async, appendfsync always"),
        ("fsync", stores.DURABLE, "fsync, appendfsync always"),
        ("fsync", EVERYSEC, "fsync, everysec and WAITAOF"),
    ],
)
async def test_kill_of_the_server_under_load(
    tmp_path: Path,
    figure: Figure,
    durability: Durability,
    words: tuple[str, ...],
    named: str,
) -> None:
    lost = total = 0
    # A WAITAOF round takes a tenth of a second, however many writes it covers.
    enough = 1000 if durability == "fsync" and words == EVERYSEC else ENOUGH
    for number in range(ROUNDS):
        async with stores.server(tmp_path / str(number), *words) as running:

            def kill(running: Running = running) -> None:
                sigkill(running)

            told = await load(running.address, durability, kill, enough)
            await running.restart()
            lost += await told.lost(running.address)
            total += told.total

    wanted = "0" if words == stores.DURABLE or durability == "fsync" else "some, rarely"
    figure(f"scores lost, kill -9 of the store: {named}", f"{lost} of {total}", wanted)
    if wanted == "0":
        assert lost == 0


@pytest.mark.parametrize("durability", ["async", "replicated"])
async def test_a_replica_that_lags_is_promoted(
    tmp_path: Path, figure: Figure, durability: Durability
) -> None:
    """Only data that has left the primary counts: what is held back is lost with it.

    Stopping the replica's process would prove nothing, since what it has not read
    waits for it in its socket.
    """
    words = (*stores.DURABLE, "--repl-diskless-sync-delay", "0")
    async with (
        stores.server(tmp_path / "primary", *words, tcp=True) as primary,
        stores.proxy(primary) as between,
        stores.replica_of(between.port, tmp_path / "replica", *words) as replica,
    ):
        told = Acknowledged({})
        options = StoreOptions(durability=durability, confirm_timeout_s=0.5)
        async with open_store(primary.address, options) as store:
            board = SortedSetBoard(SPEC, store)
            users = [f"user-{number}" for number in range(WRITERS)]
            writing = [asyncio.create_task(told.write(board, user)) for user in users]
            await until(lambda: told.total >= 5000, limit_s=60)
            between.held = True
            # Replicated, no writer goes on: each is told that it is not confirmed.
            await until(
                lambda: told.total >= 10_000 or all(w.done() for w in writing),
                limit_s=60,
            )
            sigkill(primary)
            await asyncio.gather(*writing)
        await replica.command("REPLICAOF", "NO", "ONE")
        lost = await told.lost(replica.address)

    named = f"scores lost, a lagging replica promoted: {durability}"
    wanted = "0" if durability == "replicated" else "all since the lag"
    figure(named, f"{lost} of {told.total}", wanted)
    assert (lost == 0) == (durability == "replicated")
