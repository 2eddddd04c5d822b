"""How long calls took, by bucket, and the percentiles of that."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many calls took no longer than each bound and longer than the one below."""

    counts: Mapping[float, float] = field(default_factory=dict)
    """By upper bound in seconds, which may be infinite."""

    @classmethod
    def of_cumulative(cls, buckets: Mapping[float, float]) -> Self:
        """Return what Prometheus writes as *buckets*, each with those below."""
        ordered = [(-math.inf, 0.0), *sorted(buckets.items())]
        return cls(
            {bound: more - less for (_, less), (bound, more) in pairwise(ordered)}
        )

    @property
    def total(self) -> float:
        """How many calls there were."""
        return sum(self.counts.values())

    def since(self, before: "Histogram") -> "Histogram":
        """Return what has come after *before*; all, where the count began anew."""
        if self.total < before.total:
            return self
        return Histogram(
            {
                bound: max(count - before.counts.get(bound, 0.0), 0.0)
                for bound, count in self.counts.items()
            }
        )

    def quantile(self, share: float) -> float | None:
        """Return the seconds within which *share* of the calls ended; None: no call.

        Within a bucket calls count as evenly spread, and what is above all bounds as
        the highest, as PromQL's `histogram_quantile` has it.
        """
        wanted, below, lower = share * self.total, 0.0, 0.0
        for bound, count in sorted(self.counts.items()):
            if count and below + count >= wanted:
                if math.isinf(bound):
                    return lower
                within = (wanted - below) / count
                return lower + max(within, 0.0) * (bound - lower)
            below, lower = below + count, bound
        return None


def together(histograms: Iterable[Histogram]) -> Histogram:
    """Return all *histograms* as one."""
    counts: dict[float, float] = {}
    for each in histograms:
        for bound, count in each.counts.items():
            counts[bound] = counts.get(bound, 0.0) + count
    return Histogram(counts)
