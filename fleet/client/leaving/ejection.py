"""Ejection: tasks that fail, or are far slower than their peers, are left alone.

Ejection in the sense of Envoy and of gRFC A50 ("outlier detection"), with three things
that those lack: it sees slow tasks, a task that comes back is tried with a few calls,
and it also works for the two or three tasks that most services have.
"""

import math
from collections.abc import Callable, Collection

from fleet.client.leaving.cap import has_place, too_many
from fleet.client.leaving.config import EjectionConfig
from fleet.client.leaving.failure_rate import failing
from fleet.client.leaving.record import Finding, Record
from fleet.client.leaving.silence import silent
from fleet.client.leaving.slowness import Speeds, avoided, said
from fleet.client.leaving.standing import Standing
from fleet.client.leaving.times import Times
from fleet.client.leaving.trial import after_call
from fleet.client.leaving.window import KEPT

__all__ = ["Ejection", "EjectionConfig", "Record"]


class Ejection:
    """Judges the peers of one channel by what became of their calls.

    Attributes:
        spared: How often a peer was left in only since too many others were out.
    """

    def __init__(self, config: EjectionConfig, on_change: Callable[[], None]) -> None:
        self.config = config
        self.spared = 0
        self._on_change = on_change
        self._times = Times(config.base_s, config.longest_s)
        self._slots = max(2, round(config.window_s / config.interval_s))
        self._looked = -math.inf
        self._usual = 0.0
        self._slow = math.inf
        """From this relative latency on, a call is slow."""

    def succeeded(self, record: Record, slowness: float | None, now: float) -> None:
        """Count a call that ended well; *slowness* is None for a stream."""
        if record.standing:
            record.silent = 0
            self._tried(record, slowness, now)
            return
        record.failures_in_a_row = 0
        window = record.window
        window.answered += 1
        if slowness is not None:
            window.took(slowness)

    def gave_up(self, record: Record, slowness: float, now: float) -> None:
        """Count a call that nobody waits for any more after so long.

        Its answer would have been later, so it only tells of slowness.
        """
        if slowness < self._slow:
            return
        if record.standing:
            self._tried(record, slowness, now)
        else:
            record.window.took(slowness)

    def failed(self, record: Record, records: Collection[Record], now: float) -> None:
        """Count a call whose failure blames the task; may eject it at once."""
        if record.standing:
            if record.standing is Standing.TRIAL:
                self._times.put_out(record, "failed when it was tried", now)
                self._on_change()
            return
        record.window.answered += 1
        record.window.failed += 1
        record.failures_in_a_row = count = record.failures_in_a_row + 1
        most = self.config.consecutive_failures
        # With no place for it, it is looked at again after as many more.
        due = most is not None and count % most == 0
        if due and self._eject((record, f"{count} failures in a row"), records, now):
            self._on_change()

    def sweep(self, records: Collection[Record], now: float) -> None:
        """Judge everybody; called every `interval_s`, or more often.

        Args:
            records: Of the peers that could be called; the cap is a share of them.
            now: On any clock that does not go back, in seconds.
        """
        live = [record for record in records if not record.idle]
        changed = self._return(live, records, now)
        if now - self._looked >= 0.75 * self.config.interval_s:
            self._looked = now
            changed |= self._look(live, records, now)
        if changed:
            self._on_change()

    def _return(
        self, live: list[Record], records: Collection[Record], now: float
    ) -> bool:
        """Let peers come back whose time is over, or whose place is needed."""
        back = self.spare(records, now)
        due = [
            record
            for record in live
            if record.standing is Standing.OUT
            # Calls from before would be taken for the trial's.
            and record.until <= now
            and (not record.in_flight or now >= record.until + self.config.base_s)
        ]
        for record in due:
            record.enter(Standing.TRIAL)
        return bool(back or due)

    def spare(self, records: Collection[Record], now: float) -> bool:
        """Take back whose place is needed, since others have left."""
        back = list(too_many(records, self.config.most_out))
        for record in back:
            self._times.take_back(record, now)
        return bool(back)

    def _look(
        self, live: list[Record], records: Collection[Record], now: float
    ) -> bool:
        """Apply every rule that needs a window, then begin another slot."""
        called = [record for record in live if record.standing is Standing.IN]
        changed = [self._eject(found, records, now) for found in self._found(called)]
        changed += [self._hushed(each, records, now) for each in self._silent(live)]
        changed += [self._doubt(record, records) for record in self._avoided(called)]
        for record in called:
            if record.standing is Standing.IN:
                self._times.forgive(record, now)
                record.window.close(self._slots)
        return any(changed)

    def _hushed(self, found: Finding, records: Collection[Record], now: float) -> bool:
        """Leave a silent peer alone; try one whose few calls may just take long."""
        record, _ = found
        few = record.in_flight <= self.config.trial_calls
        if few and record.standing is Standing.IN:
            return self._doubt(record, records)
        return self._eject(found, records, now)

    def _found(self, called: list[Record]) -> list[Finding]:
        config, found = self.config, list[Finding]()
        least = config.minimum_calls
        if config.failure_share is not None:
            found += failing(called, config.failure_share, least, config.window_s)
        if config.slow_factor is not None:
            # A window keeps no more durations than these, however many calls there are.
            speeds = Speeds(called, min(least, KEPT * self._slots // 2))
            found += speeds.slow(config.slow_factor)
            if speeds.usual:
                self._usual = speeds.usual
                self._slow = config.slow_factor * speeds.usual
        return found

    def _silent(self, live: list[Record]) -> list[Finding]:
        if self.config.slow_factor is None:
            return []
        asked = [record for record in live if record.standing is not Standing.OUT]
        least, window_s = self.config.minimum_calls, self.config.window_s
        return silent(asked, self._slots, least, window_s)

    def _avoided(self, called: list[Record]) -> list[Record]:
        still = [record for record in called if record.standing is Standing.IN]
        return avoided(still, self._slow)

    def _eject(self, finding: Finding, records: Collection[Record], now: float) -> bool:
        """Leave a peer alone, unless it is already, or too many are."""
        record, reason = finding
        if record.standing is Standing.OUT:
            return False
        is_in = record.standing is Standing.IN
        if is_in and not has_place(records, self.config.most_out):
            self.spared += 1
            return False
        self._times.put_out(record, reason, now)
        return True

    def _doubt(self, record: Record, records: Collection[Record]) -> bool:
        """Have a peer tried that may be slow, without a time out."""
        if not has_place(records, self.config.most_out):
            return False
        record.enter(Standing.TRIAL)
        return True

    def _tried(self, record: Record, slowness: float | None, now: float) -> None:
        """Learn from a call of a trial; one that ends later says nothing."""
        if record.standing is not Standing.TRIAL:
            return
        is_slow = slowness is not None and slowness >= self._slow
        standing = after_call(record, self.config.trial_calls, slow=is_slow)
        if standing is Standing.IN:
            self._times.take_back(record, now)
            self._on_change()
        elif standing is Standing.OUT and slowness is not None:
            self._times.put_out(record, said(slowness / self._usual), now)
            self._on_change()
