"""A circuit breaker with the semantics of gobreaker, which go-kit uses.

They are those of github.com/sony/gobreaker 1.0.0, to the corner: what its real code
answered stands in `tests/conformance/gobreaker.jsonl`. They differ from ejection:
a breaker looks at one peer alone, and all of them may be open at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fleet.bounds import check
from fleet.client.leaving.standing import Standing
from fleet.errors import FleetError


class BreakerOpen(FleetError):
    """The peer has failed too often of late."""

    def __str__(self) -> str:
        return "circuit breaker is open"


class TooManyRequests(FleetError):
    """The peer is being tried, by as many calls as are allowed for that."""

    def __str__(self) -> str:
        return "too many requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerConfig:
    """When a peer's breaker opens, and how it closes again; gobreaker's defaults."""

    consecutive_failures: int = 5
    """Opens when *more* than these have failed in a row: with 5, at the sixth."""
    open_s: float = 60.0
    """Seconds without a call, before it is tried again."""
    interval_s: float = 0.0
    """While closed, counts start anew after so many seconds; 0: never."""
    half_open_calls: int = 1
    """Calls that try the peer. When as many have ended well in a row it closes;
    the first that fails opens it for another `open_s`."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(
            self,
            (
                ("consecutive_failures", 0, 1_000_000),
                ("open_s", 0.001, 86400),
                ("interval_s", 0, 86400),
                ("half_open_calls", 1, 1_000_000),
            ),
        )


@dataclass(slots=True)
class Counts:
    """Calls since the breaker last changed, or since its last interval began."""

    begun: int = 0
    good_in_a_row: int = 0
    bad_in_a_row: int = 0


class Breaker:
    """One circuit. Its state is a `Standing`: closed, half-open and open."""

    __slots__ = ("_config", "_expires", "_generation", "_state", "counts")

    def __init__(self, config: BreakerConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._generation = 0
        self._enter(Standing.IN, clock())

    def standing(self, now: float) -> Standing:
        """Return OUT while open, TRIAL while half-open, else IN."""
        if self._expires is not None and self._expires < now:
            # Open turns half-open; closed stays, and counts anew.
            half_open = self._state is Standing.OUT
            self._enter(Standing.TRIAL if half_open else Standing.IN, now)
        return self._state

    def begin(self, now: float) -> int:
        """Count a call that is let in; return the generation, for `end`.

        Every call that is let in must end: one that tries the peer and never ends
        would keep its place for ever.

        Raises:
            BreakerOpen: The peer is left alone.
            TooManyRequests: It is being tried by `half_open_calls` already.
        """
        state = self.standing(now)
        if state is Standing.OUT:
            raise BreakerOpen
        full = self.counts.begun >= self._config.half_open_calls
        if state is Standing.TRIAL and full:
            raise TooManyRequests
        self.counts.begun += 1
        return self._generation

    def forget(self, generation: int) -> None:
        """Give the place of a call back; its verdict may follow, or never come."""
        if generation == self._generation:
            self.counts.begun -= 1

    def end(self, generation: int, now: float, *, success: bool) -> None:
        """Count how it ended; one of an older generation counts nowhere."""
        state = self.standing(now)
        if generation != self._generation:
            return
        if success:
            self._succeeded(state, now)
        else:
            self._failed(state, now)

    def _succeeded(self, state: Standing, now: float) -> None:
        counts = self.counts
        counts.good_in_a_row += 1
        counts.bad_in_a_row = 0
        tried = counts.good_in_a_row >= self._config.half_open_calls
        if state is Standing.TRIAL and tried:
            self._enter(Standing.IN, now)

    def _failed(self, state: Standing, now: float) -> None:
        counts = self.counts
        counts.bad_in_a_row += 1
        counts.good_in_a_row = 0
        too_often = counts.bad_in_a_row > self._config.consecutive_failures
        if state is Standing.TRIAL or too_often:
            self._enter(Standing.OUT, now)

    def _enter(self, state: Standing, now: float) -> None:
        """Begin a generation, which begins with no counts."""
        config = self._config
        lasts_s = {Standing.IN: config.interval_s, Standing.OUT: config.open_s}
        after_s = lasts_s.get(state)
        self._state = state
        self._generation += 1
        self.counts = Counts()
        self._expires = now + after_s if after_s else None
