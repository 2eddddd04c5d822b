"""How long to wait before a dead task is replaced."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """A delay that doubles with every death in a row, for one service.

    Deaths that happen while a delay runs are one event: three tasks that fall
    together must not make the third wait four times as long.
    """

    first_s: float = 0.2
    most_s: float = 10.0
    calm_s: float = 10.0
    """A task that lived that long was good: the delay starts anew."""
    clock: Callable[[], float] = time.monotonic
    ready_at: float = field(default=0.0, init=False)
    """On *clock*; before that nothing is started."""
    _delay_s: float = field(default=0.0, init=False)

    def died(self, lived_s: float) -> float:
        """Count a death, and return the seconds until the next start."""
        now = self.clock()
        if now >= self.ready_at:
            doubled = min(self._delay_s * 2, self.most_s) or self.first_s
            self._delay_s = self.first_s if lived_s >= self.calm_s else doubled
            self.ready_at = now + self._delay_s
        return self.ready_at - now

    @property
    def ready(self) -> bool:
        """Whether a task may be started now."""
        return self.clock() >= self.ready_at
