"""The figures of one run."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from benchmarks.simulator.journal import Journal
from benchmarks.simulator.scenario import Scenario

T = TypeVar("T")

WINDOW_S = 1.0
"""The width of one point of a plot."""


@dataclass(frozen=True, slots=True)
class Point:
    """The calls that began in one window."""

    p99_ms: float
    failed: float
    """The share of calls."""
    goodput: float
    """Answered calls, as a share of what the tasks can serve."""
    far: float
    """The share of attempts that left their client's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of all calls; shares are from 0 to 1."""

    scenario: str
    strategy: str
    calls: int
    p50_ms: float
    """Percentiles are those of the answered calls, by nearest rank."""
    p99_ms: float
    p999_ms: float
    worst_ms: float
    """The 99th percentile, where a failed call counts with its whole timeout."""
    failed: float
    goodput: float
    """Answered calls, as a share of what the tasks can serve."""
    bad: float | None
    """Of the attempts in the scenario's window, those on its marked tasks."""
    far: float | None
    """Of all attempts, those that left their client's zone."""
    ejections: int
    retries: int
    hedges: int
    points: tuple[Point, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def outcome(
    scenario: Scenario, strategy: str, journal: Journal, ejections: int
) -> Outcome:
    """Add up what *journal* says."""
    took_s = sorted(took for _, took in journal.answered)
    failed = len(journal.failed)
    calls = len(took_s) + failed
    able = scenario.capacity_per_s * scenario.duration_s
    with_failed = took_s + [scenario.timeout_s] * failed
    return Outcome(
        scenario=scenario.name,
        strategy=strategy,
        calls=calls,
        p50_ms=_ms(took_s, 0.5),
        p99_ms=_ms(took_s, 0.99),
        p999_ms=_ms(took_s, 0.999),
        worst_ms=_ms(sorted(with_failed), 0.99),
        failed=failed / max(calls, 1),
        goodput=len(took_s) / able,
        bad=journal.bad / max(journal.seen, 1) if scenario.marked else None,
        far=_share([far for _, far in journal.far]) if scenario.zones else None,
        ejections=ejections,
        retries=journal.retries,
        hedges=journal.hedges,
        points=tuple(_points(scenario, journal)),
    )


def _points(scenario: Scenario, journal: Journal) -> list[Point]:
    able = scenario.capacity_per_s * WINDOW_S
    answered = _by_window(scenario, journal.answered)
    failed = _by_window(scenario, [(began, True) for began in journal.failed])
    far = _by_window(scenario, journal.far)
    return [
        Point(
            p99_ms=_ms(sorted(good), 0.99),
            failed=len(lost) / max(len(good) + len(lost), 1),
            goodput=len(good) / able,
            far=_share(left),
        )
        for good, lost, left in zip(answered, failed, far, strict=True)
    ]


def _by_window(scenario: Scenario, when: Iterable[tuple[float, T]]) -> list[list[T]]:
    """Return what began in each window; a retry may begin after the last."""
    windows: list[list[T]] = [
        [] for _ in range(math.ceil(scenario.duration_s / WINDOW_S))
    ]
    for began, what in when:
        if (at := int(began / WINDOW_S)) < len(windows):
            windows[at].append(what)
    return windows


def _share(yes: Sequence[bool]) -> float:
    return sum(yes) / max(len(yes), 1)


def _ms(ascending: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds; 0 of nothing."""
    if not ascending:
        return 0.0
    at = max(math.ceil(share * len(ascending)) - 1, 0)
    return round(ascending[at] * 1000, 3)
