"""What calls took, and how many failed: a load that remembers durations."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.stage.load import error_of, paced


@dataclass(slots=True)
class Timed:
    """Of one load: durations in seconds, and what failed."""

    took_s: list[float] = field(default_factory=list)
    """Of every call, failed ones too: a caller waits for these as well."""
    ok: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def made(self) -> int:
        """How many calls have ended."""
        return len(self.took_s)

    async def once(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make one call and note its duration and end."""
        began = time.monotonic()
        error = await error_of(call)
        self.took_s.append(time.monotonic() - began)
        if error is None:
            self.ok += 1
        else:
            self.failures[f"{type(error).__name__}: {error}"[:160]] += 1

    def percentile_ms(self, share: float) -> float:
        """Return the duration that *share* of the calls do not exceed, in ms."""
        return percentile(self.took_s, share) * 1e3


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that *share* of them do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil(share * len(ranked)) - 1)]


async def offered(
    call: Callable[[], Awaitable[object]], *, per_s: float, lasts_s: float
) -> Timed:
    """Make calls at a fixed pace for *lasts_s*, whether or not they end."""
    timed = Timed()
    async with paced(lambda: timed.once(call), per_s):
        await asyncio.sleep(lasts_s)
    return timed
