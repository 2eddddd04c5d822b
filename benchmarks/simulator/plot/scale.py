"""From a value to a place: linear or logarithmic, with ticks that are round."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_DECADE = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from *low* to *high* on pixels from *start* to *end*."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of *value*, which is brought within the bounds."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            part = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            part = (inside - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10 ... from *low* to *high*."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [step * 10.0**at for at in range(first, last + 1) for step in _DECADE]
    return [tick for tick in every if low <= tick <= high]


def around(values: Sequence[float]) -> tuple[float, float]:
    """Return ticks of 1, 2, 5 that enclose *values*, all above 0."""
    ticks = log_ticks(min(values) / 10, max(values) * 10)
    low = max(tick for tick in ticks if tick <= min(values))
    high = min(tick for tick in ticks if tick >= max(values))
    return low, high if high > low else high * 2
