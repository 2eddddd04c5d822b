"""The same call many times, and what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from fleet.errors import CallRefused, NoEndpoints, Status

MOST_CALLS = 10_000_000
MOST_AT_ONCE = 10_000


@dataclass(slots=True)
class Outcome:
    """What came of many calls."""

    elapsed_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    """Of the calls that succeeded, sorted."""
    failures: Counter[str] = field(default_factory=Counter)
    """By the name of the status."""

    @property
    def total(self) -> int:
        """How many calls were made."""
        return len(self.latencies_s) + self.failures.total()

    def percentile_ms(self, share: float) -> float | None:
        """Return the latency that *share* of the calls did not exceed."""
        if not self.latencies_s:
            return None
        at = min(int(share * len(self.latencies_s)), len(self.latencies_s) - 1)
        return round(self.latencies_s[at] * 1000, 3)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        total = self.total
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
        return {
            "calls": total,
            "failed": dict(self.failures),
            "elapsed_s": round(self.elapsed_s, 3),
            "calls_per_s": round(total / self.elapsed_s, 1) if self.elapsed_s else 0.0,
            "latency_ms": {n: self.percentile_ms(s) for n, s in shares.items()},
        }


async def repeat(
    call: Callable[[], Awaitable[None]], times: int, at_once: int
) -> Outcome:
    """Make *call* *times* times, *at_once* of them side by side."""
    outcome = Outcome()
    turns = iter(range(times))
    begin = time.perf_counter()
    workers = [_worker(call, turns, outcome) for _ in range(min(at_once, times))]
    await asyncio.gather(*workers)
    outcome.elapsed_s = time.perf_counter() - begin
    outcome.latencies_s.sort()
    return outcome


async def _worker(
    call: Callable[[], Awaitable[None]], turns: Iterator[int], outcome: Outcome
) -> None:
    for _ in turns:
        begin = time.perf_counter()
        try:
            await call()
        except (CallRefused, NoEndpoints) as error:
            outcome.failures[Status(error.status).name] += 1
        else:
            outcome.latencies_s.append(time.perf_counter() - begin)
