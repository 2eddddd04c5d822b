"""The calls of a minute, counted beside the call log."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from fleet.errors import Status

MOST_TIMES = 100
"""Latencies that a minute keeps: what one metric of CloudWatch's log format takes."""

_FAULTS = (Status.UNKNOWN, Status.INTERNAL, Status.UNAVAILABLE, Status.DATA_LOSS)
"""Ours. What is wrong with a request, or takes longer than its caller waits, is not."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What became of the calls that ended in one minute."""

    calls: int
    """All of them, those that were refused too."""
    rejected: int
    """Refused because too many were running, or waited too long."""
    failed: int
    """Answered with UNKNOWN, INTERNAL, UNAVAILABLE or DATA_LOSS."""
    times_ms: tuple[float, ...] = ()
    """Of at most `MOST_TIMES` unary calls that were let in, each as likely as the
    others; empty: there was none."""


class Meter:
    """Counts calls until somebody takes the minute.

    Args:
        refused: How many calls the limits have refused so far.
        draw: A number from 0 up to 1; tests pass their own.

    Attributes:
        parting: A drain ends the streams now: that is no fault.
    """

    __slots__ = (
        "_calls",
        "_draw",
        "_failed",
        "_refused",
        "_refused_before",
        "_seen",
        "_times_ms",
        "parting",
    )

    def __init__(
        self,
        refused: Callable[[], int],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.parting = False
        self._draw = draw
        self._refused = refused
        self._refused_before = refused()
        self._calls = self._failed = self._seen = 0
        self._times_ms: list[float] = []

    def count(self, status: Status, ms: float) -> None:
        """Count a unary call that took *ms*."""
        self._calls += 1
        if status:
            self._failed += status in _FAULTS
            if status is Status.RESOURCE_EXHAUSTED:
                return  # at once, and many: they would hide how long the others take
        # Algorithm R of Vitter: the n-th stays with a chance of 100 in n.
        self._seen = seen = self._seen + 1
        if seen <= MOST_TIMES:
            self._times_ms.append(ms)
        elif (place := int(self._draw() * seen)) < MOST_TIMES:
            self._times_ms[place] = ms

    def count_stream(self, status: Status, _ms: float) -> None:
        """Count a stream, whose length says nothing about us: a watch lasts minutes."""
        self._calls += 1
        if self.parting and status is Status.UNAVAILABLE:
            return  # told to go on elsewhere
        self._failed += status in _FAULTS

    def take(self) -> Minute:
        """Return what has been counted, and begin anew."""
        refused = self._refused()
        rejected = refused - self._refused_before
        self._refused_before = refused
        times_ms = tuple(self._times_ms)
        minute = Minute(self._calls, rejected, self._failed, times_ms)
        self._calls = self._failed = self._seen = 0
        self._times_ms.clear()
        return minute
