"""For how long a peer is left alone: longer each time, and shorter again."""

from dataclasses import dataclass

from fleet.client.leaving.record import Record
from fleet.client.leaving.standing import Standing


@dataclass(frozen=True, slots=True)
class Times:
    """Times out double from *base_s* up to *longest_s*.

    A peer that behaves for as long as its last time out was is forgiven one doubling,
    then the next one for half of that time, and so on. Envoy counts in the same way,
    but its times grow by addition (`base_ejection_time`, `max_ejection_time`).
    """

    base_s: float
    longest_s: float

    def next_s(self, record: Record) -> float:
        """Return the seconds of the next time out."""
        return min(self.longest_s, self.base_s * 2.0**record.doublings)

    def put_out(self, record: Record, reason: str, now: float) -> None:
        """Leave the peer alone from *now* on."""
        out_s = self.next_s(record)
        record.enter(Standing.OUT)
        record.until = now + out_s
        record.ejections += 1
        record.reason = reason
        if self._last_s(record) < self.longest_s:
            record.doublings += 1

    def take_back(self, record: Record, now: float) -> None:
        """Let the peer be called like any other."""
        record.enter(Standing.IN)
        record.forgiven_at = now + self._last_s(record)

    def forgive(self, record: Record, now: float) -> None:
        """Take back one doubling, if the peer has behaved for long enough."""
        if record.doublings and now >= record.forgiven_at:
            record.doublings -= 1
            record.forgiven_at = now + self._last_s(record)

    def _last_s(self, record: Record) -> float:
        return min(self.longest_s, self.base_s * 2.0 ** (record.doublings - 1))
