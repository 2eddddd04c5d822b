"""Short forms of what tests ask boards again and again."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from ranking.board import Board
from ranking.entry import Change, Entry, Submission, Updated, User


async def report(  # noqa: PLR0913 - a submission has these fields
    board: Board,
    user_id: str,
    score: int,
    *,
    name: str = "",
    grade: str = "",
    request_id: str = "",
    occurred_ms: int | None = None,
) -> Updated:
    """Report one score."""
    user = User(user_id, name, grade)
    return await board.update(Submission(user, score, request_id, occurred_ms))


async def report_all(board: Board, scores: Iterable[tuple[str, int]]) -> None:
    """Report some scores, one after the other."""
    for user_id, score in scores:
        await report(board, user_id, score)


async def rows(board: Board, period: str = "", size: int = 1000) -> list[Entry]:
    """Walk through all rows."""
    found: list[Entry] = []
    page = await board.page(period, size)
    found.extend(page.entries)
    while page.following:
        page = await board.page(period, size, page.following)
        found.extend(page.entries)
        assert len(found) <= page.total, "the walk does not end"
    return found


def ids(entries: Iterable[Entry]) -> list[str]:
    """Return the users of *entries*."""
    return [entry.user.user_id for entry in entries]


async def told(
    changes: AsyncGenerator[Change, None], count: int, *, limit_s: float = 20
) -> list[Change]:
    """Return the next *count* changes."""
    async with asyncio.timeout(limit_s):
        return [await anext(changes) for _ in range(count)]


def places(entry: Entry) -> tuple[str, int, int, int]:
    """Return user, score, rank and shared rank."""
    return entry.user.user_id, entry.score, entry.rank, entry.shared_rank
