"""A client-side rate limit: a token bucket.

The semantics are those of `Allow` and `Wait` of Go's golang.org/x/time/rate,
which go-kit limits with.
"""

from dataclasses import dataclass

from fleet.bounds import check

_INSTANT_S = 1e-9
"""Go counts in whole nanoseconds. A wait below one is what rounding left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateConfig:
    """How many calls a channel may begin."""

    per_s: float
    """Tokens that come back in a second; no default, only the service knows."""
    burst: int = 1
    """Tokens in the full bucket: calls that may begin at the same moment. It is
    not the rate: 100 a second with a burst of 1 are 10 ms apart."""
    wait: bool = False
    """What a call without a token does: wait for one, if its deadline allows
    (`Wait`), or fail at once (`Allow`), so that the caller learns of its rate."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(self, (("per_s", 0.001, 1e9), ("burst", 1, 10**9)))


class Rate:
    """The bucket of one channel; it begins full."""

    __slots__ = ("_at", "_due", "_tokens", "config")

    def __init__(self, config: RateConfig, now: float) -> None:
        self.config = config
        self._tokens: float = config.burst
        """As of `_at`; below 0 are those that wait for theirs."""
        self._at = self._due = now

    def take(self, now: float, most_wait_s: float | None) -> float | None:
        """Take a token; return the seconds until it may be used.

        None: there is none (or, with `wait`, not within *most_wait_s*, and
        nothing was taken). Who waits has taken the token of that moment, so
        that nobody who comes later overtakes.
        """
        config = self.config
        left = self._filled(now) - 1
        wait_s = max(0.0, -left / config.per_s)
        if wait_s < _INSTANT_S:
            wait_s = 0.0
        elif not config.wait or (most_wait_s is not None and wait_s > most_wait_s):
            return None
        self._at, self._tokens, self._due = now, left, now + wait_s
        return wait_s

    def cancel(self, due: float, now: float) -> None:
        """Give back the token of a call that ended while it waited for it.

        As in Go only what nobody relies on comes back: the turns of those
        behind it are fixed, so a token in their midst is lost.

        Args:
            due: When it could have been used: `now` of `take`, plus its answer.
            now: A token that is due by now is used up.
        """
        behind = max(0.0, self._due - due) * self.config.per_s
        if due < now or behind >= 1:
            return
        if self._due - due < _INSTANT_S:
            self._due = max(now, due - 1 / self.config.per_s)
        self._tokens = min(self.config.burst, self._filled(now) + 1 - behind)
        self._at = now

    def _filled(self, now: float) -> float:
        came = max(0.0, now - self._at) * self.config.per_s
        return min(self.config.burst, self._tokens + came)
