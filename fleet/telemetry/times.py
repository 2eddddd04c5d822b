"""How long calls took, in the buckets of gRFC A66.

Source: https://github.com/grpc/proposal/blob/master/A66-otel-stats.md
"""

import time
from bisect import bisect_left
from typing import NamedTuple

from fleet.errors import Status

# fmt: off
BOUNDS_S = (
    0.0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004,
    0.005, 0.006, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08,
    0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 2.0, 5.0, 10.0, 20.0,
    50.0, 100.0,
)
# fmt: on
"""The last value that each bucket takes, in seconds; one more takes all above."""

_KNOWN = frozenset(map(int, Status))


class Trace(NamedTuple):
    """The names of a span that is kept, in hex as W3C writes them."""

    trace_id: str
    span_id: str


class Exemplar(NamedTuple):
    """One call of a bucket, and the trace that tells its story."""

    trace: Trace
    seconds: float
    at: float
    """Seconds since 1970."""


class Times:
    """How long the calls took that ended with one status.

    Attributes:
        counts: By bucket, each without those below; one more than there are bounds.
        exemplars: The newest of each bucket. Calls that are quick do not push out
            one that was slow, so there is always a slow one to look at.
    """

    __slots__ = ("counts", "exemplars", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0
        self.exemplars: dict[int, Exemplar] = {}


class ByStatus:
    """`Times` for each status that there was."""

    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times: dict[int, Times] = {}

    def add(self, status: int, seconds: float, trace: Trace | None = None) -> None:
        """Count a call that ended with *status*; one that gRPC has not is UNKNOWN."""
        times = self.times.get(status)
        if times is None:
            times = self._first(status)
        bucket = bisect_left(BOUNDS_S, seconds)
        times.counts[bucket] += 1
        times.total_s += seconds
        if trace is not None:
            times.exemplars[bucket] = Exemplar(trace, seconds, time.time())

    def _first(self, status: int) -> Times:
        known = status if status in _KNOWN else Status.UNKNOWN
        return self.times.setdefault(int(known), Times())
