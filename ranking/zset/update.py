"""One score counted: the period, the shard, the script, and what it answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ranking.calendar import Calendar
from ranking.entry import Submission, Updated
from ranking.errors import StoreUnavailable
from ranking.period import Period
from ranking.rules import check_submission
from ranking.spec import BoardSpec
from ranking.store.store import Word
from ranking.zset import scripts
from ranking.zset.keys import ticket_name
from ranking.zset.outcome import outcome
from ranking.zset.periods import Periods
from ranking.zset.record import profile, request_key
from ranking.zset.repeat import Earlier
from ranking.zset.shards import Shards

_TRIES = 3
"""The store's clock decides on the period; ours is only the first guess."""


@dataclass(slots=True)
class Updater:
    """Counts scores on one board."""

    spec: BoardSpec
    periods: Periods
    calendar: Calendar
    _operator: Word = field(init=False)
    _earlier: Earlier = field(init=False)

    def __post_init__(self) -> None:
        self._earlier = Earlier(self.periods, self.calendar)
        best = "max" if self.spec.descending else "min"
        self._operator = best if self.spec.operator == "best" else self.spec.operator

    async def update(self, submission: Submission) -> Updated:
        """Count *submission*; see `Board.update`."""
        check_submission(self.spec, submission)
        now = self.calendar.now()
        for _ in range(_TRIES):
            period, opens, closes = self.calendar.of(submission.occurred_ms, now)
            found = await self._earlier.find(submission, period, now)
            if found is None:
                shards = self.periods[period.name]
                found = (
                    shards,
                    await self._run(shards, submission, period, opens, closes),
                )
            shards, reply = found
            if reply[0] != b"period":
                return await outcome(shards, submission, reply)
            now = int(reply[1])
        raise StoreUnavailable("its clock jumps", 1.0)

    async def _run(
        self,
        shards: Shards,
        submission: Submission,
        period: Period,
        opens: int,
        closes: int,
    ) -> Sequence[Any]:
        spec, user = self.spec, submission.user.user_id.encode()
        expires = self.calendar.expires(period)
        clock, asked = self.calendar.clock, submission.request_id
        args = (
            shards.order,
            self._operator,
            submission.score,
            user,
            profile(submission.user),
            request_key(user, asked) if asked else b"",
            self.calendar.now() if clock else b"",
            opens,
            closes,
            spec.lowest,
            spec.highest,
            b"" if expires is None else expires,
            spec.changes_kept,
            spec.requests_kept_s * 1000,
            await self._ticket(period) if spec.shards > 1 else b"",
        )
        reply: Sequence[Any] = await shards.store.write(
            scripts.UPDATE, shards.of(user).all, args
        )
        return reply

    async def _ticket(self, period: Period) -> int:
        """Draw an arrival number, so that equal scores on two shards have an order."""
        expires = self.calendar.expires(period)
        left = b"" if expires is None else expires - self.calendar.now()
        key = ticket_name(self.spec, period.name)
        return int(await self.periods.store.write(scripts.TICKET, (key,), (left,)))
