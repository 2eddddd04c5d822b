"""How slow a peer is, compared with what calls of the same methods take elsewhere.

All averages here are of logarithms, geometric means. Half and double then weigh the
same, so that the mean over all peers is 1 for a method of any spread: one that answers
mostly from a cache does not make every task look slow. And one call that took 1,000
times as long counts 3 times as much as one that took 10 times, not 100 times.
"""

import math

LEAST_S = 1e-6
"""What no call is quicker than; a coarse clock says 0."""
RECENT = 0.02
"""Of the newest call in what is typical: about the last 50 calls count."""
ONE_CALL = 0.06
"""Of the newest call in a peer's average, at most. Seven calls in a row of 8 times the
typical duration make a peer twice as slow, or three of 64 times; one hiccup of any
length does not. At 0.1 chance takes half their share from equal tasks with exponential
durations and 10 calls a second; at 0.06 they have what `LeastLoadedOfTwo` gives them
(simulated)."""
SPAN_S = 0.3
"""Calls that end within this together weigh as much as time has passed: what ten calls
say of one pause of the task is said once."""
HIGHEST = math.log(64)
"""A peer counts as at most 64 times slower or quicker. More would change no choice, and
take longer to forget."""
_FULL_S = ONE_CALL * SPAN_S


class Typical:
    """What a call of one method takes, over all peers: a geometric moving average.

    It learns from calls that ended well. One task of ten that is 8 times slower drags
    it along by a quarter while it has a tenth of the calls; it soon has fewer.

    Attributes:
        took_s: Seconds, 0.0 before the first call.
    """

    __slots__ = ("_calls", "took_s")

    def __init__(self) -> None:
        self.took_s = 0.0
        self._calls = 0

    def relative(self, took_s: float) -> float:
        """Learn *took_s*; return it as a multiple of what was typical before."""
        multiple = self.compare(took_s)
        self._calls = calls = self._calls + 1
        if calls == 1:
            self.took_s = max(took_s, LEAST_S)
        else:
            self.took_s *= multiple ** (RECENT if calls * RECENT > 1 else 1 / calls)
        return multiple

    def compare(self, took_s: float) -> float:
        """Return *took_s* as a multiple of what is typical; 1 before the first call."""
        return max(took_s, LEAST_S) / self.took_s if self.took_s else 1.0


class Speed:
    """A peer's relative latency: a moving average that is forgotten while idle.

    A peer that gets no calls for being slow would stay slow for ever, so with time it
    counts as typical again. The first slow call after that brings back what was known:
    a slow task is tried with one call, not with seven.

    Attributes:
        latest: The average after the last call; time has not passed for it.

    Args:
        decay_s: Seconds in which an idle peer's slowness falls to its e-th root, as
            from 8 to 2.1. With 5 a peer that was 8 times slower is tried again after
            5.5 s, with Finagle's 10 after 11, for half as many slow calls.
    """

    __slots__ = ("_at", "_decay_s", "_level", "latest")

    def __init__(self, decay_s: float) -> None:
        self.latest = 1.0
        self._level = 0.0
        self._at = -math.inf
        self._decay_s = decay_s

    def observe(self, slowness: float, now: float) -> None:
        """Take the relative latency of one call that ended well.

        Args:
            slowness: As from `Typical.relative`; above 0.
            now: Seconds, on a clock that never goes back.
        """
        since_s = now - self._at
        before = self._level
        level = before * math.exp(-since_s / self._decay_s)
        new = math.log(slowness)
        if not -HIGHEST < new < HIGHEST:
            new = math.copysign(HIGHEST, new)
        if level < before and level < new:
            level = min(before, new)  # slow still: nothing is forgiven
        level += (new - level) * (since_s / SPAN_S if since_s < _FULL_S else ONE_CALL)
        self._at = now
        self._level = level
        self.latest = math.exp(level)

    def at_least(self, slowness: float, now: float) -> None:
        """Take that of a call that was given up: it would have taken longer."""
        if slowness > self.slowness(now):
            self.observe(slowness, now)

    def slowness(self, now: float) -> float:
        """Return the average: 1 is typical, 3 is three times slower."""
        return math.exp(self._level * math.exp((self._at - now) / self._decay_s))

    def idle_s(self, now: float) -> float:
        """Return the seconds since the last call; infinite if there was none."""
        return now - self._at
