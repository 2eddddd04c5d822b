"""How many retries are allowed: a share of the calls of the last seconds."""

import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

SLOTS = 10
SLOT_S = 1.0
"""The budget looks back over SLOTS * SLOT_S = 10 s."""


@dataclass(eq=False)
class RetryBudget:
    """Retries allowed: *share* of the recent calls, and never less than *minimum*.

    Without it a fleet that fails is asked several times as much as one that
    works, and cannot come back.
    """

    share: float
    minimum: int
    clock: Callable[[], float] = time.monotonic
    calls: int = 0
    """Calls in the slot that is being filled; the hot path only adds to it."""
    _retries: int = 0
    _slot_end: float = field(init=False)
    _past: deque[tuple[int, int]] = field(
        default_factory=lambda: deque(maxlen=SLOTS - 1)
    )

    def __post_init__(self) -> None:
        self._slot_end = self.clock() + SLOT_S

    def count(self, now: float) -> None:
        """Count one call, made at *now* on the budget's clock."""
        if now >= self._slot_end:
            self._roll(now)
        self.calls += 1

    def withdraw(self) -> bool:
        """Take one retry, if there is one left."""
        self._roll(self.clock())
        calls = self.calls + sum(calls for calls, _ in self._past)
        retries = self._retries + sum(retries for _, retries in self._past)
        if retries >= max(self.minimum, self.share * calls):
            return False
        self._retries += 1
        return True

    def _roll(self, now: float) -> None:
        """Close every slot that ended before *now*."""
        if now - self._slot_end >= SLOTS * SLOT_S:
            self._past.clear()
            self.calls = self._retries = 0
            self._slot_end = now + SLOT_S
        while now >= self._slot_end:
            self._past.append((self.calls, self._retries))
            self.calls = self._retries = 0
            self._slot_end += SLOT_S


_shared: weakref.WeakValueDictionary[tuple[str, float, int], RetryBudget] = (
    weakref.WeakValueDictionary()
)


def shared_budget(target: str, share: float, minimum: int) -> RetryBudget:
    """Return the one budget of *target* in this process.

    Ten channels to one service must not have ten budgets. It lives as long as
    a channel that uses it.
    """
    key = (target, share, minimum)
    budget = _shared.get(key)
    if budget is None:
        budget = _shared[key] = RetryBudget(share, minimum)
    return budget
