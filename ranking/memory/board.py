"""A board in this process alone."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from ranking.calendar import Calendar
from ranking.entry import (
    Change,
    Cursor,
    Page,
    Position,
    Standing,
    Standings,
    Submission,
    Updated,
)
from ranking.memory.follow import Follower, resumed
from ranking.memory.table import Table
from ranking.period import Period, period_named
from ranking.rules import (
    check_neighbours,
    check_size,
    check_submission,
    check_user_id,
    check_user_ids,
)
from ranking.spec import BoardSpec


class MemoryBoard:
    """Keeps the contract of `Board`, and nothing beyond the end of the process.

    No method waits for anything between its reads and its writes, so each of
    them is atomic.
    """

    def __init__(
        self, spec: BoardSpec, now_ms: Callable[[], int] | None = None
    ) -> None:
        self._spec = spec
        self._calendar = Calendar(spec, now_ms)
        self._tables: dict[str, Table] = {}
        self._news = asyncio.Event()

    @property
    def spec(self) -> BoardSpec:
        """The board's rules."""
        return self._spec

    async def update(self, submission: Submission) -> Updated:
        """Count a score; see `Board.update`."""
        check_submission(self._spec, submission)
        now = self._calendar.now()
        period, *_ = self._calendar.of(submission.occurred_ms, now)
        self._forget_expired(now)
        for table in self._where_it_may_be_counted(submission, period):
            if answer := table.repeated(submission, now):
                return answer
        answer = self._table(period).count(submission, now)
        self._wake()
        return answer

    async def page(self, period: str, size: int, after: Cursor | None = None) -> Page:
        """Return some rows; see `Board.page`."""
        check_size(size)
        table = self._read(period)
        position = self._ends() | {table.period.name: table.feed.last}
        return table.page(size, after, position)

    async def standing(
        self, period: str, user_id: str, neighbours: int = 0
    ) -> Standing:
        """Return where a user stands; see `Board.standing`."""
        check_user_id(user_id, "user_id")
        check_neighbours(neighbours)
        return self._read(period).standing(user_id, neighbours)

    async def standings(self, period: str, user_ids: Sequence[str]) -> Standings:
        """Return where some users stand; see `Board.standings`."""
        check_user_ids(user_ids)
        return self._read(period).standings(frozenset(user_ids))

    async def erase(self, user_id: str) -> int:
        """Forget a user; see `Board.erase`."""
        check_user_id(user_id, "user_id")
        self._forget_expired(self._calendar.now())
        erased = sum(table.erase(user_id) for table in self._tables.values())
        self._wake()
        return erased

    async def watch(
        self, after: Position | None = None
    ) -> AsyncGenerator[Change, None]:
        """Yield every change; see `Board.watch`."""
        follower = self._follower(after)
        missed = follower.catch_up(self._tables)
        here = self._calendar.at(self._calendar.now()).name
        yield Change(None, 0, here, dict(follower.seen), missed)
        while True:
            news = self._news
            tables = sorted(self._tables.values(), key=lambda t: t.period.start_ms)
            change = follower.next(tables, frozenset(self._ends()))
            if change:
                yield change
            else:
                await news.wait()

    def _follower(self, after: Position | None) -> Follower:
        now, ends = self._calendar.at(self._calendar.now()), self._ends()
        if after:
            return resumed(self._spec, after, now, ends)
        return Follower(ends, now.start_ms)

    def _ends(self) -> dict[str, int]:
        """Return the last change of each period that still takes scores."""
        now = self._calendar.now()
        open_ = {self._calendar.at(now).name: 0}
        for table in self._tables.values():
            if now < self._calendar.closes(table.period):
                open_[table.period.name] = table.feed.last
        return open_

    def _where_it_may_be_counted(
        self, submission: Submission, period: Period
    ) -> list[Table]:
        """Return where to look for a repeat: it may come after the period's end."""
        if not submission.request_id:
            return []
        now_is_meant = submission.occurred_ms is None
        return [
            table
            for table in self._tables.values()
            if table.period == period
            or (now_is_meant and table.period.start_ms < period.start_ms)
        ]

    def _read(self, name: str) -> Table:
        """Return a period to read; one without scores is not kept."""
        now = self._calendar.now()
        self._forget_expired(now)
        period = period_named(self._spec, name) if name else self._calendar.at(now)
        return self._tables.get(period.name) or Table(self._spec, period)

    def _table(self, period: Period) -> Table:
        return self._tables.setdefault(period.name, Table(self._spec, period))

    def _forget_expired(self, now: int) -> None:
        for table in list(self._tables.values()):
            expires = self._calendar.expires(table.period)
            if expires is not None and now >= expires:
                del self._tables[table.period.name]

    def _wake(self) -> None:
        """Wake every watcher; each looks for itself, and none is waited for."""
        self._news.set()
        self._news = asyncio.Event()
