"""Who is far slower than its peers."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from fleet.client.leaving.record import Finding, Record

OWN_ERRORS = -2.0
OTHERS_ERRORS = 1.0
"""Standard errors from a median to the bound that is compared: few calls say little.
Chosen by simulation, of two or three equal tasks with exponential durations: 3 false
ejections in 6.7 hours of a task at 3.5 calls a second, none at more."""
FAIR_SHARE = 10.0
FAR_LESS = 4.0
"""Where others had 10 calls each in a slot, and a peer a quarter, the policy avoids it:
by chance that happens once in 360 slots."""


class Speeds:
    """What the peers' calls took of late, relative to what is typical.

    The measure is the median, which the few calls of a hiccup do not move.

    Args:
        records: Of all who are called.
        least: Durations that a peer needs to be compared.

    Attributes:
        usual: The median of the peers' medians; 0: too few calls to know.
    """

    def __init__(self, records: Sequence[Record], least: int) -> None:
        kept = [(record, record.window.slowness()) for record in records]
        self._kept = [pair for pair in kept if len(pair[1]) >= least]
        self._most = sorted(bound(kept, OTHERS_ERRORS) for _, kept in self._kept)
        self.usual = median([median(kept) for _, kept in self._kept])

    def slow(self, factor: float) -> list[Finding]:
        """Find peers that are surely *factor* times slower, the slowest first."""
        found = []
        for record, kept in self._kept:
            others = without(self._most, bound(kept, OTHERS_ERRORS))
            if bound(kept, OWN_ERRORS) >= factor * others > 0:
                found.append((median(kept) / others, record))
        found.sort(key=lambda pair: -pair[0])
        return [(record, said(times)) for times, record in found]


def avoided(records: Sequence[Record], slow: float) -> list[Record]:
    """Return peers with calls that took *slow* or longer, who get hardly any more.

    A policy that knows what calls took leaves such a peer alone at once, so that there
    may be too few calls ever to judge it by.
    """
    ended = sum(record.window.answered for record in records)
    fair = ended / max(1, len(records) - 1)
    if fair < FAIR_SHARE:
        return []
    return [
        record
        for record in records
        if record.window.answered <= fair / FAR_LESS and record.window.peak >= slow
    ]


def said(times: float) -> str:
    """Return in words how slow a peer is."""
    return f"{times:.1f} times slower than its peers"


def median(values: Iterable[float]) -> float:
    """Return the middle of *values*, or the mean of both middles; 0 where none is."""
    ordered = sorted(values)
    count = len(ordered)
    return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2.0 if count else 0.0


def bound(ordered: Sequence[float], errors: float) -> float:
    """Return the value that lies *errors* standard errors from the median.

    It is one of the sample, so that nothing is assumed about how durations spread: at
    -2, of ten it is the second, of 48 the eighteenth (H. A. David and H. N. Nagaraja,
    "Order Statistics", section 7.1: an interval for a quantile).
    """
    count = len(ordered)
    at = int((count + errors * math.sqrt(count)) / 2.0)
    return ordered[min(max(at, 0), count - 1)]


def without(ordered: Sequence[float], own: float) -> float:
    """Return the median of all of *ordered* but one that is *own*; 0 where none is."""
    at, rest = bisect_left(ordered, own), len(ordered) - 1
    if not rest:
        return 0.0
    lower, upper = (rest - 1) // 2, rest // 2
    return (ordered[lower + (lower >= at)] + ordered[upper + (upper >= at)]) / 2.0
