"""A request that is repeated after midnight: the day before may have counted it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ranking.calendar import Calendar
from ranking.entry import Submission
from ranking.period import Period, previous
from ranking.zset import scripts
from ranking.zset.periods import Periods
from ranking.zset.record import request_key
from ranking.zset.shards import Shards


@dataclass(frozen=True, slots=True)
class Earlier:
    """Asks the periods before the one in which a score would count now."""

    periods: Periods
    calendar: Calendar

    async def find(
        self, submission: Submission, period: Period, now: int
    ) -> tuple[Shards, Sequence[Any]] | None:
        """Return where a request was counted, and what the script answers to it.

        None: nowhere. The answer may also be the store's time, when that is before
        the start of *period*: the first attempt could then still be on its way.
        """
        if not submission.request_id or submission.occurred_ms is not None:
            return None  # a time that was told is the same in every attempt
        for before in self._young(period, now):
            shards = self.periods[before.name]
            reply = await self._ask(shards, submission, before)
            if reply is not None:
                return shards, reply
        return None

    def _young(self, period: Period, now: int) -> Iterator[Period]:
        """Yield the periods that may still know request ids, the latest first."""
        spec = self.calendar.spec
        oldest = now - 2 * spec.requests_kept_s * 1000
        while oldest < period.start_ms and period.start_ms > 0:
            period = previous(spec, period)
            yield period

    async def _ask(
        self, shards: Shards, submission: Submission, period: Period
    ) -> Sequence[Any] | None:
        user = submission.user.user_id.encode()
        keys, clock = shards.of(user).all, self.calendar.clock
        request = request_key(user, submission.request_id)
        now = self.calendar.now() if clock else b""
        args = (shards.order, user, request, period.end_ms, now)
        reply: Sequence[Any] | None = await shards.store.read(
            scripts.REPEATED, keys, args
        )
        if reply and reply[0] == b"replayed":
            # Once more as a write: it is answered when the first one is durable.
            reply = await shards.store.write(scripts.REPEATED, keys, args)
        return reply
