"""From the original's key to ours: written by its code, read by ours."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import redis.asyncio

from ranking.entry import Submission, User
from ranking.errors import AlreadyMigrating, NotMigrated, StoreUnavailable
from ranking.migrate import Merged, migrate
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Store
from ranking.zset.board import SortedSetBoard
from tests.support.original import GRADES, OriginalRanking
from tests.support.stores import Running, server

DAY = "20181016"
KEY = f"RANKING_DAILY_{DAY}"
SPEC = BoardSpec(name="daily")
VOLATILE = StoreOptions(allow_volatile=True)


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with server(tmp_path / "store") as one:
        yield one


@pytest_asyncio.fixture
async def original(running: Running) -> AsyncIterator[OriginalRanking]:
    async with redis.asyncio.Redis(unix_socket_path=running.socket) as client:
        yield OriginalRanking(client, KEY)


@pytest_asyncio.fixture
async def store(running: Running) -> AsyncIterator[Store]:
    async with open_store(running.address, VOLATILE) as opened:
        yield opened


def silent(_done: int, _total: int) -> None: ...


async def fill(original: OriginalRanking, users: int) -> None:
    for number in range(1, users + 1):
        grade = GRADES[number % 5]
        await original.update(number, f"name {number}", grade, number * 7919 % 1000)


@pytest.mark.parametrize("users", [50, 500])
async def test_reads_what_the_original_wrote(
    running: Running, store: Store, original: OriginalRanking, users: int
) -> None:
    await fill(original, users)
    shown = await original.best(1000)

    report = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    page = await SortedSetBoard(SPEC, store).page(DAY, 1000)
    assert [
        {"userId": int(e.user.user_id), "name": e.user.name, "grade": e.user.grade}
        | {"score": e.score}
        for e in page.entries
    ] == shown  # equal scores in the order that the original showed them
    assert (report.rows, report.users, report.merged, report.skipped) == (
        users, users, [], [],
    )  # fmt: skip


async def test_finds_the_users_that_the_original_missed(
    running: Running, store: Store, original: OriginalRanking
) -> None:
    await fill(original, 500)
    missed = [n for n in range(1, 501) if await original.get(n) is None]
    assert missed  # its defect is there

    await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    board = SortedSetBoard(SPEC, store)
    standings = await board.standings(DAY, [str(n) for n in missed])
    assert len(standings.entries) == len(missed)


async def test_merges_the_rows_of_one_user_and_says_so(
    running: Running, store: Store, original: OriginalRanking
) -> None:
    await original.update(1, "Ada", "SILVER", 300)
    await original.update(1, "Ada", "GOLD", 900)
    await original.update(1, "Ada L.", "GOLD", 500)
    await original.update(2, "Bob", "GOLD", 600)

    report = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    assert report.merged == [Merged("1", (900, 500, 300), 900)]
    assert (report.rows, report.users) == (4, 2)
    page = await SortedSetBoard(SPEC, store).page(DAY, 10)
    assert [(e.user, e.score) for e in page.entries] == [
        (User("1", "Ada", "GOLD"), 900),
        (User("2", "Bob", "GOLD"), 600),
    ]


@pytest.mark.parametrize(
    ("member", "score", "reason"),
    [
        (b'7:{"name":"x","grade":"y"}', 1.5, "not a whole number"),
        (b'7:{"name":"x","grade":"y"}', float("inf"), "not a whole number"),
        (b'7:{"name":"x","grade":"y"}', 2.0**54, "score is 18014398509481984"),
        (b"7:not json", 1, "not <userId>:<json>"),
        (b"no colon", 1, "not <userId>:<json>"),
        (b"7:[1]", 1, "not <userId>:<json>"),
        (b":{}", 1, "user.user_id"),
        (b"\xff\xfe:{}", 1, "not <userId>:<json>"),
        (b'7:{"name":"a\\u0007b"}', 1, "no control characters"),
        (b'7:{"name":5}', 1, "user.name"),
    ],
)
async def test_keeps_and_names_the_rows_that_no_board_can_hold(
    running: Running,
    original: OriginalRanking,
    member: bytes,
    score: float,
    reason: str,
) -> None:
    await original.client.zadd(KEY, {member: score})
    await original.update(2, "Bob", "GOLD", 600)

    report = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    assert report.users == 1
    assert reason in report.skipped[0].reason
    assert await original.client.zscore(report.rest, member) == score
    assert (await migrate(running.address, SPEC, DAY, silent, VOLATILE)).already


async def test_refuses_a_key_that_is_not_migrated(
    store: Store, original: OriginalRanking
) -> None:
    board = SortedSetBoard(SPEC, store)
    now = (await board.page("", 1)).period
    today = replace_key(original, now)
    await today.update(1, "Ada", "GOLD", 1)

    for refused in (
        board.page("", 10),
        board.standing("", "1"),
        board.standings("", ["1"]),
        board.erase("1"),
        board.update(Submission(User("1"), 5)),
    ):
        with pytest.raises(NotMigrated, match="fleet ranking migrate"):
            await refused
    assert len(await today.best(10)) == 1


def replace_key(original: OriginalRanking, period: str) -> OriginalRanking:
    return OriginalRanking(original.client, f"RANKING_DAILY_{period}")


@pytest.mark.parametrize("shards", [1, 4])
async def test_readers_see_the_whole_board_or_none_of_it(
    running: Running, store: Store, original: OriginalRanking, shards: int
) -> None:
    spec = replace(SPEC, shards=shards)
    await fill(original, 3000)
    board = SortedSetBoard(spec, store)
    totals: set[int] = set()

    async def read() -> None:
        while True:
            try:
                totals.add((await board.page(DAY, 10)).total)
            except NotMigrated:
                totals.add(-1)
            await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    await migrate(running.address, spec, DAY, silent, VOLATILE)
    totals.add((await board.page(DAY, 10)).total)
    reading.cancel()
    await asyncio.wait([reading])

    assert 3000 in totals
    if shards == 1:
        assert totals == {-1, 3000}


async def test_takes_over_what_is_written_meanwhile(
    running: Running, store: Store, original: OriginalRanking
) -> None:
    await fill(original, 2000)
    written: list[int] = []

    async def write() -> None:
        number = 10_000
        # Until ours has taken the place: the original's code would spoil it.
        while await original.client.exists(f"{{{KEY}}}:M") == 0:
            number += 1
            await original.update(number, "late", "GOLD", number)
            written.append(number)

    writing = asyncio.create_task(write())

    def stop_before_the_end(done: int, total: int) -> None:
        if done >= total // 2 - 500:
            writing.cancel()

    await migrate(running.address, SPEC, DAY, stop_before_the_end, VOLATILE)
    await asyncio.wait([writing])

    board = SortedSetBoard(SPEC, store)
    assert written
    # The very last one may have been cut off on its way.
    for number in written[:-1]:
        assert (await board.standing(DAY, str(number))).entry.score == number


@pytest.mark.parametrize("cut", [1, 3, 5])
async def test_goes_on_after_it_was_broken_off(
    running: Running, store: Store, original: OriginalRanking, cut: int
) -> None:
    await fill(original, 2000)
    calls = 0

    def break_off(_done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == cut:
            raise StoreUnavailable("as if", 1)

    with pytest.raises(StoreUnavailable):
        await migrate(running.address, SPEC, DAY, break_off, VOLATILE)
    report = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    assert (await SortedSetBoard(SPEC, store).page(DAY, 1)).total == 2000
    assert (report.rows, report.users, report.merged) == (2000, 2000, [])
    assert sorted(await original.client.keys("*")) == [
        KEY.encode(), *(f"{{{KEY}}}:{name}".encode() for name in "MRT"),
    ]  # fmt: skip


async def test_does_nothing_twice(running: Running, original: OriginalRanking) -> None:
    await fill(original, 50)
    await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    again = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    assert again.already
    assert again.rows == 0


async def test_gives_the_rows_an_end(
    running: Running, original: OriginalRanking
) -> None:
    await fill(original, 50)

    await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    for key in await original.client.keys("*"):
        days = await original.client.ttl(key) / 86_400
        assert 29.9 < days <= 30


async def test_two_at_a_time_do_not_throw_each_others_work_away(
    running: Running, store: Store, original: OriginalRanking
) -> None:
    await fill(original, 3000)

    found = await asyncio.gather(
        *(migrate(running.address, SPEC, DAY, silent, VOLATILE) for _ in range(3)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, AlreadyMigrating) for each in found) == 2
    assert (await SortedSetBoard(SPEC, store).page(DAY, 1)).total == 3000


@pytest.mark.parametrize("rows", [1, 1500])
async def test_an_old_writer_that_goes_on_does_not_take_the_board_down(
    running: Running, store: Store, original: OriginalRanking, rows: int
) -> None:
    await fill(original, 20)
    await migrate(running.address, SPEC, DAY, silent, VOLATILE)
    for number in range(rows):
        await original.update(1000 + number, "late", "GOLD", 5000 + number)

    board = SortedSetBoard(SPEC, store)
    page = await board.page(DAY, 1000)
    assert (page.total, page.entries[0].rank, len(page.entries)) == (20, 1, 20)
    assert (await board.standing(DAY, "1", 3)).total == 20

    report = await migrate(running.address, SPEC, DAY, silent, VOLATILE)

    assert report.users == rows
    assert (await board.page(DAY, 1)).total == 20 + rows


async def test_a_board_of_several_shards_gets_an_end_too(
    running: Running, original: OriginalRanking
) -> None:
    await fill(original, 200)

    await migrate(running.address, replace(SPEC, shards=4), DAY, silent, VOLATILE)

    for key in await original.client.keys("*"):
        assert await original.client.ttl(key) > 86_400, key
