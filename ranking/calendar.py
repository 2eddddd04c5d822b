"""Which period a score counts in, and until when that takes scores."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ranking.errors import BadValue, OutOfPeriod
from ranking.period import FOREVER_MS, Period, moment_text, period_at
from ranking.spec import BoardSpec

DAY_MS = 86_400_000
FUTURE_MS = 5000
"""A caller's clock may be ahead by this much."""


@dataclass(slots=True)
class Calendar:
    """The periods of one board."""

    spec: BoardSpec
    clock: Callable[[], int] | None = None
    """A test's clock; None: this machine's, and the store's has the last word."""
    _last: Period = field(default=Period("", 0, 0), init=False)

    def now(self) -> int:
        """Return milliseconds since 1970, as far as this process knows."""
        return self.clock() if self.clock else int(time.time() * 1000)

    def at(self, moment_ms: int) -> Period:
        """Return the period that *moment_ms* is in; the last one is remembered."""
        if not self._last.start_ms <= moment_ms < self._last.end_ms:
            self._last = period_at(self.spec, moment_ms)
        return self._last

    def closes(self, period: Period) -> int:
        """Return when *period* takes no more scores."""
        return period.end_ms + self.spec.grace_s * 1000

    def expires(self, period: Period) -> int | None:
        """Return when *period* goes; None: never."""
        if period.end_ms == FOREVER_MS or not self.spec.days_kept:
            return None
        return self.closes(period) + self.spec.days_kept * DAY_MS

    def of(self, occurred_ms: int | None, now: int) -> tuple[Period, int, int]:
        """Return the period of a score, and from when to when it may arrive.

        Raises:
            BadValue: It occurred in the future.
            OutOfPeriod: Its period takes no more scores.
        """
        if occurred_ms is None:
            period = self.at(now)
            return period, period.start_ms, period.end_ms
        if occurred_ms > now + FUTURE_MS:
            told = moment_text(occurred_ms)
            raise BadValue("occurred_at", told, "not later than now")
        period = period_at(self.spec, occurred_ms)
        if now >= self.closes(period):
            reason = f"it ended more than {self.spec.grace_s} s ago"
            raise OutOfPeriod(self.spec.name, period.name, reason)
        return period, period.start_ms - FUTURE_MS, self.closes(period)
