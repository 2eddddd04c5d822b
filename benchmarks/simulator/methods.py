"""What is called, and how long it takes."""

import random
from dataclasses import dataclass
from typing import Literal

Spread = Literal["exponential", "fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the service."""

    mean_s: float = 0.01
    """Of a call on a task at full speed, without waiting."""
    share: float = 1.0
    """Of all calls."""
    spread: Spread = "exponential"

    def work_s(self, rng: random.Random) -> float:
        """Draw what one call takes."""
        drawn = rng.expovariate(1 / self.mean_s)
        return drawn if self.spread == "exponential" else self.mean_s
