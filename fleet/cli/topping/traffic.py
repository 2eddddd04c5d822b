"""What happened between two readings, and the figures that are shown of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fleet.cli.topping.histogram import Histogram, together
from fleet.cli.topping.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Of one task, or of several together."""

    calls_per_s: float
    failed_per_s: float
    refused_per_s: float
    took: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A row's numbers; None: not known, or there was no call."""

    calls_per_s: float | None = None
    failed_per_s: float | None = None
    refused_per_s: float | None = None
    p50_s: float | None = None
    p99_s: float | None = None
    in_flight: float | None = None
    lag_s: float | None = None
    """Of several tasks, the longest."""
    memory_bytes: float | None = None


def grown(now: float, before: float) -> float:
    """Return by how much a counter grew; one that shrank has begun anew."""
    return now - before if now >= before else now


def between(before: Reading, now: Reading) -> Traffic:
    """Return what happened from *before* until *now*, in one process."""
    span_s = now.at_s - before.at_s
    return Traffic(
        calls_per_s=grown(now.calls, before.calls) / span_s,
        failed_per_s=grown(now.failed, before.failed) / span_s,
        refused_per_s=grown(now.refused, before.refused) / span_s,
        took=now.took.since(before.took),
    )


def load(traffic: Sequence[Traffic], readings: Sequence[Reading]) -> Load:
    """Return the numbers of one task, or those of several as one."""
    now = Load(
        in_flight=_sum(each.in_flight for each in readings),
        lag_s=max((r.lag_s for r in readings if r.lag_s is not None), default=None),
        memory_bytes=_sum(each.memory_bytes for each in readings),
    )
    if not traffic:
        return now
    took = together(each.took for each in traffic)
    return Load(
        calls_per_s=sum(each.calls_per_s for each in traffic),
        failed_per_s=sum(each.failed_per_s for each in traffic),
        refused_per_s=sum(each.refused_per_s for each in traffic),
        p50_s=took.quantile(0.5),
        p99_s=took.quantile(0.99),
        in_flight=now.in_flight,
        lag_s=now.lag_s,
        memory_bytes=now.memory_bytes,
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
